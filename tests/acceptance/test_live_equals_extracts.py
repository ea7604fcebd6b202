"""The accounts of vendors, read through their APIs, have the KPIs of the same data as extract files."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.acceptance.vigie_run import run_vigie
from tests.vendors.mailchimp import mailchimp_company
from tests.vendors.mailchimp.mailchimp_server import KEY, MailchimpServer

pytestmark = pytest.mark.acceptance

# Both are earlier than the machine's clock; the vendors' clock stands a minute before.
AS_OF = datetime(2025, 11, 3, 7, tzinfo=UTC)
COMPANY = "company: {name: Live, timezone: Europe/Paris, currency: EUR}\nsources:\n"
# How fresh and complete the loads are is another thing for files than for an API.
_OF_LOADS = "kpi NOT IN (SELECT kpi FROM {db}.dim_kpi WHERE family = 'data quality')"


def test_the_kpis_are_those_of_extract_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCHIMP_KEY", KEY)
    server = MailchimpServer()
    mailchimp_company.fill(server, AS_OF - timedelta(minutes=1))
    with server.running():
        live = tmp_path / "live.yaml"
        live.write_text(
            COMPANY
            + f'  - {{name: mail, type: mailchimp, api_key: "${{MAILCHIMP_KEY}}", base_url: "{server.base_url}"}}\n',
            encoding="utf-8",
        )
        of_api = run_vigie(live, tmp_path / "live", AS_OF)
    mailchimp_company.write_extracts(server, tmp_path)
    extracts = tmp_path / "extracts.yaml"
    extracts.write_text(
        COMPANY + f"  - name: mail\n    type: files\n    tables:{mailchimp_company.TABLES}", encoding="utf-8"
    )
    of_files = run_vigie(extracts, tmp_path / "extracts", AS_OF)
    kpis, differing = compared(of_api, of_files)
    assert differing == []
    assert {"email_open_rate", "bounce_rate", "average_order_value"} <= kpis
    assert not _found_in(tmp_path / "live", KEY)


def compared(one: Path, other: Path) -> tuple[set[str], list[tuple[object, ...]]]:
    """Returns the KPIs of both published files, and the rows that only one of them has."""
    with duckdb.connect() as connection:
        for name, path in (("one", one), ("other", other)):
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        values = {
            name: f"(SELECT COLUMNS(c -> c NOT IN ('computed_at')) FROM {name}.fct_kpi WHERE {_OF_LOADS.format(db=name)})"
            for name in ("one", "other")
        }
        kpis = {
            kpi
            for (kpi,) in connection.execute(
                f"SELECT DISTINCT kpi FROM {values['one']} INTERSECT SELECT DISTINCT kpi FROM {values['other']}"
            ).fetchall()
        }
        differing = connection.execute(
            f"SELECT 'api', * FROM (FROM {values['one']} EXCEPT ALL FROM {values['other']})"
            f" UNION ALL SELECT 'files', * FROM (FROM {values['other']} EXCEPT ALL FROM {values['one']}) LIMIT 20"
        ).fetchall()
    return kpis, differing


def _found_in(home: Path, secret: str) -> list[Path]:
    """Returns the files below a folder that hold a secret."""
    return [
        Path(folder) / name
        for folder, _, names in os.walk(home)
        for name in names
        if secret.encode() in (Path(folder) / name).read_bytes()
    ]
