"""Sales whose money the KPIs lack for want of an exchange rate, as the last build found them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from pipelines.warehouse.connection import connect


@dataclass(frozen=True, slots=True)
class UnconvertedSales:
    """Sales of one source in a currency without an exchange rate: their number, and their sum in that currency.

    `entity` is `order` or `deal`, `days` are the company-local days of the sales in their order.
    """

    entity: str
    source: str
    currency: str
    sales: int
    amount: Decimal
    days: tuple[date, ...]


def unconverted_sales(path: Path) -> list[UnconvertedSales]:
    """Returns the sales without an exchange rate; none if the tables have not been built yet.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    with connect(path, read_only=True) as connection:
        try:
            found = connection.execute("""
                SELECT entity, source, original_currency, sum(sales)::BIGINT, sum(original_amount),
                    list(sold_on ORDER BY sold_on)
                FROM main.fct_unconverted_amount GROUP BY ALL ORDER BY ALL
            """).fetchall()
        except duckdb.CatalogException:
            return []
    return [
        UnconvertedSales(entity, source, currency, sales, amount, tuple(days))
        for entity, source, currency, sales, amount, days in found
    ]
