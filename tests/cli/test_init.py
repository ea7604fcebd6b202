"""`vigie init` from files to KPIs: what it prints, what it refuses, and the KPIs of what it proposes."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from tests.sources.propose.products import PRODUCTS

DEALS = "Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount\n1,A,Closed Won,2025-01-02 10:00,Ann,10.50\n2,B,Closed Lost,2025-01-03 10:00,Ann,7\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deals-2025-03-01.csv").write_text(DEALS)
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*arguments])
    return result.exit_code, result.output


def test_it_says_what_it_found_and_what_to_do_next(folder: Path) -> None:
    status, output = run("init", "deals-2025-03-01.csv", "nothing.csv", "--to", "mine", "--home", "home")
    assert status == 0
    assert "nothing.csv does not exist; check the path" in output
    assert re.search(r"deals-2025-03-01.csv +HubSpot deals\n +hubspot +deal +6 columns", output)
    assert "vigie check --settings mine --home home" in output
    text = (folder / "mine/settings.yaml").read_text()
    assert 'path: "../deals-*.csv"' in text
    assert "created_at: " in text
    assert "# EDIT: until then the closing date, which makes sales_cycle 0 days; add Create Date to the export" in text
    assert run("check", "--settings", "mine", "--home", "home")[0] == 0


def test_every_line_to_edit_is_in_the_list_of_what_to_do(folder: Path) -> None:
    (folder / "traffic.csv").write_text("Sessions,Total users,Engaged sessions,Event count\n1,2,1,3\n")
    status, output = run("init", "deals-2025-03-01.csv", "traffic.csv", "--to", "mine", "--home", "home")
    assert status == 0
    lines = (folder / "mine/settings.yaml").read_text().splitlines()
    marked = [number for number, line in enumerate(lines, start=1) if "# EDIT: " in line]
    assert f"{len(marked)} lines marked EDIT: check them first." in output
    assert [int(number) for number in re.findall(r"(?m)^ +line (\d+) ", output)] == marked
    assert re.search(r"line \d+ +created_at +until then the closing date", output)
    assert re.search(r"line \d+ +timezone +this machine's time zone", output)
    (folder / "mine/settings.yaml").unlink()
    result = json.loads(run("init", "deals-2025-03-01.csv", "traffic.csv", "--to", "mine", "--json")[1])
    assert [edit["line"] for edit in result["edits"]] == marked
    assert result["lines_to_edit"] == len(marked)


def test_the_columns_that_nothing_reads_are_listed(folder: Path) -> None:
    (folder / "tickets.csv").write_text("Ticket ID,Created at,Priority,Wibble\n1,2025-02-01 10:00,High,x\n")
    _, output = run("init", "tickets.csv", "--to", "mine", "--home", "home")
    assert "not used: Wibble; `vigie entities ticket` lists what they could be" in output
    (folder / "mine/settings.yaml").unlink()
    [table] = json.loads(run("init", "tickets.csv", "--to", "mine", "--home", "home", "--json")[1])["tables"]
    assert table["unused"] == ["Wibble"]


def test_a_language_that_the_files_do_not_agree_on_is_to_be_checked(folder: Path) -> None:
    (folder / "devis.csv").write_text("Référence;Nom;Montant;Statut;Créée le\nA;B;10,00;Gagnée;13/01/2025\n")
    run("init", "deals-2025-03-01.csv", "devis.csv", "--to", "mixed", "--home", "home")
    assert (
        "# EDIT: en or fr: of messages and exports; the headers of 1 of 2 files are in this one"
        in (folder / "mixed/settings.yaml").read_text()
    )
    run("init", "devis.csv", "--to", "french", "--home", "home")
    assert "language: fr # sure: en or fr: of messages and exports" in (folder / "french/settings.yaml").read_text()


def test_the_time_zone_of_a_file_without_offsets_is_that_of_the_company(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Lima")
    (folder / "tickets.csv").write_text("Ticket ID,Created at,Priority\n1,2025-02-01 10:00,High\n")
    run("init", "tickets.csv", "--to", "mine", "--home", "home")
    text = (folder / "mine/settings.yaml").read_text()
    assert "timezone: America/Lima # EDIT: this machine's time zone" in text
    assert "# timezone: America/Lima # likely: times have no offset; if they are not the company's, name theirs" in text


def test_names_are_whole_on_a_narrow_terminal(folder: Path) -> None:
    name = "hubspot-crm-exports-all-deals-of-the-northern-region-2025-03-01.csv"
    (folder / "deals-2025-03-01.csv").rename(folder / name)
    code = "from pipelines.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "init", name, "--to", "mine", "--home", "home"],
        env=os.environ | {"COLUMNS": "80", "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=folder, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    words = done.stdout.split()
    assert {name, "HubSpot", "hubspot", "deal", "created_at", "timezone"} <= set(words)


def test_settings_that_exist_are_not_overwritten(folder: Path) -> None:
    (folder / "settings").mkdir()
    existing = folder / "settings/company.yaml"
    existing.write_text("company: {name: Mine}\n")
    status, output = run("init", "deals-2025-03-01.csv", "--home", "home")
    assert status == 2
    assert "settings has settings already (company.yaml), and they are not overwritten" in output
    assert [path.name for path in (folder / "settings").iterdir()] == ["company.yaml"]
    assert existing.read_text() == "company: {name: Mine}\n"


def test_nothing_is_written_if_no_file_can_be_read(folder: Path) -> None:
    (folder / "empty.csv").touch()
    status, output = run("init", "empty.csv", "--to", "mine", "--home", "home")
    assert status == 1
    assert "empty.csv is empty" in output
    assert not (folder / "mine").exists()


def test_exports_of_one_kind_are_one_table_and_decide_the_order_of_dates_together(folder: Path) -> None:
    header = "Ticket ID,Created at,Closed at,Priority,Status\n"
    (folder / "tickets-2025-01-01.csv").write_text(header + "1,01/02/2025 10:00,03/02/2025 10:00,High,closed\n")
    (folder / "tickets-2025-02-01.csv").write_text(header + "2,25/02/2025 10:00,26/02/2025 10:00,High,closed\n")
    status, _ = run("init", "tickets-2025-01-01.csv", "tickets-2025-02-01.csv", "--to", "mine", "--home", "home")
    text = (folder / "mine/settings.yaml").read_text()
    assert (status, text.count("- entity: ticket")) == (0, 1)
    assert 'path: "../tickets-*.csv"' in text
    assert 'datetime_format: "%d/%m/%Y %H:%M" # sure: day first: 25/2 is in the file' in text


def test_an_order_of_dates_that_nothing_decides_is_left_to_the_reader(folder: Path) -> None:
    (folder / "tickets.csv").write_text(
        "Ticket ID,Created at,Priority\n1,01/02/2025 10:00,High\n2,03/04/2025 10:00,Low\n"
    )
    run("init", "tickets.csv", "--to", "mine", "--home", "home")
    text = (folder / "mine/settings.yaml").read_text()
    assert '"%m/%d/%Y %H:%M" # EDIT: month first here; if the month and day are swapped: %d/%m/%Y %H:%M' in text


@pytest.mark.acceptance
def test_the_kpis_of_proposed_settings_are_those_that_pandas_computes(folder: Path) -> None:
    files = {}
    for product in PRODUCTS:
        if product.name in ("hubspot-deals", "zendesk", "shopify", "mailchimp"):
            files[product.name] = folder / f"{product.name}.csv"
            files[product.name].write_bytes(product.content()[0])
    assert run("init", *map(str, files.values()), "--to", "mine", "--home", "home")[0] == 0
    settings = folder / "mine/settings.yaml"
    settings.write_text(re.sub(r"timezone: \S+ # EDIT", "timezone: UTC # EDIT", settings.read_text()))
    as_of = datetime(2026, 2, 1, tzinfo=UTC).isoformat()
    status, output = run("run", "--settings", "mine", "--home", "home", "--as-of", as_of)
    assert status == 0, output
    with duckdb.connect(str(folder / "home/published/kpi.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select kpi, strftime(period_start, '%Y-%m'), value from fct_kpi"
            " where grain = 'month' and segment_type = 'all' and value is not null"
        ).fetchall()
    found = {(kpi, month): value for kpi, month, value in rows}
    for name, values in _by_pandas(files).items():
        expected = {(name, month): pytest.approx(value) for month, value in values.items()}
        assert expected
        assert {key: found.get(key) for key in expected} == expected


def _by_pandas(files: dict[str, Path]) -> dict[str, dict[str, float]]:
    """KPIs by month, from the files alone."""
    deals = pd.read_csv(files["hubspot-deals"])
    closed = deals[deals["Deal Stage"].isin(["Closed Won", "Closed Lost"])]
    tickets = pd.read_csv(files["zendesk"])
    tickets = tickets[tickets["Status"] != "Deleted"]
    rated = tickets[tickets["Satisfaction Score"].isin(["Good", "Bad"])]
    orders = pd.read_csv(files["shopify"])
    orders = orders[orders["Total"].notna() & orders["Cancelled at"].isna()]
    ordered_on = pd.to_datetime(orders["Created at"], utc=True).dt.strftime("%Y-%m")
    campaigns = pd.read_csv(files["mailchimp"], thousands=",")
    sent_on = pd.to_datetime(campaigns["Send Date"], format="mixed")
    totals = campaigns.groupby(sent_on.dt.strftime("%Y-%m")).sum(numeric_only=True)
    return {
        "email_open_rate": (totals["Unique Opens"] / totals["Total Recipients"]).to_dict(),
        "email_click_rate": (totals["Unique Clicks"] / totals["Unique Opens"]).to_dict(),
        "bounce_rate": (totals["Total Bounces"] / totals["Total Recipients"]).to_dict(),
        "win_rate": (closed["Deal Stage"] == "Closed Won").groupby(closed["Close Date"].str[:7]).mean().to_dict(),
        "ticket_volume": tickets.groupby(tickets["Created at"].str[:7]).size().to_dict(),
        "first_response_time": (tickets["First reply time in minutes"] * 60)
        .groupby(
            (
                pd.to_datetime(tickets["Created at"]) + pd.to_timedelta(tickets["First reply time in minutes"], "min")
            ).dt.strftime("%Y-%m")
        )
        .mean()
        .to_dict(),
        "csat": (rated["Satisfaction Score"] == "Good").groupby(rated["Solved at"].str[:7]).mean().to_dict(),
        "revenue": orders["Total"].groupby(ordered_on).sum().to_dict(),
    }
