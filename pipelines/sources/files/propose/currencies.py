"""The currencies of a file: by the signs at its amounts, or by its column of currencies."""

from collections import Counter
from collections.abc import Sequence

from pipelines.sources.files.propose import numbers, value_words
from pipelines.sources.files.propose.model import Table, columns_of
from pipelines.sources.files.propose.resolve import Columns

_LOOKED_AT = 2_000
_WEIGHT = 3


def currencies_of(tables: Sequence[Table], columns: Columns) -> tuple[str, ...]:
    """Returns the ISO 4217 codes that the amounts of tables have, the most frequent first."""
    counts: Counter[str] = Counter()
    for table in tables:
        for line in table.lines:
            for name in columns_of(line.value):
                values = columns.profiles[name].values[:_LOOKED_AT]
                if line.name == "currency":
                    # A code in a column of its own says more than a sign at an amount.
                    counts.update(
                        code for value in values if (code := value_words.currency(value)) for _ in range(_WEIGHT)
                    )
                elif line.name in ("amount", "cost", "revenue", "margin"):
                    signs = (numbers.affixes(value) for value in values)
                    counts.update(code for each in signs if each and (code := numbers.currency_of(each[1])))
                    counts.update(
                        code
                        for word in name.upper().replace("(", " ").replace(")", " ").split()
                        if (code := numbers.currency_of(word))
                    )
    return tuple(code for code, _ in counts.most_common(3))
