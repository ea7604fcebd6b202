"""Names as types of settings: those that users give to things, and those of time zones."""

import re
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

# Names that Python knows and that are no zone one can be in: this machine's own, and a placeholder.
_NO_ZONES = frozenset({"localtime", "Factory"})


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones() - _NO_ZONES)


def _known(value: str) -> str:
    if value not in _names():
        raise PydanticCustomError(
            "unknown_time_zone",
            "{given} is not a time zone; write an IANA name such as Europe/Paris",
            {"given": value, "allowed": sorted(_names())},
        )
    return value


TimeZone = Annotated[str, AfterValidator(_known)]

# What is named so can be a folder, a part of an asset's key and a word on the command line.
_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}"


def _speakable(value: str) -> str:
    if re.fullmatch(_NAME, value) is None:
        raise ValueError(f"{value!r} cannot be a name: write letters (a to z), digits, - and _, such as web-shop")
    return value


Name = Annotated[str, AfterValidator(_speakable), WithJsonSchema({"type": "string", "pattern": f"^{_NAME}$"})]
