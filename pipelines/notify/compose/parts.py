"""What the messages of every kind have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel import Locale

from pipelines.kpis import Grain
from pipelines.kpis.formatting import Language
from pipelines.notify.message import Action, Block, Command, Fact, Footnote
from pipelines.notify.sanitize import is_plain_name, readable, shorten, single_line
from pipelines.notify.translations import TRANSLATIONS, Translation
from pipelines.notify.translations.groups import text

NAME_LENGTH = 80
KEY_LENGTH = 255
ACTION_LENGTH = 1_000
# More ids than these are not copied from a message.
_MOST_IDS = 10
# A silence that ends before the next period holds nothing back.
_SILENCES: Mapping[Grain, str] = {"day": "1d", "week": "7d", "month": "31d", "quarter": "92d", "year": "366d"}


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """How a company's messages are written; `timezone` is an IANA name, `currency` an ISO 4217 code."""

    name: str
    language: Language
    currency: str
    timezone: str


def action_and_owner(texts: Translation, action: str | None, owner: str | None) -> Sequence[Block]:
    """Returns what to do and who is responsible, as far as they are given."""
    blocks: list[Block] = []
    if action is not None:
        blocks.append(Action(label=texts.action, text=action))
    if owner is not None:
        blocks.append(Fact(label=texts.owner, value=owner))
    return blocks


def footer(company: CompanyFacts) -> Sequence[Block]:
    """Returns whose message it is."""
    name = readable(company.name, NAME_LENGTH)
    return [Footnote(text=name)] if name else []


def alert_footer(company: CompanyFacts, alert_id: str, grain: Grain, *, is_open: bool) -> Sequence[Block]:
    """Returns whose message about an alert it is, which alert, and how an open one is acknowledged and silenced."""
    texts = TRANSLATIONS[company.language]
    name = readable(company.name, NAME_LENGTH)
    blocks: list[Block] = [Footnote(text=texts.footnote.format(company=name, alert_id=alert_id))]
    if is_open:
        blocks.append(Command(label=texts.acknowledge, text=f"vigie ack {alert_id}"))
        silence = f'vigie silence {alert_id} --for {_SILENCES[grain]} --reason "{texts.why}"'
        blocks.append(Command(label=texts.silence, text=silence))
    return blocks


def group_footer(
    company: CompanyFacts, alert_ids: Sequence[str], rule: str | None, grain: Grain | None, *, is_open: bool
) -> Sequence[Block]:
    """Returns whose message about several alerts it is, and how they are listed, acknowledged and silenced."""
    texts = TRANSLATIONS[company.language]
    blocks = list(footer(company))
    if not is_open:
        return blocks
    command = "vigie alerts" if rule is None else f"vigie alerts --rule {rule}"
    blocks.append(Command(label=text("list_them", company.language), text=command))
    if len(alert_ids) <= _MOST_IDS:
        blocks.append(Command(label=texts.acknowledge, text=f"vigie ack {' '.join(alert_ids)}"))
    if rule is not None and grain is not None:
        silence = f'vigie silence {rule} --for {_SILENCES[grain]} --reason "{texts.why}"'
        blocks.append(Command(label=texts.silence, text=silence))
    return blocks


def series_name(label: str, segment_type: str, raw: str, language: Language) -> str:
    """Returns a KPI and a segment as the subject of a sentence; the KPI as a whole has no segment.

    Args:
        label: the name of the KPI.
        segment_type: the dimension, or `all`.
        raw: the segment as the data has it.
        language: the language of the name.
    """
    texts = TRANSLATIONS[language]
    if segment_type == "all":
        return label
    segment = segment_name(segment_type, raw, language)
    if segment_type == "channel":
        return texts.in_channel.format(label=label, segment=segment)
    if label.endswith(")"):
        # One pair of brackets: Customer satisfaction (CSAT, team Returns).
        return f"{label[:-1]}, {segment})"
    return texts.segment.format(label=label, segment=segment)


def segment_name(segment_type: str, raw: str, language: Language) -> str:
    """Returns what a segment of a dimension is called: `chat`, `team Returns`, `Belgium`, `unknown agent`."""
    texts = TRANSLATIONS[language]
    noun = texts.segment_nouns.get(segment_type)
    plain_type = noun.noun if noun else readable(segment_type).replace("_", " ")
    if raw == "unknown":
        return noun.unknown if noun else texts.unknown_of.format(plain_type)
    if segment_type == "country" and raw in Locale(language).territories and len(raw) == 2:
        return str(Locale(language).territories[raw])
    return f"{plain_type} {quoted_unless_plain(readable(raw, NAME_LENGTH), texts)}".strip()


def quoted_unless_plain(name: str, texts: Translation) -> str:
    """Returns `name`, in quotation marks if it could be taken for words of the sentence."""
    return name if is_plain_name(name) else texts.quoted.format(name)


def cleaned(text: str | None, limit: int) -> str | None:
    """Returns a text of the settings on a single line of at most `limit` characters; None if nothing is left of it."""
    return shorten(single_line(text), limit) or None if text else None
