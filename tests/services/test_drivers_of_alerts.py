"""What drove the change that an alert is about, from the KPI tables to the message."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from pipelines.ledger import Ledger
from pipelines.services import evaluate
from pipelines.services.evaluate import evaluate_rules
from pipelines.services.installation import Installation
from pipelines.warehouse.readings import Selection, readings
from pipelines.watch.reading import Reading, frame_of

NOW = datetime(2024, 3, 4, 7, 0, tzinfo=UTC)
SETTINGS = """
company: {name: Company, timezone: Europe/Paris}
rules:
  - {name: whole, kpi: csat, below: 80%, notify: [log]}
  - {name: again, kpi: csat, below: {critical: 80%}, notify: [log]}
  - {name: segments, kpi: csat, by: channel, below: 80%, notify: [others]}
  - {name: median, kpi: resolution_time_p50, above: 1h, notify: [log]}
channels:
  log: {type: file, path: log.jsonl}
  others: {type: file, path: others.jsonl}
"""
Parts = dict[str, tuple[float, float]]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    settings = tmp_path / "settings.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")
    return Installation(settings, tmp_path / "home")


@pytest.fixture
def ledger(installation: Installation) -> Iterator[Ledger]:
    with installation.ledger() as ledger:
        yield ledger


def week(number: int, dimensions: dict[str, Parts], kpi: str = "csat") -> Iterator[Reading]:
    """The readings of a week; the parts of each dimension add up to the same whole."""
    parts = next(iter(dimensions.values()))
    whole = sum(n for n, _ in parts.values()), sum(d for _, d in parts.values())
    for segment_type, segments in {"all": {"all": whole}, **dimensions}.items():
        for segment, (n, d) in segments.items():
            start = date(2024, 1, 1) + timedelta(weeks=number)
            yield Reading(kpi, "week", start, segment_type, segment, n / d, n, d, int(d), None, None, is_complete=True)


def build(installation: Installation, *weeks: dict[str, Parts], kpi: str = "csat") -> None:
    """Replaces the KPI tables."""
    frame = frame_of(reading for number, each in enumerate(weeks) for reading in week(number, each, kpi))
    with installation.home.lock(timeout=1), duckdb.connect(str(installation.home.warehouse)) as connection:
        connection.register("readings", frame)
        connection.execute(
            "CREATE OR REPLACE TABLE fct_kpi AS"
            " SELECT * REPLACE (period_start::DATE AS period_start, sample_size::BIGINT AS sample_size) FROM readings"
        )


def messages(installation: Installation, ledger: Ledger) -> dict[tuple[str, str], dict[str, Any]]:
    """The queued messages by rule and status, which count as sent."""
    claimed = ledger.claim(installation.wall_clock(), timedelta(minutes=1), 100)
    for item in claimed:
        ledger.mark_sent(item.message_id, installation.wall_clock())
    return {(item.record["rule"], item.record["status"]): item.record for item in claimed}


GOOD = {
    "channel": {"chat": (90.0, 100.0), "email": (85.0, 100.0)},
    "agent": {"zoe@example.org": (90.0, 100.0), "max": (85.0, 100.0)},
    "team": {"desk": (171.0, 196.0), "few": (4.0, 4.0)},
}
BAD = {
    "channel": {"chat": (30.0, 100.0), "email": (85.0, 100.0)},
    "agent": {"zoe@example.org": (30.0, 100.0), "max": (85.0, 100.0)},
    "team": {"desk": (115.0, 196.0), "few": (0.0, 4.0)},
}


def test_an_alert_of_the_whole_says_what_drove_it(installation: Installation, ledger: Ledger) -> None:
    build(installation, GOOD, BAD)
    evaluate_rules(installation, ledger, NOW)
    found = messages(installation, ledger)
    # Neither people nor groups of four are named.
    expected = [
        {"segment_type": "channel", "segment": "chat", "effect": pytest.approx(-0.3), "kind": "rate"},
        {"segment_type": "team", "segment": "desk", "effect": pytest.approx(-0.28), "kind": "rate"},
    ]
    assert found["whole", "firing"]["drivers"] == found["again", "firing"]["drivers"] == expected
    assert (
        "What drove it since the week before:\n- channel chat: \N{MINUS SIGN}30 points"
        in found["whole", "firing"]["text"]
    )
    assert "zoe" not in str(found)
    assert found["segments", "firing"]["segment"] == "chat"
    assert found["segments", "firing"]["drivers"] == []


def test_segments_that_are_ids_have_their_names(installation: Installation, ledger: Ledger) -> None:
    good = {"channel": {"c-1": (90.0, 100.0), "c-2": (85.0, 100.0)}}
    bad = {"channel": {"c-1": (30.0, 100.0), "c-2": (60.0, 100.0)}}
    build(installation, good, bad)
    with installation.home.lock(timeout=1), duckdb.connect(str(installation.home.warehouse)) as connection:
        connection.execute(
            "create table dim_segment as select * from (values ('channel', 'c-1', 'Spring <sale>'),"
            " ('channel', 'c-2', ' ')) as names (segment_type, segment, name)"
        )
    evaluate_rules(installation, ledger, NOW)
    found = messages(installation, ledger)["whole", "firing"]
    assert "- channel “Spring <sale>”: \N{MINUS SIGN}30 points" in found["text"]
    assert "- channel c-2: " in found["text"]
    # The record has the ids, as the tables do.
    assert [driver["segment"] for driver in found["drivers"]] == ["c-1", "c-2"]


def test_a_resolved_alert_has_no_drivers(installation: Installation, ledger: Ledger) -> None:
    build(installation, GOOD, BAD)
    evaluate_rules(installation, ledger, NOW)
    messages(installation, ledger)
    build(installation, GOOD, BAD, GOOD)
    evaluate_rules(installation, ledger, NOW)
    assert messages(installation, ledger)["whole", "resolved"]["drivers"] == []


def test_without_a_period_before_there_are_no_drivers(installation: Installation, ledger: Ledger) -> None:
    build(installation, BAD)
    evaluate_rules(installation, ledger, NOW)
    assert messages(installation, ledger)["whole", "firing"]["drivers"] == []


def test_what_is_no_sum_of_its_segments_has_no_drivers(installation: Installation, ledger: Ledger) -> None:
    slow = {"channel": {"chat": (9e5, 100.0), "email": (9e5, 100.0)}}
    fast = {"channel": {"chat": (9e3, 100.0), "email": (9e4, 100.0)}}
    build(installation, fast, slow, kpi="resolution_time_p50")
    evaluate_rules(installation, ledger, NOW)
    assert messages(installation, ledger)["median", "firing"]["drivers"] == []


def test_segments_are_read_once_for_all_events_and_only_for_their_periods(
    installation: Installation, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[Selection]] = []

    def counted(path: Path, selections: Sequence[Selection]) -> pd.DataFrame:
        asked.append(selections)
        return readings(path, selections)

    monkeypatch.setattr(evaluate, "readings", counted)
    build(installation, *[GOOD] * 8, BAD)
    evaluate_rules(installation, ledger, NOW)
    _, segments = asked
    assert {each.periods for each in segments} == {(date(2024, 2, 26), date(2024, 2, 19))}
    assert {each.kpi for each in segments} == {"csat"}
    assert [each.segment_type for each in segments].count("channel") == 1
    assert not {"agent", "owner"} & {each.segment_type for each in segments}
    # Nothing is new, hence nothing is explained.
    asked.clear()
    evaluate_rules(installation, ledger, NOW)
    assert len(asked) == 1
