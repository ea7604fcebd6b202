"""Alerts, one alert with its history, and silences."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.values import (
    MAX_TEXT_LENGTH,
    SEVERITY_STYLES,
    segment_text,
    to_date,
    write_period,
    write_value_and_threshold,
)
from pipelines.cli.render.words import word
from pipelines.kpis import Kpi
from pipelines.kpis.formatting import Language
from pipelines.kpis.words import label
from pipelines.ledger import Acknowledgement, AlertMessage, Silence, silence_on
from pipelines.notify.sanitize import readable
from pipelines.settings import Company, Settings, watched_kpi
from pipelines.watch.group import happened

# From this width of a terminal, in characters, an alert is a row of a table; below, it is some lines.
_TABLE_WIDTH = 140

_TEXT_COLUMNS = ("rule", "kpi", "segment", "status")
_NUMBER_COLUMNS = ("value", "threshold")


def alerts_parts(
    alerts: Sequence[Mapping[str, Any]],
    silences: Sequence[Silence],
    company: Company,
    kpis: Mapping[str, Kpi],
    *,
    width: int,
    is_selection: bool = False,
) -> Iterator[RenderableType]:
    """Yields alerts, open ones and critical ones first, for a terminal of `width` characters.

    `is_selection` says that they are not simply all open ones.
    """
    language = company.language
    if not alerts:
        none = word("no_such_alerts", language) if is_selection else label("no_open_alerts", language)
        yield Text(none, style="green")
        return
    title = word("alerts" if is_selection else "open_alerts", language, count=len(alerts))
    ordered = sorted(alerts, key=_order)
    if width >= _TABLE_WIDTH:
        yield _table(ordered, silences, company, kpis, title)
    else:
        yield Text(title, style="bold")
        yield from (_lines(alert, silences, company, kpis) for alert in ordered)


def subjects(settings: Settings, kpis: Mapping[str, Kpi]) -> Mapping[str, Kpi]:
    """Returns the KPIs by name, and by `rule:` and its name what a rule compares instead of its KPI."""
    instead = {
        f"rule:{rule.name}": watched_kpi(rule, settings, kpis)
        for rule in settings.rules
        if rule.kpi in kpis and not rule.condition.measures_kpi
    }
    return {**kpis, **instead}


def _subject(alert: Mapping[str, Any], kpis: Mapping[str, Kpi]) -> Kpi | None:
    return kpis.get(f"rule:{alert['rule']}") or kpis.get(alert["kpi"])


def _order(alert: Mapping[str, Any]) -> tuple[object, ...]:
    return alert["status"] == "resolved", alert["severity"] != "critical", alert["rule"], alert["segment"]


def _table(
    alerts: Sequence[Mapping[str, Any]],
    silences: Sequence[Silence],
    company: Company,
    kpis: Mapping[str, Kpi],
    title: str,
) -> Table:
    rows = [_facts(alert, silences, company, kpis) for alert in alerts]
    columns = ["id", "severity", "rule", "kpi", "segment", "period", "value", "threshold", "since"]
    if any(row["status"] for row in rows):
        columns.append("status")
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        # The id is there to be copied, so it is never wrapped. Texts are.
        is_text = column in _TEXT_COLUMNS
        table.add_column(
            "" if column == "severity" else word(column, company.language),
            justify="right" if column in _NUMBER_COLUMNS else "left",
            overflow="fold",
            no_wrap=not is_text,
            min_width=10 if is_text else None,
        )
    for alert, row in zip(alerts, rows, strict=True):
        cells = {name: escape(text) for name, text in row.items()}
        cells["id"] = f"[dim]{cells['id']}[/]"
        cells["severity"] = f"[{SEVERITY_STYLES[alert['severity']]}]{cells['severity']}[/]"
        table.add_row(*(cells[column] for column in columns))
    return table


def _lines(
    alert: Mapping[str, Any], silences: Sequence[Silence], company: Company, kpis: Mapping[str, Kpi]
) -> RenderableType:
    """Returns an alert as three lines or so, of which none is longer than it must be."""
    facts, language = _facts(alert, silences, company, kpis), company.language
    grid = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    subject = Text.assemble((facts["kpi"], "bold"), f", {facts['segment']}" if facts["segment"] else "")
    grid.add_row(Text(facts["severity"], style=SEVERITY_STYLES[alert["severity"]]), subject)
    colon = word("colon", language)
    value = f"{facts['value']} ({word('threshold', language)}{colon}{facts['threshold']})"
    if alert["status"] == "no_data":
        value = word("no_data", language)
    since = f"{word('since', language)} {facts['since']}"
    grid.add_row("", Text(f"{facts['period']}{colon}{value}, {since}"))
    grid.add_row("", Text.assemble(facts["rule"], "  ", (facts["id"], "dim")))
    if facts["status"]:
        grid.add_row("", Text(facts["status"]))
    return grid


def _facts(
    alert: Mapping[str, Any], silences: Sequence[Silence], company: Company, kpis: Mapping[str, Kpi]
) -> dict[str, str]:
    kpi, language = _subject(alert, kpis), company.language
    value, threshold = write_value_and_threshold(kpi, alert["value"], alert["threshold"], company)
    is_whole = alert["segment_type"] == "all"
    return {
        "id": alert["alert_id"],
        "severity": word(f"severity_{alert['severity']}", language),
        "rule": alert["rule"],
        "kpi": kpi.label(language) if kpi else alert["kpi"],
        "segment": "" if is_whole else segment_text(alert["segment_type"], alert["segment"], language),
        "period": write_period(to_date(alert["period_start"]), alert["grain"]),
        "value": value,
        "threshold": threshold,
        "since": f"{to_date(alert['opened_period']):%Y-%m-%d}",
        "status": ", ".join(_status(alert, silences, language)),
    }


def _status(alert: Mapping[str, Any], silences: Sequence[Silence], language: Language) -> Iterator[str]:
    if alert["status"] == "resolved":
        yield word("resolved", language)
    if alert["acknowledged_at"]:
        by, comment = alert["acknowledged_by"], alert["comment"]
        who = word("acknowledged_by", language, person=readable(by)) if by else word("acknowledged", language)
        yield who + (f"{word('colon', language)}{readable(comment, MAX_TEXT_LENGTH)}" if comment else "")
    if alert["status"] != "resolved" and silence_on(alert, silences):
        yield word("silenced", language)


def alerts_as_json(alerts: Sequence[Mapping[str, Any]], silences: Sequence[Silence]) -> list[dict[str, object]]:
    """Returns alerts, each with the end and the reason of its silence in `silent_until` and `silence_reason`."""
    found = [(alert, silence_on(alert, silences)) for alert in alerts]
    return [
        {
            **alert,
            "silent_until": silence.until if silence else None,
            "silence_reason": silence.reason if silence else None,
        }
        for alert, silence in found
    ]


# What happens between the beginning and the end of an alert, as far as a message says so.
_CHANGES = ("reopened", "worsened", "eased")


def alert_history(
    alert: Mapping[str, Any], acknowledgements: Sequence[Acknowledgement], messages: Sequence[AlertMessage]
) -> list[dict[str, object]]:
    """Returns what happened to an alert, the earliest first; each event has `at`, `event` and what belongs to it."""
    events: list[dict[str, object]] = [
        {"at": alert[column], "event": column.removesuffix("_at")}
        for column in ("opened_at", "fired_at", "resolved_at")
        if alert[column] is not None
    ]
    events += [
        {"at": entry.at, "event": entry.action, "person": entry.person, "comment": entry.comment}
        for entry in acknowledgements
    ]
    # Channels differ by when they were reached, not by what happened.
    changes = {(message.created_at, what) for message in messages if (what := happened(message.dedup_key)) in _CHANGES}
    events += [{"at": at, "event": what} for at, what in changes]
    events += [
        {
            "at": message.sent_at or message.created_at,
            "event": "message",
            "channel": message.channel,
            "title": message.title,
            "state": message.state,
            "error": message.last_error if message.state != "sent" else None,
        }
        for message in messages
    ]
    return sorted(events, key=lambda event: str(event["at"]))


def alert_detail(
    alert: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    silences: Sequence[Silence],
    company: Company,
    kpis: Mapping[str, Kpi],
) -> Iterator[RenderableType]:
    """Yields everything about one alert, and its history."""
    facts, language = _facts(alert, silences, company, kpis), company.language
    subject = f"{facts['kpi']}, {facts['segment']}" if facts["segment"] else facts["kpi"]
    style = SEVERITY_STYLES[alert["severity"]]
    yield Text.assemble((facts["severity"], style), word("colon", language), (subject, "bold"))
    table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    peak, _ = write_value_and_threshold(_subject(alert, kpis), alert["peak_value"], alert["threshold"], company)
    rows = {
        "id": facts["id"],
        "rule": facts["rule"],
        "status": word(alert["status"], language),
        "period": facts["period"],
        "value": facts["value"],
        "threshold": facts["threshold"],
        "worst_value": peak,
        "since": facts["since"],
        "messages_sent": str(alert["messages_sent"]),
    }
    for key, text in rows.items():
        table.add_row(word(key, language), Text(text))
    yield table
    silence = silence_on(alert, silences)
    if silence is not None and alert["status"] != "resolved":
        until, reason = _moment(silence.until, company), readable(silence.reason, MAX_TEXT_LENGTH)
        yield Text(f"  {word('silenced_until', language, moment=until, reason=reason)}")
    yield Text(word("history", language), style="bold")
    events = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
    events.add_column(no_wrap=True, style="dim")
    events.add_column(overflow="fold")
    for event in history:
        events.add_row(_moment(event["at"], company), Text(_event(event, language)))
    yield events


def _event(event: Mapping[str, Any], language: Language) -> str:
    """Returns an event of the history in words."""
    if event["event"] == "message":
        text = word(
            "event_message",
            language,
            channel=readable(event["channel"]),
            state=word(f"message_{event['state']}", language),
            title=readable(event["title"], MAX_TEXT_LENGTH),
        )
        return f"{text} ({readable(event['error'], MAX_TEXT_LENGTH)})" if event["error"] else text
    text = word(f"event_{event['event']}", language)
    if event.get("person"):
        text = word("by", language, event=text, person=readable(event["person"]))
    comment = event.get("comment")
    return f"{text}{word('colon', language)}{readable(comment, MAX_TEXT_LENGTH)}" if comment else text


def silences_table(silences: Sequence[Silence], company: Company) -> RenderableType:
    """Returns a table of the active silences, in the order given; ends are in the company's time zone."""
    if not silences:
        return Text(word("no_silences", company.language))
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("rule", "segment", "until", "reason"):
        table.add_column(word(heading, company.language), overflow="fold")
    for silence in silences:
        table.add_row(
            escape(silence.rule),
            escape(readable(silence.segment or word("all", company.language))),
            _moment(silence.until, company),
            escape(readable(silence.reason, MAX_TEXT_LENGTH)),
        )
    return table


def _moment(at: datetime, company: Company) -> str:
    return f"{at.astimezone(ZoneInfo(company.timezone)):%Y-%m-%d %H:%M %Z}"
