"""A company folder for tests: settings, extracts and home, with the command line run on them."""

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


# How long a pass may take on a busy machine.
TIMEOUT_SECONDS = 600.0


@dataclass(frozen=True)
class Company:
    """The folder of a company, with its settings, extracts, home and sent messages."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "var"

    def write_settings(self, settings: str = SETTINGS) -> None:
        (self.folder / "extracts").mkdir(parents=True, exist_ok=True)
        (self.folder / "settings.yaml").write_text(settings, encoding="utf-8")

    def write_extract(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        rows = list(rows)
        with (self.folder / "extracts" / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def vigie(self, *arguments: str) -> Result:
        """Runs a command of the command line in this process; returns its result."""
        return CliRunner().invoke(
            app, [*arguments, "--settings", str(self.folder / "settings.yaml"), *self._home(arguments)]
        )

    def _home(self, arguments: Sequence[str]) -> list[str]:
        return [] if arguments[0] == "check" else ["--home", str(self.home)]

    def run(self, as_of: datetime) -> dict[str, Any]:
        """Runs one pass; returns its report, with `exit_code` and `output`."""
        result = self.vigie("run", "--json", "--as-of", as_of.isoformat())
        assert result.exit_code in (0, 1), result.output
        return {**json.loads(result.stdout), "exit_code": result.exit_code, "output": result.output}

    def start(self, as_of: datetime) -> "RunningPass":
        """Starts one pass in a process group of its own."""
        return RunningPass(
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
        """Returns the messages that a file channel has delivered, in their order."""
        path = self.folder / "out" / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def published(self, query: str) -> list[tuple[Any, ...]]:
        """Returns the result of a query on the published tables."""
        with duckdb.connect(str(self.home / "published/kpi.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()


@dataclass(frozen=True)
class RunningPass:
    """A pass in another process."""

    process: subprocess.Popen[str]
    home: Path

    def wait(self) -> dict[str, Any]:
        """Waits for its end; returns its report, with `exit_code` and `output`."""
        output, errors = self.process.communicate(timeout=TIMEOUT_SECONDS)
        report = json.loads(output) if output.startswith("{") else {}
        return {**report, "exit_code": self.process.returncode, "output": output + errors}

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Waits until a condition is true; fails if the pass ends before."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "the condition did not become true"
            try:
                self.process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"the pass ended too early: {self.process.communicate()}")

    def dbt_processes(self) -> list[int]:
        """Returns the processes other than the pass itself that have its warehouse open."""
        return [process for process in users_of(self.home / "warehouse.duckdb") if process != self.process.pid]

    def is_building(self) -> bool:
        """Whether dbt is writing: the write-ahead log has changes that the warehouse does not have yet."""
        log = self.home / "warehouse.duckdb.wal"
        return bool(self.dbt_processes()) and log.exists() and log.stat().st_size > 0


def users_of(file: Path) -> list[int]:
    """Returns the processes that have a file open (Linux only)."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                if any(entry.readlink() == file.resolve() for entry in (process / "fd").iterdir()):
                    found.append(int(process.name))
            except OSError:
                # The process has ended in the meantime.
                continue
    return found


def orders(first: date, days: int, *, amount: str = "100.10") -> list[dict[str, object]]:
    """Returns two orders a day, by 17 customers in turn."""
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
    """Returns `of` answers a week: `positive` of them have score 5, the others score 1."""
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
    """Returns one ticket a day, with a first response after an hour and a resolution after a day."""
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
