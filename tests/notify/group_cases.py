"""Messages about several alerts, which the golden files contain."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

from notify_samples import NOW, RULE, event, gap_event, kpi

from pipelines.notify.compose import AlertState, CompanyFacts, compose_group, compose_overview
from pipelines.notify.message import Message, Overview
from pipelines.watch.group import Group, Grouping, group
from pipelines.watch.route import Notice
from pipelines.watch.rule import Rule
from pipelines.watch.state import AlertRecord, Event, GapEvent

RESPONSE = kpi("First response time", "Délai de première réponse", "seconds", "down", "first_response_time")
RESPONSE_RULE = Rule.model_validate(
    {"name": "slow-teams", "kpi": "first_response_time", "by": "team", "above": "4h", "owner": "Ann"}
)
RULES = {"csat-floor": RULE, "slow-teams": RESPONSE_RULE}
KPIS = {"csat-floor": kpi(), "slow-teams": RESPONSE}


def of(segment: str, value: float, threshold: float = 0.8, severity: str = "warn", **changes: Any) -> Event:
    """An event of a channel's satisfaction."""
    sizes = {"chat": 120, "email": 84}
    reading = {"segment": segment, "value": value, "sample_size": sizes.get(segment, 28), **changes.pop("reading", {})}
    facts = {
        "alert_id": sha256(segment.encode()).hexdigest()[:12],
        "severity": severity,
        "threshold": threshold,
        **changes,
    }
    return event(reading, **facts)


def slow(team: str, hours: float) -> Event:
    """An event of a team's response time."""
    reading = {"kpi": "first_response_time", "segment_type": "team", "segment": team, "value": hours * 3_600.0}
    reading |= {"previous_value": 7_200.0, "sample_size": 40}
    found = event(
        reading,
        alert_id=sha256(team.encode()).hexdigest()[:12],
        severity="warn",
        threshold=14_400.0,
        side="above",
        condition="above",
    )
    return replace(found, series=found.series._replace(rule="slow-teams"))


def grouped(*events: Event | GapEvent, storm_after: int = 20) -> Group:
    """The one message that some events make."""
    notices = [Notice(each, RULES[each.series.rule], "support") for each in events]
    [found] = group(notices, Grouping({"support"}, storm_after), {})
    return found


FIRED = (of("email", 0.74), of("chat", 0.64, 0.7, "critical"), of("phone", 0.79, reading={"previous_value": None}))
STORM = (
    *(of(f"channel {number:02}", 0.7 + number / 200) for number in range(12)),
    *(of(f"desk {number}", 0.5 + number / 100, 0.7, "critical") for number in range(3)),
    *(slow(f"Team {number}", 5 + number) for number in range(8)),
)
GROUPS: dict[str, Group] = {
    "several alerts of a rule": grouped(*FIRED),
    "several alerts of different weeks": grouped(
        FIRED[0], of("chat", 0.64, 0.7, "critical", reading={"period_start": date(2025, 12, 29)})
    ),
    "several are worse": grouped(
        *(
            of(segment, value, 0.7, "critical", kind="severity_changed", previous_severity="warn", breached_periods=2)
            for segment, value in (("chat", 0.64), ("email", 0.69))
        )
    ),
    "several still fire": grouped(*(replace(each, kind="repeated") for each in FIRED)),
    "several are resolved": grouped(
        *(
            of(
                segment,
                0.86,
                kind="resolved",
                breached_periods=periods,
                peak_value=0.6,
                reading={"previous_value": 0.7},
            )
            for segment, periods in (("chat", 1), ("email", 3))
        )
    ),
    "several are corrected": grouped(
        *(of(segment, 0.82, kind="restated", restated_value=0.7) for segment in ("chat", "email"))
    ),
    "several have no data": grouped(
        gap_event("no_data", 2), replace(gap_event("no_data", 2, {"segment": "email"}), alert_id="ba9876543210")
    ),
    "several have data again": grouped(
        gap_event("data_again", 2), replace(gap_event("data_again", 1, {"segment": "email"}), alert_id="ba9876543210")
    ),
    "a storm": grouped(*STORM),
    "a storm of one rule": grouped(*STORM[:12], storm_after=10),
    "a storm is resolved": grouped(
        *(replace(each, kind="resolved", reading=replace(each.reading, value=0.9)) for each in STORM[:12]),
        storm_after=10,
    ),
}


def state(
    segment: str, status: Any, severity: Any = "warn", value: float | None = 0.74, rule: str = "csat-floor"
) -> AlertState:
    """An alert after a pass."""
    series = FIRED[0].series._replace(segment=segment, rule=rule)
    threshold = None if value is None else 0.8
    day = date(2026, 1, 5)
    record = AlertRecord(
        f"id-{segment}", series, severity, status, NOW, NOW, None, day, day, value, threshold, value, 1
    )  # fmt: skip
    return AlertState(record, KPIS[rule], RULES[rule])


OVERVIEWS: dict[str, list[AlertState]] = {
    "some of them are open": [
        state("chat", "firing", "critical", 0.64), state("email", "recovering"), state("phone", "resolved"),
        state("sms", "no_data", value=None),
    ],
    "all of them are resolved": [state("chat", "resolved", "critical"), state("email", "resolved")],
    "those of a storm": [state("chat", "firing"), state("Returns", "resolved", rule="slow-teams")],
}  # fmt: skip


def composed(name: str, company: CompanyFacts) -> Message:
    return compose_group(GROUPS[name], KPIS, company)


def overview(name: str, company: CompanyFacts) -> Overview:
    return compose_overview(OVERVIEWS[name], company)
