"""Messages about several alerts, in English and French, and what channels make of them."""

from pathlib import Path

import pytest
from group_cases import FIRED, GROUPS, KPIS, OVERVIEWS, composed, grouped, of, overview
from notify_samples import ENGLISH, FRENCH, HOSTILE_NAMES, NOW

from pipelines.notify.channels.email.rendering import render as as_mail
from pipelines.notify.channels.slack.blocks import SECTION_LENGTH, escaped, render
from pipelines.notify.compose import CompanyFacts, compose_group
from pipelines.notify.message import Lines, Message, Overview, Paragraph, plain_text
from pipelines.notify.translations import TRANSLATIONS

GOLDEN = Path(__file__).parent / "golden"


def as_text(name: str, message: Message | Overview) -> str:
    return f"## {name}\n{message.title}\n\n{message.text}\n"


def golden_text(company: CompanyFacts) -> str:
    texts = [as_text(name, composed(name, company)) for name in GROUPS]
    texts += [as_text(name, overview(name, company)) for name in OVERVIEWS]
    return "\n".join(texts)


@pytest.mark.parametrize("company", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_messages_equal_the_golden_file(company: CompanyFacts) -> None:
    golden = GOLDEN / f"groups.{company.language}.txt"
    assert golden_text(company) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("company", [ENGLISH, FRENCH], ids=["en", "fr"])
@pytest.mark.parametrize("name", GROUPS)
def test_title_text_and_content_say_the_same(name: str, company: CompanyFacts) -> None:
    message = composed(name, company)
    colon = TRANSLATIONS[company.language].colon
    assert message.title == f"{message.content.status_label}{colon}{message.content.headline}"
    assert message.text == plain_text(message.content.blocks, colon)
    assert isinstance(message.content.blocks[0], Paragraph)
    assert Message.model_validate(message.to_stored()) == message


def test_the_record_has_what_all_alerts_have_in_common() -> None:
    record = composed("several alerts of a rule", ENGLISH).to_record()
    expected = {
        "kind": "alert", "status": "firing", "severity": "critical", "rule": "csat-floor", "kpi": "csat",
        "grain": "week", "period_start": "2026-01-05", "segment_type": "channel", "segment": None, "value": None,
        "owner": "Head of support",
    }  # fmt: skip
    assert {key: record[key] for key in expected} == expected
    assert not {"content", "incident", "overview", "picture", "attachment"} & set(record)
    storm = composed("a storm", ENGLISH).to_record()
    assert [storm[key] for key in ("rule", "kpi", "segment_type", "owner", "action")] == [None] * 5


def lines(message: Message) -> list[str]:
    return [line for block in message.content.blocks if isinstance(block, Lines) for line in block.lines]


def test_a_storm_describes_the_worst_ten_and_counts_all() -> None:
    message = composed("a storm", ENGLISH)
    of_rules, worst = [block for block in message.content.blocks if isinstance(block, Lines)]
    assert of_rules.lines == ("csat-floor: 15 alerts (3 critical), Head of support", "slow-teams: 8 alerts, Ann")
    assert len(worst.lines) == 10
    assert worst.lines[0].startswith("CSAT by desk 0: 50%")
    assert worst.lines[3].startswith("First response time (team Team 7): 12 h")


def test_a_list_of_very_many_says_how_many_more_there_are() -> None:
    many = grouped(*(of(f"s{number}", 0.7) for number in range(45)), storm_after=100)
    message = compose_group(many, KPIS, ENGLISH)
    assert len(lines(message)) == 31
    assert lines(message)[-1] == "and 15 more"


@pytest.mark.parametrize("company", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_names_from_data_have_no_effect_in_a_group(company: CompanyFacts) -> None:
    for storm_after in (20, 3):
        group = grouped(*(of(name, 0.7) for name in dict.fromkeys(HOSTILE_NAMES)), storm_after=storm_after)
        message = compose_group(group, KPIS, company)
        body = render(message)
        assert len(body["blocks"]) <= 50
        sections = [each["text"]["text"] for each in body["blocks"] if each["type"] == "section" and "text" in each]
        assert all(0 < len(text) <= SECTION_LENGTH for text in sections)
        shown = "\n".join(sections)
        assert "<!" not in shown
        assert "<@" not in shown
        # No line is lost between sections.
        assert all(escaped(line) in shown for line in lines(message))
        mail = as_mail(message, sender="vigie@example.com", recipients=("a@example.com",), now=NOW)
        page = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert mail.as_bytes().count(b"\r\nSubject:") == 1


def test_the_thread_of_a_message_is_that_of_its_incident() -> None:
    message = composed("several alerts of a rule", ENGLISH)
    resolved = composed("several are resolved", ENGLISH)
    assert message.thread != resolved.thread
    assert message.thread == resolved.model_copy(update={"incident": message.incident}).thread
    assert message.thread == message.model_copy(update={"incident": None}).thread


def test_the_first_message_of_a_thread_shows_the_state_of_all_alerts() -> None:
    follows = composed("several are resolved", ENGLISH).model_copy(
        update={"overview": overview("some of them are open", ENGLISH)}
    )
    shown = follows.of_thread()
    assert (shown.title, shown.status) == ("Critical: CSAT by channel: 3 of 4 alerts open", "firing")
    assert render(shown)["text"].startswith("🔴")
    assert shown.dedup_key == follows.dedup_key
    assert Message.model_validate(follows.to_stored()) == follows
    assert composed("several are resolved", ENGLISH).of_thread().title == "Resolved: CSAT by channel: 2 alerts"
    assert FIRED[0].alert_id
