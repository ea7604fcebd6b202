"""Files whose columns are all there, but not all of their values: the proposal says what would be rejected."""

import re

import pytest
import yaml

from pipelines.services.propose import propose_settings
from tests.sources.propose.products import PRODUCTS, Product
from tests.sources.shop import Shop


def _text(shop: Shop, name: str, text: str) -> str:
    shop.write(name, text)
    proposal = propose_settings([shop.base / name], shop.base, {})
    assert proposal.text is not None, proposal.findings
    return proposal.text


def _remark(text: str, column: str) -> str:
    found = re.search(rf"^ +{column}: .*?# (.*)$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def test_empty_cells_of_required_columns_would_be_rejected(shop: Shop) -> None:
    text = _text(
        shop,
        "orders.csv",
        "Order Number,Customer ID,Order Date,Total,Channel\n"
        "1,c1,2025-01-01,€ 10.00,web\n2,,2025-01-01,n/a,\n3,c3,2025-01-02,,web\n,c4,2025-01-02,€ 3.00,web\n",
    )
    assert _remark(text, "customer_id") == "EDIT: 1 of 4 rows have no customer_id and would be rejected"
    assert _remark(text, "order_id") == "EDIT: 1 of 4 rows have no order_id and would be rejected"
    assert _remark(text, "amount") == (
        "EDIT: 2 of 4 rows have no amount and would be rejected; without the currency sign"
    )
    assert (_remark(text, "ordered_at"), _remark(text, "channel")) == ("sure", "sure")
    [table] = yaml.safe_load(text)["sources"][0]["tables"]
    shop.load(**table)
    assert len(shop.quarantine("order")) == 3


def test_empty_cells_in_the_export_of_a_known_product(shop: Shop) -> None:
    text = _text(
        shop,
        "tickets.csv",
        "Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Due by Time,Resolved time,Closed time,"
        "Last update time,Initial response time,Tags,Resolution status,First response status\n"
        "1,a,Open,Low,Email,,Ann,IT,2025-01-31 10:00:00,,,,2025-01-31 10:00:00,,,,\n"
        "2,b,Open,Low,Email,,Ann,IT,,,,,2025-01-31 10:00:00,,,,\n",
    )
    assert "tickets.csv: Freshdesk" in text
    assert _remark(text, "created_at") == "EDIT: 1 of 2 rows have no created_at and would be rejected"


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.name)
def test_exports_whose_rows_are_all_loaded_have_no_such_remark(shop: Shop, product: Product) -> None:
    shop.write("export.csv", product.content()[0])
    proposal = propose_settings([shop.base / "export.csv"], shop.base, {})
    assert proposal.text is not None
    assert "would be rejected" not in proposal.text


def test_surveys_that_nobody_answered_are_not_rejected(shop: Shop) -> None:
    text = _text(
        shop,
        "tickets.csv",
        "Id,Status,Created at,Updated at,Solved at,Requester,Assignee,Group,Priority,Subject,Satisfaction Score,"
        "Initially assigned at,Via\n"
        "1,Solved,2025-01-31 10:00,2025-01-31 11:00,2025-01-31 11:00,Ann,Bo,IT,Low,a,Good,2025-01-31 10:00,Mail\n"
        "2,Open,2025-01-31 10:00,2025-01-31 11:00,,Ann,Bo,IT,Low,b,Offered,2025-01-31 10:00,Mail\n"
        "3,Open,2025-01-31 10:00,2025-01-31 11:00,,Ann,Bo,IT,Low,b,,2025-01-31 10:00,Mail\n",
    )
    assert "entity: survey_response" in text
    assert "would be rejected" not in text


def test_what_replaces_a_column_may_be_empty_itself(shop: Shop) -> None:
    header = "Opportunity ID,Stage,Close Date,Amount\n"
    text = _text(shop, "opportunities.csv", header + "1,Closed Won,2025-01-31,10\n2,Open,2025-02-28,20\n")
    assert "would be rejected" not in text
    text = _text(shop, "opportunities.csv", header + "1,Closed Won,2025-01-31,10\n2,Open,,20\n")
    assert _remark(text, "created_at").startswith("EDIT: 1 of 2 rows have no created_at and would be rejected; until")


@pytest.mark.parametrize("closing", ["", ",Close Date"])
def test_deals_without_a_closing_date_are_named(shop: Shop, closing: str) -> None:
    dates = (",2025-02-01", ",2025-02-02") if closing else ("", "")
    text = _text(
        shop,
        "opportunities.csv",
        f"Opportunity ID,Created,Stage,Amount{closing}\n1,2025-01-31,Won,10{dates[0]}\n2,2025-01-30,Open,20{dates[1]}\n",
    )
    needs = "win_rate and revenue need the closing date: add a column for closed_at to the export"
    assert (needs in text) == (not closing)
    assert _remark(text, "is_won").startswith(f"EDIT: {needs}" if not closing else "likely: open")


@pytest.mark.parametrize(
    "header", ["Tatsächliches Abschlussdatum", "Abschlussdatum", "Schlusstermin", "Abschlusstermin"]
)
def test_german_deals_have_a_closing_date_and_revenue(shop: Shop, header: str) -> None:
    text = _text(
        shop,
        "Verkaufschancen.csv",
        f"Verkaufschance;Erstellt am;Phase;Geschätzter Umsatz;Tatsächlicher Umsatz;{header}\n"
        "V1;30.01.2025;Gewonnen;99,00;10,00;31.01.2025\nV2;30.01.2025;Offen;50,00;;\n",
    )
    [table] = yaml.safe_load(text)["sources"][0]["tables"]
    assert table["entity"] == "deal"
    assert table["columns"]["amount"] == "Tatsächlicher Umsatz"
    assert header in table["columns"]["closed_at"]


@pytest.mark.parametrize(
    ("header", "date", "remark", "day"),
    [
        ("Close Date", "2025-02-01", "until then the closing date, which makes sales_cycle 0 days", "2025-02-01"),
        ("Qualified", "2025-01-05", "until then Qualified, from which sales_cycle counts", "2025-01-05"),
        # The date on which something ended, or happened last, is no beginning.
        ("First closed on", "2025-01-05", "until then the closing date, which makes sales_cycle 0 days", "2025-02-01"),
        (
            "Last Activity Date",
            "2025-01-05",
            "until then the closing date, which makes sales_cycle 0 days",
            "2025-02-01",
        ),
    ],
)
def test_the_creation_of_a_deal_is_another_beginning_or_a_doubt(
    shop: Shop, header: str, date: str, remark: str, day: str
) -> None:
    others = "" if header == "Close Date" else f",{header}"
    cells = "" if header == "Close Date" else f",{date}"
    text = _text(
        shop,
        "deals.csv",
        f"Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount{others}\n"
        f"1,A,Closed Won,2025-02-01,Ann,10{cells}\n2,B,Closed Won,2025-02-03,Ann,7{cells}\n",
    )
    assert _remark(text, "created_at").startswith(f"EDIT: {remark}; add Create Date to the export")
    [table] = yaml.safe_load(text)["sources"][0]["tables"]
    shop.timezone = "UTC"
    shop.load(**table)
    assert f"{shop.rows('deal', 'created_at')[0]:%Y-%m-%d}" == day


@pytest.mark.parametrize(
    "header", ["Créée le", "Créé le", "Date création", "Ouverte le", "Created on", "Opened on", "Opened"]
)
def test_a_date_of_creation_is_recognized_whatever_product_the_deals_are_from(shop: Shop, header: str) -> None:
    row = "1,A,Closed Won,2025-02-01,Ann,10,2025-01-05\n"
    known = f"Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,{header}\n{row}"
    unknown = f"Référence,Nom,Étape,Date de clôture,Responsable,Montant,{header}\n{row.replace('Closed Won', 'Gagnée')}"
    for text in (known, unknown):
        [table] = yaml.safe_load(_text(shop, "deals.csv", text))["sources"][0]["tables"]
        assert (table["entity"], table["columns"]["created_at"]) == ("deal", header)


def test_a_deal_without_any_date_is_rejected_and_gets_none_of_another_deal(shop: Shop) -> None:
    text = _text(
        shop,
        "deals.csv",
        "Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Qualified\n1,A,Closed Won,2025-02-01,Ann,10,\n"
        "2,B,Closed Won,2025-02-03,Ann,7,2025-01-05\n3,C,Open,,Ann,7,\n",
    )
    assert _remark(text, "created_at").startswith(
        "EDIT: 1 of 3 rows have no date and would be rejected; until then Qualified, from which sales_cycle counts"
    )
    [table] = yaml.safe_load(text)["sources"][0]["tables"]
    assert table["columns"]["created_at"] == 'expr: coalesce("Qualified", "Close Date")'
    shop.timezone = "UTC"
    shop.load(**table)
    assert [f"{each:%Y-%m-%d}" for each in shop.rows("deal", "created_at")] == ["2025-02-01", "2025-01-05"]
    assert len(shop.quarantine("deal")) == 1
