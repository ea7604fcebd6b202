"""The messages that people read, in English and French."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notify_cases import CASES, FAILED, HOLD, NORMALS, PIPELINE_CASES
from notify_samples import ENGLISH, EVENT, FRENCH, HOSTILE_NAMES, NOW, RULE, alert, event, kpi

from pipelines.notify.compose import CompanyFacts, compose, compose_held, compose_pipeline, compose_resumed
from pipelines.notify.message import Fact, Footnote, Message, Paragraph, message_id, plain_text, thread_id
from pipelines.notify.translations import TRANSLATIONS
from pipelines.notify.translations.delivery_reasons import SLACK
from pipelines.watch.drivers import Driver

GOLDEN = Path(__file__).parent / "golden"


def as_text(name: str, message: Message) -> str:
    return f"## {name}\n{message.title}\n\n{message.text}\n"


def labels(message: Message) -> list[str]:
    return [block.label for block in message.content.blocks if not isinstance(block, Paragraph | Footnote)]


@pytest.mark.parametrize("company", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_messages_equal_the_golden_file(company: CompanyFacts) -> None:
    composed = [
        as_text(name, compose(*case, "support", company, normal=NORMALS.get(name))) for name, case in CASES.items()
    ]
    composed += [as_text(name, compose_pipeline(case, "ops", company)) for name, case in PIPELINE_CASES.items()]
    composed.append(as_text("rules are held", compose_held(HOLD, company)))
    resumed = compose_resumed(HOLD.source.name, HOLD.source.incident, HOLD.source.since, HOLD.channel, company)
    composed.append(as_text("rules go on", resumed))
    golden = GOLDEN / f"messages.{company.language}.txt"
    assert "\n".join(composed) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("company", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_title_text_and_content_say_the_same(company: CompanyFacts) -> None:
    messages = [compose(*case, "support", company) for case in CASES.values()]
    messages += [compose_pipeline(case, "ops", company) for case in PIPELINE_CASES.values()]
    colon = TRANSLATIONS[company.language].colon
    for message in messages:
        content = message.content
        assert content.language == company.language
        assert message.title == f"{content.status_label}{colon}{content.headline}"
        assert message.text == plain_text(content.blocks, colon)
        assert isinstance(content.blocks[0], Paragraph)


def test_the_record_has_the_facts_in_the_units_of_the_kpi() -> None:
    record = compose(*CASES["fired after three weeks"], "support", ENGLISH).to_record(sent_at=NOW)
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


def test_a_resolved_message_has_its_status_and_no_action() -> None:
    message = compose(*CASES["resolved"], "support", ENGLISH)
    assert message.status == "resolved"
    assert message.threshold == 0.8
    assert labels(message) == ["Period", "Began", "Lowest", "How sure", "Owner"]


def test_ids_depend_on_the_event_and_the_channel_but_not_on_the_language() -> None:
    messages = [compose(*case, channel, ENGLISH) for case in CASES.values() for channel in ("support", "log")]
    again = [compose(*case, channel, FRENCH) for case in CASES.values() for channel in ("support", "log")]
    assert [message.message_id for message in messages] == [message.message_id for message in again]
    by_key = {message.dedup_key: message.message_id for message in messages}
    assert len(set(by_key.values())) == len(by_key)
    assert all(message_id(key) == identity for key, identity in by_key.items())


def test_the_messages_of_one_incident_share_a_thread() -> None:
    fired = compose(*CASES["fired at once"], "support", ENGLISH)
    resolved = compose(*CASES["resolved"], "heads", ENGLISH)
    other = compose(replace(EVENT, alert_id="0123456789ab"), RULE, kpi(), "support", ENGLISH)
    assert thread_id(fired.dedup_key) == thread_id(resolved.dedup_key) != thread_id(other.dedup_key)
    failed, recovered = (
        compose_pipeline(PIPELINE_CASES[name], "ops", ENGLISH) for name in ("source failed", "source recovered")
    )
    assert thread_id(failed.dedup_key) == thread_id(recovered.dedup_key)
    assert failed.message_id != recovered.message_id


def test_numbers_that_are_not_finite_are_omitted() -> None:
    message = compose(event({"previous_value": float("nan"), "ci_low": float("-inf")}), RULE, kpi(), "support", ENGLISH)
    assert message.previous_value is None
    assert message.content.blocks[0] == Paragraph(text="There is no value for the week before.")
    assert Fact(label="Based on", value="120 answers") in message.content.blocks


def test_an_event_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="csat-floor"):
        compose(replace(EVENT, reading=replace(EVENT.reading, value=None)), RULE, kpi(), "support", ENGLISH)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("kind", ["channel", "campaign", "country", "made_up"])
def test_hostile_names_stay_on_one_short_readable_line(name: str, kind: str) -> None:
    message = alert(name, kind)
    assert message.title.isprintable()
    assert all(line.isprintable() for line in message.text.split("\n"))
    assert message.text.count("\n") == alert().text.count("\n")
    assert len(message.title) < 160
    assert message.segment is not None
    assert message.segment.isprintable()
    assert len(message.segment) <= 255


@given(st.text())
def test_every_name_gives_the_same_blocks(name: str) -> None:
    message = alert(name)
    assert message.content.status_label == "Critical"
    assert labels(message) == labels(alert())


def test_the_reasons_of_a_failure_are_told_apart() -> None:
    failed = replace(FAILED, reason="a.csv is empty\nb.csv has no column id")
    assert "Reason: a.csv is empty; b.csv has no column id" in compose_pipeline(failed, "ops", ENGLISH).text


def test_the_length_of_a_failure_ignores_changes_of_the_clock() -> None:
    night = replace(
        FAILED,
        state="recovered",
        since=datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
        at=datetime(2026, 3, 28, 23, 30, tzinfo=UTC) + timedelta(hours=3),
    )
    message = compose_pipeline(night, "ops", ENGLISH)
    assert message.title == "Recovered: Source crm works again after 3 h"
    assert "It had failed since Sunday 29 March 2026, 00:30." in message.text


@pytest.mark.parametrize(
    ("company", "segment_type", "segment", "name"),
    [
        (ENGLISH, "team", "Returns", "Customer satisfaction (CSAT, team Returns)"),
        (ENGLISH, "channel", "chat", "Customer satisfaction (CSAT) by chat"),
        (FRENCH, "country", "FR", "Satisfaction client (CSAT, France)"),
        (FRENCH, "channel", "chat", "Satisfaction client (CSAT) sur le canal chat"),
        (FRENCH, "channel", "unknown", "Satisfaction client (CSAT) sur le canal inconnu"),
        (FRENCH, "all", "all", "Satisfaction client (CSAT)"),
    ],
)
def test_a_label_with_brackets_and_a_segment_read_as_one_name(
    company: CompanyFacts, segment_type: str, segment: str, name: str
) -> None:
    event, rule, kpi = next(iter(CASES.values()))  # fired at once, at 64 %
    kpi = replace(kpi, label_en="Customer satisfaction (CSAT)", label_fr="Satisfaction client (CSAT)")
    series = event.series._replace(segment_type=segment_type, segment=segment)
    headline = compose(replace(event, series=series), rule, kpi, "support", company).content.headline
    assert headline.startswith(f"{name} {'à' if company is FRENCH else 'at'} 64")


@pytest.mark.parametrize("company", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_the_first_line_does_not_repeat_the_title(company: CompanyFacts) -> None:
    messages = [compose(*case, "support", company) for name, case in CASES.items() if "operator" not in name]
    messages += [compose_pipeline(case, "ops", company) for case in PIPELINE_CASES.values()]
    messages.append(compose_resumed(HOLD.source.name, HOLD.source.incident, HOLD.source.since, HOLD.channel, company))
    for message in messages:
        first = message.text.split("\n")[0]
        subject = message.content.headline.split(" ")
        assert not any(" ".join(subject[start : start + 5]) in first for start in range(len(subject) - 4)), message


def test_a_title_of_the_operator_is_that_of_its_alerts_only() -> None:
    event, rule, watched = CASES["a title of the operator"]
    fired = compose(event, rule, watched, "support", FRENCH)
    assert fired.content.headline == "Clients mécontents sur le canal chat"
    assert fired.owner == "Responsable du support"
    assert fired.text.startswith("CSAT sur le canal chat\u00a0: baisse à 64\u00a0%")
    missing, _, _ = CASES["no data of a segment"]
    assert compose(missing, rule, watched, "support", FRENCH).content.headline.startswith("CSAT sur le canal chat")


def test_an_open_alert_says_how_it_is_acknowledged_and_silenced() -> None:
    fired, rule, watched = CASES["a duration, unknown team"]
    message = compose(fired, rule, watched, "support", ENGLISH)
    assert message.text.endswith(
        "\n\nAtelier Lumen, alert 5e1f0c2a9b77\nAcknowledge: vigie ack 5e1f0c2a9b77\n"
        'Silence: vigie silence 5e1f0c2a9b77 --for 31d --reason "why"'
    )
    for name in ("resolved", "data again"):
        text = compose(*CASES[name], "support", ENGLISH).text
        assert re.search(r"\n\nAtelier Lumen, alert [0-9a-f]{12}$", text)


def test_a_failure_says_whose_it_is() -> None:
    for case in PIPELINE_CASES.values():
        assert compose_pipeline(case, "ops", FRENCH).text.endswith("\n\nAtelier Lumen")


def test_what_brought_a_value_back_does_not_explain_an_alert() -> None:
    drivers = [Driver("channel", "chat", "rate", 0.05, 0.5, 0.6)]
    eased, rule, watched = CASES["eased"]
    assert "What drove it" not in compose(eased, rule, watched, "support", ENGLISH, drivers=drivers).text
    assert "What drove it" in compose(EVENT, rule, watched, "support", ENGLISH, drivers=drivers).text


def test_french_messages_have_no_break_spaces_where_french_has_them() -> None:
    texts = list(_texts(asdict(TRANSLATIONS["fr"]))) + list(SLACK.values())
    assert [text for text in texts if re.search(r" [;:»?!]|« ", text)] == []


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        yield from (text for value in part.values() for text in _texts(value))
    elif isinstance(part, tuple | list):
        yield from (text for value in part for text in _texts(value))
