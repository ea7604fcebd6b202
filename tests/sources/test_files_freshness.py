"""Freshness of a stream, and what a look at the files finds without loading them: probes and changes."""

from datetime import UTC, datetime, timedelta

from pipelines.sources import ExtractContext, open_source
from pipelines.sources.files.settings import FilesSource
from tests.sources.shop import LEADS, NOW, Aged, Shop


def test_loads_and_checks_advance_loaded_until(shop: Shop, aged: Aged) -> None:
    def loaded_until(*, by_check: bool) -> object:
        return shop.store.loaded_until("shop", "lead", accepts_checks=by_check)

    assert loaded_until(by_check=True) is None
    aged(shop.write("leads.csv", LEADS + "a,2030-05-31,web\n"), timedelta())
    shop.load(path="leads.csv")
    later = NOW + timedelta(days=1)
    shop.load(path="leads.csv", now=later)
    assert (loaded_until(by_check=False), loaded_until(by_check=True)) == (NOW, later)
    shop.write("broken.csv", "x\n")
    shop.load(path="*.csv", now=later + timedelta(days=1))
    assert loaded_until(by_check=True) == later


def test_an_extract_is_known_up_to_when_it_was_written(shop: Shop, aged: Aged) -> None:
    """An export of Friday evening that is read on Monday says nothing of the weekend."""
    friday = timedelta(days=2, hours=13)

    def loaded_until() -> object:
        return shop.store.loaded_until("shop", "lead", accepts_checks=False)

    aged(shop.write("leads-1.csv", LEADS + "a,2030-05-29,web\n"), friday)
    shop.load(path="leads-*.csv")
    assert loaded_until() == NOW - friday
    # A copy may be older than its rows, and the clock of a file server ahead.
    aged(shop.write("leads-2.csv", LEADS + "b,2030-05-31,web\n"), timedelta(days=400))
    shop.load(path="leads-*.csv")
    assert loaded_until() == datetime(2030, 5, 30, 22, tzinfo=UTC)
    aged(shop.write("leads-3.csv", LEADS + "c,2030-05-31,web\n"), -timedelta(hours=5))
    shop.load(path="leads-*.csv")
    assert loaded_until() == NOW


def test_a_moment_in_the_future_is_tried_with_files_of_today(shop: Shop, aged: Aged) -> None:
    tried = NOW + timedelta(days=100)
    aged(shop.write("leads.csv", LEADS + "a,2030-05-29,web\n"), timedelta(hours=1))
    source = open_source(shop.source({"entity": "lead", "path": "leads.csv"}))
    [_] = source.extract(["lead"], ExtractContext(shop.store, shop.base, "UTC", NOW, tried))
    assert shop.store.loaded_until("shop", "lead", accepts_checks=False) == tried - timedelta(hours=1)


def test_a_file_without_rows_says_nothing_of_an_archive(shop: Shop, aged: Aged) -> None:
    aged(shop.write("leads-1.csv", LEADS + "a,2024-01-31,web\n"), timedelta(days=900))
    aged(shop.write("leads-2.csv", LEADS), timedelta())
    shop.load(path="leads-*.csv")
    archived = shop.store.archived_until("shop", "lead", NOW)
    assert archived == datetime(2024, 1, 30, 23, tzinfo=UTC)


def test_known_content_that_is_delivered_again_says_that_nothing_has_changed(shop: Shop, aged: Aged) -> None:
    """A file that is written anew with the same rows, and a second file with a header alone."""

    def loaded_until() -> object:
        return shop.store.loaded_until("shop", "lead", accepts_checks=False)

    week = timedelta(days=7)
    path = shop.write("leads-1.csv", LEADS + "a,2030-05-10,web\n")
    aged(path, 3 * week)
    shop.load(path="leads-*.csv")
    assert (loaded_until(), shop.store.delivered_at("shop", "lead")) == (NOW - 3 * week, None)
    aged(path, 2 * week)
    shop.load(path="leads-*.csv")
    assert (loaded_until(), shop.store.delivered_at("shop", "lead")) == (NOW - 2 * week, NOW - 2 * week)
    for number, age in ((2, week), (3, timedelta(days=1))):
        aged(shop.write(f"leads-{number}.csv", LEADS), age)
        shop.load(path="leads-*.csv")
        assert loaded_until() == NOW - age
    # An old file that is found again later changes nothing.
    aged(shop.write("leads-0.csv", LEADS), 4 * week)
    shop.load(path="leads-*.csv")
    assert loaded_until() == NOW - timedelta(days=1)
    # A pass that finds nothing at all is no delivery.
    shop.load(path="leads-*.csv", now=NOW + week)
    assert loaded_until() == NOW - timedelta(days=1)


def test_a_source_that_was_alive_is_no_archive_once_its_early_loads_are_removed(shop: Shop, aged: Aged) -> None:
    path = shop.write("leads.csv", LEADS + "a,2030-05-31,web\n")
    aged(path, timedelta())
    shop.load(path="leads.csv", mode="snapshot")
    [first] = shop.store.segments("shop", "lead")
    later = NOW + timedelta(days=60)
    shop.write("leads.csv", LEADS + "a,2030-05-31,phone\n")
    aged(path, -timedelta(days=60))
    shop.load(path="leads.csv", mode="snapshot", now=later)
    shop.store.remove(first)
    assert len(shop.loads()) == 1
    assert shop.store.archived_until("shop", "lead", later) is None


def test_a_check_is_enough_for_an_archive(shop: Shop, aged: Aged) -> None:
    """In June 2030, a file that ends in 2024 is an archive, and one that ends in May is stale."""
    later = NOW + timedelta(days=60)
    for name, day, expected in (("archive", "2024-01-31", later), ("stale", "2030-05-20", NOW)):
        path = shop.write(f"{name}/leads.csv", LEADS + f"a,2023-01-31,web\nb,{day},web\nc,2031-01-01,web\n")
        aged(path, timedelta())
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


def test_a_date_is_the_start_of_its_day_where_the_file_is_from(shop: Shop) -> None:
    shop.write("web.csv", "date,visitors,conversions\n2030-03-01,7,1\n2030-03-02,9,1\n")
    source = FilesSource.model_validate(
        {"name": "web", "type": "files", "tables": [{"entity": "web_stat", "path": "web.csv"}]}
    )
    context = ExtractContext(shop.store, shop.base, "Pacific/Auckland", NOW, NOW)
    [report] = open_source(source).extract(["web_stat"], context)
    assert report.failures == []
    [load] = shop.store.loads("web", "web_stat")
    assert load.newest_at == datetime.fromisoformat("2030-03-02T00:00+13:00")
