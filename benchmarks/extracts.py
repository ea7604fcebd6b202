"""Loading one large CSV, validated, quarantined and written as Parquet, against DuckDB's COPY of the same file."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.figure import Figure, measured
from pipelines.raw import RawStore
from pipelines.sources import ExtractContext, open_source
from pipelines.sources.files.settings import FilesSource

_ROWS = """
    SELECT
        'o' || i AS order_id,
        'c' || (i * 7919 % 100000) AS customer_id,
        TIMESTAMP '2023-01-01' + INTERVAL 1 SECOND * (i * 9) AS ordered_at,
        (i * 31 % 100000) / 100 AS amount,
        'EUR' AS currency,
        ['paid', 'shipped', 'refunded'][1 + i % 3] AS status,
        ['web', 'shop', 'phone'][1 + i % 3] AS channel,
        ['FR', 'DE', 'ES', 'IT'][1 + i % 4] AS country
    FROM range(?) AS numbers (i)
"""


def figure(folder: Path, rows: int, repetitions: int) -> Figure:
    """Times the load of `rows` orders."""
    extract = folder / "orders.csv"
    duckdb.sql(f"COPY ({_ROWS.replace('?', str(rows))}) TO '{extract}' (HEADER)")
    table = {"entity": "order", "path": "orders.csv"}
    source = FilesSource.model_validate({"name": "shop", "type": "files", "tables": [table]})
    home = folder / "home"
    # A file that has just been written is left for the next pass.
    now = datetime.now(UTC) + timedelta(hours=1)

    def load() -> None:
        shutil.rmtree(home, ignore_errors=True)
        [report] = open_source(source).extract(["order"], ExtractContext(RawStore(home), folder, "UTC", now, now))
        if report.rows != rows:
            raise RuntimeError(f"{report.rows} of {rows} rows were loaded: {report.failures}")

    def copy() -> None:
        with duckdb.connect() as connection:
            connection.execute(f"COPY (FROM read_csv('{extract}')) TO '{folder / 'copy.parquet'}' (FORMAT parquet)")

    return measured(f"extract load, {rows:,} CSV rows", load, "DuckDB COPY", copy, "at most 2 times", repetitions)
