"""Whole passes on a HubSpot account give the same KPIs as the same company as extract files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.orchestration.company import Company
from tests.vendors.hubspot.account import change, extracts, fill, open_account
from tests.vendors.hubspot.hubspot_server import TOKEN, HubSpotServer
from tests.vendors.vendor_server import Fault

FIRST = datetime(2025, 10, 20, 7, tzinfo=UTC)
SECOND = datetime(2025, 11, 3, 7, tzinfo=UTC)
BEGUN = SECOND - timedelta(days=240)
HEAD = "company: {name: Company, timezone: Europe/Paris, currency: EUR}\nsources:\n"
# What depends on when and how something was loaded, not on what is there.
_OF_LOADING = "('freshness', 'error_rate')"

pytestmark = pytest.mark.acceptance


def test_the_account_and_its_extracts_give_the_same_kpis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_TOKEN", TOKEN)
    account, files = Company(tmp_path / "account"), Company(tmp_path / "files")
    server = HubSpotServer(FIRST - timedelta(minutes=1))
    open_account(server)
    fill(server, BEGUN, range(1, 226))
    server.archive("contacts", 5)
    with server.running():
        source = f'{{name: crm, type: hubspot, token: "${{HUBSPOT_TOKEN}}", base_url: "{server.url}"}}'
        account.write_settings(f"{HEAD}  - {source}\n")
        server.faults = [Fault(hangs_up=True), Fault(is_cut=True)]
        assert account.run(FIRST)["exit_code"] == 0
        fill(server, BEGUN, range(226, 240))
        change(server, SECOND - timedelta(minutes=1))
        report = account.run(SECOND)
        assert report["exit_code"] == 0, report["output"]

    rows = extracts(server)
    tables = "".join(f"      - {{entity: {name}, path: extracts/{name}.csv}}\n" for name in rows)
    files.write_settings(f"{HEAD}  - name: crm\n    type: files\n    tables:\n{tables}")
    for name, of_entity in rows.items():
        files.write_extract(f"{name}.csv", of_entity)
    assert files.run(SECOND)["exit_code"] == 0

    query = f"""
        SELECT kpi, grain, period_start, segment_type, segment, numerator, denominator, value, sample_size
        FROM fct_kpi WHERE kpi NOT IN {_OF_LOADING} ORDER BY ALL
    """
    found, expected = set(account.published(query)), set(files.published(query))
    assert {row[0] for row in found} >= {"win_rate", "lead_conversion_rate", "email_open_rate_human", "ticket_age"}
    assert sorted(found ^ expected)[:20] == []

    kept = b"".join(path.read_bytes() for path in account.folder.rglob("*") if path.is_file())
    assert TOKEN.encode() not in kept
