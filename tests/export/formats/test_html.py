"""The report page: what is on it, in English and French, and hostile texts."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest
from export_samples import KPIS, TICK, WEEKS, Lumen, export_of

from pipelines.export.content import Advice, Bound, ExportContent
from pipelines.export.formats.html import render

MakeContent = Callable[..., ExportContent]
HOSTILE = ('"><script>alert(1)</script>', "</style><script>alert(2)</script>", "{{7*7}}", "<!-- ", "' onload='alert(3)")


def alert(**changes: Any) -> dict[str, Any]:
    facts = {
        "alert_id": "3678a0023654", "rule": "csat-floor", "kpi": "csat", "grain": "week", "segment_type": "all",
        "segment": "all", "severity": "critical", "status": "firing", "opened_at": TICK, "fired_at": TICK,
        "acknowledged_at": None, "acknowledged_by": None, "comment": None, "resolved_at": None,
        "period_start": WEEKS[-2], "value": 0.46, "threshold": 0.65, "peak_value": 0.45, "messages_sent": 1,
        "opened_period": WEEKS[-3], "breached_periods": 2,
    }  # fmt: skip
    return facts | changes


class Reader(HTMLParser):
    """Collects the texts, tags and attributes of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(" ".join(data.split(" ")).strip())


def test_the_scorecard_shows_the_latest_period_of_each_kpi(make_content: MakeContent) -> None:
    texts = Reader(render(make_content())).texts
    place = texts.index("First response time")
    # The shape of the sample: 9000 s less 250 s a week, fifteen weeks later.
    assert texts[place : place + 6] == ["First response time", "1 h 28 min", "−4.5%", "–", "2 h", "Good"]
    assert {"On target", "Off target", "Scorecard", "Trends", "By channel", "Definitions"} <= set(texts)


def test_a_french_page_is_french(make_content: MakeContent) -> None:
    page = render(make_content(company=Lumen(language="fr"), alerts=[alert()]))
    texts = Reader(page).texts
    assert b'<html lang="fr">' in page
    assert {"Tableau de bord", "Alertes en cours", "Par canal", "Satisfaction client", "71\u00a0%"} <= set(texts)
    assert "Semaine du 23 mars 2026 (S13) · par semaine (du lundi au dimanche)" in texts
    assert not {"Scorecard", "Open alerts", "Value", "Critical"} & set(texts)


def test_an_open_alert_says_what_when_and_what_to_do(make_content: MakeContent) -> None:
    chat = alert(segment_type="channel", segment="chat", acknowledged_at=TICK, acknowledged_by="Ana", comment="on it")
    advice = {"csat-floor": Advice("Head of support", "Read https://wiki.example/csat first")}
    reader = Reader(render(make_content(alerts=[chat], advice=advice)))
    page = " ".join(reader.texts)
    assert "Customer satisfaction channel chat Critical 46% threshold 65% · worst value 45%" in page
    assert "Week of 23 March 2026 (W13) · since: week of 16 March 2026 (W12)" in page
    assert "Head of support" in page
    assert "Ana · on it" in page
    assert ("href", "https://wiki.example/csat") in reader.attributes
    assert "No open alerts." in Reader(render(make_content())).texts


def test_charts_have_bounds_and_incidents_of_the_kpi_as_a_whole(make_content: MakeContent) -> None:
    bounds = [Bound("csat", "critical", dict.fromkeys(WEEKS, 0.65)), Bound("nps", "warn", {WEEKS[-2]: 20.0})]
    resolved = alert(status="resolved", resolved_at=TICK, opened_period=WEEKS[-8], severity="warn")
    of_segment = alert(segment_type="channel", segment="chat")
    page = render(make_content(bounds=bounds, alerts=[alert(), of_segment], resolved=[resolved])).decode()
    charts = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert len(charts) == len(KPIS)
    assert all(name in charts[0] for name in ("Critical 65%", "Target 80%"))
    assert "Warning 20" in charts[1]
    assert (charts[0].count("opacity: 0.13"), charts[1].count("opacity: 0.13")) == (2, 0)


def test_segments_have_their_names_and_none_is_omitted(make_content: MakeContent, rows: pd.DataFrame) -> None:
    chat = rows[rows["segment"] == "chat"].assign(segment_type="campaign")
    many = pd.concat([rows[rows["segment"] == "all"], *(chat.assign(segment=f"c{n:03}") for n in range(120))])
    content = make_content(rows=many, export=export_of(by=["campaign"]), segment_names={("campaign", "c007"): "Spring"})
    texts = Reader(render(content)).texts
    assert [texts.count(name) for name in ("c000", "c119", "Spring", "c007")] == [6, 6, 6, 0]


def test_a_kpi_without_rows_is_there_and_says_so(make_content: MakeContent, rows: pd.DataFrame) -> None:
    texts = Reader(render(make_content(rows=rows[rows["kpi"] != "nps"]))).texts
    assert texts[texts.index("Net promoter score") + 1] == "No complete period yet"
    Reader(render(make_content(rows=rows.head(0))))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_are_texts(make_content: MakeContent, rows: pd.DataFrame, hostile: str) -> None:
    chat = {"segment_type": "channel", "segment": hostile, "rule": hostile, "acknowledged_at": TICK}
    kpi = replace(KPIS["csat"], label_en=hostile, description=hostile, formula=hostile)
    content = make_content(
        rows=rows.assign(segment=rows["segment"].replace("chat", hostile)),
        catalogue=KPIS | {"csat": kpi},
        company=Lumen(name=hostile),
        alerts=[alert(**chat, acknowledged_by=hostile, comment=hostile)],
        advice={hostile: Advice(hostile, f"see https://evil.example/{hostile}")},
        segment_names={("channel", "email"): hostile},
    )
    plain, reader = Reader(render(make_content(alerts=[alert(acknowledged_at=TICK)]))), Reader(render(content))
    assert hostile.strip() in reader.texts
    assert set(reader.tags) <= {*plain.tags, "a"}
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert "49" not in reader.texts


def test_a_page_needs_nothing_else(make_content: MakeContent) -> None:
    page = render(make_content(alerts=[alert()]))
    reader = Reader(page)
    assert not {"script", "iframe", "object", "embed", "img", "base", "form"} & set(reader.tags)
    sources = [value for name, value in reader.attributes if name in {"src", "href", "srcset", "action"}]
    assert {source for source in sources if source and not source.startswith("#")} == {"data:,"}
    assert b"@import" not in page
    assert b"url(" not in re.sub(rb"url\(#chart\d+-\w+\)", b"", page)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in reader.attributes
    identifiers = [value for name, value in reader.attributes if name == "id"]
    assert len(set(identifiers)) == len(identifiers)


def test_an_alert_of_a_kpi_that_no_longer_exists_is_shown(make_content: MakeContent) -> None:
    gone = alert(kpi="old_kpi", period_start=datetime(2026, 3, 23, tzinfo=UTC), opened_period=date(2026, 3, 23))
    assert "old_kpi" in Reader(render(make_content(alerts=[gone]))).texts


def test_an_alert_about_missing_data_has_no_numbers(make_content: MakeContent) -> None:
    silent = alert(status="no_data", value=None, threshold=None, peak_value=None)
    texts = Reader(render(make_content(alerts=[silent]))).texts
    assert "No data" in texts
    assert not any("threshold" in text for text in texts)


def test_the_age_of_data_is_a_duration(make_content: MakeContent) -> None:
    old = alert(rule="csat-stale", value=280_800.0, threshold=86_400.0, peak_value=691_200.0)
    age = replace(make_content().catalogue["csat"], unit="seconds", label_en="Age of the data (CSAT)")
    texts = Reader(render(make_content(alerts=[old], advice={"csat-stale": Advice(subject=age)}))).texts
    assert {"Age of the data (CSAT)", "3 d 6 h"} <= set(texts)
