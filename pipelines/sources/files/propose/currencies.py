"""The currencies of a file: by the signs at its amounts, or by its column of currencies."""

from collections import Counter
from collections.abc import Sequence

from pipelines.sources.files.propose import numbers
from pipelines.sources.files.propose.model import Table, columns_of
from pipelines.sources.files.propose.resolve import Columns

_LOOKED_AT = 2_000


def currencies_of(tables: Sequence[Table], columns: Columns) -> tuple[str, ...]:
    """Returns the ISO 4217 codes that the amounts of tables have, the most frequent first."""
    counts: Counter[str] = Counter()
    for table in tables:
        for line in table.lines:
            for name in columns_of(line.value):
                values = columns.profiles[name].values[:_LOOKED_AT]
                if line.name == "currency":
                    counts.update({value.upper(): 3 for value in values if value.upper() in numbers.CODES})
                elif line.name in ("amount", "cost", "revenue", "margin"):
                    signs = (numbers.affixes(value) for value in values)
                    counts.update(code for each in signs if each and (code := numbers.currency_of(each[1])))
                    counts.update(
                        code
                        for word in name.upper().replace("(", " ").replace(")", " ").split()
                        if (code := numbers.currency_of(word))
                    )
    return tuple(code for code, _ in counts.most_common(3))
