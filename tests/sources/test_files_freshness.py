"""Freshness of a stream, and what a look at the files finds without loading them: probes and changes."""

from datetime import UTC, datetime, timedelta

from pipelines.sources import ExtractContext, open_source
from pipelines.sources.files.settings import FilesSource
from tests.sources.shop import LEADS, NOW, Aged, Shop


def test_loads_and_checks_advance_loaded_until(shop: Shop) -> None:
    def loaded_until(*, by_check: bool) -> object:
        return shop.store.loaded_until("shop", "lead", accepts_checks=by_check)

    assert loaded_until(by_check=True) is None
    shop.write("leads.csv", LEADS + "a,2030-05-31,web\n")
    shop.load(path="leads.csv")
    later = NOW + timedelta(days=1)
    shop.load(path="leads.csv", now=later)
    assert (loaded_until(by_check=False), loaded_until(by_check=True)) == (NOW, later)
    shop.write("broken.csv", "x\n")
    shop.load(path="*.csv", now=later + timedelta(days=1))
    assert loaded_until(by_check=True) == later


def test_a_check_is_enough_for_an_archive(shop: Shop) -> None:
    """In June 2030, a file that ends in 2024 is an archive, and one that ends in May is stale."""
    later = NOW + timedelta(days=60)
    for name, day, expected in (("archive", "2024-01-31", later), ("stale", "2030-05-20", NOW)):
        shop.write(f"{name}/leads.csv", LEADS + f"a,2023-01-31,web\nb,{day},web\nc,2031-01-01,web\n")
        source = FilesSource.model_validate(
            {"name": name, "type": "files", "tables": [{"entity": "lead", "path": f"{name}/leads.csv"}]}
        )
        for now in (NOW, later):
            context = ExtractContext(shop.store, shop.base, "UTC", now, now)
            [report] = open_source(source).extract(["lead"], context)
            assert report.failures == []
        [load] = shop.store.loads(name, "lead")
        assert load.newest_at == datetime.fromisoformat(f"{day}T00:00+00:00")
        assert shop.store.loaded_until(name, "lead", accepts_checks=False) == expected


def test_a_probe_finds_the_failures_of_a_pass(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.write("empty.csv", "")
    good = {"entity": "lead", "path": "leads.csv"}
    assert shop.probe(good) == []
    missing = 'leads.csv has no column "lead_idd"; nearest: "lead_id"; it has "lead_id", "created_at", "channel"'
    expected = [
        f"lead: no file matches nothing-*.csv (looked in {shop.base})",
        f"lead: {missing}",
        f"lead: {missing}; the expression in columns.lead_id refers to it",
        "lead: empty.csv is empty: it has not even a header",
        'lead: leads.csv has no column "created_at"; it has "lead_id"',
    ]
    problems = shop.probe(
        good,
        {"entity": "lead", "path": "nothing-*.csv"},
        {"entity": "lead", "path": "leads.csv", "columns": {"lead_id": "lead_idd", "created_at": "created_at"}},
        {
            "entity": "lead",
            "path": "leads.csv",
            "columns": {"lead_id": "expr: lead_idd + 1", "created_at": "created_at"},
        },
        {"entity": "lead", "path": "empty.csv"},
        {"entity": "lead", "paths": {"leads": "leads.csv"}, "sql": "SELECT lead_id FROM leads"},
    )
    assert [problem[: len(start)] for problem, start in zip(problems, expected, strict=True)] == expected
    assert not shop.home.exists()


def test_the_listing_changes_with_the_files(shop: Shop, aged: Aged) -> None:
    source = open_source(shop.source({"entity": "lead", "path": "*.csv"}))
    assert list(source.list_changes(shop.base, datetime.now(UTC))) == [f"no file matches *.csv (looked in {shop.base})"]
    path = shop.write("leads.csv", LEADS)
    first = list(source.list_changes(shop.base, datetime.now(UTC)))
    assert list(source.list_changes(shop.base, datetime.now(UTC))) == first
    aged(path, timedelta(minutes=1))
    assert list(source.list_changes(shop.base, datetime.now(UTC))) != first
