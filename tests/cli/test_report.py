"""The report of a pass says what each step did, what failed, and which rows were quarantined."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.cli.render.report import Snapshot, progress_text, report_as_json, report_parts, scorecard_table
from pipelines.kpis.formatting import Language
from pipelines.orchestration.run import PassReport, StepReport
from pipelines.services.outages import Outcome
from pipelines.settings import Company, Settings
from pipelines.storage.home import Home
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from pipelines.warehouse.readings import Score

AS_OF = datetime(2026, 1, 5, 5, tzinfo=UTC)
SETTINGS = Settings(company=Company(name="Lumen [bold]", timezone="Europe/Paris"))


def step(job: str, *, succeeded: bool = True, **metadata: object) -> StepReport:
    return StepReport(job=job, run_id="r1", succeeded=succeeded, seconds=1.25, metadata={"raw/shop/order": metadata})


def rendered(home: Path, *steps: StepReport, snapshot: Snapshot | None = None) -> str:
    console = Console(width=160)
    report = PassReport(as_of=AS_OF, steps=list(steps))
    with console.capture() as capture:
        for part in report_parts(
            report, snapshot or Snapshot([], [], []), SETTINGS, {}, home=Home(home), base=home, width=160
        ):
            console.print(part, soft_wrap=True)
    return capture.get()


def test_report_begins_with_the_company_and_its_local_time(tmp_path: Path) -> None:
    assert rendered(tmp_path).splitlines()[1] == "Lumen [bold], as of 2026-01-05 06:00 CET"


def test_each_step_has_a_summary(tmp_path: Path) -> None:
    skipped = step("transform")
    skipped.was_needed = False
    output = rendered(
        tmp_path,
        step("ingest", new_files=1, unchanged_files=2, new_rows=1_000),
        skipped,
        step("watch", series_evaluated=3, fired=1, severity_changed=2, resolved=0, new_messages=2),
        step("deliver", sent=4, waiting=1, failed=1),
        step("publish", **{"dagster/row_count": 5_000, "is_new": True}),
        step("export_weekly", path=str(tmp_path / "weekly [1].csv")),
    )
    for line in (
        "loading extracts                     1.2 s  1 new file, 2 unchanged, 1,000 new rows",
        "building and testing the KPI tables  1.2 s  up to date",
        "evaluating the rules                 1.2 s  3 series: 1 fired, 2 changed severity, 0 resolved, 2 messages",
        "delivering messages                  1.2 s  4 sent, 2 not delivered",
        "publishing the tables                1.2 s  5,000 rows",
        f"export weekly                        1.2 s  {tmp_path}/weekly [1].csv",
    ):
        assert f"✓  {line}" in output


def test_the_report_is_in_the_language_of_the_company(tmp_path: Path) -> None:
    company = Company.model_validate({"name": "Lumen", "timezone": "Europe/Paris", "language": "fr"})
    steps = [
        step("ingest", new_files=1, unchanged_files=0, new_rows=1_000, quarantined_rows=2),
        step("watch", series_evaluated=3, fired=1, severity_changed=0, resolved=2),
        step("export_weekly", path="weekly.csv"),
    ]
    steps[0].failures = [
        Outcome("source", "shop order", "no file matches a.csv"),
        Outcome("source", "crm", "the token was refused"),
    ]
    steps[0].warnings = ["order amount: probably wrong"]
    (tmp_path / "published").mkdir()
    (tmp_path / "published/kpi.duckdb").touch()
    console = Console(width=160)
    with console.capture() as capture:
        for part in report_parts(
            PassReport(as_of=AS_OF, steps=steps),
            Snapshot([], [], []),
            Settings(company=company),
            {},
            home=Home(tmp_path),
            base=tmp_path,
            width=160,
        ):
            console.print(part, soft_wrap=True)
    words = " ".join(capture.get().split())
    for text in (
        "Lumen, au 2026-01-05 06:00 CET",
        "chargement des extraits 1,2 s 1 nouveau fichier, 0 inchangé, 1 000 nouvelles lignes, 2 en quarantaine",
        "évaluation des règles 1,2 s 3 séries : 1 déclenchée, 0 de gravité modifiée, 2 résolues",
        "export weekly 1,2 s",
        "✗ source shop order : aucun fichier ne correspond à a.csv",
        "✗ source crm : (motif en anglais) the token was refused",
        "Avertissements (en anglais) : ! order amount: probably wrong",
        "! 2 lignes en quarantaine, motifs (en anglais) dans",
        "Aucune alerte en cours.",
        "Résultats tables pour outils de BI",
    ):
        assert text in words


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "building and testing the KPI tables: 12 of 143 models and tests"),
        ("fr", "calcul et contrôle des indicateurs\u00a0: 12 sur 143 modèles et tests"),
    ],
)
def test_the_progress_of_a_build_has_counts(language: Language, text: str) -> None:
    assert progress_text("transform", 12, 143, language) == text
    assert progress_text("export_weekly", 0, 0, language) == "export weekly"


def test_a_narrow_terminal_keeps_each_kpi_on_one_line() -> None:
    kpis = load_catalogue(project_folder() / "target")
    scores = [Score(name, AS_OF.date(), 0.5, 0.5, 0.5, 0.5, 5, "none") for name in kpis]
    for language in ("en", "fr"):
        company = Company.model_validate({"name": "Lumen", "language": language})
        console = Console(width=80)
        with console.capture() as capture:
            console.print(scorecard_table(scores, company, kpis, width=80))
        families = len({kpi.family for kpi in kpis.values()})
        lines = capture.get().splitlines()
        assert max(map(len, lines)) <= 80
        # A title, a heading, the families, and a line a KPI; one in ten may have a long name.
        assert len(lines) <= 2 + families + len(kpis) + len(kpis) // 10


def test_a_share_that_is_always_one_as_a_whole_is_not_in_the_scorecard(tmp_path: Path) -> None:
    kpis = load_catalogue(project_folder() / "target")
    assert [name for name, kpi in kpis.items() if kpi.is_constant_as_a_whole] == ["channel_share"]
    scores = [Score(name, AS_OF.date(), 1.0, None, None, None, 3, "none") for name in ("channel_share", "csat")]
    console = Console(width=160)
    with console.capture() as capture:
        for part in report_parts(
            PassReport(as_of=AS_OF),
            Snapshot(scores, [], []),
            SETTINGS,
            kpis,
            home=Home(tmp_path),
            base=tmp_path,
            width=160,
        ):
            console.print(part)
    assert "Customer satisfaction" in capture.get()
    assert "Channel share" not in capture.get()


def test_filtered_and_quarantined_rows_are_counted_in_the_summary(tmp_path: Path) -> None:
    output = rendered(tmp_path, step("ingest", new_files=1, new_rows=5, filtered_rows=3, quarantined_rows=2))
    assert "1 new file, 0 unchanged, 5 new rows, 3 filtered, 2 quarantined" in output


def test_a_file_that_fills_two_entities_is_one_file(tmp_path: Path) -> None:
    ingest = step("ingest", new_files=1, unchanged_files=1, new_rows=5)
    ingest.metadata["raw/shop/survey_response"] = {
        "new_files": 1, "new_files_of_other_streams": 1,
        "unchanged_files": 1, "unchanged_files_of_other_streams": 1, "new_rows": 2,
    }  # fmt: skip
    assert "1 new file, 1 unchanged, 7 new rows" in rendered(tmp_path, ingest)


def test_rules_without_data_are_named(tmp_path: Path) -> None:
    watched = step("watch", series_evaluated=9, no_data=3, no_data_by_rule={"csat-floor": 2, "basket": 1})
    assert "9 series: 0 fired, 0 changed severity, 0 resolved, 3 without data (csat-floor, basket)" in rendered(
        tmp_path, watched
    )


def test_failures_have_their_reason_and_mark_the_step(tmp_path: Path) -> None:
    failed = step("ingest", succeeded=False)
    failed.failures.append(Outcome("source", "shop", "the file is not readable\nset its permissions"))
    failed.warnings.append("one file is empty")
    lines = rendered(tmp_path, failed).splitlines()
    assert any(line.startswith("✗  loading extracts") for line in lines)
    start = lines.index("✗ source shop:")
    assert lines[start + 1 : start + 4] == [
        "    the file is not readable",
        "    set its permissions",
        "! one file is empty",
    ]


def test_quarantined_rows_are_reported_with_the_most_frequent_reasons_first(tmp_path: Path) -> None:
    refusals = [
        {
            "column": "amount" if rows % 2 else None,
            "rows": rows,
            "reason": f"reason {rows}",
            "file": "a/b.csv",
            "row": 7,
        }
        for rows in range(1, 8)
    ]
    lines = rendered(
        tmp_path, step("ingest", quarantined_rows=28, rows_left_out=30, quarantined_because=refusals)
    ).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("! 28 rows quarantined"))
    assert lines[start + 1] == "    7 of shop order amount: reason 7 (first in b.csv, row 7)"
    assert lines[start + 2] == "    6 of shop order: reason 6 (first in b.csv, row 7)"
    assert lines[start + 6] == "    and 2 more reasons"
    assert lines[start + 7].startswith("! 2 rows of files loaded earlier still quarantined")


def test_missing_values_are_explained(tmp_path: Path) -> None:
    snapshot = Snapshot([], [], [], "The KPI tables are not built yet.")
    output = rendered(tmp_path, snapshot=snapshot)
    assert "The KPI tables are not built yet." in output
    assert "Scorecard" not in output
    assert "No open alerts." in output


def test_json_has_the_steps_and_the_open_alerts(tmp_path: Path) -> None:
    report = PassReport(as_of=AS_OF, steps=[step("ingest", new_rows=3), step("transform", rows=9)])
    found = report_as_json(report, [{"alert_id": "1"}], SETTINGS, Home(tmp_path))
    assert (found["company"], found["as_of"], found["succeeded"]) == ("Lumen [bold]", AS_OF.isoformat(), True)
    assert found["open_alerts"] == [{"alert_id": "1"}]
    ingest, transform = found["steps"]  # type: ignore[misc]
    assert (ingest["job"], ingest["seconds"], ingest["assets"]) == ("ingest", 1.25, {"raw/shop/order": {"new_rows": 3}})
    assert transform["assets"] == {}
