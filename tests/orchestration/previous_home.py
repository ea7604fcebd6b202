"""A home folder as the previous version of Vigie left it, after one pass of a small company.

`tests/fixtures/previous_home` has what that version wrote: log entries of loads (with `entity` and `covers_until`), rejected rows, the
build files, and a dump of the ledger. Rows and history are written here, with the columns that version used.
"""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from tests.orchestration.company import Company, answers, orders, tickets

MONDAY = date(2025, 9, 1)
# The moment of its only pass.
PASSED_AT = datetime(2025, 9, 22, 7, 0, tzinfo=UTC)
TIMEZONE = "Europe/Paris"

_FILES = Path(__file__).parents[1] / "fixtures/previous_home"
_ORIGIN = """
    _source varchar, _load_id varchar, _load_sequence bigint, _file varchar, _row bigint, _version_at timestamptz,
    _version_number double, _version_text varchar
"""
_COLUMNS = {
    "order": """
        order_id varchar, customer_id varchar, ordered_at timestamptz, amount decimal(18, 6), currency varchar,
        margin decimal(18, 6), status varchar, channel varchar, order_type varchar, campaign_id varchar, country varchar
    """,
    "survey_response": """
        response_id varchar, kind varchar, answered_at timestamptz, score double, scale_min double, scale_max double,
        customer_id varchar, ticket_id varchar, order_id varchar, agent_id varchar, channel varchar
    """,
    "ticket": """
        ticket_id varchar, created_at timestamptz, customer_id varchar, email varchar, channel varchar,
        priority varchar, category varchar, team varchar, agent_id varchar, first_response_at timestamptz,
        resolved_at timestamptz, closed_at timestamptz, status varchar, reopen_count bigint,
        reassignment_count bigint, agent_reply_count bigint, interaction_count bigint, is_automated boolean,
        sla_met boolean, updated_at timestamptz, merged_into varchar
    """,
}
_HISTORY = """
    create table fct_kpi_revision (
        kpi varchar not null, grain varchar not null, period_start date not null, segment_type varchar not null,
        segment varchar not null, value double, numerator double, denominator double,
        valid_from timestamptz not null, valid_to timestamptz
    )
"""


def write_extracts(company: Company) -> None:
    """Writes the extracts that the home was made from; the last week breaches the threshold of the rule."""
    rows = orders(MONDAY, 21)
    company.write_extract("orders-1.csv", [*rows, {**rows[0], "order_id": "bad", "amount": "1O0"}])
    company.write_extract(
        "answers-1.csv",
        [*answers(MONDAY, 2, positive=9), *answers(MONDAY + timedelta(weeks=2), 1, positive=5)],
    )
    company.write_extract("tickets.csv", tickets(MONDAY, 3))


def create_previous_home(company: Company) -> None:
    """Creates the company's home folder as the previous version left it; the extracts must be there."""
    shutil.copytree(_FILES, company.home)
    company.home.chmod(0o755)
    for entry_file in sorted(company.home.glob("raw/*/*/*/load.json")):
        entry = json.loads(entry_file.read_text(encoding="utf-8"))
        [file] = entry["files"]
        content = (company.folder / file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"], f"{file['path']} is not the extract of this home"
        _write_rows(company.folder / file["path"], entry, entry_file.with_name("rows.parquet"))
    script = company.home / "ledger.sql"
    with closing(sqlite3.connect(company.home / "ledger.db")) as ledger:
        ledger.execute("pragma journal_mode = wal")
        ledger.executescript(script.read_text(encoding="utf-8"))
    script.unlink()
    with duckdb.connect(str(company.home / "history.duckdb")) as history:
        history.execute(_HISTORY)
        history.execute(
            "insert into fct_kpi_revision values ('csat', 'week', ?, 'all', 'all', 0.9, 9, 10, ?, null)",
            [MONDAY, PASSED_AT],
        )


def _write_rows(extract: Path, entry: dict[str, object], target: Path) -> None:
    """Writes the accepted rows of an extract; their number is that of the log entry."""
    columns = _COLUMNS[str(entry["entity"])]
    with duckdb.connect() as connection:
        connection.execute(f"set timezone = '{TIMEZONE}'")
        connection.execute(f"create table accepted ({columns}, {_ORIGIN})")
        # The one rejected row has the text 1O0 in its amount.
        connection.execute(
            f"insert into accepted by name select *, ? as _source, ? as _load_id, ? as _load_sequence, ? as _file,"
            f" row_number() over () + 1 as _row from read_csv('{extract}', all_varchar = true)"
            " where not contains(columns(*)::varchar, '1O0')",
            [entry["source"], entry["load_id"], entry["sequence"], f"extracts/{extract.name}"],
        )
        if entry["entity"] == "survey_response":
            # The version of a row is the entity's own column by default.
            connection.execute("update accepted set _version_at = answered_at")
        [(count,)] = connection.execute("select count(*) from accepted").fetchall()
        assert count == entry["rows"]
        connection.execute(f"copy accepted to '{target}' (format parquet)")
