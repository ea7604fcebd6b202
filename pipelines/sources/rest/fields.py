"""Fields: where a column's value is in a vendor's record, and of what kind it is. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Kind = Literal["text", "number", "whole", "flag", "moment", "day"]

_TYPES: Mapping[Kind, str] = {
    "text": "VARCHAR",
    "number": "DECIMAL(18,6)",
    "whole": "BIGINT",
    "flag": "BOOLEAN",
    "moment": "TIMESTAMPTZ",
    "day": "DATE",
}
_LARGEST = Decimal(10) ** 12
_LARGEST_WHOLE = 2**63
# Milliseconds since 1970 from here on; seconds below: the year 5138 in seconds, 1973 in milliseconds.
_MILLISECONDS_SINCE = 100_000_000_000


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a stream: its name, its kind, and the keys that lead to it in a record, with dots between them.

    Without a path it is the key of the same name.
    """

    name: str
    kind: Kind = "text"
    path: str = ""

    @property
    def column(self) -> tuple[str, str]:
        """The name and the DuckDB type of the column."""
        return self.name, _TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Invalid:
    """A value that is not of its field's kind."""

    column: str
    value: Any
    reason: str


def read_fields(record: Mapping[str, Any], fields: Sequence[Field]) -> tuple[dict[str, Any], list[Invalid]]:
    """Returns the columns of a record, and what of it is not valid; what is missing, null or empty is None."""
    row: dict[str, Any] = {}
    invalid: list[Invalid] = []
    for field in fields:
        value = value_at(record, field.path or field.name)
        try:
            row[field.name] = convert(value, field.kind)
        except ValueError as error:
            row[field.name] = None
            invalid.append(Invalid(field.name, value, str(error)))
    return row, invalid


def value_at(record: Any, path: str) -> Any:
    """Returns the value to which the keys of a path lead, None where one of them is missing."""
    for key in path.split("."):
        if not isinstance(record, Mapping):
            return None
        record = record.get(key)
    return record


def convert(value: Any, kind: Kind) -> Any:
    """Returns a JSON value as a value of a kind; None for null and for an empty text.

    Raises:
        ValueError: it is none.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, Mapping | list):
        raise ValueError("is a list or an object, not a single value")  # noqa: TRY004 - all that is invalid is a value
    return _CONVERSIONS[kind](value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # A NUL byte ends a text for some databases.
    return str(value).replace("\x00", "").strip()


def _number(value: Any) -> Decimal:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("is no number") from None
    if isinstance(value, bool) or not number.is_finite() or abs(number) >= _LARGEST:
        raise ValueError("is no number, or one too large")
    return number


def _whole(value: Any) -> int:
    number = _number(value) if not isinstance(value, int) else Decimal(value)
    if isinstance(value, bool) or number != number.to_integral_value() or abs(number) >= _LARGEST_WHOLE:
        raise ValueError("is no whole number")
    return int(number)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
    if found is None:
        raise ValueError("is neither true nor false")
    return found


def _moment(value: Any) -> datetime:
    text = str(value).strip()
    try:
        if (isinstance(value, int | float) and not isinstance(value, bool)) or text.lstrip("-").isdigit():
            number = float(text)
            if not math.isfinite(number):
                raise ValueError
            return datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS_SINCE else number, UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise ValueError("is no moment, such as 2025-03-01T09:30:00Z") from None
    if found.tzinfo is None:
        # The APIs that leave the offset away mean UTC.
        found = found.replace(tzinfo=UTC)
    return found.astimezone(UTC)


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        raise ValueError("is no day, such as 2025-03-01") from None


_CONVERSIONS = {"text": _text, "number": _number, "whole": _whole, "flag": _flag, "moment": _moment, "day": _day}
