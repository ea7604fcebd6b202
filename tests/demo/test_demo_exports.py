"""The exports look like those of real systems, and agree with each other and with the facts."""

import csv as standard_csv
import json
from pathlib import Path

import duckdb
import openpyxl
import pytest
from demo_reading import csv

from demo import DemoFacts

HEADERS = Path(__file__).parents[3] / "shared" / "data" / "export_headers"


def header(path: Path, delimiter: str = ",", encoding: str = "utf-8-sig") -> list[str]:
    with path.open(encoding=encoding, newline="") as lines:
        return next(standard_csv.reader(lines, delimiter=delimiter))


def query_number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("export", "real"),
    [
        ("hubspot/contacts.csv", "hubspot/contacts_companies_joined_export_header.csv"),
        ("hubspot/deals.csv", "hubspot/deals_export_header.csv"),
        ("hubspot/leads.csv", "hubspot/contacts_mql_export_header.csv"),
    ],
)
def test_hubspot_headers_are_real_ones_with_added_properties(small: DemoFacts, export: str, real: str) -> None:
    if not HEADERS.is_dir():
        pytest.skip("the collection of real export headers is not available")
    expected = header(HEADERS / real)
    assert header(small.folder / export)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("export", "real"),
    [
        ("zendesk/tickets-2024.csv", "zendesk/ticket_csv_export_header.csv"),
        ("mailchimp/campaigns.csv", "mailchimp/campaigns_aggregate_export.csv"),
    ],
)
def test_zendesk_and_mailchimp_headers_are_the_real_ones(small: DemoFacts, export: str, real: str) -> None:
    if not HEADERS.is_dir():
        pytest.skip("the collection of real export headers is not available")
    assert header(small.folder / export) == header(HEADERS / real)


def test_encodings_and_quoting_are_those_of_the_systems(small: DemoFacts) -> None:
    contacts = (small.folder / "hubspot/contacts.csv").read_bytes()
    assert contacts.startswith(b'\xef\xbb\xbf"Record ID - Contact","First Name"')
    assert b'""' in contacts
    with pytest.raises(UnicodeDecodeError):
        (small.folder / "surveys/csat.csv").read_text(encoding="utf-8")
    assert header(small.folder / "surveys/csat.csv", ";", "latin-1")[0] == "N° réponse"
    assert (small.folder / "web/ga4.csv").read_text(encoding="utf-8").splitlines()[9].startswith("Date,Session")


def test_cells_are_as_irregular_as_in_real_exports(database: duckdb.DuckDBPyConnection, small: DemoFacts) -> None:
    tickets = csv(small.folder, "zendesk/tickets-*.csv")
    assert query_number(database, f"""SELECT count(*) FROM {tickets} WHERE "Subject" LIKE '%' || chr(10) || '%'""") > 5
    orders = csv(small.folder, "shop/orders-*.csv", ";")
    assert (
        query_number(
            database,
            f"""SELECT count(*) FROM {orders} WHERE regexp_full_match("Montant TTC", '\\d+ \\d{{3}},\\d\\d')""",
        )
        > 5
    )
    assert query_number(database, f"""SELECT count(*) FROM {orders} WHERE "Devise" = 'GBP'""") > 5
    sends = csv(small.folder, "mailchimp/campaigns.csv")
    assert (
        query_number(
            database, f"""SELECT count(*) FROM {sends} WHERE try_strptime("Send Date", '%b %d, %Y %I:%M %p') IS NULL"""
        )
        == 0
    )
    assert query_number(database, f"""SELECT count(*) FROM {sends} WHERE "Campaign Cost" = 'n/a'""") > 5
    agents = csv(small.folder, "hr/agents.csv", ";", "latin-1")
    assert query_number(database, f"""SELECT count(*) FROM {agents} WHERE "Sortie" = '01/01/1900'""") > 5


def test_one_person_has_several_spellings(database: duckdb.DuckDBPyConnection, small: DemoFacts) -> None:
    contacts = csv(small.folder, "hubspot/contacts.csv")
    spellings = f"""
        SELECT lower(trim("Email")) AS email, "Merged into record ID" AS survivor
        FROM {contacts} WHERE "First Name" <> 'Ghost'
    """
    assert query_number(database, f"SELECT count(DISTINCT email) FROM ({spellings})") == small.customers
    assert query_number(database, f"SELECT count(*) FROM ({spellings})") == small.rows["customer"]
    assert (
        0
        < query_number(database, f"SELECT count(survivor) FROM ({spellings})")
        < small.rows["customer"] - small.customers
    )
    tickets = csv(small.folder, "zendesk/tickets-*.csv")
    ids = f"""SELECT "Id" FROM {tickets} WHERE "Id" IS NOT NULL GROUP BY 1 HAVING count(*) > 1"""
    assert query_number(database, f"SELECT count(*) FROM ({ids})") > 5


def test_files_of_two_years_overlap_and_the_later_one_has_newer_states(
    database: duckdb.DuckDBPyConnection, small: DemoFacts
) -> None:
    orders = csv(small.folder, "shop/orders-*.csv", ";")
    twice = f"""
        SELECT "Commande", list("Statut" ORDER BY updated) AS states, list(updated ORDER BY updated) AS versions
        FROM {orders} WHERE "Commande" IS NOT NULL GROUP BY 1 HAVING count(*) > 1
    """
    assert query_number(database, f"SELECT count(*) FROM ({twice})") > 5
    assert (
        query_number(database, f"SELECT count(*) FROM ({twice}) WHERE len(list_distinct(versions)) < len(versions)")
        == 0
    )
    assert query_number(database, f"SELECT count(*) FROM ({twice}) WHERE states[1] = states[-1]") == 0
    tickets = csv(small.folder, "zendesk/tickets-*.csv")
    ids = f"""SELECT "Id" FROM {tickets} WHERE "Id" IS NOT NULL GROUP BY 1 HAVING count(*) > 1"""
    assert query_number(database, f"SELECT count(*) FROM ({ids})") > 5


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        pytest.param(
            """SELECT "Client" FROM {orders} WHERE "Commande" NOT LIKE 'AL-9%'""",
            '"Record ID - Contact" FROM {contacts}',
            id="order",
        ),
        pytest.param("""SELECT "Commande" FROM {lines}""", '"Commande" FROM {orders}', id="order line"),
        pytest.param(
            """SELECT "Associated Contact IDs" FROM {deals} WHERE "Deal Name" <> 'Ghost deal'""",
            '"Record ID - Contact" FROM {contacts}',
            id="deal",
        ),
        pytest.param("SELECT ticket_id::VARCHAR FROM {events}", '"Id" FROM {tickets}', id="interaction"),
        pytest.param("""SELECT "N° ticket" FROM {csat}""", '"Id" FROM {tickets}', id="survey"),
        pytest.param("SELECT ticket_id FROM {reviews}", '"Id" FROM {tickets}', id="quality review"),
        pytest.param(
            """SELECT regexp_extract("Assignee", 'A\\d+') FROM {tickets} WHERE "Assignee" IS NOT NULL""",
            '"Matricule" FROM {agents}',
            id="agent of a ticket",
        ),
        pytest.param(
            """SELECT campaign_id FROM {activity} WHERE email_address NOT LIKE '%ghost%'""",
            '"Unique Id" FROM {campaigns}',
            id="campaign",
        ),
        pytest.param(
            """SELECT lower(trim(email_address)) FROM {activity} WHERE email_address NOT LIKE '%ghost%'""",
            'lower(trim("Email")) FROM {contacts}',
            id="recipient",
        ),
        pytest.param(
            """SELECT "Merged into record ID" FROM {contacts}""", '"Record ID - Contact" FROM {contacts}', id="survivor"
        ),
        pytest.param(
            """SELECT "Record ID" FROM {leads} WHERE "Became a Customer Date" IS NOT NULL""",
            '"Record ID - Contact" FROM {contacts}',
            id="lead that bought",
        ),
    ],
)
def test_ids_refer_to_existing_records(
    database: duckdb.DuckDBPyConnection, small: DemoFacts, child: str, parent: str
) -> None:
    folder = small.folder
    tables = {
        "contacts": csv(folder, "hubspot/contacts.csv"),
        "deals": csv(folder, "hubspot/deals.csv"),
        "leads": csv(folder, "hubspot/leads.csv"),
        "orders": csv(folder, "shop/orders-*.csv", ";"),
        "lines": csv(folder, "shop/order_lines-*.csv", ";"),
        "tickets": csv(folder, "zendesk/tickets-*.csv"),
        "events": f"read_json('{folder}/zendesk/ticket_events-*.jsonl.gz')",
        "csat": csv(folder, "surveys/csat.csv", ";", "latin-1"),
        "reviews": csv(folder, "quality/reviews.csv"),
        "agents": csv(folder, "hr/agents.csv", ";", "latin-1"),
        "activity": csv(folder, "mailchimp/activity-*.csv.gz"),
        "campaigns": csv(folder, "mailchimp/campaigns.csv"),
    }
    referring = f"SELECT id FROM ({child.format(**tables)}) AS t (id) WHERE id IS NOT NULL"
    assert query_number(database, f"SELECT count(*) FROM ({referring})") > 0
    assert (
        query_number(database, f"SELECT count(*) FROM ({referring}) WHERE id NOT IN (SELECT {parent.format(**tables)})")
        == 0
    )


def test_amount_of_an_order_is_the_sum_of_its_lines(database: duckdb.DuckDBPyConnection, small: DemoFacts) -> None:
    def money(column: str) -> str:
        return f"try_cast(replace(replace({column}, ' ', ''), ',', '.') AS DECIMAL(12, 2))"

    orders, lines = csv(small.folder, "shop/orders-*.csv", ";"), csv(small.folder, "shop/order_lines-*.csv", ";")
    different = f"""
        SELECT orders.order_id
        FROM (
            SELECT DISTINCT "Commande" AS order_id, {money('"Montant TTC"')} AS amount
            FROM {orders} WHERE "Commande" NOT LIKE 'AL-9%'
        ) AS orders
        LEFT JOIN (
            SELECT "Commande" AS order_id, sum({money('"Montant"')}) AS amount
            FROM {lines} WHERE "Ligne" < '9' GROUP BY 1
        ) AS lines USING (order_id)
        WHERE orders.amount IS DISTINCT FROM lines.amount
    """
    assert query_number(database, f"SELECT count(*) FROM ({different})") == 0


def test_agents_reply_only_after_they_are_hired(database: duckdb.DuckDBPyConnection, small: DemoFacts) -> None:
    events = f"read_json('{small.folder}/zendesk/ticket_events-*.jsonl.gz')"
    agents = csv(small.folder, "hr/agents.csv", ";", "latin-1")
    too_early = f"""
        SELECT count(*) FROM {events} AS events
        INNER JOIN {agents} AS agents ON events.author.id = agents."Matricule"
        WHERE events.created_at::TIMESTAMP < strptime(agents."Entrée", '%d/%m/%Y')
    """
    assert query_number(database, too_early) == 0


def test_first_reply_of_a_ticket_is_in_its_comments(database: duckdb.DuckDBPyConnection, small: DemoFacts) -> None:
    """Minutes in the ticket export and timestamps in the comments agree, also when daylight saving time begins or ends."""
    tickets, events = (
        csv(small.folder, "zendesk/tickets-*.csv"),
        f"read_json('{small.folder}/zendesk/ticket_events-*.jsonl.gz')",
    )
    compared = f"""
        SELECT
            tickets.created + to_minutes(tickets.minutes) AS by_ticket,
            replies.replied AS by_comment
        FROM (
            SELECT
                "Id" AS id,
                timezone('Europe/Paris', try_strptime("Created at", '%Y-%m-%d %H:%M')) AS created,
                "First reply time in minutes"::INTEGER AS minutes
            FROM {tickets} WHERE "Id" IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY "Id" ORDER BY "Updated at" DESC) = 1
        ) AS tickets
        INNER JOIN (
            SELECT ticket_id::VARCHAR AS id, min(timezone('UTC', created_at::TIMESTAMP)) AS replied FROM {events}
            WHERE author.role = 'agent' AND public GROUP BY 1
        ) AS replies USING (id)
    """
    assert query_number(database, f"SELECT count(*) FROM ({compared})") > 1000
    assert query_number(database, f"SELECT count(*) FROM ({compared}) WHERE by_ticket IS DISTINCT FROM by_comment") == 0


def test_tables_have_the_planned_sizes(company: DemoFacts) -> None:
    expected = {
        "customer": 5_150, "ticket": 30_000, "interaction": 100_000, "email_event": 500_000, "order": 24_000,
        "order_line": 48_000, "lead": 12_000, "deal": 1_500, "call": 20_000, "survey_response": 14_700,
    }  # fmt: skip
    for entity, size in expected.items():
        assert company.rows[entity] == pytest.approx(size, rel=0.1), entity
    assert company.customers == 5_000
    assert 40 <= sum(company.quarantined.values()) <= 80


def test_facts_count_the_rows_of_the_files(database: duckdb.DuckDBPyConnection, company: DemoFacts) -> None:
    folder = company.folder
    orders = csv(folder, "shop/orders-*.csv", ";")
    assert (
        query_number(database, f"""SELECT count(DISTINCT "Commande") FROM {orders} WHERE "Commande" NOT LIKE 'AL-9%'""")
        == company.rows["order"]
    )
    tickets = csv(folder, "zendesk/tickets-*.csv")
    assert (
        query_number(database, f"""SELECT count(DISTINCT "Id") FROM {tickets} WHERE "Requester" <> 'Ghost'""")
        == company.rows["ticket"]
    )
    activity = csv(folder, "mailchimp/activity-*.csv.gz")
    events = f"SELECT DISTINCT COLUMNS(*) FROM {activity} WHERE coalesce(email_address, 'ghost') NOT LIKE '%ghost%'"
    assert query_number(database, f"SELECT count(*) FROM ({events})") == company.rows["email_event"]
    calls = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("calls/*.json"))]
    assert sum(map(len, calls)) == company.rows["call"] + company.quarantined["call"]
    sheets = openpyxl.load_workbook(folder / "surveys/answers.xlsx", read_only=True)
    answers = sum(sum(1 for _ in sheet.iter_rows(min_row=2)) for sheet in sheets)
    csat = csv(folder, "surveys/csat.csv", ";", "latin-1")
    csat_ids = query_number(
        database, f"""SELECT count(DISTINCT "N° réponse") FROM {csat} WHERE "N° réponse" NOT LIKE '89%'"""
    )
    assert answers - 4 + csat_ids == company.rows["survey_response"]
