"""A helpdesk on Zendesk, read through its API, has the KPIs of the same data as extract files."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.acceptance.test_live_equals_extracts import AS_OF, COMPANY, _found_in, compared
from tests.acceptance.vigie_run import run_vigie
from tests.vendors.zendesk import zendesk_company
from tests.vendors.zendesk.zendesk_server import EMAIL, TOKEN, ZendeskServer

pytestmark = pytest.mark.acceptance


def test_the_kpis_are_those_of_extract_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENDESK_TOKEN", TOKEN)
    now = AS_OF - timedelta(minutes=1)
    server = ZendeskServer(now)
    zendesk_company.fill(server, now)
    with server.running():
        live = tmp_path / "live.yaml"
        live.write_text(
            COMPANY
            + f'  - {{name: desk, type: zendesk, email: {EMAIL}, api_token: "${{ZENDESK_TOKEN}}",'
            + f' base_url: "{server.url}"}}\n',
            encoding="utf-8",
        )
        of_api = run_vigie(live, tmp_path / "live", AS_OF)
    zendesk_company.write_extracts(server, tmp_path)
    extracts = tmp_path / "extracts.yaml"
    extracts.write_text(
        COMPANY + f"  - name: desk\n    type: files\n    tables:{zendesk_company.TABLES}", encoding="utf-8"
    )
    of_files = run_vigie(extracts, tmp_path / "extracts", AS_OF)
    kpis, differing = compared(of_api, of_files)
    assert differing == []
    assert {"first_response_time", "first_contact_resolution_rate", "csat", "backlog", "ticket_age"} <= kpis
    assert not _found_in(tmp_path / "live", TOKEN)
