"""Names of time zones as a type of settings."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator
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
