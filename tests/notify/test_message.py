"""The message: its public record, and what the outbox stores."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notify_cases import CASES
from notify_samples import ENGLISH, FRENCH, NOW, alert, numbered
from pydantic import ValidationError

from pipelines.notify.compose import compose
from pipelines.notify.message import Message, Paragraph

RECORD_KEYS = [
    *("message_id", "dedup_key", "channel", "kind", "status", "severity", "rule", "kpi", "grain", "period_start"),
    *("segment_type", "segment", "value", "threshold", "previous_value", "sample_size", "title", "text"),
    *("drivers", "owner", "action", "sent_at"),
]

# As a version without blocks stored it.
STORED_WITHOUT_CONTENT = {
    "message_id": "0b6a5a0e-6f7f-5b0e-8f5e-6f5f6b6f7f8f",
    "dedup_key": "alert/5e1f0c2a9b77/fired/support",
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
    "previous_value": None,
    "sample_size": 120,
    "title": "Critical: CSAT by chat at 64%, below 70%",
    "text": "CSAT by chat: 64%, below 70%.\nPeriod: week of 5 January 2026 (W02)\n\n(support: refused)",
    "drivers": [],
    "owner": None,
    "action": None,
    "sent_at": None,
}


@pytest.mark.parametrize("case", CASES)
def test_the_public_record_has_its_documented_keys_and_no_others(case: str) -> None:
    assert list(compose(*CASES[case], "support", ENGLISH).to_record(sent_at=NOW)) == RECORD_KEYS


@pytest.mark.parametrize("case", CASES)
def test_a_stored_message_is_read_back_whole(case: str) -> None:
    message = compose(*CASES[case], "support", FRENCH)
    assert Message.model_validate(json.loads(json.dumps(message.to_stored()))) == message


def test_a_message_that_an_earlier_version_stored_is_read_line_by_line() -> None:
    message = Message.model_validate(STORED_WITHOUT_CONTENT)
    assert message.to_record() == STORED_WITHOUT_CONTENT
    assert (message.content.status_label, message.content.headline) == ("", message.title)
    assert message.content.blocks == (
        Paragraph(text="CSAT by chat: 64%, below 70%."),
        Paragraph(text="Period: week of 5 January 2026 (W02)"),
        Paragraph(text="(support: refused)"),
    )


def test_a_record_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Message.model_validate(STORED_WITHOUT_CONTENT | {"colour": "red"})


def test_a_paragraph_can_be_added() -> None:
    message = alert().with_paragraph("(support: refused)")
    assert message.text == f"{alert().text}\n\n(support: refused)"
    assert message.content.blocks == (*alert().content.blocks, Paragraph(text="(support: refused)"))


@given(st.text())
def test_a_record_is_one_line_even_for_readers_that_break_at_unusual_characters(text: str) -> None:
    line = numbered(0).model_copy(update={"text": text, "owner": text}).to_line().decode()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == text
