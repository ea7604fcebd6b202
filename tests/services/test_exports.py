"""Exports through channels: the file arrives once, whatever happens on the way."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from export_home import AS_OF, TICK, Mailbox, mail_server, small_installation

from pipelines.export.formats import html
from pipelines.services import exports
from pipelines.services.deliver import deliver_messages
from pipelines.services.installation import Installation

ROOT = Path(__file__).parents[2]
# Runs the export and its delivery as a pass does, and kills itself where the argument says.
KILLED = """
import os, signal, sys
sys.path.insert(0, "tests/services")
from pathlib import Path
from export_home import AS_OF, TICK
from pipelines.export import destination
from pipelines.ledger import Ledger
from pipelines.services import deliver, exports
from pipelines.services.installation import Installation

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def killed_after(owner, name):
    work = getattr(owner, name)
    def do(*arguments, **named):
        done = work(*arguments, **named)
        kill()
        return done
    setattr(owner, name, do)

place = sys.argv[2]
folder = destination._Folder
match place:
    case "before the file":
        folder.put = kill
    case "after the file":
        killed_after(folder, "put")
    case "before the record":
        Ledger.record_export = kill
    case "after the record":
        killed_after(Ledger, "record_export")
    case "before the delivery":
        deliver.deliver_messages = kill
    case "after the claim":
        killed_after(Ledger, "claim")
installation = Installation(Path(sys.argv[1]) / "settings.yaml", Path(sys.argv[1]) / "var", AS_OF)
with installation.ledger() as ledger:
    for export, tick in exports.due_exports(installation, ledger):
        exports.write(installation, ledger, export, tick)
    deliver.deliver_messages(installation, ledger)
"""
PLACES = (
    "before the file", "after the file", "before the record", "after the record", "before the delivery",
    "after the claim", "nowhere",
)  # fmt: skip


@pytest.fixture
def mail() -> Iterator[tuple[int, Mailbox]]:
    with mail_server() as running:
        yield running


def run_pass(installation: Installation) -> list[str]:
    """Writes what is due and delivers it; returns the names of the exports that were due."""
    with installation.ledger() as ledger:
        due = list(exports.due_exports(installation, ledger))
        for export, tick in due:
            exports.write(installation, ledger, export, tick)
        deliver_messages(installation, ledger)
    return [export.name for export, _ in due]


def later(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the leases of killed processes end."""
    moment = installation.wall_clock() + timedelta(minutes=30)
    monkeypatch.setattr(Installation, "wall_clock", lambda _: moment)


def test_the_file_is_attached_to_one_mail(mail: tuple[int, Mailbox], tmp_path: Path) -> None:
    port, mailbox = mail
    installation = small_installation(tmp_path, port=port, format="xlsx")
    assert run_pass(installation) == ["weekly"]
    [received] = mailbox.mails
    [attached] = received.iter_attachments()
    assert attached.get_filename() == "weekly-2026-03-30T0700.xlsx"
    assert attached.get_content_type() == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    manifest = json.loads((installation.home.attachments / "weekly-2026-03-30T0700.xlsx.manifest.json").read_text())
    assert hashlib.sha256(attached.get_content()).hexdigest() == manifest["sha256"]
    assert received["Subject"] == "Report: weekly, week of 23 March 2026 (W13)"
    body = received.get_body(("plain",))
    assert body is not None
    assert "The file weekly-2026-03-30T0700.xlsx is attached." in body.get_content().replace("\u200c", "")
    assert "Off target: Customer satisfaction (CSAT)" in body.get_content()
    # Once a tick: neither the next pass nor a command by hand sends it again.
    assert run_pass(installation) == []
    with installation.ledger() as ledger:
        [export] = installation.settings().exports
        exports.write(installation, ledger, export, TICK)
        deliver_messages(installation, ledger)
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("place", PLACES)
def test_a_killed_export_arrives_once(
    mail: tuple[int, Mailbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    port, mailbox = mail
    installation = small_installation(tmp_path, port=port)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), place], cwd=ROOT, check=False)
    assert killed.returncode == (0 if place == "nowhere" else -signal.SIGKILL)
    later(installation, monkeypatch)
    run_pass(installation)
    run_pass(installation)
    [received] = mailbox.mails
    [attached] = received.iter_attachments()
    assert attached.get_content().startswith("\ufeffkpi,label,unit")
    assert {path.name for path in installation.home.attachments.iterdir()} == {
        "weekly-2026-03-30T0700.csv",
        "weekly-2026-03-30T0700.csv.manifest.json",
    }


def test_the_outbox_has_the_name_of_the_file_and_not_its_content(tmp_path: Path) -> None:
    installation = small_installation(tmp_path)
    with installation.ledger() as ledger:
        [export] = installation.settings().exports
        exports.write(installation, ledger, export, TICK)
        [waiting] = ledger.undelivered(installation.wall_clock())
    assert waiting.item.record["attachment"] == {
        "path": "attachments/weekly-2026-03-30T0700.csv",
        "name": "weekly-2026-03-30T0700.csv",
        "media_type": "text/csv",
    }
    assert (installation.home.attachments / "weekly-2026-03-30T0700.csv").stat().st_mode & 0o077 == 0


def test_old_files_are_removed_unless_a_message_still_needs_them(mail: tuple[int, Mailbox], tmp_path: Path) -> None:
    port, mailbox = mail
    installation = small_installation(tmp_path, port=port)

    def write(weeks: int) -> None:
        with installation.ledger() as ledger:
            [export] = installation.settings().exports
            exports.write(installation, ledger, export, TICK + timedelta(weeks=weeks))

    def files() -> list[str]:
        return sorted(path.name for path in installation.home.attachments.glob("*.csv"))

    for week in range(8):
        write(week)
    assert len(files()) == 8
    with installation.ledger() as ledger:
        deliver_messages(installation, ledger)
    assert len(mailbox.mails) == 8
    write(8)
    # The five latest, of which the last one waits for its delivery.
    assert [name[7:17] for name in files()] == ["2026-04-27", "2026-05-04", "2026-05-11", "2026-05-18", "2026-05-25"]


def test_a_file_that_is_gone_is_a_failure_for_good(mail: tuple[int, Mailbox], tmp_path: Path) -> None:
    port, mailbox = mail
    installation = small_installation(tmp_path, port=port)
    with installation.ledger() as ledger:
        [export] = installation.settings().exports
        exports.write(installation, ledger, export, TICK)
        (installation.home.attachments / "weekly-2026-03-30T0700.csv").unlink()
        report = deliver_messages(installation, ledger)
    assert (report.failed, mailbox.mails) == (1, [])
    assert "cannot read the file" in report.problems[0]


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out" / "messages.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_record_of_a_file_channel_is_the_public_one(tmp_path: Path) -> None:
    installation = small_installation(tmp_path, channels="log")
    run_pass(installation)
    [record] = records(tmp_path)
    assert (record["kind"], record["period_start"], record["grain"]) == ("export", "2026-03-23", "week")
    assert not {"attachment", "content"} & set(record)


@pytest.mark.parametrize(
    ("language", "title", "lines"),
    [
        (
            "en",
            "Digest: 1 off target, week of 23 March 2026 (W13)",
            [
                "Week of 23 March 2026 (W13): the one KPI with a target or benchmark is off target, 1 has improved and "
                "no alert is open.",
                "Customer satisfaction (CSAT): off target at 66%, target 85% (was 75% the week before)",
                "Revenue: improved to €150 (was €120 the week before)",
            ],
        ),
        (
            "fr",
            "Résumé : 1 hors objectif, semaine du 23 mars 2026 (S13)",
            [
                "Semaine du 23 mars 2026 (S13) : le seul indicateur avec objectif ou référence est hors objectif, 1 s'est "
                "amélioré et aucune alerte n'est en cours.",
                "Satisfaction client (CSAT) : hors objectif à 66 %, objectif 85 % (contre 75 % la semaine précédente)",
                "Chiffre d'affaires : amélioration à 150 € (contre 120 € la semaine précédente)",
            ],
        ),
    ],
)
def test_a_digest_goes_to_every_channel_once(
    mail: tuple[int, Mailbox], tmp_path: Path, language: str, title: str, lines: list[str]
) -> None:
    port, mailbox = mail
    installation = small_installation(tmp_path, port=port, format="digest", channels="[heads, log]", language=language)
    for _ in range(2):
        run_pass(installation)
    [record] = records(tmp_path)
    plain = {name: record[name].replace("\u00a0", " ").replace("\u202f", " ") for name in ("title", "text")}
    assert (record["kind"], plain["title"], plain["text"].splitlines()) == ("digest", title, lines)
    [received] = mailbox.mails
    assert list(received.iter_attachments()) == []
    assert not installation.home.attachments.exists()
    # The next tick has a digest of its own.
    run_pass(replace(installation, as_of=AS_OF + timedelta(weeks=1)))
    assert [each["dedup_key"] for each in records(tmp_path)] == [
        "digest/weekly%202026-03-30T05%3A00%3A00%2B00%3A00/log",
        "digest/weekly%202026-04-06T05%3A00%3A00%2B00%3A00/log",
    ]


def test_a_missed_digest_comes_once(mail: tuple[int, Mailbox], tmp_path: Path) -> None:
    port, mailbox = mail
    installation = small_installation(tmp_path, port=port, format="digest")
    run_pass(installation)
    run_pass(replace(installation, as_of=AS_OF + timedelta(weeks=5, days=2)))
    assert len(mailbox.mails) == 2


def test_the_content_has_the_bounds_of_rules_and_what_they_say(tmp_path: Path) -> None:
    installation = small_installation(tmp_path, format="html")
    with installation.ledger() as ledger:
        [export] = installation.settings().exports
        content = exports.content_of(installation, ledger, export, TICK)
    bounds = [(bound.kpi, bound.severity, set(bound.thresholds.values())) for bound in content.bounds]
    assert bounds == [("csat", "critical", {0.7}), ("csat", "warn", {0.8})]
    assert (content.advice["csat-floor"].owner, content.advice["csat-floor"].action) == ("Support", "Call back.")


@pytest.mark.parametrize("side", ["worse", "both"])
def test_a_report_shows_the_usual_range_that_a_rule_watches(tmp_path: Path, side: str) -> None:
    installation = small_installation(tmp_path, format="html")
    path = tmp_path / "settings.yaml"
    rule = f"{{name: usual, kpi: csat, grain: week, baseline: {{side: {side}}}, notify: [log]}}"
    path.write_text(path.read_text(encoding="utf-8").replace("rules:\n", f"rules:\n  - {rule}\n", 1), encoding="utf-8")
    with duckdb.connect(str(installation.home.warehouse)) as connection:
        connection.execute(
            """
            insert into fct_kpi by name
            select 'csat' as kpi, 'week' as grain, (date '2026-03-02' - interval 7 day * week)::date as period_start,
                'all' as segment_type, 'all' as segment, 0.88 + 0.02 * sin(week * 1.7) as value,
                40 as sample_size, true as is_complete, now() as computed_at
            from range(1, 80) as weeks (week)
            """
        )
    with installation.ledger() as ledger:
        [export] = installation.settings().exports
        content = exports.content_of(installation, ledger, export, TICK)
    usual = content.usual["csat"]
    last = max(usual)
    low, high = usual[last]
    assert 0.6 < low < 0.88 < high <= 1.01
    # The end that the rule watches is where it fires.
    [bound] = [each for each in content.bounds if last in each.thresholds and each.thresholds[last] in (low, high)][:1]
    assert bound.thresholds[last] == (low if side == "worse" else bound.thresholds[last])
    page = html.render(content).decode()
    assert page.count("Usual range") == 1
    assert "revenue" not in content.usual
