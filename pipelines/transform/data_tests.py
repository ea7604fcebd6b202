"""What the project's data tests demand, in words."""

from collections.abc import Mapping, Sequence
from typing import Any


def describe_test(test: Mapping[str, Any]) -> str:
    """Returns the description of a data test of the manifest; without one, what its kind of test demands."""
    if test.get("description"):
        return str(test["description"])
    kind = test.get("test_metadata") or {}
    arguments = kind.get("kwargs", {})
    column = test.get("column_name")
    match kind.get("name"):
        case "unique":
            return f"No two rows have the same {column}."
        case "unique_combination":
            return f"No two rows have the same {_listed(arguments['columns'], 'and')}."
        case "not_null":
            return f"No row lacks its {column}."
        case "accepted_values":
            return f"Every {column} is {_listed(arguments['values'], 'or')}."
        case "at_most":
            return f"No value of {column} is larger than {arguments['highest']}."
        case "relationships":
            return f"Every {column} is the {arguments['field']} of a row in {_model(arguments['to'])}."
        case _:
            # Of a project of somebody else's: what every data test demands.
            return f"The data test {test['name']} finds no row."


def _listed(names: Sequence[object], word: str) -> str:
    *first, last = map(str, names)
    return f"{', '.join(first)} {word} {last}" if first else last


def _model(reference: str) -> str:
    """The name in `ref('name')`."""
    return reference.partition("'")[2].partition("'")[0]
