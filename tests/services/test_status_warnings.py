"""Statuses of orders in another language are a warning, unless the settings name what does not count."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelines.services.doctor import examine
from pipelines.services.ingest import ingest_source
from pipelines.services.installation import Installation
from pipelines.services.preview import preview_source

SETTINGS = """
company: {{name: Lumen}}
kpis: {{{kpis}}}
sources:
  - name: shop
    type: files
    tables:
      - {{entity: order, path: orders.csv}}
      - {{entity: ticket, path: tickets.csv}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = "1,c1,2025-01-05,10,Bezahlt\n2,c2,2025-01-06,20,Storniert\n"
    (tmp_path / "orders.csv").write_text(f"order_id,customer_id,ordered_at,amount,status\n{rows}", encoding="utf-8")
    tickets = "ticket_id,created_at,status\n1,2025-01-05,Offen\n"
    (tmp_path / "tickets.csv").write_text(tickets, encoding="utf-8")
    return tmp_path


def foreign(folder: Path, kpis: str) -> Sequence[list[str]]:
    """Returns the tables whose statuses are reported: by a preview, by doctor, by an ingest."""
    (folder / "settings.yaml").write_text(SETTINGS.format(kpis=kpis), encoding="utf-8")
    installation = Installation(folder / "settings.yaml", folder / "home")
    [source] = installation.settings().sources
    previewed = [
        preview.entity
        for preview in preview_source(installation, source)
        if any(warning.problem == "foreign_statuses" for warning in preview.warnings)
    ]
    [found] = [each for each in examine(installation) if each.subject == "source shop"]
    examined = [remark.split()[0] for remark in found.remarks if "known English or French word" in remark]
    ingested = [
        result.report.stream
        for result in ingest_source(installation, source, {"order", "ticket"})
        if any("known English or French word" in warning for warning in result.warnings)
    ]
    return previewed, examined, ingested


@pytest.mark.parametrize(
    ("kpis", "expected"),
    [
        ("", ["order", "ticket"]),
        # Statuses that are excluded anyway are no answer.
        ("revenue: {excluded_statuses: [cancelled, Refunded]}", ["order", "ticket"]),
        ("revenue: {excluded_statuses: [cancelled, storniert]}", ["ticket"]),
        # One list for all KPIs, whichever of them has it.
        ("average_order_value: {excluded_statuses: [storniert]}", ["ticket"]),
    ],
)
def test_an_own_list_of_statuses_answers_the_warning(folder: Path, kpis: str, expected: list[str]) -> None:
    for found in foreign(folder, kpis):
        assert found == expected


def test_the_warning_of_an_earlier_load_is_answered_as_well(folder: Path) -> None:
    assert foreign(folder, "")[2] == ["order", "ticket"]
    assert foreign(folder, "revenue: {excluded_statuses: [storniert]}")[2] == ["ticket"]
