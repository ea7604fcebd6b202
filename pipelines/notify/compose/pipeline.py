"""Messages about the pipeline itself: what fails and what has recovered, and tests of channels."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from pipelines.kpis.formatting import Language, format_duration, format_moment
from pipelines.notify.compose.parts import (
    NAME_LENGTH,
    CompanyFacts,
    cleaned,
    footer,
    quoted_unless_plain,
)
from pipelines.notify.message import Block, Content, Fact, Message, Paragraph, message_id, plain_text
from pipelines.notify.sanitize import readable
from pipelines.notify.translations import TRANSLATIONS, Subject, Translation
from pipelines.notify.translations.reasons import reason_in_french

_REASON_LENGTH = 400


@dataclass(frozen=True, slots=True)
class PipelineEvent:
    """A failure of the pipeline itself, or its recovery.

    `incident` identifies this failure from its beginning to its end. `since` is when the failure began, `at` when this
    event happened; both are aware. `reason` is an error in words, without secrets.
    """

    subject: Subject
    name: str
    incident: str
    state: Literal["failed", "recovered"]
    since: datetime
    at: datetime
    reason: str | None = None


def compose_pipeline(event: PipelineEvent, channel_name: str, company: CompanyFacts) -> Message:
    """Returns the message about a failure of the pipeline itself, or about its recovery, for one channel."""
    language = company.language
    texts = TRANSLATIONS[language]
    name = quoted_unless_plain(readable(event.name, NAME_LENGTH), texts)
    subject = texts.subjects[event.subject].format(name)
    has_failed = event.state == "failed"
    if not has_failed:
        length = format_duration((event.at - event.since).total_seconds(), language)
        headline = texts.recovered.format(subject=subject, duration=length)
    else:
        headline = texts.failed_once.format(subject=subject)
    status_label = texts.label_failed if has_failed else texts.label_recovered

    label, said = _reason(event.reason or "", language, texts)
    # A line is a reason of its own, for instance a file each.
    reason = cleaned("; ".join(said.splitlines()), _REASON_LENGTH)
    began = format_moment(event.since, company.timezone, language)
    blocks: list[Block] = [
        Paragraph(text=(texts.failing_since if has_failed else texts.had_failed_since).format(moment=began)),
    ]
    if reason is not None and has_failed:
        blocks.append(Fact(label=label, value=reason))
    blocks += footer(company)
    key = "/".join(("pipeline", quote(event.incident, safe=""), event.state, quote(channel_name, safe="")))
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        channel=channel_name,
        kind="pipeline",
        status="firing" if has_failed else "resolved",
        severity="critical",
        title=f"{status_label}{texts.colon}{headline}",
        text=plain_text(blocks, texts.colon),
        content=Content(language=language, status_label=status_label, headline=headline, blocks=tuple(blocks)),
    )


def _reason(reason: str, language: Language, texts: Translation) -> tuple[str, str]:
    """Returns the label of a reason and the reason, in French if it can be; otherwise the label says that it is not."""
    if language == "en":
        return texts.reason, reason
    translated = reason_in_french(reason)
    return (texts.reason_in_english, reason) if translated is None else (texts.reason, translated)


def compose_test(channel_name: str, at: datetime, company: CompanyFacts) -> Message:
    """Returns a message that says that it is a test of a channel; no two tests have the same `at` (aware)."""
    texts = TRANSLATIONS[company.language]
    name = quoted_unless_plain(readable(channel_name, NAME_LENGTH), texts)
    headline = texts.test_headline.format(name=name)
    lead = texts.test_lead.format(name=name, company=readable(company.name, NAME_LENGTH))
    blocks = (Paragraph(text=lead),)
    key = "/".join(("test", quote(at.isoformat(), safe=""), quote(channel_name, safe="")))
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        channel=channel_name,
        kind="pipeline",
        title=f"{texts.label_test}{texts.colon}{headline}",
        text=plain_text(blocks, texts.colon),
        content=Content(language=company.language, status_label=texts.label_test, headline=headline, blocks=blocks),
    )
