"""Sales in currencies without an exchange rate: reported once, and withheld from rules on money."""

from collections.abc import Iterable
from datetime import date

from pipelines.notify.translations import Subject
from pipelines.services.installation import Installation
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.warehouse import WarehouseError
from pipelines.warehouse.unconverted import UnconvertedSales, unconverted_sales

_SUBJECT: Subject = "conversion"


def record_missing_money(installation: Installation) -> list[str]:
    """Records which currencies lack a rate since the last build and which have one again; returns the former in words.

    The operators are informed once a currency, and once more when it has a rate.
    """
    try:
        missing = missing_money(installation)
    except WarehouseError:
        return []
    with installation.ledger() as ledger:
        recovered = [name for name in ledger.outages(_SUBJECT) if name not in missing]
    outcomes = [Outcome(_SUBJECT, name, None) for name in recovered]
    record_outcomes(installation, [*outcomes, *(Outcome(_SUBJECT, name, reason) for name, reason in missing.items())])
    return [f"{currency}: {reason}" for currency, reason in missing.items()]


def missing_money(installation: Installation) -> dict[str, str]:
    """Returns the currencies that lack a rate since the last build, each with what is missing, in words.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    found = unconverted_sales(installation.home.warehouse)
    return {currency: _reason(sales) for currency, sales in _by_currency(found).items()}


def days_without_money(installation: Installation) -> frozenset[date]:
    """Returns the days on which sales have no exchange rate.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    return frozenset(day for sales in unconverted_sales(installation.home.warehouse) for day in sales.days)


def _by_currency(found: Iterable[UnconvertedSales]) -> dict[str, list[UnconvertedSales]]:
    grouped: dict[str, list[UnconvertedSales]] = {}
    for sales in found:
        grouped.setdefault(sales.currency, []).append(sales)
    return grouped


def _reason(found: list[UnconvertedSales]) -> str:
    """Why sales in one currency are missing, in words."""
    first, last = min(sales.days[0] for sales in found), max(sales.days[-1] for sales in found)
    amounts = " and ".join(
        f"{sales.sales:,} {sales.entity}{'' if sales.sales == 1 else 's'} of {sales.source} worth"
        f" {sales.amount:,.2f} {sales.currency}"
        for sales in found
    )
    days = f"on {first}" if first == last else f"from {first} to {last}"
    return (
        f"{amounts}, {days}, are missing from the KPIs, because there is no exchange rate on or before these days: load"
        f" an fx_rate of {found[0].currency} from {first} or earlier. Rules on amounts wait for it"
    )
