"""Properties that hold whatever the data: parts add up, the order and the files of the input do not matter, nor the future."""

import math
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest
import yaml

from tests.acceptance.extracts import write_frames
from tests.acceptance.records import Frames, records
from tests.acceptance.scenario import Scenario
from tests.acceptance.vigie_run import run_vigie
from tests.kpis.refused import REFUSED

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]

PARIS = "Europe/Paris"
SCENARIO = Scenario(
    "properties", 7, PARIS, PARIS, datetime(2025, 7, 16, 14, 30, tzinfo=ZoneInfo(PARIS)), months=8, size=0.2
)  # fmt: skip
# Of loads, and not of what they hold.
ABOUT_LOADS = ("error_rate", "freshness")
ROWS = f"select * exclude (computed_at) from fct_kpi where kpi not in {ABOUT_LOADS}"
KEY = "kpi, grain, period_start, segment_type, segment"
# Sums of floating-point numbers depend on their order in the last digits.
SAME = "(abs(mine.{0} - other.{0}) <= 1e-9 * greatest(1, abs(mine.{0})) or mine.{0} is not distinct from other.{0})"
NUMBERS = (
    "value", "numerator", "denominator", "sample_size", "ci_low", "ci_high", "previous_value", "previous_year_value",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published file of the company, all records in one pass."""
    folder = tmp_path_factory.mktemp("whole")
    return run_vigie(write_frames(folder / "extracts", SCENARIO, records(SCENARIO)), folder / "home", SCENARIO.as_of)


def differences(mine: Path, other: Path) -> list[tuple[object, ...]]:
    same = " and ".join(SAME.format(name) for name in NUMBERS)
    with duckdb.connect() as connection:
        for name, file in (("mine", mine), ("other", other)):
            connection.execute(f"attach '{file}' as {name}_file (read_only)")
            connection.execute(f"create view {name} as {ROWS.replace('fct_kpi', f'{name}_file.fct_kpi')}")
        return connection.execute(
            f"select {KEY}, mine.value, other.value from mine full join other using ({KEY})"
            # That a period has no data is known from the files and their newest rows, of which a cut has fewer.
            " where (mine.value is not null or other.value is not null)"
            f" and (mine.is_complete is distinct from other.is_complete or not ({same})) order by all limit 20"
        ).fetchall()


# What is counted anew for each period: different people, percentiles, stocks; and ratios of sums that days without the
# denominator have no rows for.
NOT_ADDED_UP = {
    *REFUSED, "active_customers", "arpu", "backlog", "backlog_age", "agent_occupancy", "agent_productivity", "revenue_per_customer",
    "customer_acquisition_cost", "campaign_roi", "marketing_contribution", "completeness_rate", "duplicate_rate", "error_rate",
    "freshness", "first_response_time_p50", "first_response_time_p90", "resolution_time_p50", "resolution_time_p90",
}  # fmt: skip


def test_the_parts_of_days_add_up_to_those_of_periods(whole: Path) -> None:
    with duckdb.connect(str(whole), read_only=True) as connection:
        compared = connection.execute(
            """
            with known as (
                -- A sale with lines of two categories counts in both of them, and the total that a channel is a share of
                -- has no rows before its first day.
                select * from fct_kpi
                where value is not null and not list_contains($excluded, kpi)
                    and not (kpi = 'average_order_value' and segment_type = 'product_category') and segment_type != 'rfm'
                    and not (kpi = 'channel_share' and segment_type = 'channel')
            ),
            summed as (
                select kpi, periods.grain, cast(date_trunc(periods.grain, period_start) as date) as period_start,
                    segment_type, segment, sum(numerator) as numerator, sum(denominator) as denominator
                from known cross join (values ('week'), ('month'), ('quarter'), ('year')) as periods (grain)
                where known.grain = 'day'
                group by all
            )
            select kpi, known.grain, period_start, segment_type, segment, known.numerator, summed.numerator,
                coalesce(known.denominator, 0), coalesce(summed.denominator, 0)
            from known left join summed using (kpi, grain, period_start, segment_type, segment)
            where known.grain != 'day'
            """,
            {"excluded": sorted(NOT_ADDED_UP)},
        ).fetchall()
    wrong = [
        row
        for row in compared
        if not (math.isclose(row[5], row[6] or 0, abs_tol=1e-6) and math.isclose(row[7], row[8], abs_tol=1e-6))
    ]
    assert wrong == []
    assert len(compared) > 2000
    assert len({row[0] for row in compared}) >= 25


def test_the_order_and_the_files_of_the_input_do_not_matter(whole: Path, tmp_path: Path) -> None:
    settings = write_frames(tmp_path / "extracts", SCENARIO, records(SCENARIO))
    later = tmp_path / "later"
    later.mkdir()
    split = list(_split(settings, later))
    assert len(split) >= 4
    run_vigie(settings, tmp_path / "home", SCENARIO.as_of)
    for file in later.iterdir():
        shutil.move(file, settings.parent / file.name)
    published = run_vigie(settings, tmp_path / "home", SCENARIO.as_of)

    assert differences(whole, published) == []


def _split(settings: Path, later: Path) -> Iterator[str]:
    """Splits the CSV files of one table into three of permuted rows, two of which arrive later, and yields their names."""
    content = yaml.safe_load(settings.read_text(encoding="utf-8"))
    for source in content["sources"]:
        for table in source["tables"]:
            path = settings.parent / table["path"]
            if path.suffix != ".csv" or "*" in path.name or table.get("mode") == "snapshot":
                continue
            rows = pd.read_csv(path, sep=table.get("delimiter", ","), dtype=str, keep_default_na=False)
            rows = rows.sample(frac=1, random_state=11)
            for number, folder in enumerate((settings.parent, later, later)):
                part = rows.iloc[number::3]
                part.to_csv(folder / f"{path.stem}-{number}.csv", sep=table.get("delimiter", ","), index=False)
            path.unlink()
            table["path"] = f"{path.stem}-*.csv"
            yield path.name
    settings.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_data_as_of_a_moment_are_data_cut_at_the_moment(whole: Path, tmp_path: Path) -> None:
    # When a campaign is to begin and to end is known before it does.
    frames = {entity: frame if entity == "campaign" else _cut(frame) for entity, frame in records(SCENARIO).items()}
    settings = write_frames(tmp_path / "extracts", SCENARIO, frames)
    published = run_vigie(settings, tmp_path / "home", SCENARIO.as_of)

    assert differences(whole, published) == []


def _cut(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns the records that had begun by the moment, without what has happened to them since."""
    cut = frame.copy()
    moments = [name for name in cut if isinstance(cut[name].dtype, pd.DatetimeTZDtype)]
    as_of = pd.Timestamp(SCENARIO.as_of).tz_convert("UTC")
    # A record begins with its first moment; one without it has begun.
    has_begun = ~(cut[moments[0]] > as_of) if moments else pd.Series(True, index=cut.index)
    for name in moments:
        cut[name] = cut[name].where(cut[name] <= as_of)
    cut = cut[has_begun]
    today = SCENARIO.as_of.date()
    for name in cut:
        if len(cut) and isinstance(cut[name].iloc[0], date) and name not in moments:
            cut = cut[[day <= today for day in cut[name]]]
    return cut.reset_index(drop=True)


def test_the_cut_removes_records(whole: Path) -> None:
    """Checks the check: the records go beyond the moment."""
    assert whole.exists()
    frames: Frames = records(SCENARIO)
    assert sum(len(frame) - len(_cut(frame)) for frame in frames.values()) > 100
