"""Events of every kind, whose messages the golden files contain."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from notify_samples import EVENT, RULE, event, gap_event, kpi

from pipelines.kpis import Kpi
from pipelines.notify.compose import PipelineEvent
from pipelines.watch.held import FailingSource, Hold
from pipelines.watch.normal import Normal
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, GapEvent

RESPONSE = kpi("First response time", "Délai de première réponse", "seconds", "down", sample_of="tickets")
REVENUE = kpi("Revenue", "Chiffre d'affaires", "currency", sample_of="sales")
CYCLE = kpi("Sales cycle", "Cycle de vente", "days", "down", sample_of="")


def rule(**condition: object) -> Rule:
    return Rule.model_validate({"name": "watched", "kpi": "csat", **condition})


TITLED = rule(
    by="channel",
    below={"warn": "80%", "critical": "70%"},
    title={"en": "Unhappy customers", "fr": "Clients mécontents"},
    owner={"en": "Head of support", "fr": "Responsable du support"},
    action={"en": "Read the week's comments.", "fr": "Lire les commentaires de la semaine."},
)

CASES: dict[str, tuple[Event | GapEvent, Rule, Kpi]] = {
    "fired at once": (EVENT, RULE, kpi()),
    "fired after three weeks": (
        event(opened_period=date(2025, 12, 22), breached_periods=3, peak_value=0.61),
        RULE,
        kpi(),
    ),
    "worse": (
        event(
            {"value": 0.6996, "previous_value": 0.72, "ci_low": 0.61, "ci_high": 0.77},
            kind="severity_changed",
            previous_severity="warn",
            breached_periods=2,
            opened_period=date(2025, 12, 29),
        ),
        RULE,
        kpi(),
    ),
    "eased": (
        event(
            {"value": 0.74, "previous_value": 0.62},
            kind="severity_changed",
            previous_severity="critical",
            severity="warn",
            threshold=0.8,
            breached_periods=3,
            opened_period=date(2025, 12, 22),
            peak_value=0.6,
        ),
        RULE,
        kpi(),
    ),
    "reopened": (
        event(kind="reopened", opened_period=date(2025, 12, 8), breached_periods=3, peak_value=0.61),
        RULE,
        kpi(),
    ),
    "repeated": (
        event(kind="repeated", opened_period=date(2025, 12, 22), breached_periods=3, peak_value=0.61),
        RULE,
        kpi(),
    ),
    "restated": (
        event(
            {"value": 0.82, "previous_value": 0.84, "ci_low": 0.75, "ci_high": 0.88},
            kind="restated",
            restated_value=0.64,
            threshold=0.7,
        ),
        RULE,
        kpi(),
    ),
    "resolved by late data": (
        event(
            {"value": 0.84, "previous_value": 0.81, "ci_low": 0.77, "ci_high": 0.9},
            kind="resolved",
            restated_value=0.64,
            peak_value=0.64,
        ),
        RULE,
        kpi(),
    ),
    "no data": (gap_event("no_data", 1, {"segment_type": "all", "segment": "all"}), RULE, kpi()),
    "no data of a segment": (gap_event("no_data", 3), RULE, kpi()),
    "data again": (gap_event("data_again", 3, {"period_start": date(2026, 2, 2), "value": 0.83}), RULE, kpi()),
    "resolved": (
        event(
            {"value": 0.84, "previous_value": 0.64, "ci_low": 0.77, "ci_high": 0.9},
            kind="resolved",
            opened_period=date(2025, 12, 15),
            breached_periods=3,
            peak_value=0.61,
        ),
        RULE,
        kpi(),
    ),
    "resolved after one week": (
        event(
            {"value": 0.84, "previous_value": None}, kind="resolved", opened_period=date(2025, 12, 29), peak_value=0.69
        ),
        RULE,
        kpi(),
    ),
    "a title of the operator": (EVENT, TITLED, kpi()),
    "a title of the operator, worse": (
        event(kind="severity_changed", previous_severity="warn", breached_periods=2, opened_period=date(2025, 12, 29)),
        TITLED,
        kpi(),
    ),
    "a title of the operator, resolved": (
        event({"value": 0.84, "previous_value": 0.81}, kind="resolved", peak_value=0.64),
        TITLED,
        kpi(),
    ),
    "a duration, unknown team": (
        event(
            {
                "value": 18_720.0,
                "previous_value": 13_980.0,
                "segment_type": "team",
                "segment": "unknown",
                "grain": "month",
                "period_start": date(2026, 1, 1),
                "ci_low": 15_000.0,
                "ci_high": 20_000.0,
                "sample_size": 1_240,
            },
            threshold=14_400.0,
            side="above",
            severity="warn",
        ),
        rule(by="team", above="4h", action="Add a shift"),
        RESPONSE,
    ),
    "an amount, a country, a single order": (
        event(
            {
                "value": 12_345.67,
                "previous_value": 16_000.5,
                "segment_type": "country",
                "segment": "FR",
                "grain": "quarter",
                "period_start": date(2026, 1, 1),
                "ci_low": None,
                "ci_high": None,
                "sample_size": 1,
            },
            threshold=15_000.0,
            severity="warn",
            opened_period=date(2025, 10, 1),
            breached_periods=2,
        ),
        rule(by="country", below=15_000, owner="Sales"),
        REVENUE,
    ),
    "a score as a whole, nothing before it": (
        event(
            {
                "value": -3.26,
                "previous_value": None,
                "segment_type": "all",
                "segment": "all",
                "grain": "day",
                "ci_low": -9.1,
                "ci_high": 2.6,
            },
            threshold=0.0,
        ),
        rule(below=0),
        kpi("NPS", "NPS", "score"),
    ),
    "days, still rising": (
        event(
            {
                "value": 1.5,
                "previous_value": 1.5,
                "segment_type": "owner",
                "segment": "0042",
                "grain": "year",
                "period_start": date(2025, 1, 1),
                "sample_size": 0,
                "ci_low": None,
                "ci_high": None,
            },
            threshold=1.0,
            side="above",
            severity="warn",
        ),
        rule(by="owner", above=1),
        CYCLE,
    ),
    "a count, a dimension of their own": (
        event(
            {
                "value": 1_432.0,
                "previous_value": 980.0,
                "segment_type": "sales_region",
                "segment": "Île-de-France",
                "sample_size": None,
                "ci_low": None,
                "ci_high": None,
            },
            threshold=1_200.0,
            side="above",
            severity="warn",
        ),
        rule(by="sales_region", outside=[200, 1_200]),
        kpi("Tickets", "Tickets", "count", "none"),
    ),
    "a hostile name": (
        event({"segment_type": "campaign", "segment": "<!channel> won\r\nBcc: x@example.com \u202e" + "x" * 10_000}),
        rule(by="campaign", below="70%"),
        kpi(),
    ),
}

# What is normal, by case.
NORMALS: Mapping[str, Normal] = {
    "fired at once": Normal(None, (0.7812, 0.8634), 0.81, 0.85),
    "fired after three weeks": Normal(0.8512, (0.7812, 0.8634), 0.81, 0.85),
    "worse": Normal(0.8512, None, None, 0.825),
    "resolved": Normal(0.8512, (0.7812, 0.8634), None, None),
    "a duration, unknown team": Normal(None, (9_000.0, 13_500.0), 10_800.0, 14_400.0),
    "an amount, a country, a single order": Normal(17_250.5, (14_200.0, 18_900.0), 15_100.2, None),
    "days, still rising": Normal(1.25, None, 1.5, 1.0),
    "a count, a dimension of their own": Normal(None, (850.4, 1_105.7), None, None),
}

FAILED = PipelineEvent(
    subject="source",
    name="crm",
    incident="source-crm-20260201",
    state="failed",
    since=datetime(2026, 2, 1, 6, tzinfo=UTC),
    at=datetime(2026, 2, 1, 9, 5, tzinfo=UTC),
    reason="HubSpot refused the token (HTTP 401)",
)
PIPELINE_CASES = {
    "source failed": FAILED,
    "source recovered": replace(FAILED, state="recovered"),
    "run failed": replace(FAILED, subject="run", name="ingest", reason=None),
    "export failed": replace(FAILED, subject="export", name="weekly", reason="the disk is full\n" * 100),
    "channel failed": replace(FAILED, subject="channel", name="support"),
}
HOLD = Hold(
    FailingSource("helpdesk", frozenset({"ticket"}), "source:helpdesk:1", datetime(2026, 1, 5, 6, 0, tzinfo=UTC)),
    "support",
    ("csat-floor", "backlog", *(f"rule-{number}" for number in range(10))),
)
