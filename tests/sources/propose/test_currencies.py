"""The currency of proposed settings: by how often it occurs, and by names as well as by codes."""

from typing import Any

import pytest
import yaml

from pipelines.services.propose import propose_settings
from tests.sources.shop import Shop

HEADER = "Order Number,Customer ID,Order Date,Total,Currency\n"


def _proposed(shop: Shop, currencies: list[str]) -> dict[str, Any]:
    rows = "".join(f"{number},c{number},2025-01-31,10.00,{word}\n" for number, word in enumerate(currencies))
    shop.write("orders.csv", HEADER + rows)
    proposal = propose_settings([shop.base / "orders.csv"], shop.base, {})
    assert proposal.text is not None, proposal.findings
    settings: dict[str, Any] = yaml.safe_load(proposal.text)
    return settings


def test_the_most_frequent_currency_is_the_company_s(shop: Shop) -> None:
    assert _proposed(shop, [*["GBP"] * 18, *["EUR"] * 88])["company"]["currency"] == "EUR"


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["US Dollar", "Euro", "Pound Sterling"], ["USD", "EUR", "GBP"]),
        (["€", "$", "EUR"], ["EUR", "USD", "EUR"]),
        (["Schweizer Franken", "Euro", "US-Dollar"], ["CHF", "EUR", "USD"]),
    ],
)
def test_names_of_currencies_are_mapped_to_their_codes(shop: Shop, words: list[str], codes: list[str]) -> None:
    settings = _proposed(shop, words)
    [table] = settings["sources"][0]["tables"]
    assert table["columns"]["currency"]["map"] == dict(zip(words, codes, strict=True))
    assert shop.load(**table).failures == []
    assert shop.rows("order", "currency") == codes
    assert settings["company"]["currency"] == max(codes, key=codes.count)


def test_codes_of_any_country_are_taken_as_they_are(shop: Shop) -> None:
    [table] = _proposed(shop, ["VND", "ISK", "KES"])["sources"][0]["tables"]
    assert table["columns"]["currency"] == "Currency"


def test_a_column_of_other_words_is_no_currency(shop: Shop) -> None:
    [table] = _proposed(shop, ["EUR", "EUR", "by card", "Euro", "cash"])["sources"][0]["tables"]
    assert "currency" not in table["columns"]
