"""What people read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notify_samples import ENGLISH, EVENT, FRENCH, HOSTILE_NAMES, NOW, RULE, alert, event, kpi

from pipelines.kpis import Kpi
from pipelines.notify.compose import CompanyFacts, PipelineEvent, compose, compose_pipeline
from pipelines.notify.layout import pieces, read
from pipelines.notify.message import Message, message_id, thread_id
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event

GOLDEN = Path(__file__).parent / "golden"

RESPONSE = kpi("First response time", "Délai de première réponse", "seconds", "down")
REVENUE = kpi("Revenue", "Chiffre d'affaires", "currency")
CYCLE = kpi("Sales cycle", "Cycle de vente", "days", "down")


def rule(**condition: object) -> Rule:
    return Rule.model_validate({"name": "watched", "kpi": "csat", **condition})


CASES: dict[str, tuple[Event, Rule, Kpi]] = {
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

FAILED = PipelineEvent(
    subject="source",
    name="crm",
    incident="source-crm-20260201",
    state="failed",
    since=datetime(2026, 2, 1, 6, tzinfo=UTC),
    at=datetime(2026, 2, 1, 9, 5, tzinfo=UTC),
    reason="HubSpot refused the token (HTTP 401)",
    failures=3,
    owner="RevOps",
    action="Renew the token and set HUBSPOT_TOKEN",
)
PIPELINE_CASES = {
    "source failed": FAILED,
    "source recovered": replace(FAILED, state="recovered"),
    "run failed": replace(FAILED, subject="run", name="ingest", failures=1, reason=None, action=None, owner=None),
    "export failed": replace(FAILED, subject="export", name="weekly", failures=1, reason="the disk is full\n" * 100),
    "channel failed": replace(FAILED, subject="channel", name="support", failures=2, severity="warn"),
}


def as_text(name: str, message: Message) -> str:
    return f"## {name}\n{message.title}\n\n{message.text}\n"


@pytest.mark.parametrize("company", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_the_words_are_those_on_file(company: CompanyFacts) -> None:
    written = [as_text(name, compose(*case, "support", company)) for name, case in CASES.items()]
    written += [as_text(name, compose_pipeline(case, "ops", company)) for name, case in PIPELINE_CASES.items()]
    golden = GOLDEN / f"messages.{company.language}.txt"
    assert "\n".join(written) == golden.read_text(encoding="utf-8")


def test_the_record_has_the_facts_in_the_units_of_the_kpi() -> None:
    record = compose(*CASES["fired after three weeks"], "support", ENGLISH).to_record(sent_at=NOW)
    assert list(record) == [
        *("message_id", "dedup_key", "channel", "kind", "status", "severity", "rule", "kpi", "grain", "period_start"),
        *("segment_type", "segment", "value", "threshold", "previous_value", "sample_size", "title", "text"),
        *("drivers", "owner", "action", "sent_at"),
    ]
    expected = {
        "channel": "support",
        "kind": "alert",
        "status": "firing",
        "severity": "critical",
        "rule": "csat-floor",
        "kpi": "csat",
        "grain": "week",
        "period_start": "2026-01-05",
        "segment_type": "channel",
        "segment": "chat",
        "value": 0.64,
        "threshold": 0.7,
        "previous_value": 0.83,
        "sample_size": 120,
        "drivers": [],
        "owner": "Head of support",
        "sent_at": "2026-01-12T06:30:00Z",
    }
    assert {key: record[key] for key in expected} == expected


def test_a_resolved_message_has_its_status_and_nothing_left_to_do() -> None:
    message = compose(*CASES["resolved"], "support", ENGLISH)
    assert message.status == "resolved"
    assert message.threshold == 0.8
    assert [row.label for row in read(message).rows] == ["Period", "Began", "Lowest", "How sure", "Owner"]


def test_the_same_event_has_the_same_id_and_every_other_message_another() -> None:
    messages = [compose(*case, channel, ENGLISH) for case in CASES.values() for channel in ("support", "log")]
    again = [compose(*case, channel, FRENCH) for case in CASES.values() for channel in ("support", "log")]
    assert [message.message_id for message in messages] == [message.message_id for message in again]
    by_key = {message.dedup_key: message.message_id for message in messages}
    assert len(set(by_key.values())) == len(by_key)
    assert all(message_id(key) == identity for key, identity in by_key.items())


def test_the_messages_of_an_incident_share_a_thread_and_those_of_another_do_not() -> None:
    fired = compose(*CASES["fired at once"], "support", ENGLISH)
    resolved = compose(*CASES["resolved"], "heads", ENGLISH)
    other = compose(replace(EVENT, alert_id="0123456789ab"), RULE, kpi(), "support", ENGLISH)
    assert thread_id(fired.dedup_key) == thread_id(resolved.dedup_key) != thread_id(other.dedup_key)
    failed, recovered = (
        compose_pipeline(PIPELINE_CASES[name], "ops", ENGLISH) for name in ("source failed", "source recovered")
    )
    assert thread_id(failed.dedup_key) == thread_id(recovered.dedup_key)
    assert failed.message_id != recovered.message_id


def test_a_message_survives_being_stored() -> None:
    message = compose(*CASES["a hostile name"], "support", FRENCH)
    assert Message.model_validate_json(message.model_dump_json()) == message


def test_values_that_are_no_numbers_are_left_out() -> None:
    message = compose(event({"previous_value": float("nan"), "ci_low": float("-inf")}), RULE, kpi(), "support", ENGLISH)
    assert message.previous_value is None
    assert read(message).lead == "CSAT by chat: 64%, below 70%."
    assert "How sure: 120 observations\n" in message.text


def test_an_event_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="csat-floor"):
        compose(replace(EVENT, reading=replace(EVENT.reading, value=None)), RULE, kpi(), "support", ENGLISH)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("kind", ["channel", "campaign", "country", "made_up"])
def test_hostile_names_stay_one_short_readable_line(name: str, kind: str) -> None:
    message = alert(name, kind)
    assert message.title.isprintable()
    assert all(line.isprintable() for line in message.text.split("\n"))
    assert message.text.count("\n") == alert().text.count("\n")
    assert len(message.title) < 160
    assert message.segment is not None
    assert message.segment.isprintable()
    assert len(message.segment) <= 255


@given(st.text())
def test_any_name_keeps_the_form_of_a_message(name: str) -> None:
    layout = read(alert(name))
    assert layout.status_word == "Critical"
    assert [row.label for row in layout.rows] == [row.label for row in read(alert()).rows]


def test_only_the_operators_own_links_are_links() -> None:
    message = alert("https://evil.example")
    linked = {row.label: [piece.url for piece in pieces(row) if piece.url] for row in read(message).rows}
    assert {label: urls for label, urls in linked.items() if urls} == {
        "What to do": ["https://wiki.example.com/csat?team=chat&step=1"]
    }
    assert all("".join(piece.text for piece in pieces(row)) == row.value for row in read(message).rows)


def test_a_text_of_another_form_is_read_as_paragraphs() -> None:
    message = Message(
        message_id="1", dedup_key="1", channel="log", kind="digest", title="Nota bene: a week", text="One.\nTwo: 2."
    )
    layout = read(message)
    assert (layout.language, layout.status_word, layout.headline) == (None, "", "Nota bene: a week")
    assert (layout.lead, [(row.label, row.value) for row in layout.rows]) == ("One.", [("", "Two: 2.")])


def test_how_long_a_failure_lasted_does_not_depend_on_the_clock_being_changed() -> None:
    night = replace(
        FAILED,
        state="recovered",
        since=datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
        at=datetime(2026, 3, 28, 23, 30, tzinfo=UTC) + timedelta(hours=3),
    )
    message = compose_pipeline(night, "ops", ENGLISH)
    assert message.title == "Recovered: Source crm works again after 3 h"
    assert "Began: Sunday 29 March 2026, 00:30" in message.text
