"""What makes up revenue, as the last build decided: orders or won deals."""

from datetime import date
from pathlib import Path
from typing import Literal

import duckdb

from pipelines.warehouse.connection import connect

KindOfSale = Literal["order", "deal"]


def kind_of_sales(path: Path) -> KindOfSale | None:
    """Returns the kind of all sales; None if there are none, or the tables have not been built yet.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    with connect(path, read_only=True) as connection:
        try:
            found = connection.execute("SELECT kind FROM main.fct_sale LIMIT 1").fetchone()
        except duckdb.CatalogException:
            return None
    return None if found is None else found[0]


def first_sale_day(path: Path) -> date | None:
    """Returns the company-local day of the first sale; None if there are none, or the tables have not been built yet.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    with connect(path, read_only=True) as connection:
        try:
            found = connection.execute("SELECT min(sold_on) FROM main.fct_sale").fetchone()
        except duckdb.CatalogException:
            return None
    return None if found is None else found[0]
