"""Whole passes: what is published of a company with people in its extracts, into files and into PostgreSQL."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import psycopg
import pytest

from pipelines.kpis.formatting import format_value
from tests.orchestration.company import Company
from tests.servers.postgres import PostgresServer

# Whole passes with a database: too long for every `make test`.
pytestmark = [pytest.mark.slow, pytest.mark.acceptance]

AS_OF = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)
FIRST = date(2025, 9, 1)
SETTINGS = """
company: {{name: Company, timezone: Europe/Paris, language: fr}}
sources:
  - name: crm
    type: files
    tables:
      - {{entity: customer, path: extracts/customers.csv}}
      - {{entity: agent, path: extracts/agents.csv}}
      - {{entity: lead, path: extracts/leads.csv}}
      - {{entity: deal, path: extracts/deals.csv}}
      - {{entity: campaign, path: extracts/campaigns.csv}}
  - name: desk
    type: files
    id_space: crm
    tables:
      - {{entity: ticket, path: extracts/tickets.csv}}
      - {{entity: survey_response, path: extracts/answers.csv}}
rules:
  - {{name: csat-by-agent, kpi: csat, grain: week, by: agent, below: {{warn: 80%}}, notify: [log]}}
channels:
  log: {{type: file, path: out/messages.jsonl}}
  operators: {{type: file, path: out/operators.jsonl}}
publish: {{postgres: "${{VIGIE_TEST_POSTGRES}}", {more}}}
"""
# People's names as columns, and their e-mail addresses and telephone numbers as columns and as ids.
PEOPLE = (
    "Zoé Personne",
    "zoe.personne@example.org",
    "max.agent@example.org",
    "Max Agent",
    "Olga Owner",
    "+33612345678",
)
PERSON = re.compile("|".join(re.escape(person) for person in PEOPLE), re.IGNORECASE)


def extracts() -> Mapping[str, list[dict[str, object]]]:
    """Returns extracts in which people are named wherever a system may name one."""
    days = [FIRST + timedelta(days=number) for number in range(63)]
    zoe, max_, olga = "zoe.personne@example.org", "max.agent@example.org", "olga"
    return {
        "customers": [
            {"customer_id": zoe, "email": zoe, "name": "Zoé Personne", "owner_id": olga, "created_at": "2025-08-01"},
            {"customer_id": "+33612345678", "email": "Zoe.Personne@Example.org ", "name": "ZOÉ PERSONNE", "owner_id": olga, "created_at": "2025-08-02"},
            {"customer_id": "C1", "email": "", "name": "Zoé Personne", "owner_id": max_, "created_at": "2025-08-03"},
        ],
        "agents": [
            {"agent_id": max_, "name": "Max Agent", "team": "Desk"},
            {"agent_id": olga, "name": "Olga Owner", "team": "Sales"},
            {"agent_id": "A7", "name": "Max Agent", "team": "Desk"},
        ],
        "leads": [
            {"lead_id": f"{zoe}/{day}", "created_at": day, "email": zoe, "owner_id": olga, "campaign_id": "welcome"} for day in days
        ],
        "deals": [
            {"deal_id": f"D{number}", "created_at": day, "customer_id": zoe, "closed_at": day + timedelta(days=2),
             "is_won": True, "amount": 100, "owner_id": olga, "campaign_id": "welcome"}
            for number, day in enumerate(days)
        ],
        "campaigns": [{"campaign_id": "welcome", "name": "Bienvenue", "channel": f"mail of {zoe}", "started_at": "2025-08-01"}],
        "tickets": [
            {"ticket_id": f"{max_}-{number}", "created_at": day, "customer_id": zoe, "agent_id": (max_, "A7")[number % 2],
             "channel": "chat", "category": f"question of {zoe}", "team": "Desk", "resolved_at": day + timedelta(days=9) if number % 9 == 0 else ""}
            for number, day in enumerate(days)
        ],
        "answers": [
            {"response_id": f"R{number}", "answered_at": day, "kind": "csat", "score": (5, 5, 1, 5)[number % 4], "scale_min": 1, "scale_max": 5,
             "customer_id": "+33612345678", "agent_id": (max_, "A7")[number % 2], "channel": "chat"}
            for number, day in enumerate(days)
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.create_database()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VIGIE_TEST_POSTGRES", url)
        yield url


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, database: str) -> Company:
    company = Company(tmp_path_factory.mktemp("people"))
    company.write_settings(SETTINGS.format(more=""))
    for name, rows in extracts().items():
        company.write_extract(f"{name}.csv", rows)
    report = company.run(AS_OF)
    assert report["exit_code"] == 0, report
    return company


@pytest.fixture
def tables(company: Company) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(company.home / "published/kpi.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture
def postgres(company: Company, database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True, options="-c search_path=vigie -c timezone=UTC") as connection:
        yield connection


def names_of(tables: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in tables.execute("select table_name from information_schema.tables").fetchall()]


def cells(rows: list[tuple[Any, ...]]) -> list[str]:
    return [value for row in rows for value in row if isinstance(value, str)]


def test_no_person_is_published(
    company: Company, tables: duckdb.DuckDBPyConnection, postgres: psycopg.Connection[Any]
) -> None:
    names = names_of(tables)
    assert {"dim_customer", "dim_agent", "dim_segment", "fct_alert", "fct_kpi_revision", "kpi_week_by_segment"} <= set(
        names
    )
    for name in names:
        parquet = company.home / f"published/parquet/{name}/{name}.parquet"
        for found in (
            tables.execute(f"select * from {name}").fetchall(),
            duckdb.sql(f"select * from read_parquet('{parquet}')").fetchall(),
            postgres.execute(f"select * from {name}").fetchall(),
        ):
            assert [cell for cell in cells(found) if PERSON.search(cell)] == [], name
    with psycopg.connect(postgres.info.dsn, password=postgres.info.password) as connection:
        notes = connection.execute("select * from vigie.vigie_relation").fetchall()
    assert [cell for cell in cells(notes) if PERSON.search(cell)] == []


def test_people_are_still_counted_apart_and_join(tables: duckdb.DuckDBPyConnection) -> None:
    assert tables.execute("select count(*) from fct_alert").fetchall() != [(0,)]
    agents = tables.execute("select agent_id from dim_agent order by agent_id").fetchall()
    assert ("A7",) in agents
    assert sum(agent.startswith("p-") for (agent,) in agents) == 1
    for table, column, dimension, key in (
        ("fct_ticket", "agent_id", "dim_agent", "agent_id"),
        ("fct_deal", "owner_id", "dim_agent", "agent_id"),
        ("fct_deal", "customer_id", "dim_customer", "customer_id"),
        ("fct_kpi", "segment", "dim_segment", "segment"),
        ("fct_kpi_revision", "segment", "dim_segment", "segment"),
    ):
        query = f"select count(*) from {table} anti join {dimension} as found on found.{key} = {table}.{column}"
        assert tables.execute(f"{query} where {table}.{column} is not null").fetchall() == [(0,)], (table, column)
    assert tables.execute(
        "select distinct segment_label from kpi_week_by_segment where segment_type = 'campaign'"
    ).fetchall() == [("Bienvenue",)]


def test_every_table_and_column_has_a_comment(
    tables: duckdb.DuckDBPyConnection, postgres: psycopg.Connection[Any]
) -> None:
    nameless = """
        select table_name, column_name from duckdb_columns() where not internal and coalesce(comment, '') = ''
        union all select table_name, null from duckdb_tables() where coalesce(comment, '') = ''
        union all select view_name, null from duckdb_views() where not internal and coalesce(comment, '') = ''
    """
    assert tables.execute(nameless).fetchall() == []
    published = names_of(tables)
    missing = postgres.execute(
        "select relname, attname from pg_class join pg_attribute on attrelid = pg_class.oid and attnum >= 0"
        " where relnamespace = 'vigie'::regnamespace and relname = any(%s)"
        " and col_description(pg_class.oid, attnum) is null",
        [published],
    ).fetchall()
    assert missing == []


def test_postgres_has_the_tables_and_rows_of_the_file(
    tables: duckdb.DuckDBPyConnection, postgres: psycopg.Connection[Any]
) -> None:
    tables.execute("set timezone = 'UTC'")
    for name in names_of(tables):
        columns = [column[0] for column in tables.execute(f"describe {name}").fetchall()]
        found = postgres.execute(f"select * from {name}")
        assert [column.name for column in found.description or ()] == columns
        rows = found.fetchall()
        assert sorted(map(repr, (normal(row) for row in rows))) == sorted(
            map(repr, (normal(row) for row in tables.execute(f"select * from {name}").fetchall()))
        ), name


def normal(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.astimezone(UTC) if isinstance(value, datetime) else value for value in row)


def test_a_pass_with_nothing_new_publishes_nothing(company: Company, postgres: psycopg.Connection[Any]) -> None:
    before = postgres.execute("select published_at from vigie_publication").fetchall()
    file = (company.home / "published/kpi.duckdb").stat()
    report = company.run(AS_OF)
    published = next(step for step in report["steps"] if step["job"] == "publish")["assets"]
    assert [asset["is_new"] for asset in published.values()] == [False, False]
    assert postgres.execute("select published_at from vigie_publication").fetchall() == before
    assert (company.home / "published/kpi.duckdb").stat().st_mtime_ns == file.st_mtime_ns


def test_a_database_that_is_down_fails_alone_once_and_recovers(
    company: Company, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_TEST_POSTGRES", "postgresql://vigie:hunter2@127.0.0.1:1/reports")
    for _ in range(2):
        report = company.run(AS_OF)
        assert report["exit_code"] == 1
        [failure] = [failure for step in report["steps"] for failure in step["failures"]]
        assert failure["name"] == "postgres"
        assert "reports at 127.0.0.1" in failure["reason"]
    doctor = company.vigie("doctor")
    text = " ".join(doctor.output.split())
    assert "ÉCHEC publish.postgres" in text
    assert "cannot publish to PostgreSQL database reports" in text
    monkeypatch.setenv("VIGIE_TEST_POSTGRES", database)
    assert company.run(AS_OF)["exit_code"] == 0
    assert [message["status"] for message in company.messages("operators")] == ["firing", "resolved"]
    assert "hunter2" not in f"{doctor.output}{company.messages('operators')}{report}"


def test_what_is_chosen_is_published_with_its_people(
    company: Company, database: str, postgres: psycopg.Connection[Any]
) -> None:
    company.write_settings(SETTINGS.format(more="personal: true, grains: [week, month], tables: [kpi, dim_agent]"))
    assert company.run(AS_OF)["exit_code"] == 0
    with duckdb.connect(str(company.home / "published/kpi.duckdb"), read_only=True) as tables:
        expected = {"dim_agent", "dim_date", "dim_kpi", "dim_segment", "fct_kpi", "fct_kpi_revision", "fct_alert",
                    "fct_customer_base", "fct_kpi_driver", "fct_record_quality", "fct_ticket_backlog", "kpi_week", "kpi_week_by_segment", "kpi_month", "kpi_month_by_segment"}  # fmt: skip
        assert set(names_of(tables)) == expected
        assert tables.execute("select distinct grain from fct_kpi order by 1").fetchall() == [("month",), ("week",)]
        labels = tables.execute("select distinct segment_label from kpi_week_by_segment where segment_type = 'owner'")
        assert labels.fetchall() == [("Olga Owner",)]
    parquet = {path.name for path in (company.home / "published/parquet").iterdir()}
    in_postgres = {name for (name,) in postgres.execute("select relation from vigie_relation").fetchall()}
    assert parquet == in_postgres == expected
    assert ("Max Agent",) in postgres.execute("select name from dim_agent").fetchall()


# What a BI tool asks for when a user drags a time, a name and a value, with a sum as the tool's proposal.
CHARTS = {
    "revenue": "select period_label, sum(value) from {kpi_month} where kpi = 'revenue' group by period_label",
    "backlog": "select period_label, sum(value) from {kpi_month} where kpi = 'backlog' group by period_label",
    "csat": "select segment_label, sum(value) from {kpi_month_by_segment} where kpi = 'csat' and segment_type = 'agent'"
    " and period_label = '2025-10' group by segment_label",
}


@pytest.mark.parametrize("kpi", CHARTS)
def test_the_obvious_chart_is_the_same_everywhere_and_that_of_the_command_line(
    company: Company, postgres: psycopg.Connection[Any], kpi: str
) -> None:
    chart, views = CHARTS[kpi], ("kpi_month", "kpi_month_by_segment")
    parquet = {view: f"'{company.home / f'published/parquet/{view}/{view}.parquet'}'" for view in views}
    in_file = dict(company.published(chart.format(**{view: view for view in views})))
    assert in_file == dict(duckdb.sql(chart.format(**parquet)).fetchall())
    assert in_file == dict(postgres.execute(chart.format(**{view: view for view in views})).fetchall())
    if kpi == "csat":
        # Two agents have the same name.
        assert in_file == {"Max Agent (A7)": 1.0, "Max Agent (max.agent@example.org)": 0.5}
        return
    [unit] = company.published(f"select unit from dim_kpi where kpi = '{kpi}'")[0]
    lines = [" ".join(line.split()) for line in company.vigie("kpi", kpi).output.splitlines()]
    assert in_file.keys() == {"2025-09", "2025-10"}
    for month, value in in_file.items():
        written = " ".join(format_value(value, unit, "fr", "EUR").split())
        assert any(line.startswith(f"{month} {written} ") for line in lines), (month, written, lines)


def test_a_table_that_does_not_exist_is_a_mistake(company: Company) -> None:
    company.write_settings(SETTINGS.format(more="tables: [kpi, suport]"))
    checked = company.vigie("check")
    assert checked.exit_code == 2
    assert "there is no family and no table called suport" in checked.output
    assert "support" in checked.output


def test_the_key_of_the_pseudonyms_is_private(company: Company) -> None:
    assert (company.home / "pseudonyms.key").stat().st_mode & 0o777 == 0o600
