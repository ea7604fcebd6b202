"""Orders of systems in other languages: net and gross amounts, and statuses that are no sales."""

from typing import Any

import pytest
import yaml

from pipelines.services.propose import propose_settings
from pipelines.sources.files.propose import value_words
from tests.sources.shop import Shop

GERMAN = (
    "Auftragsnummer;Kundennummer;Auftragsdatum;Bruttobetrag;Nettobetrag;{status}\n"
    "A1;K1;31.01.2025;119,00;100,00;Fakturiert\nA2;K2;01.02.2025;11,90;10,00;Entwurf\n"
)


def _proposed(shop: Shop, text: str) -> tuple[str, dict[str, Any]]:
    shop.write("orders.csv", text)
    proposal = propose_settings([shop.base / "orders.csv"], shop.base, {})
    assert proposal.text is not None, proposal.findings
    [table] = yaml.safe_load(proposal.text)["sources"][0]["tables"]
    assert table["entity"] == "order"
    return proposal.text, table


@pytest.mark.parametrize("status", ["Auftragsstatus", "Bestellstatus", "Belegstatus", "Status"])
def test_orders_in_german_are_net(shop: Shop, status: str) -> None:
    text, table = _proposed(shop, GERMAN.format(status=status))
    assert "amount: Nettobetrag # EDIT: net here; gross is in column Bruttobetrag\n" in text
    assert table["columns"]["status"] == status
    assert shop.load(**table).failures == []
    assert shop.rows("order", "amount") == [100.0, 10.0]


@pytest.mark.parametrize(
    ("headers", "net"),
    [
        (("Total Sales Gross", "Net Sales"), "Net Sales"),
        (("Montant TTC", "Montant HT"), "Montant HT"),
        (("Total", "Total hors taxes"), "Total hors taxes"),
        (("Importe bruto", "Importe neto"), "Importe neto"),
        (("Totale lordo", "Imponibile"), "Imponibile"),
        (("Valor com IVA", "Valor sem IVA"), "Valor sem IVA"),
        (("Bruttosumme", "Nettosumme"), "Nettosumme"),
        (("Net amount", "Gross amount"), "Net amount"),
    ],
)
def test_of_net_and_gross_net_is_proposed(shop: Shop, headers: tuple[str, str], net: str) -> None:
    [gross] = set(headers) - {net}
    header = f"Order Number,Customer ID,Order Date,{','.join(headers)}\n"
    text, table = _proposed(shop, header + "1,c1,2025-01-31,12.50,12.50\n2,c2,2025-01-31,7.50,7.50\n")
    assert table["columns"]["amount"] == net
    assert f"# EDIT: net here; gross is in column {gross}\n" in text


@pytest.mark.parametrize(
    ("headers", "amount"),
    [(("Gross Amount", "Fee", "Net Amount"), "Gross Amount"), (("Total", "Net weight", "Tax"), "Total")],
)
def test_net_of_fees_and_net_weights_are_no_sales(shop: Shop, headers: tuple[str, ...], amount: str) -> None:
    header = f"Order Number,Customer ID,Order Date,{','.join(headers)}\n"
    _, table = _proposed(shop, header + "1,c1,2025-01-31,12.50,1.25,11.25\n2,c2,2025-01-31,12.50,1.25,11.25\n")
    assert table["columns"]["amount"] == amount


def test_drafts_of_orders_are_no_sales_in_any_language() -> None:
    words = ["Entwurf", "Brouillon", "Borrador", "Bozza", "Rascunho", "Draft"]
    assert value_words.cancelled([*words, "Fakturiert", "Payé"]) == words
