"""The share of rejected records: of a home with a history it is that of an empty home that is given the same data."""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.services.build import prepare_build
from pipelines.services.ingest import ingest_source
from pipelines.services.installation import Installation
from pipelines.warehouse import connect
from tests.transform.dbt_rendering import models, render

AS_OF = datetime.fromisoformat("2026-01-05T06:00:00+01:00")
COLUMNS = {"order_id": "id", "customer_id": "who", "ordered_at": "day", "amount": "total"}
# What somebody can set right, beside the file itself: of the two orders one is rejected at first, or both are read anew.
CORRECTIONS: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "the mapping": ({"columns": {**COLUMNS, "amount": "net"}}, {"columns": COLUMNS}),
    "the notation": ({"columns": COLUMNS}, {"columns": COLUMNS, "decimal": ","}),
    "the time zone": ({"columns": {**COLUMNS, "amount": "net"}}, {"columns": {**COLUMNS, "amount": "net"}}),
}
Quality = list[tuple[Any, ...]]


class Shop:
    """A file of orders, and what homes make of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("1,a,2026-01-02 10:00:00,5,5", '2,a,2026-01-02 11:00:00,"5,5",x')

    def write(self, *orders: str, age: int = 7200) -> None:
        extract = self.folder / "orders.csv"
        extract.write_text("\n".join(["id,who,day,total,net", *orders]) + "\n")
        os.utime(extract, (AS_OF.timestamp() - age,) * 2)

    def quality(self, home: str, table: Mapping[str, Any], timezone: str = "Europe/Paris", days: int = 0) -> Quality:
        """Loads the file into a home, so many days after the first time, and returns its `fct_load_quality`."""
        settings = self.folder / "vigie.yaml"
        source = {"name": "shop", "type": "files", "tables": [{"entity": "order", "path": "orders.csv", **table}]}
        company = {"name": "Shop", "timezone": timezone, "currency": "EUR"}
        settings.write_text(yaml.safe_dump({"company": company, "sources": [source]}))
        installation = Installation(settings, self.folder / home, AS_OF + timedelta(days=days))
        ingest_source(installation, installation.settings().sources[0], ["order"])
        prepare_build(installation)
        with connect(installation.home.warehouse, read_only=True) as connection:
            connection.execute(f"SET TimeZone = '{timezone}'")
            query = render(models()["fct_load_quality"], "duckdb", "default")
            return connection.execute(f"SELECT * FROM ({query}) ORDER BY ALL").fetchall()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.mark.parametrize("days", [0, 1])
@pytest.mark.parametrize(("before", "after"), CORRECTIONS.values(), ids=CORRECTIONS)
def test_what_was_read_again_counts_once(
    shop: Shop, before: Mapping[str, Any], after: Mapping[str, Any], days: int
) -> None:
    [(*_, records, _)] = shop.quality("history", before)
    assert records == 2
    corrected = shop.quality("history", after, "Europe/Athens", days)
    assert corrected == shop.quality("empty", after, "Europe/Athens", days)
    assert [row[3] for row in corrected] == [2]
    # Back to what it was: nothing is loaded again, and the first loads count again.
    assert shop.quality("history", before, days=days)[-1][3:] == shop.quality("other", before, days=days)[-1][3:]


def test_a_file_that_is_corrected_on_its_day_counts_as_it_is(shop: Shop) -> None:
    table = {"columns": COLUMNS}
    [(*_, rejected)] = shop.quality("history", table)
    assert rejected == 1
    shop.write("1,a,2026-01-02 10:00:00,5,5", "2,a,2026-01-02 11:00:00,5.5,x", age=3600)
    assert shop.quality("history", table) == shop.quality("empty", table)


def test_what_was_rejected_on_an_earlier_day_stays_in_that_days_rate(shop: Shop) -> None:
    table = {"columns": COLUMNS}
    shop.quality("history", table)
    shop.write("1,a,2026-01-02 10:00:00,5,5", "2,a,2026-01-02 11:00:00,5.5,x", age=3600 - 86400)
    assert [row[3:] for row in shop.quality("history", table, days=1)] == [(2, 1), (2, 0)]
