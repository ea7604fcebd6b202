"""The table of drivers and the drivers that the watch computes from readings are the same."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pandas as pd
import pytest

from pipelines.kpis import Grain, previous_period
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from pipelines.watch.drivers import DRIVER_COLUMNS, drivers
from pipelines.watch.reading import Reading, frame_of
from tests.transform.dbt_rendering import models, render

RATIO, SUM, PERCENTILE = "csat", "revenue", "resolution_time_p50"
# The last period of each grain and how many of them the table keeps.
KEPT: dict[Grain, int] = {"day": 31, "week": 13, "month": 13, "quarter": 8, "year": 3}
LAST: dict[Grain, date] = {
    "day": date(2024, 3, 31),
    "week": date(2024, 3, 25),
    "month": date(2024, 3, 1),
    "quarter": date(2024, 1, 1),
    "year": date(2023, 1, 1),
}


def table(readings: pd.DataFrame) -> pd.DataFrame:
    """The table of drivers that dbt makes from readings, in its order of columns."""
    connection = duckdb.connect()
    connection.register("readings", readings)
    connection.execute(
        "create table fct_kpi as select * replace (period_start::date as period_start,"
        " sample_size::bigint as sample_size, kpi::varchar as kpi, grain::varchar as grain,"
        " segment_type::varchar as segment_type, segment::varchar as segment,"
        " if(isnan(value), null, value) as value, if(isnan(numerator), null, numerator) as numerator,"
        " if(isnan(denominator), null, denominator) as denominator) from readings"
    )
    connection.execute(f"create table int_kpi_definitions as {render(models()['int_kpi_definitions'], 'duckdb')}")
    found = connection.execute(render(models()["fct_kpi_driver"], "duckdb")).df()
    return found.sort_values(list(DRIVER_COLUMNS[:6]), ignore_index=True)


def starts(grain: Grain, count: int) -> Iterator[date]:
    start = LAST[grain]
    for _ in range(count):
        yield start
        start = previous_period(grain, start)


def parts(kpi: str, chance: random.Random) -> list[tuple[str, float, float | None]]:
    """Segments of a period, some of them absent, without a rate, or with a negative part."""
    found: list[tuple[str, float, float | None]] = []
    for name in "abcd":
        if chance.random() < 0.7:
            denominator = float(chance.choice([0, 1, 3, 10, 77])) if kpi == RATIO else None
            numerator = 0.0 if denominator == 0 else round(chance.uniform(-50, 100), 2)
            found.append((name, numerator, denominator))
    return found


def readings_of(kpi: str, grain: Grain, start: date, chance: random.Random) -> Iterator[Reading]:
    def reading(segment_type: str, segment: str, numerator: float, denominator: float | None) -> Reading:
        value = numerator if denominator is None else numerator / denominator if denominator else None
        if segment_type == "team" and chance.random() < 0.05:
            value = None
        size = int(abs(numerator) if denominator is None else denominator)
        return Reading(
            kpi, grain, start, segment_type, segment, value, numerator, denominator, size, None, None, is_complete
        )

    is_complete = chance.random() < 0.95
    found = parts(kpi, chance)
    denominators = [d for _, _, d in found if d is not None]
    whole = sum(n for _, n, _ in found), sum(denominators) if kpi == RATIO else None
    yield reading("all", "all", *whole)
    for segment_type in ("channel", "team"):
        for name, numerator, denominator in found:
            yield reading(segment_type, name, numerator, denominator)
    # Two countries that overlap.
    yield reading("country", "FR", *whole)
    yield reading("country", "BE", 1.0, None if whole[1] is None else 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_the_table_has_the_drivers_that_the_watch_computes(seed: int) -> None:
    chance = random.Random(seed)
    readings = frame_of(
        reading
        for grain, count in KEPT.items()
        for kpi in (RATIO, SUM, PERCENTILE)
        for start in starts(grain, count + 3)
        if chance.random() < 0.97
        for reading in readings_of(kpi, grain, start, chance)
    )
    expected = drivers(readings[readings["kpi"] != PERCENTILE])
    wholes = readings[(readings["segment_type"] == "all") & readings["is_complete"] & readings["value"].notna()]
    newest_first = wholes.groupby(["kpi", "grain"], observed=True)["period_start"].rank(ascending=False)
    place = newest_first.groupby([wholes["kpi"], wholes["grain"], wholes["period_start"]], observed=True).first()
    placed = expected.merge(place.rename("place").reset_index(), on=["kpi", "grain", "period_start"])
    kept = placed[placed["place"] <= placed["grain"].astype(str).map(KEPT)]
    assert len(kept) > 200
    assert set(kept["kind"]) == {"contribution", "rate", "mix"}
    found = table(readings)
    assert list(found.columns) == list(DRIVER_COLUMNS)
    texts = ["kpi", "grain", "segment_type", "segment"]
    pd.testing.assert_frame_equal(
        found.astype({"period_start": "datetime64[us]", "sample_size": float}),
        kept[list(DRIVER_COLUMNS)].astype(dict.fromkeys(texts, str)).reset_index(drop=True),
        check_dtype=False,
        rtol=1e-9,
        atol=1e-12,
    )


def test_the_table_keeps_the_latest_periods() -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(60)]
    rows = [
        Reading(SUM, "day", day, segment_type, segment, 1.0, 1.0, None, 1, None, None, is_complete=True)
        for day in days
        for segment_type, segment in (("all", "all"), ("channel", "web"))
    ]
    found = table(frame_of(rows))
    assert [start.date() for start in found["period_start"]] == days[-KEPT["day"] :]


def test_the_catalogue_and_the_models_agree_on_what_has_no_drivers() -> None:
    sql = render(models()["int_kpi_definitions"], "duckdb")
    of_models = dict(duckdb.connect().execute(f"select kpi, no_drivers from ({sql})").fetchall())
    kpis = load_catalogue(project_folder() / "target")
    assert {name: kpi.no_drivers for name, kpi in kpis.items()} == of_models
    assert kpis[RATIO].no_drivers is kpis[SUM].no_drivers is None
    assert kpis[PERCENTILE].no_drivers == kpis["revenue_per_customer"].no_drivers == "not_a_sum"
    assert kpis["channel_share"].no_drivers == "share_of_all"
