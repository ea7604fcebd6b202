"""The rules of the settings find exactly the incidents of the scenario.

The queries below compute each watched KPI from the exported files, independently of the product. The rules and their
evaluation are the product's. The tests fail if a change of the scenario, the random data or a threshold adds or hides an
incident.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pandas as pd
import pytest
import yaml
from demo_reading import csv

from demo import NOW, DemoFacts, Incident
from pipelines.kpis import next_period
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from pipelines.watch.backtest import replay
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series

SETTINGS = Path(__file__).parents[2] / "settings"
KPIS = load_catalogue(project_folder() / "target")

# Days after the end of a period until its rows are complete, as in the KPI catalogue.
MATURITY = {"bounce_rate": 3, "email_open_rate_human": 3, "unsubscribe_rate": 3, "lead_conversion_rate": 30}

BY_EVENT = {
    "csat": """
        SELECT answered::DATE AS d, "Canal" AS channel, ("Note" IN ('4', '5'))::INTEGER AS numerator
        FROM (
            SELECT *, strptime("Date de réponse", '%d/%m/%Y %H:%M') AS answered
            FROM {csat} WHERE "N° réponse" NOT LIKE '89%'
        )
        QUALIFY row_number() OVER (PARTITION BY "N° ticket" ORDER BY answered DESC) = 1
    """,
    "first_response_time": """
        SELECT replied::DATE AS d, "Group" AS team, epoch(replied) - epoch(created) AS numerator
        FROM (
            SELECT *, timezone('Europe/Paris', "Created at"::TIMESTAMP) AS created,
                created + to_minutes("First reply time in minutes"::INTEGER) AS replied
            FROM tickets WHERE "First reply time in minutes" IS NOT NULL
        )
    """,
    "reopen_rate": """
        SELECT "Solved at"::TIMESTAMP::DATE AS d, ("Reopens" <> '0')::INTEGER AS numerator
        FROM tickets WHERE "Solved at" IS NOT NULL
    """,
    "call_abandonment_rate": """
        SELECT timezone('Europe/Paris', to_timestamp(started_at))::DATE AS d, number.name AS queue,
            coalesce(missed_call_reason LIKE 'abandoned%', false)::INTEGER AS numerator
        FROM read_json('{folder}/calls/*.json')
        WHERE direction = 'inbound' AND id NOT BETWEEN 990000 AND 999999
    """,
    "bounce_rate": "SELECT d, bounced AS numerator FROM sends",
    "email_open_rate_human": "SELECT d, read AS numerator FROM sends",
    "unsubscribe_rate": "SELECT d, left_list AS numerator FROM sends",
    "revenue": "SELECT d, amount AS numerator FROM sales",
    "average_order_value": "SELECT d, amount AS numerator FROM sales",
    "visitor_conversion_rate": """
        SELECT strptime("Date", '%Y%m%d')::DATE AS d, "Key events"::INTEGER AS numerator,
            "Total users"::INTEGER AS weight
        FROM {ga4} WHERE "Date" NOT IN ('(not set)', '20250230')
    """,
    "nps": """
        SELECT "Answered"::TIMESTAMP::DATE AS d,
            CASE WHEN "Score"::DOUBLE >= 9 THEN 100 WHEN "Score"::DOUBLE <= 6 THEN -100 ELSE 0 END AS numerator
        FROM nps WHERE "Response" NOT LIKE 'NPS-X%'
    """,
    "ces": """
        SELECT "Answered"::TIMESTAMP::DATE AS d, ("Score"::DOUBLE - 1) / 6 * 7 AS numerator
        FROM ces
    """,
    "lead_conversion_rate": """
        SELECT "Create Date"::TIMESTAMP::DATE AS d, ("Became a Customer Date" IS NOT NULL)::INTEGER AS numerator
        FROM {leads} WHERE "Last Name" <> 'Lead'
    """,
    "win_rate": """
        SELECT "Close Date"::TIMESTAMP::DATE AS d, ("Deal Stage" = 'Closed won')::INTEGER AS numerator
        FROM {deals} WHERE "Deal Stage" IN ('Closed won', 'Closed lost')
    """,
}

SUMS = {"revenue"}


@pytest.fixture(scope="module")
def warehouse(company: DemoFacts) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = company.folder
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'Europe/Paris'")
        connection.execute(
            f"""
            CREATE TABLE tickets AS
            SELECT * FROM {csv(folder, "zendesk/tickets-*.csv")} WHERE "Requester" <> 'Ghost'
            QUALIFY row_number() OVER (PARTITION BY "Id" ORDER BY "Updated at" DESC) = 1;
            DELETE FROM tickets
            WHERE "Status" = 'Deleted' OR regexp_matches("Tags", '\\b(closed_by_merge|spam|test)\\b');

            CREATE TABLE sends AS
            SELECT
                min(timezone('Europe/Paris', "timestamp"::TIMESTAMPTZ)) FILTER (WHERE action = 'sent')::DATE AS d,
                bool_or(action = 'bounce')::INTEGER AS bounced,
                bool_or(action = 'open' AND user_agent <> 'Mozilla/5.0')::INTEGER AS read,
                bool_or(action = 'unsub')::INTEGER AS left_list
            FROM {csv(folder, "mailchimp/activity-*.csv.gz")}
            WHERE coalesce(email_address, 'ghost') NOT LIKE '%ghost%'
            GROUP BY campaign_id, lower(trim(email_address));

            CREATE TABLE sales AS
            SELECT ordered_at::DATE AS d, amount * coalesce(rate, 1) AS amount
            FROM (
                SELECT
                    strptime("Date de commande", '%d/%m/%Y %H:%M') AS ordered_at,
                    replace(replace("Montant TTC", ' ', ''), ',', '.')::DECIMAL(12, 2) AS amount,
                    "Devise" AS currency,
                    "Statut" AS status
                FROM {csv(folder, "shop/orders-*.csv", ";")} WHERE "Commande" NOT LIKE 'AL-9%'
                QUALIFY row_number() OVER (PARTITION BY "Commande" ORDER BY updated DESC) = 1
            ) AS orders
            LEFT JOIN (
                SELECT date::DATE AS d, currency, rate::DECIMAL(8, 4) AS rate FROM {csv(folder, "shop/fx_rates.csv")}
            ) AS rates
                ON orders.ordered_at::DATE = rates.d AND orders.currency = rates.currency
            WHERE status IN ('payée', 'expédiée', 'livrée');
            """
        )
        workbook = openpyxl.load_workbook(folder / "surveys/answers.xlsx", read_only=True)
        for name in ("NPS", "CES"):
            header, *rows = workbook[name].iter_rows(values_only=True)
            columns = ", ".join(f'unnest(${number}) AS "{column}"' for number, column in enumerate(header, start=1))
            cells = [[None if cell is None else str(cell) for cell in column] for column in zip(*rows, strict=True)]
            connection.execute(f"CREATE TABLE {name} AS SELECT {columns}", cells)
        yield connection


def readings(connection: duckdb.DuckDBPyConnection, folder: Path, rule: Rule) -> pd.DataFrame:
    """Returns the readings that a rule evaluates."""
    rows = backlog(connection) if rule.kpi == "backlog" else measured(connection, folder, rule)
    found: dict[str, list[Reading]] = {}
    for period_start, segment, numerator, denominator, sample in rows:
        ended = datetime.combine(next_period(rule.grain, period_start), time(), ZoneInfo("Europe/Paris"))
        found.setdefault(segment, []).append(
            Reading(
                kpi=rule.kpi,
                grain=rule.grain,
                period_start=period_start,
                segment_type=rule.segment_type,
                segment=segment,
                value=float(numerator) if denominator is None else float(numerator) / float(denominator),
                numerator=float(numerator),
                denominator=None if denominator is None else float(denominator),
                sample_size=int(sample),
                ci_low=None,
                ci_high=None,
                is_complete=ended + timedelta(days=MATURITY.get(rule.kpi, 0)) <= NOW,
            )
        )
    return frame_of(reading for segment in sorted(found) for reading in found[segment])


Row = tuple[date, str, float, float | None, int]


def measured(connection: duckdb.DuckDBPyConnection, folder: Path, rule: Rule) -> list[Row]:
    query = BY_EVENT[rule.kpi].format(
        folder=folder,
        csat=csv(folder, "surveys/csat.csv", ";", "latin-1"),
        ga4=csv(folder, "web/ga4.csv", skip=9),
        leads=csv(folder, "hubspot/leads.csv"),
        deals=csv(folder, "hubspot/deals.csv"),
    )
    segment = rule.by or "'all'"
    weight = "sum(weight)" if "AS weight" in query else "count(*)"
    denominator = "NULL" if rule.kpi in SUMS else weight
    return connection.execute(
        f"SELECT date_trunc('{rule.grain}', d)::DATE AS period, {segment} AS segment,"
        f" sum(numerator), {denominator}, {weight}"
        f" FROM ({query}) GROUP BY period, segment HAVING segment IS NOT NULL ORDER BY period"
    ).fetchall()


def backlog(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    return connection.execute(
        """
        SELECT monday::DATE, 'all', count(*), NULL, count(*)
        FROM range(TIMESTAMP '2023-01-02', TIMESTAMP '2026-01-05', INTERVAL 7 DAY) AS weeks (monday)
        INNER JOIN tickets ON "Created at"::TIMESTAMP < monday + INTERVAL 7 DAY
            AND coalesce("Solved at"::TIMESTAMP >= monday + INTERVAL 7 DAY, true)
        GROUP BY monday ORDER BY monday
        """
    ).fetchall()


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    text = (SETTINGS / "rules.yaml").read_text(encoding="utf-8")
    return [Rule.model_validate(rule) for rule in yaml.safe_load(text)["rules"]]


IncidentKey = tuple[str, str, str, str, str, str, date, date]


def key_of(incident: Incident) -> IncidentKey:
    return (
        incident.rule, incident.kpi, incident.grain, incident.segment_type, incident.segment, incident.severity,
        incident.opened_period, incident.period_start,
    )  # fmt: skip


def test_exactly_the_planned_incidents_are_open(
    warehouse: duckdb.DuckDBPyConnection, company: DemoFacts, rules: list[Rule]
) -> None:
    opened: dict[IncidentKey, float] = {}
    for rule in rules:
        found = readings(warehouse, company.folder, rule)
        for change in evaluate_series(rule, KPIS[rule.kpi], found, {}, NOW):
            for event in change.events:
                reading = event.reading
                key = (
                    rule.name, rule.kpi, rule.grain, reading.segment_type, reading.segment, event.severity,
                    event.opened_period, reading.period_start,
                )  # fmt: skip
                assert reading.value is not None
                opened[key] = reading.value

    assert opened.keys() == {key_of(incident) for incident in company.open_incidents}
    for incident in company.open_incidents:
        assert opened[key_of(incident)] == pytest.approx(incident.value, rel=1e-9), incident.rule


def test_no_other_alert_fired_in_three_years(
    warehouse: duckdb.DuckDBPyConnection, company: DemoFacts, rules: list[Rule]
) -> None:
    fired: set[tuple[str, str, date]] = set()
    resolved: dict[tuple[str, str, date], date] = {}
    for rule in rules:
        found = readings(warehouse, company.folder, rule)
        for incident in replay(rule, KPIS[rule.kpi], found, NOW, first=None, last=None).incidents:
            key = (rule.name, incident.segment, incident.first_period)
            fired.add(key)
            if incident.resolved_period is not None:
                resolved[key] = incident.last_period

    planned = {
        (incident.rule, incident.segment, incident.opened_period): incident.period_start
        for incident in company.resolved_incidents
    }
    assert resolved == planned
    assert fired - planned.keys() == {
        (incident.rule, incident.segment, incident.opened_period) for incident in company.open_incidents
    }


def test_most_rules_do_not_fire(company: DemoFacts, rules: list[Rule]) -> None:
    firing = {incident.rule for incident in company.open_incidents}
    assert firing < {rule.name for rule in rules}
    assert len(rules) - len(firing) >= len(firing)


@pytest.mark.parametrize(
    ("kpi", "grain", "period_start", "query"),
    [
        (
            "revenue", "quarter", date(2025, 7, 1),
            "SELECT sum(amount) FROM sales WHERE d BETWEEN '2025-07-01' AND '2025-09-30'",
        ),
        (
            "ticket_volume", "month", date(2025, 10, 1),
            """SELECT count(*) FROM tickets WHERE "Created at" LIKE '2025-10-%'""",
        ),
        (
            # Daylight saving time ends between some tickets and their replies.
            "first_response_time", "month", date(2025, 10, 1),
            """
            SELECT sum("First reply time in minutes"::INTEGER * 60) FROM tickets
            WHERE timezone('Europe/Paris', "Created at"::TIMESTAMP) + to_minutes("First reply time in minutes"::INTEGER)
                BETWEEN TIMESTAMPTZ '2025-10-01 00:00:00+02' AND TIMESTAMPTZ '2025-10-31 23:59:00+01'
            """,
        ),
        (
            "unsubscribe_rate", "quarter", date(2025, 4, 1),
            "SELECT sum(left_list) FROM sends WHERE d BETWEEN '2025-04-01' AND '2025-06-30'",
        ),
    ],
)  # fmt: skip
def test_control_values_agree_with_the_files(
    warehouse: duckdb.DuckDBPyConnection, company: DemoFacts, kpi: str, grain: str, period_start: date, query: str
) -> None:
    (control,) = (
        control
        for control in company.control_values
        if (control.kpi, control.grain, control.period_start, control.segment) == (kpi, grain, period_start, "all")
    )
    row = warehouse.execute(query).fetchone()
    assert row is not None
    assert row[0] == control.numerator
