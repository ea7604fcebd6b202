"""Messages about series that have no value any more, or have one again."""

from pipelines.kpis import Kpi
from pipelines.kpis.formatting import ValueFormat, format_period, format_period_count
from pipelines.notify.compose.parts import (
    KEY_LENGTH,
    NAME_LENGTH,
    CompanyFacts,
    action_and_owner,
    alert_footer,
    cleaned,
    series_name,
)
from pipelines.notify.message import Block, Content, Fact, Message, Paragraph, message_id, plain_text
from pipelines.notify.sanitize import readable
from pipelines.notify.translations import TRANSLATIONS
from pipelines.watch.rule import Rule
from pipelines.watch.state import GapEvent, dedup_key
from pipelines.watch.wording import text_of


def compose_no_data(event: GapEvent, rule: Rule, kpi: Kpi, channel_name: str, company: CompanyFacts) -> Message:
    """Returns the message about missing data, or about its end, for one channel."""
    language, reading = company.language, event.reading
    texts = TRANSLATIONS[language]
    value = 0.0 if reading.value is None else reading.value
    facts = {
        "name": series_name(kpi.label(language), event.series.segment_type, event.series.segment, language),
        "value": ValueFormat.for_values(kpi.shown_unit, language, company.currency, [value]).format(value),
        "period": format_period(reading.period_start, reading.grain, language),
        "duration": format_period_count(max(event.periods, 1), reading.grain, language),
    }
    is_missing = event.kind == "no_data"
    status_label = texts.label_no_data if is_missing else texts.label_data_again
    headline = (texts.no_data_headline if is_missing else texts.data_again_headline).format(**facts)
    owner = cleaned(text_of(rule.owner, language), NAME_LENGTH)
    action = texts.no_data_action.format(kpi=kpi.name) if is_missing else None
    since = format_period(event.since, reading.grain, language)
    blocks: list[Block] = [
        Paragraph(text=(texts.no_data if is_missing else texts.data_again).format(**facts)),
        Fact(label=texts.since if is_missing else texts.began, value=since),
        *action_and_owner(texts, action, owner),
        *alert_footer(company, event.alert_id, reading.grain, is_open=is_missing),
    ]
    key = dedup_key(event, channel_name)
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        channel=channel_name,
        kind="alert",
        status="no_data" if is_missing else "resolved",
        severity=event.severity,
        rule=rule.name,
        kpi=kpi.name,
        grain=reading.grain,
        period_start=event.since if is_missing else reading.period_start,
        segment_type=reading.segment_type,
        segment=readable(reading.segment, KEY_LENGTH),
        value=None if is_missing else reading.value,
        previous_value=reading.value if is_missing else None,
        sample_size=None if is_missing else reading.sample_size,
        title=f"{status_label}{texts.colon}{headline}",
        text=plain_text(blocks, texts.colon),
        owner=owner,
        action=action,
        content=Content(language=language, status_label=status_label, headline=headline, blocks=tuple(blocks)),
    )
