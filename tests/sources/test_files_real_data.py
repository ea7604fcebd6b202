"""Real exports and public data sets, where they are available, compared with facts that others computed from them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.sources.files.formats.delimited import find_dialect
from pipelines.sources.files.formats.plain_text import first_text
from tests.sources.shop import Shop, utc

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not available")


@pytest.fixture
def data(shop: Shop) -> Shop:
    shop.base = DATA
    return shop


def only(shop: Shop, entity: str, query: str) -> tuple[Any, ...]:
    (load,) = shop.loads(entity)
    rows = shop.store.stream_folder("shop", entity) / load.load_id / "rows.parquet"
    (row,) = duckdb.sql(f"SELECT {query} FROM '{rows}'").fetchall()
    return tuple(row)


HEADERS = sorted(DATA.glob("export_headers/*/*_header.csv")) + sorted(
    DATA.glob("export_headers/api_seeds_fivetran/*/*.csv")
)


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_headers_of_real_exports_are_separated(path: Path) -> None:
    start = first_text(path, path.name, "utf-8")
    dialect, names = find_dialect(start, path.name, delimiter=None, quote='"', skip_rows=0, header=True, wanted=[])
    assert dialect.delimiter == (";" if path.parent.name == "brevo" else ",")
    assert len(names) > 3
    assert not [name for name in names if "," in name or '"' in name]


def test_a_klaviyo_export_with_line_breaks_in_a_subject(data: Shop) -> None:
    columns = {
        "campaign_id": "Campaign ID",
        "name": "Campaign Name",
        "channel": "Campaign Channel",
        "started_at": "Send Time",
    }
    report = data.load("campaign", path="export_headers/klaviyo/campaigns_export.csv", columns=columns)
    assert (report.rows, report.quarantined, report.failures) == (8, 0, [])
    assert data.rows("campaign", "_row") == list(range(2, 10))


def test_a_mailchimp_export_with_its_dates(data: Shop) -> None:
    report = data.load(
        "campaign",
        path="export_headers/mailchimp/campaigns_aggregate_export.csv",
        columns={"campaign_id": "Unique Id", "name": "Title", "started_at": "Send Date", "cost": "Campaign Cost"},
        datetime_format="%b %d, %Y %I:%M %p",
        null_values=["", "n/a"],
        thousands=",",
    )
    assert (report.rows, report.quarantined, report.failures) == (3, 0, [])
    assert None not in data.rows("campaign", "started_at")


def test_a_salesforce_export_with_american_dates(data: Shop) -> None:
    report = data.load(
        "deal",
        path="export_headers/salesforce/demo_Opportunity.csv",
        columns={
            "deal_id": "Id",
            "created_at": "CreatedDate",
            "customer_id": "AccountId",
            "closed_at": "CloseDate",
            "is_won": "IsWon",
            "amount": "Amount",
        },
        datetime_format=["%m/%d/%y %I:%M %p", "%m/%d/%y"],
        keep_latest_by="LastModifiedDate",
        timezone="America/Los_Angeles",
    )
    assert (report.quarantined, report.failures) == (0, [])
    assert data.rows("deal", "deal_id", "_version_at")[0] == ("006bm00000LKJNNAA5", utc("2026-02-24T04:55"))


def test_olist_orders(data: Shop) -> None:
    report = data.load(
        "order",
        paths={
            "orders": "olist/olist_orders_dataset.csv.gz",
            "customers": "olist/olist_customers_dataset.csv.gz",
            "payments": "olist/olist_order_payments_dataset.csv.gz",
        },
        sql="""
            select order_id, any_value(customer_unique_id) as customer_id, any_value(order_purchase_timestamp) as ordered_at,
                sum(payment_value::decimal(18, 2)) as amount, any_value(order_status) as status, 'BRL' as currency
            from orders join customers using (customer_id) join payments using (order_id) group by order_id
        """,
        timezone="America/Sao_Paulo",
    )
    assert (report.rows, report.failures) == (20_000, [])
    delivered = "count(*) FILTER (status = 'delivered'), sum(amount) FILTER (status = 'delivered')"
    assert only(data, "order", delivered) == (19_430, Decimal("3147099.150000"))


def test_olist_reviews_with_line_breaks_in_their_comments(data: Shop) -> None:
    columns = {
        "response_id": "review_id",
        "kind": "expr: 'csat'",
        "answered_at": "review_answer_timestamp",
        "score": "review_score",
        "order_id": "order_id",
    }
    report = data.load("survey_response", path="olist/olist_order_reviews_dataset.csv.gz", columns=columns)
    assert (report.rows, report.quarantined) == (19_986, 0)
    assert only(data, "survey_response", "round(100 * avg(CAST(score >= 4 AS INTEGER)), 4), max(_row)") == (
        77.1590,
        19_987,
    )


def test_olist_leads(data: Shop) -> None:
    columns = {"lead_id": "mql_id", "created_at": "first_contact_date", "channel": "origin"}
    data.load(
        path="olist/olist_marketing_qualified_leads_dataset.csv.gz", columns=columns, timezone="America/Sao_Paulo"
    )
    in_january = "count(*) FILTER (strftime(timezone('America/Sao_Paulo', created_at), '%Y-%m') = '2018-01')"
    assert only(data, "lead", f"count(*), {in_january}") == (8_000, 1_141)


def test_a_helpdesk_log(data: Shop) -> None:
    columns = {
        "interaction_id": 'expr: concat_ws(\'-\', "case:concept:name", "time:timestamp", "concept:name")',
        "occurred_at": "time:timestamp",
        "ticket_id": "case:concept:name",
        "agent_id": "org:resource",
    }
    report = data.load("interaction", path="helpdesk/helpdesk_finale.csv.gz", columns=columns)
    assert (report.rows, report.quarantined) == (21_348, 0)
    assert only(data, "interaction", "count(DISTINCT ticket_id), count(DISTINCT agent_id)") == (4_580, 22)


def test_an_airport_survey_in_which_eleven_means_no_answer(data: Shop) -> None:
    columns = {
        "response_id": "RESPNUM",
        "kind": "expr: 'nps'",
        "answered_at": "expr: make_date(2017, 5, INTDATE::INTEGER)",
        "score": "expr: nullif(NETPRO, '11')",
    }
    report = data.load("survey_response", path="sfo_2017/2017_SFO_Customer_Survey.csv.gz", columns=columns)
    assert (report.rows, report.quarantined) == (2_746, 2_831 - 2_746)
    shares = "100.0 * (count(*) FILTER (score >= 9) - count(*) FILTER (score <= 6)) / count(*)"
    assert only(data, "survey_response", f"round({shares}, 4), count(*) FILTER (score = 0)") == (39.8398, 17)
    assert {record["reason"] for record in data.quarantine("survey_response")} == {"score is empty"}


def test_a_crm_with_american_dates(data: Shop) -> None:
    columns = {
        "deal_id": "opportunity_id",
        "created_at": "engage_date",
        "customer_id": "account",
        "closed_at": "close_date",
        "is_won": "expr: case deal_stage when 'Won' then true when 'Lost' then false end",
        "amount": "close_value",
    }
    report = data.load("deal", path="maven_crm/sales_pipeline.csv", columns=columns, datetime_format="%m/%d/%Y")
    # Prospects have not been engaged: they have no date at all.
    assert (report.rows, report.quarantined) == (8_300, 500)
    won = "count(*) FILTER (is_won), count(*) FILTER (NOT is_won), sum(amount) FILTER (is_won)"
    assert only(data, "deal", won) == (4_238, 2_473, Decimal(10_005_534))


def test_a_file_of_blank_separated_columns_without_header(data: Shop) -> None:
    def part(number: int) -> str:
        return f"expr: regexp_split_to_array(trim(column1), ' +')[{number}]"

    columns = {"order_id": "expr: md5(column1)", "customer_id": part(1), "ordered_at": part(3), "amount": part(5)}
    report = data.load(
        "order",
        path="cdnow_sample/CDNOW_sample.txt.gz",
        header=False,
        delimiter="|",
        columns=columns,
        datetime_format="%Y%m%d",
        timezone="UTC",
    )
    assert (report.rows, report.quarantined) == (6_919, 0)
    assert only(data, "order", "count(DISTINCT customer_id), min(ordered_at), max(ordered_at)") == (
        2_357,
        utc("1997-01-01"),
        utc("1998-06-30"),
    )
