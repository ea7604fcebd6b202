"""The watch at work: judging the rules when the KPI tables are new, delivering what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import dagster as dg

from pipelines import catalogue, warehouse
from pipelines.config import redact, secrets_of
from pipelines.ledger import Ledger, LedgerConflict, OutboxItem, SeriesChange
from pipelines.notify.compose import CompanyFacts, compose
from pipelines.notify.deliver import send
from pipelines.notify.message import Message, message_id
from pipelines.notify.outcome import Undeliverable
from pipelines.orchestration.resources import Vigie
from pipelines.orchestration.transform import FCT_KPI
from pipelines.settings import OPERATORS, Settings, channels_of
from pipelines.watch.alert import State, judge
from pipelines.watch.reading import Reading, Series
from pipelines.watch.rule import Rule

GROUP = "watch"
ALERTS = dg.AssetKey(["watch", "alerts"])
MESSAGES = dg.AssetKey(["watch", "messages"])

LEASE = timedelta(minutes=5)
# So few that even slow receivers are done with them before the lease ends and another run takes them over.
BATCH = 8
_ATTEMPTS_AT_JUDGING = 5


@dataclass(slots=True)
class WatchReport:
    """What one pass of the watch found."""

    series: int = 0
    fired: int = 0
    changed: int = 0
    resolved: int = 0
    messages: int = 0
    retired: int = 0


@dataclass(slots=True)
class DeliveryReport:
    """What became of the messages that were due."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)


def company_facts(settings: Settings) -> CompanyFacts:
    """What of the company decides how messages are written."""
    company = settings.company
    return CompanyFacts(company.name, company.language, company.currency, company.timezone)


def judge_rules(settings: Settings, vigie: Vigie, ledger: Ledger, now: datetime) -> WatchReport:
    """Judges every rule on the KPI tables as they are and saves states, alerts and messages rule by rule.

    The alerts of rules that are gone are closed first; nobody needs to be told of what was taken back on purpose.
    """
    report = WatchReport()
    report.retired = ledger.retire(lambda series: any(watches(rule, series) for rule in settings.rules), now)
    for rule in settings.rules:
        selection = warehouse.Selection(rule.kpi, rule.grain, rule.segment_type, rule.segments)
        with vigie.home.lock():
            readings = warehouse.readings(vigie.home.warehouse, selection)
        # Another process may judge at the same time: then its states are read and judged anew.
        for attempt in range(_ATTEMPTS_AT_JUDGING):
            changes = changes_of(rule, readings, ledger.states(rule.name), now)
            messages = messages_of(rule, changes, settings, vigie)
            try:
                report.messages += ledger.record_pass(changes, messages, now)
                break
            except LedgerConflict:
                if attempt + 1 == _ATTEMPTS_AT_JUDGING:
                    raise
        _count(report, changes)
    return report


def watches(rule: Rule, series: Series) -> bool:
    """Whether a series is one of a rule's, as the rule is now."""
    return (rule.name, rule.kpi, rule.grain, rule.segment_type) == series[:4] and (
        rule.segments is None or series.segment in rule.segments
    )


def changes_of(
    rule: Rule, readings: Mapping[str, Sequence[Reading]], states: Mapping[Series, State], now: datetime
) -> list[SeriesChange]:
    """What a rule's readings, by segment, make of its series."""
    changes = []
    for segment, of_segment in readings.items():
        series = Series(rule.name, rule.kpi, rule.grain, rule.segment_type, segment)
        before = states.get(series)
        after, events = judge(series, before, of_segment, rule, now)
        changes.append(SeriesChange(series, before, after, events))
    return changes


def messages_of(rule: Rule, changes: Sequence[SeriesChange], settings: Settings, vigie: Vigie) -> list[OutboxItem]:
    """The messages that tell a rule's channels of what happened."""
    kpi = catalogue.load()[rule.kpi]
    channels = rule.notify or tuple(name for name in channels_of(settings, vigie.home.path) if name != OPERATORS)
    return [
        outbox_item(
            compose(event, rule, kpi, channel, company_facts(settings)), alert_id=event.alert_id, at=vigie.wall_clock()
        )
        for change in changes
        for event in change.events
        for channel in channels
    ]


def outbox_item(message: Message, *, alert_id: str | None, at: datetime) -> OutboxItem:
    """A message as the ledger keeps it until it is delivered."""
    return OutboxItem(
        message_id=message.message_id,
        dedup_key=message.dedup_key,
        channel=message.channel,
        alert_id=alert_id,
        record=message.to_record(),
        created_at=at,
    )


def _count(report: WatchReport, changes: Sequence[SeriesChange]) -> None:
    report.series += len(changes)
    for change in changes:
        for event in change.events:
            match event.kind:
                case "fired":
                    report.fired += 1
                case "severity_changed":
                    report.changed += 1
                case "resolved":
                    report.resolved += 1


def deliver(settings: Settings, vigie: Vigie, ledger: Ledger) -> DeliveryReport:
    """Sends every message that is due, until none is left; what fails is tried again by a later run."""
    report = DeliveryReport()
    channels = channels_of(settings, vigie.home.path)
    secrets = secrets_of(settings)
    while items := ledger.claim(vigie.wall_clock(), LEASE, BATCH):
        for item in items:
            channel = channels.get(item.channel)
            try:
                if channel is None:
                    raise Undeliverable(f"the settings have no channel called {item.channel} any more", can_retry=False)
                receipt = send(
                    channel,
                    Message.model_validate(item.record),
                    base=vigie.base,
                    now=vigie.wall_clock(),
                    doubtful=item.doubtful,
                )
            except Undeliverable as reason:
                text = redact(str(reason), secrets)
                state = ledger.mark_failed(
                    item.message_id,
                    vigie.wall_clock(),
                    text,
                    can_retry=reason.can_retry,
                    retry_after=reason.retry_after,
                    may_have_arrived=reason.may_have_arrived,
                    fallback=_fallback(item, text, settings, vigie.wall_clock()),
                )
                if state == "sent":
                    # Another delivery, which took the message over, got it through.
                    continue
                report.problems.append(f"channel {item.channel}: {text}")
                if state == "pending":
                    report.waiting += 1
                else:
                    report.failed += 1
            else:
                ledger.mark_sent(item.message_id, vigie.wall_clock())
                report.sent += 1
                report.problems += [f"channel {item.channel}: {who} was refused" for who in receipt.refused]
    return report


def _fallback(item: OutboxItem, reason: str, settings: Settings, now: datetime) -> OutboxItem | None:
    """The same message for the operators, when its own channel will never take it."""
    if item.channel == OPERATORS or OPERATORS not in settings.channels:
        return None
    message = Message.model_validate(item.record)
    key = f"{item.dedup_key}:fallback"
    return outbox_item(
        message.model_copy(
            update={
                "message_id": message_id(key),
                "dedup_key": key,
                "channel": OPERATORS,
                "text": f"{message.text}\n\n({item.channel}: {reason})",
            }
        ),
        alert_id=item.alert_id,
        at=now,
    )


@dg.asset(
    key=ALERTS,
    deps=[FCT_KPI],
    group_name=GROUP,
    kinds={"sqlite"},
    owners=["team:data"],
    description="The rules judged on the KPI tables: states, alerts and messages, saved in one transaction a rule.",
)
def alerts(vigie: Vigie) -> dg.MaterializeResult[None]:
    """Judges the rules."""
    with vigie.ledger() as ledger:
        report = judge_rules(vigie.settings(), vigie, ledger, vigie.now())
        still_open = ledger.open_alerts()
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(still_open),
            "series_judged": report.series,
            "fired": report.fired,
            "severity_changed": report.changed,
            "resolved": report.resolved,
            "retired": report.retired,
            "new_messages": report.messages,
        }
    )


@dg.asset(
    key=MESSAGES,
    deps=[ALERTS],
    group_name=GROUP,
    owners=["team:data"],
    description="The outbox delivered: a message counts as sent once its receiver has accepted it.",
    check_specs=[
        dg.AssetCheckSpec(
            "every_message_was_accepted", asset=MESSAGES, description="No message waits for a retry or was given up."
        )
    ],
)
def messages(context: dg.AssetExecutionContext, vigie: Vigie) -> Iterator[dg.MaterializeResult[None]]:
    """Delivers what is due."""
    with vigie.ledger() as ledger:
        report = deliver(vigie.settings(), vigie, ledger)
        waiting = ledger.undelivered(vigie.wall_clock())
    for problem in report.problems:
        context.log.warning(problem)
    yield dg.MaterializeResult(
        metadata={"sent": report.sent, "waiting": report.waiting, "failed": report.failed},
        check_results=[
            dg.AssetCheckResult(
                check_name="every_message_was_accepted",
                passed=not waiting,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "undelivered": len(waiting),
                    "reasons": dg.MetadataValue.md(
                        "\n".join(
                            f"- {found.item.channel}: {found.state}, {found.last_error}" for found in waiting[:20]
                        )
                        or "none"
                    ),
                },
            )
        ],
    )
