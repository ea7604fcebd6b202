"""The example settings on real public data give the figures that were computed independently."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines.cli import app

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared/data"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.acceptance,
    pytest.mark.skipif(
        not DATA.is_dir(), reason="the public data sets are not in the repository; see examples/README.md"
    ),
]

Query = Callable[[str], list[tuple[Any, ...]]]


def run_example(name: str, as_of: datetime, home: Path) -> Query:
    """Runs one pass of an example, and returns a function that queries the published tables."""
    result = CliRunner(env={"VIGIE_DATA": str(DATA), "VIGIE_MESSAGES": str(home / "messages.jsonl")}).invoke(
        app,
        [
            "run",
            *("--settings", str(ROOT / "examples" / name / "settings.yaml")),
            *("--home", str(home)),
            *("--as-of", as_of.isoformat()),
        ],
    )
    assert result.exit_code == 0, result.output

    def ask(query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(home / "published/kpi.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    return ask


def has_no_quarantined_rows(home: Path) -> bool:
    return not list((home / "quarantine").rglob("*.jsonl"))


def test_olist(tmp_path: Path) -> None:
    ask = run_example("olist", datetime(2019, 6, 1, tzinfo=UTC), tmp_path)

    # Delivered orders: revenue, average, buyers.
    assert ask("select count(*), sum(amount) from fct_sale") == [(19_430, Decimal("3147099.15"))]
    [(revenue, orders)] = ask(
        "select sum(numerator), sum(denominator) from fct_kpi"
        " where kpi = 'average_order_value' and grain = 'year' and segment_type = 'all'"
    )
    assert (round(revenue, 2), orders, round(revenue / orders, 4)) == (3_147_099.15, 19_430, 161.9711)
    assert ask("select count(distinct customer_id) from fct_sale") == [(19_270,)]
    months = "grain = 'month' and segment_type = 'all' and period_start in ('2017-11-01', '2018-01-01', '2018-05-01', '2018-08-01')"
    assert ask(
        f"select round(value, 2), sample_size from fct_kpi where kpi = 'revenue' and {months} order by period_start"
    ) == [(239_871.66, 1_519), (215_205.16, 1_419), (246_273.96, 1_368), (212_479.57, 1_306)]

    # All reviews.
    [(positive, answers)] = ask(
        "select sum(numerator), sum(denominator) from fct_kpi"
        " where kpi = 'csat' and grain = 'year' and segment_type = 'all'"
    )
    assert (answers, round(100 * positive / answers, 4)) == (19_986, 77.1590)
    assert ask(
        "select round(value, 5), sample_size from fct_kpi where kpi = 'csat' and grain = 'month' and segment_type = 'all'"
        " and period_start in ('2017-11-01', '2018-03-01', '2018-05-01', '2018-08-01') order by period_start"
    ) == [(0.79119, 953), (0.66816, 1_564), (0.81123, 1_531), (0.80022, 1_837)]

    # Leads: in total, by cohort and by origin.
    assert ask(
        "select sum(numerator), sum(denominator) from fct_kpi"
        " where kpi = 'lead_conversion_rate' and grain = 'year' and segment_type = 'all'"
    ) == [(842, 8_000)]
    assert ask(
        "select numerator, denominator from fct_kpi where kpi = 'lead_conversion_rate' and grain = 'month'"
        " and segment_type = 'all' and period_start >= '2017-12-01' and period_start <= '2018-05-01' order by period_start"
    ) == [(11, 200), (152, 1_141), (149, 1_028), (167, 1_174), (183, 1_352), (130, 1_303)]
    assert ask(
        "select segment, sum(numerator), sum(denominator) from fct_kpi where kpi = 'lead_conversion_rate'"
        " and grain = 'year' and segment_type = 'channel' and segment in ('organic_search', 'paid_search', 'social')"
        " group by segment order by segment"
    ) == [("organic_search", 271, 2_296), ("paid_search", 195, 1_586), ("social", 75, 1_350)]
    assert has_no_quarantined_rows(tmp_path)


def test_hillstrom(tmp_path: Path) -> None:
    ask = run_example("hillstrom", datetime(2008, 5, 1, tzinfo=UTC), tmp_path)

    arms = ask(
        "select segment, numerator, denominator, round(100 * value, 5) from fct_kpi"
        " where kpi = 'marketing_conversion_rate' and grain = 'month' and segment_type = 'arm' order by segment"
    )
    assert arms == [
        ("control", 122, 21_306, 0.57261),
        ("mens e-mail", 267, 21_307, 1.25311),
        ("womens e-mail", 189, 21_387, 0.88371),
    ]
    # The KPI as a whole excludes the control group.
    assert ask(
        "select numerator, denominator from fct_kpi"
        " where kpi = 'marketing_conversion_rate' and grain = 'month' and segment_type = 'all'"
    ) == [(456, 42_694)]

    # In percentage points: the uplift, Newcombe's interval, the additional purchases, and everybody who was compared. The
    # published intervals, 0.50001 to 0.86099 and 0.14986 to 0.47235, are Wald's, which are symmetric.
    assert ask(
        "select segment, round(100 * value, 5), round(100 * ci_low, 5), round(100 * ci_high, 5), round(numerator, 3),"
        " sample_size from fct_kpi where kpi = 'campaign_uplift' and grain = 'month' and segment_type != 'campaign'"
        " order by segment_type, segment"
    ) == [
        ("all", 0.49546, 0.35082, 0.63335, 211.530, 64_000),
        ("mens e-mail", 0.68050, 0.50143, 0.86407, 144.994, 42_613),
        ("womens e-mail", 0.31111, 0.15017, 0.47455, 66.536, 42_693),
    ]
    # The whole is one campaign.
    assert ask(
        "select count(distinct (value, ci_low, ci_high)) from fct_kpi where kpi = 'campaign_uplift' and grain = 'month'"
        " and segment_type in ('all', 'campaign')"
    ) == [(1,)]


def test_helpdesk(tmp_path: Path) -> None:
    ask = run_example("helpdesk", datetime(2014, 6, 1, tzinfo=UTC), tmp_path)

    assert ask(
        "select count(*), count(resolved_at), count(*) filter (where is_reopened and resolved_at is not null)"
        " from fct_ticket"
    ) == [(4_580, 4_569, 386)]
    assert ask("select sum(numerator), sum(denominator) from fct_kpi"
               " where kpi = 'reopen_rate' and grain = 'year' and segment_type = 'all'") == [(386, 4_569)]  # fmt: skip
    assert ask("select sum(reassignment_count) from fct_ticket") == [(8_648,)]
    assert ask("select sum(value) from fct_kpi where kpi = 'ticket_volume' and grain = 'month' and segment_type = 'all'"
               ) == [(4_580,)]  # fmt: skip
    [(interactions, tickets)] = ask("select sum(numerator), sum(denominator) from fct_kpi"
                                    " where kpi = 'interactions_per_ticket' and grain = 'year' and segment_type = 'all'")  # fmt: skip
    assert tickets == 4_569
    assert interactions < 21_348
    assert ask("select count(*) from fct_interaction") == [(21_348,)]


def test_sfo_2017(tmp_path: Path) -> None:
    ask = run_example("sfo_2017", datetime(2017, 9, 1, tzinfo=UTC), tmp_path)

    values = "grain = 'month' and segment_type = 'all' and period_start = '2017-05-01'"
    assert ask(f"select round(value, 4), sample_size, numerator from fct_kpi where kpi = 'nps' and {values}") == [
        (39.8398, 2_746, 100 * (1_436 - 342))
    ]
    assert ask(
        f"select round(100 * value, 4), numerator, denominator from fct_kpi where kpi = 'csat' and {values}"
    ) == [(82.0685, 2_206, 2_688)]
    # Zero is an answer: without it, the value of the 5th would be 41.3043 with a sample of 46.
    assert ask(
        "select day(period_start), sample_size, round(value, 4) from fct_kpi where kpi = 'nps' and grain = 'day'"
        " and segment_type = 'all' and period_start between '2017-05-05' and '2017-05-08' order by period_start"
    ) == [(5, 47, 38.2979), (6, 189, 30.1587), (7, 124, 21.7742), (8, 189, 33.3333)]
