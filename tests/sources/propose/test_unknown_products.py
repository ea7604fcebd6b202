"""Files of products that nobody declared: their columns are found by names in six languages and by values."""

import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml

from pipelines.services.propose import propose_settings
from pipelines.sources.files.propose import value_words
from tests.sources.shop import Shop, utc

# A file, and what is proposed: the entity, the columns (file columns by entity columns), other keys, and a loaded row.
CASES = [
    (
        "tickets_2025-06.csv",
        "N° de ticket;Date de création;Priorité;Canal;Adresse e-mail;Date de résolution;Conseiller\n"
        "1;03/02/2025 10:00;Élevée;Téléphone;a@exemple.fr;25/02/2025 11:00;Zoé\n",
        "cp1252",
        "ticket",
        {"ticket_id": "N° de ticket", "created_at": "Date de création", "priority": "Priorité", "channel": "Canal",
         "email": "Adresse e-mail", "resolved_at": "Date de résolution", "agent_id": "Conseiller"},
        {"datetime_format": "%d/%m/%Y %H:%M", "encoding": "cp1252", "delimiter": ";"},
        ("1", utc("2025-02-03T09:00"), "Élevée", "Téléphone", "a@exemple.fr", utc("2025-02-25T10:00"), "Zoé"),
    ),
    (
        "Bestellungen.csv",
        "Export vom 01.07.2025\n\nBestellnummer;Bestelldatum;Kundennummer;Gesamtbetrag;Status\n"
        "B1;31.01.2025;K7;1.234,50 €;bezahlt\nB2;01.02.2025;K8;12,00 €;storniert\nGesamt;;;1.246,50 €;\n",
        "utf-8",
        "order",
        {"order_id": "Bestellnummer", "customer_id": "Kundennummer", "ordered_at": "Bestelldatum", "status": "Status",
         "amount": "expr: regexp_replace(\"Gesamtbetrag\", '[^0-9.,+-]', '', 'g')"},
        {"skip_rows": 2, "skip_footer": 1, "decimal": ",", "thousands": "."},
        ("B1", "K7", utc("2025-01-30T23:00"), "bezahlt", 1234.5),
    ),
    (
        "prospectos.tsv",
        "ID\tFecha de creación\tCorreo electrónico\tOrigen\tPaís\tFecha de conversión\n1\t31-01-2025 10:00:00\tp@correo.es\tFeria\tEspaña\t?\n",
        "utf-16",
        "lead",
        {"lead_id": "ID", "created_at": "Fecha de creación", "email": "Correo electrónico", "channel": "Origen", "country": "País",
         "converted_at": "Fecha de conversión"},
        {"delimiter": "tab", "null_values": ["", "?"]},
        ("1", utc("2025-01-31T09:00"), "p@correo.es", "Feria", "España", None),
    ),
    (
        "nps.csv",
        "#,How likely are you to recommend Acme to a friend?,Email,Submit Date (UTC)\ntok1,9,a@example.com,2025-01-31 10:00:00\n",
        "utf-8",
        "survey_response",
        {"response_id": "#", "kind": {"const": "nps"}, "score": "How likely are you to recommend Acme to a friend?",
         "answered_at": "Submit Date (UTC)", "customer_id": "Email"},
        {"timezone": "UTC"},
        ("tok1", "nps", 9.0, utc("2025-01-31T10:00"), "a@example.com"),
    ),
    (
        "call-log.csv",
        "Call SID,Direction,Start Time,Duration (s),Missed,Agent\nCA1,inbound,01/31/2025 01:05 PM,90,No,Ann\n",
        "utf-8",
        "call",
        {"call_id": "Call SID", "direction": "Direction", "started_at": "Start Time", "is_abandoned": "Missed", "agent_id": "Agent",
         "ended_at": {"from": "Duration (s)", "after": "started_at", "unit": "seconds"}},
        {"datetime_format": "%m/%d/%Y %I:%M %p"},
        ("CA1", "inbound", utc("2025-01-31T12:05"), False, "Ann", utc("2025-01-31T12:06:30")),
    ),
    (
        "opps.jsonl",
        json.dumps({"opportunityId": "o1", "created": 1738324800000, "closeDate": 1738411200000, "stage": "Won", "value": 12}) + "\n"
        + json.dumps({"opportunityId": "o2", "created": 1738324800000, "closeDate": 1738411200000, "stage": "Open", "value": 12}) + "\n",
        "utf-8",
        "deal",
        {"deal_id": "opportunityId", "created_at": 'expr: to_timestamp(try_cast("created" as double) / 1000)', "amount": "value",
         "is_won": {"from": "stage", "map": {"Won": True}, "default": None}},
        {},
        ("o1", utc("2025-01-31T12:00"), 12.0, True),
    ),
    (
        "negocios.csv",
        "Código;Data de criação;Data de fechamento;Empresa;Valor;Etapa\nN1;31/01/2025;01/02/2025;Acme;R$ 12,50;Ganho\nN2;30/01/2025;01/02/2025;Acme;R$ 1,00;Em andamento\n",
        "utf-8",
        "deal",
        {"deal_id": "Código", "created_at": "Data de criação", "customer_id": "Empresa",
         "is_won": {"from": "Etapa", "map": {"Ganho": True}, "default": None}},
        {"decimal": ","},
        ("N1", utc("2025-01-30T23:00"), "Acme", True),
    ),
    (
        "Campaign report.csv",
        'Campaign report\n"January 1, 2025 - January 2, 2025"\nDay,Campaign,Impr.,Clicks,Cost\n2025-01-01,Brand,"1,234",10,5.50\n2025-01-02,Brand,"2,000",11,6.50\nTotal: Account,--,"3,234",21,12.00\n',
        "utf-8",
        "ad_stat",
        {"campaign_id": "Campaign", "impressions": "Impr.", "clicks": "Clicks", "cost": "Cost"},
        {"skip_rows": 2, "skip_footer": 1, "thousands": ","},
        ("Brand", 1234, 10, 5.5),
    ),
]  # fmt: skip


def propose_tables(shop: Shop, name: str) -> list[dict[str, Any]]:
    proposal = propose_settings([shop.base / name], shop.base, {})
    assert proposal.text is not None, proposal.findings
    return [table for source in yaml.safe_load(proposal.text)["sources"] for table in source["tables"]]


@pytest.mark.parametrize(
    ("name", "text", "encoding", "entity", "columns", "keys", "row"), CASES, ids=[case[0] for case in CASES]
)
def test_columns_are_found_by_names_and_values(
    shop: Shop,
    name: str,
    text: str,
    encoding: str,
    entity: str,
    columns: dict[str, Any],
    keys: dict[str, Any],
    row: tuple[Any, ...],
) -> None:
    shop.write(name, text, encoding=encoding)
    [table] = propose_tables(shop, name)
    assert table["entity"] == entity
    assert {column: table["columns"].get(column) for column in columns} == columns
    assert {key: table.get(key) for key in keys} == keys
    report = shop.load(**table)
    assert (report.failures, shop.quarantine(entity)) == ([], [])
    assert shop.rows(entity, *columns)[0] == row


def test_open_deals_have_no_closing_date(shop: Shop) -> None:
    [case] = [case for case in CASES if case[0] == "negocios.csv"]
    shop.write(case[0], case[1])
    shop.load(**propose_tables(shop, case[0])[0])
    assert [row is None for row in shop.rows("deal", "closed_at")] == [False, True]


def test_the_sheet_with_the_table_is_found_and_ratings_are_answers(shop: Shop, tmp_path: Path) -> None:
    path = shop.base / "Helpdesk.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Info").write(0, 0, "Exported by Bo")
        sheet = book.add_worksheet("Data")
        dated = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write(0, 0, "All requests")
        sheet.write_row(2, 0, ["Request ID", "Opened", "Closed", "Department", "Rating"])
        for number, rating in enumerate(["Satisfied", "Very dissatisfied", ""]):
            sheet.write_row(3 + number, 0, [f"R{number}", "", "", "IT", rating])
            sheet.write_number(3 + number, 1, 45688.5, dated)
            sheet.write_number(3 + number, 2, 45689.5, dated)
    tickets, answers = propose_tables(shop, path.name)
    assert (tickets["entity"], tickets["sheet"], tickets["skip_rows"]) == ("ticket", "Data", 2)
    assert shop.load(**tickets).failures == []
    assert shop.rows("ticket", "ticket_id", "created_at", "resolved_at")[0] == (
        "R0",
        utc("2025-01-31T11:00"),
        utc("2025-02-01T11:00"),
    )
    assert shop.load(**answers).failures == []
    assert shop.rows("survey_response", "score", "answered_at") == [
        (4.0, utc("2025-02-01T11:00")),
        (1.0, utc("2025-02-01T11:00")),
    ]


def test_a_required_column_that_is_missing_makes_the_table_a_comment(shop: Shop) -> None:
    shop.write("leads.csv", "Lead ID,Email,Lead Source\n1,a@example.com,Web\n")
    proposal = propose_settings([shop.base / "leads.csv"], shop.base, {})
    assert proposal.text is not None
    assert "# EDIT: not loaded yet; add a column for created_at to the export: When the lead came in" in proposal.text
    assert yaml.safe_load(proposal.text)["sources"] == []


def test_the_date_of_the_last_change_decides_between_rows_with_one_key(shop: Shop) -> None:
    shop.write(
        "orders.csv",
        "Order Number,Customer ID,Order Date,Total,Last modified\n"
        "1,c1,2025-01-01,10.00,2025-01-03\n1,c1,2025-01-01,99.00,2025-01-02\n2,c2,2025-01-01,5.00,2025-01-02\n",
    )
    [table] = propose_tables(shop, "orders.csv")
    assert table["keep_latest_by"] == "Last modified"
    assert shop.load(**table).failures == []


@pytest.mark.parametrize(("delimiter", "sent"), [(",", "1,751"), (";", "1,751"), (";", "1.751"), (",", "1.751")])
def test_numbers_of_recipients_have_no_fractions(shop: Shop, delimiter: str, sent: str) -> None:
    header = ["Campaign Name", "Send Date", "Total Recipients", "Unique Opens", "Unique Clicks", "Unsubscribes"]
    rows = [header, ["Spring", "2025-03-01 10:00", f'"{sent}"', "141", "20", "1"]]
    shop.write("campaigns.csv", "\n".join(delimiter.join(row) for row in rows) + "\n")
    proposal = propose_settings([shop.base / "campaigns.csv"], shop.base, {})
    assert proposal.text is not None
    assert "fraction" not in proposal.text
    [totals] = [table for table in propose_tables(shop, "campaigns.csv") if table["entity"] == "campaign_stat"]
    assert shop.load(**totals).failures == []
    assert shop.rows("campaign_stat", "sent", "opened") == [(1751, 141)]


def test_words_for_cancelled_orders_are_found_in_other_languages() -> None:
    words = ["Paiement accepté", "Annulé", "remboursé", "storniert", "Partially refunded", "Cancelado"]
    assert value_words.cancelled(words) == ["Annulé", "remboursé", "storniert", "Cancelado"]


@pytest.mark.parametrize(
    ("text", "entity", "expected"),
    [
        (
            "Request no,Arrived,First agent answer,Finished on,Came in by,Handled by\n"
            "1,2025-07-01 10:00,2025-07-01 10:30,2025-07-02 09:00,mail,Ann\n",
            "ticket",
            {"created_at": "Arrived", "first_response_at": "First agent answer", "resolved_at": "Finished on",
             "channel": "Came in by", "agent_id": "Handled by"},
        ),
        (
            "Mailing,Sent,Recipients,Delivered,Opens,Clicks,Opt-outs\nJuly,2025-07-01,1000,990,300,40,3\n",
            "campaign_stat",
            {"campaign_id": "Mailing", "sent_at": "Sent", "sent": "Recipients", "unsubscribed": "Opt-outs"},
        ),
    ],
)  # fmt: skip
def test_everyday_words_in_headers(shop: Shop, text: str, entity: str, expected: dict[str, str]) -> None:
    shop.write("export.csv", text)
    [table] = propose_tables(shop, "export.csv")
    assert table["entity"] == entity
    assert {name: table["columns"].get(name) for name in expected} == expected
