"""Types for names in settings: names that users choose, and names of time zones."""

import re
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

# Names that Python lists although no place has them as its time zone: this machine's own, and a placeholder.
_NO_ZONES = frozenset({"localtime", "Factory"})


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _NO_ZONES)


def _existing_zone(value: str) -> str:
    if value not in _zones():
        raise PydanticCustomError(
            "unknown_time_zone",
            "{given} is not a time zone; write an IANA name such as Europe/Paris",
            {"given": value, "allowed": sorted(_zones())},
        )
    return value


TimeZone = Annotated[str, AfterValidator(_existing_zone)]

# Such a name works as a folder, as a part of an asset key and as an argument on the command line.
_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}"


def _valid_name(value: str) -> str:
    if re.fullmatch(_NAME, value) is None:
        raise ValueError(f"{value!r} is not a valid name: use letters (a to z), digits, - and _, such as web-shop")
    return value


Name = Annotated[str, AfterValidator(_valid_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME}$"})]
