"""Messages about rules that wait for a source, and about the source that delivers again."""

from datetime import datetime
from urllib.parse import quote

from pipelines.kpis.formatting import format_count, format_moment, plural
from pipelines.notify.compose.parts import NAME_LENGTH, CompanyFacts, action_and_owner, footer, quoted_unless_plain
from pipelines.notify.message import Block, Content, Fact, Message, Paragraph, message_id, plain_text
from pipelines.notify.sanitize import readable
from pipelines.notify.translations import TRANSLATIONS
from pipelines.watch.held import Hold

_MOST_NAMED = 10


def held_key(incident: str, channel: str) -> str:
    """Returns the dedup key of the message that a channel gets about rules that wait for a source."""
    return _key(incident, "held", channel)


def compose_held(hold: Hold, company: CompanyFacts) -> Message:
    """Returns the message for a channel whose rules wait for a source that fails."""
    language = company.language
    texts = TRANSLATIONS[language]
    name = quoted_unless_plain(readable(hold.source.name, NAME_LENGTH), texts)
    source = texts.subjects["source"].format(name)
    count = len(hold.rules)
    rules = plural(count, *texts.rules, language).format(format_count(count, language))
    named = ", ".join(hold.rules[:_MOST_NAMED])
    if count > _MOST_NAMED:
        named += f" {texts.and_more.format(format_count(count - _MOST_NAMED, language))}"
    began = format_moment(hold.source.since, company.timezone, language)
    blocks: list[Block] = [
        Paragraph(text=texts.held.format(source=source)),
        Fact(label=texts.held_rules, value=named),
        Fact(label=texts.since, value=began),
        *action_and_owner(texts, texts.held_action, None),
        *footer(company),
    ]
    headline = texts.held_headline.format(name=name, rules=rules)
    return _message(held_key(hold.source.incident, hold.channel), hold.channel, "held", company, headline, blocks)


def compose_resumed(name: str, incident: str, since: datetime, channel: str, company: CompanyFacts) -> Message:
    """Returns the message for a channel that was informed of held rules: their source delivers again."""
    texts = TRANSLATIONS[company.language]
    source = texts.subjects["source"].format(quoted_unless_plain(readable(name, NAME_LENGTH), texts))
    began = format_moment(since, company.timezone, company.language)
    blocks: list[Block] = [
        Paragraph(text=texts.resumed),
        Fact(label=texts.began, value=began),
        *footer(company),
    ]
    headline = texts.resumed_headline.format(source=source)
    return _message(_key(incident, "resumed", channel), channel, "resolved", company, headline, blocks)


def _key(incident: str, state: str, channel: str) -> str:
    return "/".join(("held", quote(incident, safe=""), state, quote(channel, safe="")))


def _message(key: str, channel: str, status: str, company: CompanyFacts, headline: str, blocks: list[Block]) -> Message:
    texts = TRANSLATIONS[company.language]
    is_held = status == "held"
    status_label = texts.label_held if is_held else texts.label_resumed
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        channel=channel,
        kind="pipeline",
        status="held" if is_held else "resolved",
        severity="warn",
        title=f"{status_label}{texts.colon}{headline}",
        text=plain_text(blocks, texts.colon),
        action=texts.held_action if is_held else None,
        content=Content(language=company.language, status_label=status_label, headline=headline, blocks=tuple(blocks)),
    )
