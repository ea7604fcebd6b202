"""Whether to ask a vendor's API again after an answer, and when. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ATTEMPTS = 8
# Later attempts wait longer, up to so many seconds.
_FIRST_WAIT, _LONGEST_BACKOFF = 0.5, 30.0
# Rates are counted by the minute at most where a vendor does not say when to come back: all attempts reach beyond that.
_FIRST_WAIT_FOR_RATE = 2.0
# A vendor may ask for a wait until its next minute or hour; what is longer is left to a later pass.
LONGEST_WAIT = 300.0

# Seconds, or a moment as an HTTP date, or as seconds since 1970: vendors do all three.
_WAIT_HEADERS = ("retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset", "x-sib-ratelimit-reset")
# Numbers above are moments, not seconds.
_EPOCH_SINCE = 1_000_000_000.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again after `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not ask again in this pass: the vendor wants a wait of `seconds`, or all attempts are used up (None)."""

    seconds: float | None = None


def may_work_later(status: int) -> bool:
    """Whether an answer with this HTTP status says that the same request may succeed later."""
    return status in {408, 423, 425, 429} or status >= 500


def after_failure(
    attempt: int,
    now: datetime,
    *,
    jitter: float,
    headers: Mapping[str, str] | None = None,
    is_too_fast: bool = False,
) -> Wait | GiveUp:
    """Returns what to do after an attempt that may work later.

    Args:
        attempt: the number of the attempt that failed, from 1.
        now: the moment of the answer by this machine's clock, aware.
        jitter: between 0 and 1, random, so that several processes do not ask at the same moment.
        headers: those of the answer; None if there was none. Names are in lower case.
        is_too_fast: whether the answer says that more was asked than is allowed in some time.
    """
    if attempt >= ATTEMPTS:
        return GiveUp()
    asked = wanted_wait(headers or {}, now)
    if asked is not None and asked > LONGEST_WAIT:
        return GiveUp(asked)
    first = _FIRST_WAIT_FOR_RATE if is_too_fast else _FIRST_WAIT
    backoff = min(first * 2 ** (attempt - 1), _LONGEST_BACKOFF) * (0.5 + jitter / 2)
    return Wait(backoff if asked is None else max(asked, 0.0) + 0.05 * jitter)


def wanted_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Returns how many seconds the headers of an answer ask to wait; None if they say nothing that makes sense.

    A moment is compared with the vendor's own `date`, where it is there: the clocks may differ.
    """
    vendor_now = _http_date(headers.get("date", "")) or now
    for name in _WAIT_HEADERS:
        text = headers.get(name, "").strip()
        if not text:
            continue
        moment = _http_date(text)
        if moment is not None:
            return max((moment - vendor_now).total_seconds(), 0.0)
        try:
            number = float(text)
        except ValueError:
            continue
        # Not even a number of digits that no clock reaches, nor infinity, is an answer.
        if not 0 <= number < 1e11:
            continue
        return max(number - vendor_now.timestamp(), 0.0) if number > _EPOCH_SINCE else number
    return None


def _http_date(text: str) -> datetime | None:
    if not text or text[0].isdigit():
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
