"""Local times are converted without ICU, with the results of ICU."""

import duckdb
import pytest

from pipelines.sources.files.zones import to_utc, zone


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
)
def test_conversions_over_sixty_years_equal_those_of_icu(name: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{name}'")
        found = connection.execute(f"""
            SELECT count(*), count(*) FILTER ({to_utc("local", zone(name))} IS DISTINCT FROM CAST(local AS TIMESTAMPTZ))
            FROM range(TIMESTAMP '1985-01-01', TIMESTAMP '2047-01-01', INTERVAL 115 MINUTE) AS locals(local)
        """).fetchone()
    assert found == (283_555, 0)


@pytest.mark.parametrize("name", ["Europe/Paris", "Australia/Lord_Howe"])
def test_every_minute_around_two_changes_of_the_clocks(name: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{name}'")
        (differences,) = connection.execute(f"""
            SELECT count(*) FILTER ({to_utc("local", zone(name))} IS DISTINCT FROM CAST(local AS TIMESTAMPTZ))
            FROM range(TIMESTAMP '2024-03-28', TIMESTAMP '2024-04-08', INTERVAL 1 MINUTE) AS locals(local)
        """).fetchall()[0]
    assert differences == 0
    assert zone(name).changes


def test_a_zone_without_changes_is_one_offset() -> None:
    assert (zone("Asia/Kolkata").first, zone("Asia/Kolkata").changes) == (19_800_000_000, ())
