"""A small company on disk, and the command line run on it in this process."""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from typer.testing import CliRunner, Result

from pipelines.cli import app

SETTINGS = """
company: {name: Company, timezone: Europe/Paris, currency: EUR}
sources:
  - name: shop
    type: files
    tables:
      - {entity: order, path: extracts/orders-*.csv}
  - name: surveys
    type: files
    tables:
      - {entity: survey_response, path: extracts/answers-*.csv}
  - name: desk
    type: files
    tables:
      - {entity: ticket, path: extracts/tickets.csv}
rules:
  - {name: csat-floor, kpi: csat, grain: week, by: channel, below: {warn: 80%, critical: 60%}, min_sample: 5, notify: [log]}
channels:
  log: {type: file, path: out/messages.jsonl}
  operators: {type: file, path: out/operators.jsonl}
exports:
  - {name: weekly, schedule: "0 7 * * 1", format: csv, kpis: [csat, revenue], grain: week, periods: 4, to: {path: out/exports/}}
kpis: {csat: {target: 85%}}
"""


# How long a pass may take on a machine that does other things besides (seconds).
PATIENCE = 600.0


@dataclass(frozen=True)
class Company:
    """The folder of a company; its extracts, its home and what it sends lie in it."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "var"

    def settle(self, settings: str = SETTINGS) -> None:
        (self.folder / "extracts").mkdir(parents=True, exist_ok=True)
        (self.folder / "settings.yaml").write_text(settings, encoding="utf-8")

    def extract(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        rows = list(rows)
        with (self.folder / "extracts" / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def vigie(self, *arguments: str) -> Result:
        return CliRunner().invoke(
            app, [*arguments, "--settings", str(self.folder / "settings.yaml"), *self._home(arguments)]
        )

    def _home(self, arguments: Sequence[str]) -> list[str]:
        return [] if arguments[0] == "check" else ["--home", str(self.home)]

    def run(self, as_of: datetime) -> dict[str, Any]:
        """One pass; its report, with `exit_code` and `output`."""
        result = self.vigie("run", "--json", "--as-of", as_of.isoformat())
        assert result.exit_code in (0, 1), result.output
        return {**json.loads(result.stdout), "exit_code": result.exit_code, "output": result.output}

    def start(self, as_of: datetime) -> "Pass":
        """One pass in a process group of its own."""
        return Pass(
            subprocess.Popen(
                [
                    str(Path(sys.executable).with_name("vigie")), "run", "--json", "--as-of", as_of.isoformat(),
                    "--settings", str(self.folder / "settings.yaml"), "--home", str(self.home),
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            ),
            self.home,
        )  # fmt: skip

    def messages(self, name: str = "messages") -> list[dict[str, Any]]:
        path = self.folder / "out" / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def published(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home / "published/kpi.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()


@dataclass(frozen=True)
class Pass:
    """A pass that runs beside the test."""

    process: subprocess.Popen[str]
    home: Path

    def ended(self) -> dict[str, Any]:
        """Its report, with `exit_code` and `output`; if it has none, `output` says why."""
        told, said = self.process.communicate(timeout=PATIENCE)
        report = json.loads(told) if told.startswith("{") else {}
        return {**report, "exit_code": self.process.returncode, "output": told + said}

    def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something to be the case while the pass runs."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            try:
                self.process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"the pass ended too early: {self.process.communicate()}")

    def dbt(self) -> list[int]:
        """The processes other than the pass itself that have its warehouse open."""
        return [process for process in users_of(self.home / "warehouse.duckdb") if process != self.process.pid]

    def is_building(self) -> bool:
        """Whether dbt is amid its writing: there is something in the log that it has not put into the warehouse."""
        log = self.home / "warehouse.duckdb.wal"
        return bool(self.dbt()) and log.exists() and log.stat().st_size > 0


def users_of(file: Path) -> list[int]:
    """The processes that have a file open, as Linux tells."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                if any(entry.readlink() == file.resolve() for entry in (process / "fd").iterdir()):
                    found.append(int(process.name))
            except OSError:
                # It has ended meanwhile.
                continue
    return found


def orders(first: date, days: int, *, amount: str = "100.10") -> list[dict[str, object]]:
    """Two orders a day by customers who take turns."""
    return [
        {
            "order_id": f"{first + timedelta(days=day):%Y%m%d}-{number}",
            "customer_id": f"c{(day * 2 + number) % 17}",
            "ordered_at": f"{first + timedelta(days=day)}T1{number}:00:00",
            "amount": amount,
            "status": "paid",
        }
        for day in range(days)
        for number in range(2)
    ]


def answers(monday: date, weeks: int, *, positive: int, of: int = 10, channel: str = "chat") -> list[dict[str, object]]:
    """`of` answers a week, of which `positive` are fives and the others ones."""
    return [
        {
            "response_id": f"{channel}-{monday + timedelta(weeks=week)}-{number}",
            "kind": "csat",
            "answered_at": f"{monday + timedelta(weeks=week, days=number % 7)}T12:00:00",
            "score": 5 if number < positive else 1,
            "channel": channel,
        }
        for week in range(weeks)
        for number in range(of)
    ]


def tickets(monday: date, weeks: int) -> list[dict[str, object]]:
    """Seven tickets a week, answered after an hour and resolved after a day."""
    found = []
    for day in range(weeks * 7):
        created = datetime.combine(monday + timedelta(days=day), datetime.min.time()) + timedelta(hours=9)
        found.append(
            {
                "ticket_id": f"t{day}",
                "created_at": created.isoformat(),
                "first_response_at": (created + timedelta(hours=1)).isoformat(),
                "resolved_at": (created + timedelta(days=1)).isoformat(),
                "channel": "email",
                "status": "solved",
            }
        )
    return found
