"""Channels that cannot deliver: an outage from the first message that is given up, or waits long, to the next accepted.

The operators learn of it through their channel, and of an outage of that one through its fallback. Where there is none,
the pass says so and its status is a failure.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.kpis.formatting import format_moment
from pipelines.ledger import Ledger, Undelivered
from pipelines.notify.translations import Subject
from pipelines.services.installation import Installation
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.settings import OPERATORS, channels_of

SUBJECT: Subject = "channel"
# A receiver may be down for some minutes: the retries of an hour come first.
LONGEST_WAIT = timedelta(hours=1)
_ATTEMPTS = 2


@dataclass(slots=True)
class Attempts:
    """What became of the messages of a delivery: which channels accepted one, and why others gave one up."""

    accepted: set[str] = field(default_factory=set)
    given_up: dict[str, str] = field(default_factory=dict)


def failures_of(
    attempts: Attempts, undelivered: Iterable[Undelivered], channels: Collection[str], now: datetime
) -> dict[str, str | None]:
    """Returns the channels of which is known whether they deliver, with the reason why they do not, None if they do.

    A channel that accepted a message delivers, whatever became of another one: that is a matter of the other message.

    Args:
        attempts: of this delivery.
        undelivered: the messages that no receiver has accepted.
        channels: the names of those that there are.
        now: the moment of the delivery.
    """
    found: dict[str, str | None] = {}
    for each in undelivered:
        item = each.item
        # It could not be sent before its quiet time was over.
        since = max(item.created_at, item.not_before or item.created_at)
        if each.state == "pending" and each.attempts >= _ATTEMPTS and now - since >= LONGEST_WAIT:
            found.setdefault(item.channel, each.last_error or "no reason was given")
    found |= attempts.given_up
    found |= dict.fromkeys(attempts.accepted)
    return {name: reason for name, reason in found.items() if name in channels}


def record_channels(installation: Installation, ledger: Ledger, attempts: Attempts) -> bool:
    """Records which channels deliver after a delivery; returns whether an outage has begun or ended."""
    settings, now = installation.settings(), installation.wall_clock()
    channels = channels_of(settings, installation.home.path)
    before = ledger.outages(SUBJECT)
    for name in before.keys() - channels.keys():
        # Somebody removed it from the settings: it neither fails nor works.
        ledger.record_outcome(SUBJECT, name, failed=False, now=now)
    found = failures_of(attempts, ledger.undelivered(now), channels, now)
    record_outcomes(installation, [Outcome(SUBJECT, name, reason) for name, reason in sorted(found.items())])
    return ledger.outages(SUBJECT).keys() != before.keys() & channels.keys()


def channel_problems(installation: Installation, ledger: Ledger) -> Mapping[str, str]:
    """Returns the channels that cannot deliver now, by name, each with since when and what to do, in words."""
    timezone = installation.settings().company.timezone
    problems = {}
    for name, outage in ledger.outages(SUBJECT).items():
        since = format_moment(outage.since, timezone, "en")
        nobody = "; nobody is informed of failures" if name == OPERATORS else ""
        problems[name] = (
            f"the channel {name} has not delivered since {since}{nobody}: correct it, then run"
            f" `vigie channels test {name}`"
        )
    return problems


def operators_problem(installation: Installation) -> str | None:
    """Returns why the operators cannot be reached, in words; None if they can, or if they have no channel."""
    with installation.ledger() as ledger:
        return channel_problems(installation, ledger).get(OPERATORS)
