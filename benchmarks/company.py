"""The extracts of a made-up company of any size, as Parquet: the same records at every call.

At scale 1 it has one year of 10,000 customers, 50,000 orders, 40,000 tickets with 160,000 interactions and about
1,000,000 e-mail events. A larger scale multiplies the rows and spreads them over three years.
"""

from datetime import date
from pathlib import Path

import duckdb

# The moment of the build; all records are of earlier days.
AS_OF = "2026-01-05T06:00:00+01:00"
TIMEZONE = "Europe/Paris"
LAST_DAY = date(2026, 1, 4)

SETTINGS = """
company: {name: Benchmark, timezone: Europe/Paris, currency: EUR}
sources:
  - name: systems
    type: files
    tables:
      - {entity: customer, path: customer*.parquet}
      - {entity: order, path: order*.parquet}
      - {entity: ticket, path: ticket*.parquet, keep_latest_by: updated_at}
      - {entity: interaction, path: interaction*.parquet}
      - {entity: email_event, path: email_event/*.parquet}
"""

# `draw` is a number from 0 to 1 that depends on nothing but its arguments.
_MACROS = """
    SET TimeZone = 'UTC';
    CREATE MACRO draw(number, what) AS (hash(number, what) % 1000003) / 1000003.0;
    CREATE MACRO pick(number, what, names) AS names[1 + CAST(floor(draw(number, what) * len(names)) AS BIGINT)];
    CREATE MACRO moment(number, what) AS
        TIMESTAMPTZ '{first} 00:00:00+00' + to_seconds(CAST(floor(draw(number, what) * {days} * 86400) AS BIGINT));
"""

_CUSTOMERS = """
    SELECT
        'C' || i AS customer_id,
        'customer' || i || '@example.com' AS email,
        'Customer ' || i AS name,
        pick(i, 'country', ['FR', 'DE', 'ES', 'IT', 'BE', 'NL', 'PT', 'AT', 'CH', 'PL']) AS country,
        pick(i, 'segment', ['consumer', 'small business', 'enterprise', 'public']) AS segment,
        pick(i, 'acquisition', ['ads', 'organic', 'referral', 'fair']) AS acquisition_channel,
        moment(i, 'created') AS created_at,
        moment(i, 'created') AS updated_at
    FROM range({customers}) AS numbers (i)
"""

_ORDERS = """
    SELECT
        'O' || i AS order_id,
        'C' || CAST(floor(power(draw(i, 'buyer'), 2) * {customers}) AS BIGINT) AS customer_id,
        moment(i, 'ordered') AS ordered_at,
        CAST(5 + floor(power(draw(i, 'amount'), 3) * 50000) / 100 AS DECIMAL(12, 2)) AS amount,
        'EUR' AS currency,
        CAST(1 + floor(power(draw(i, 'amount'), 3) * 15000) / 100 AS DECIMAL(12, 2)) AS margin,
        pick(i, 'status', ['paid', 'shipped', 'delivered', 'delivered', 'delivered', 'cancelled']) AS status,
        pick(i, 'channel', ['web', 'store', 'phone', 'marketplace']) AS channel
    FROM range({orders}) AS numbers (i)
"""

# Nine in ten are solved, and seven in ten of the others were answered.
_TICKETS = """
    WITH tickets AS (
        SELECT
            i,
            moment(i, 'asked') AS created_at,
            draw(i, 'solved') < 0.9 AS is_solved,
            draw(i, 'answered') < 0.7 AS is_answered,
            to_seconds(60 + CAST(floor(power(draw(i, 'answer'), 3) * 90000) AS BIGINT)) AS answered_after,
            to_seconds(CAST(floor(power(draw(i, 'solution'), 3) * 900000) AS BIGINT)) AS solved_after
        FROM range({tickets}) AS numbers (i)
    )
    SELECT
        'T' || i AS ticket_id,
        created_at,
        'C' || CAST(floor(draw(i, 'asker') * {customers}) AS BIGINT) AS customer_id,
        pick(i, 'channel', ['email', 'phone', 'chat', 'web', 'social']) AS channel,
        pick(i, 'priority', ['low', 'normal', 'high', 'urgent']) AS priority,
        pick(i, 'category', ['delivery', 'invoice', 'product', 'return', 'account', 'other']) AS category,
        'Team ' || CAST(floor(draw(i, 'agent') * {agents}) AS BIGINT) % 5 AS team,
        'A' || CAST(floor(draw(i, 'agent') * {agents}) AS BIGINT) AS agent_id,
        CASE WHEN is_solved OR is_answered THEN created_at + answered_after END AS first_response_at,
        CASE WHEN is_solved THEN created_at + answered_after + solved_after END AS resolved_at,
        CASE WHEN is_solved THEN 'solved' ELSE 'open' END AS status,
        CAST(floor(power(draw(i, 'reopened'), 8) * 3) AS BIGINT) AS reopen_count,
        CAST(floor(power(draw(i, 'reassigned'), 4) * 3) AS BIGINT) AS reassignment_count,
        CAST(1 + floor(power(draw(i, 'replies'), 2) * 4) AS BIGINT) AS agent_reply_count,
        4 AS interaction_count,
        draw(i, 'automated') < 0.05 AS is_automated,
        CASE WHEN is_solved THEN created_at + answered_after + solved_after ELSE created_at END AS updated_at
    FROM tickets
"""

# Four on each ticket, within two days of its creation.
_INTERACTIONS = """
    SELECT
        'I' || i AS interaction_id,
        moment(i // 4, 'asked')
            + to_seconds(CAST(floor(draw(i, 'written') * (i % 4) * 43200) AS BIGINT)) AS occurred_at,
        'T' || (i // 4) AS ticket_id,
        pick(i, 'contact', ['email', 'phone', 'chat', 'web', 'social']) AS channel,
        ['customer', 'agent'][1 + i % 2] AS author,
        CASE WHEN i % 2 = 1 THEN CAST(floor(draw(i, 'work') * 1800) AS BIGINT) END AS handling_seconds
    FROM range({tickets} * 4) AS numbers (i)
"""

# Each week a campaign is sent to a part of the customers.
_EMAIL_EVENTS = """
    WITH sends AS (
        SELECT
            week,
            i,
            week * {customers} + i AS number,
            TIMESTAMPTZ '{first} 08:00:00+00' + to_days(CAST(week * 7 AS INTEGER))
                + to_seconds(CAST(floor(draw(week * {customers} + i, 'sent') * 7200) AS BIGINT)) AS sent_at
        FROM range({first_week}, {last_week}) AS weeks (week), range({customers}) AS numbers (i)
        WHERE draw(week * {customers} + i, 'recipient') < {share}
    ),
    events AS (
        SELECT *, 'sent' AS event, sent_at AS occurred_at FROM sends
        UNION ALL
        SELECT
            *, CASE WHEN draw(number, 'bounced') < 0.02 THEN 'bounce' ELSE 'delivered' END, sent_at + INTERVAL 1 MINUTE
        FROM sends
        UNION ALL
        SELECT *, 'open', sent_at + to_seconds(120 + CAST(floor(power(draw(number, 'opens'), 3) * 250000) AS BIGINT))
        FROM sends WHERE draw(number, 'bounced') >= 0.02 AND draw(number, 'opened') < 0.4
        UNION ALL
        SELECT *, 'click', sent_at + to_seconds(180 + CAST(floor(power(draw(number, 'opens'), 3) * 250000) AS BIGINT))
        FROM sends WHERE draw(number, 'bounced') >= 0.02 AND draw(number, 'opened') < 0.06
        UNION ALL
        SELECT *, 'unsubscribe', sent_at + INTERVAL 2 DAY
        FROM sends WHERE draw(number, 'bounced') >= 0.02 AND draw(number, 'opened') < 0.002
    )
    SELECT
        event || number AS event_id,
        'K' || week AS campaign_id,
        'customer' || i || '@example.com' AS email,
        event,
        occurred_at
    FROM events
"""


# What happened on the day {day}, as the extracts of that day: as many rows as on any other.
_OF_A_DAY = {
    "order": """
        SELECT * REPLACE ('{day} ' || order_id AS order_id, TIMESTAMPTZ '{day} 10:00:00+00' AS ordered_at)
        FROM '{folder}/order.parquet' WHERE hash(order_id) % {days} = {number}
    """,
    "ticket": """
        SELECT * REPLACE (
            '{day} ' || ticket_id AS ticket_id, TIMESTAMPTZ '{day} 09:00:00+00' AS created_at,
            TIMESTAMPTZ '{day} 10:00:00+00' AS first_response_at, NULL AS resolved_at, 'open' AS status,
            TIMESTAMPTZ '{day} 10:00:00+00' AS updated_at
        )
        FROM '{folder}/ticket.parquet' WHERE hash(ticket_id) % {days} = {number}
        UNION ALL
        -- An earlier one is solved.
        SELECT * REPLACE (
            TIMESTAMPTZ '{day} 12:00:00+00' AS resolved_at, 'solved' AS status,
            TIMESTAMPTZ '{day} 12:00:00+00' AS updated_at
        )
        FROM '{folder}/ticket.parquet' WHERE status = 'open' AND hash(ticket_id) % {days} = {number}
    """,
    "interaction": """
        SELECT * REPLACE (
            '{day} ' || interaction_id AS interaction_id, '{day} ' || ticket_id AS ticket_id,
            TIMESTAMPTZ '{day} 10:00:00+00' AS occurred_at
        )
        FROM '{folder}/interaction.parquet' WHERE hash(ticket_id) % {days} = {number}
    """,
    # They are of the last campaigns.
    "email_event": """
        SELECT * REPLACE (
            '{day} ' || event_id AS event_id, 'open' AS event, TIMESTAMPTZ '{day} 10:00:00+00' AS occurred_at
        )
        FROM (
            SELECT * FROM '{folder}/email_event/{last}.parquet'
            WHERE event = 'sent' ORDER BY campaign_id DESC, event_id LIMIT {email_events}
        )
    """,
}


def write_day(folder: Path, scale: float, number: int) -> None:
    """Writes the extracts of the day that is `number` days after the last one into the `folder` of a company."""
    days = 365 * _years(scale)
    values = {
        "folder": folder,
        "day": date.fromordinal(LAST_DAY.toordinal() + number).isoformat(),
        "number": number,
        "days": days,
        "email_events": round(1_000_000 * scale / days),
        "last": max((folder / "email_event").glob("??.parquet")).stem,
    }
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for entity, sql in _OF_A_DAY.items():
            path = folder / ("email_event" if entity == "email_event" else "") / f"{entity}-{number}.parquet"
            connection.execute(f"COPY ({sql.format(**values)}) TO '{path}' (FORMAT parquet)")


def _years(scale: float) -> int:
    return 1 if scale <= 1 else 3


def write_extracts(folder: Path, scale: float) -> None:
    """Writes settings.yaml and the extracts of a company of this scale into `folder`."""
    days, customers = 365 * _years(scale), round(10_000 * scale)
    weeks = days // 7
    values = {
        "first": date.fromordinal(LAST_DAY.toordinal() - days + 1).isoformat(),
        # Everything happens before the last days, so that all of it is in the past.
        "days": days - 14,
        "customers": customers,
        "orders": round(50_000 * scale),
        "tickets": round(40_000 * scale),
        "agents": max(20, round(20 * scale)),
        # A send is about 2.5 events.
        "share": 400_000 * scale / (customers * weeks),
    }
    with duckdb.connect() as connection:
        connection.execute(_MACROS.format(**values))
        for entity, sql in (
            ("customer", _CUSTOMERS), ("order", _ORDERS), ("ticket", _TICKETS), ("interaction", _INTERACTIONS),
        ):  # fmt: skip
            connection.execute(f"COPY ({sql.format(**values)}) TO '{folder / entity}.parquet' (FORMAT parquet)")
        (folder / "email_event").mkdir()
        # A file for each quarter of a year, as exports are.
        for number, first_week in enumerate(range(0, weeks - 2, 13)):
            limits = {"first_week": first_week, "last_week": min(first_week + 13, weeks - 2)}
            sql = _EMAIL_EVENTS.format(**values, **limits)
            connection.execute(f"COPY ({sql}) TO '{folder}/email_event/{number:02}.parquet' (FORMAT parquet)")
    (folder / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
