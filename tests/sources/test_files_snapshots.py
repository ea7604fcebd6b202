"""Tables in snapshot mode: the newest full copy of each table is the active load."""

import pytest

from tests.sources.shop import LEADS, Shop


def test_only_the_newest_snapshot_is_active(shop: Shop) -> None:
    table = {"path": "leads-*.csv", "mode": "snapshot"}
    shop.write("leads-2024-01.csv", LEADS + "a,2024-01-31,web\nb,2024-01-31,web\n")
    shop.load("lead", table)
    shop.write("leads-2024-02.csv", LEADS + "b,2024-01-31,mail\n")
    shop.load("lead", table)
    assert shop.active_ids(table) == ["b"]
    assert shop.load("lead", table).unchanged == 2
    shop.write("leads-2024-03.csv", (shop.base / "leads-2024-02.csv").read_bytes())
    assert shop.load("lead", table).unchanged == 3
    # The content of an earlier snapshot is the newest again.
    for month, keys in (("04", ["a", "b"]), ("05", ["b"]), ("06", ["a", "b"])):
        earlier = "leads-2024-01.csv" if len(keys) == 2 else "leads-2024-02.csv"
        shop.write(f"leads-2024-{month}.csv", (shop.base / earlier).read_bytes())
        assert shop.load("lead", table).rows == len(keys)
        assert shop.active_ids(table) == keys
        assert shop.load("lead", table).new_loads == []


@pytest.mark.parametrize("size", [1, 300_000])
def test_snapshots_loaded_in_one_pass_keep_their_order(shop: Shop, size: int) -> None:
    """Small files: the first is committed before the third is read. Large files: it is committed afterwards."""
    table = {"path": "leads-*.csv", "mode": "snapshot"}
    for number, keys in enumerate((["a"] * size, ["b"], ["a"] * size)):
        shop.write(f"leads-{number}.csv", LEADS + "".join(f"{key},2024-01-31,web\n" for key in keys))
    report = shop.load("lead", table)
    assert (len(report.new_loads), report.failures) == (3, [])
    assert set(shop.active_ids(table)) == {"a"}


def test_the_newest_readable_snapshot_is_active(shop: Shop) -> None:
    table = {"path": "leads-*.csv", "mode": "snapshot"}
    for number, key in enumerate("aba"):
        shop.write(f"leads-{number}.csv", LEADS + f"{key},2024-01-31,web\n")
    shop.write("leads-3.csv", "no such columns\n1\n")
    for _ in range(2):
        assert len(shop.load("lead", table).failures) == 1
        assert shop.active_ids(table) == ["a"]
    shop.write("leads-3.csv", LEADS + "c,2024-01-31,web\n")
    shop.load("lead", table)
    assert shop.active_ids(table) == ["c"]


def test_each_of_two_tables_has_its_newest_snapshot(shop: Shop) -> None:
    tables = [{"path": f"{country}-*.csv", "mode": "snapshot"} for country in ("fr", "de")]
    for name in ("fr-1", "de-1", "fr-2"):
        shop.write(f"{name}.csv", LEADS + f"{name},2024-01-31,web\n")
        shop.load("lead", *tables[: 1 + (name != "fr-1")])
    assert sorted(shop.active_ids(*tables)) == ["de-1", "fr-2"]
    for name in ("fr-3", "de-3"):
        shop.write(f"{name}.csv", LEADS)
    shop.load("lead", *tables)
    assert shop.active_ids(*tables) == []
