"""The three years of the demo company, morning by morning, through the live watch and the delivery.

The tables of most mornings are those of one build after the last day, cut at the morning; on some days a whole pass builds
them. After the last day, three months follow that go as those of the year before, so that every incident can end.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from typer.testing import CliRunner

from demo import generator, scenario
from pipelines.cli import app
from pipelines.services.deliver import deliver_messages
from pipelines.services.evaluate import evaluate_rules
from pipelines.services.installation import Installation

SETTINGS = Path(__file__).parents[2] / "settings"
ZONE = ZoneInfo(scenario.ZONE)
LAST_MORNING = date(2026, 4, 6)
# Mondays; the second and the third are the first mornings of a week after the clocks were changed.
WHOLE_PASSES = (date(2023, 6, 5), date(2024, 4, 1), date(2025, 10, 27), date(2026, 1, 5))

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]

# What a morning sees: periods that have begun; those are complete that have matured by then.
HISTORY = """
    create table history as
    with definitions as (
        select unnest($definitions::struct(kpi varchar, maturity_days integer)[], recursive := true)
    ),
    known as (
        select fct_kpi.*, definitions.maturity_days from fct_kpi inner join definitions using (kpi) where is_complete
    ),
    ends as (select kpi, grain, max(period_start) as last_period from known group by kpi, grain),
    later as (
        select known.* replace (
            case when grain in ('day', 'week') then period_start + 364 else period_start + interval 1 year end as period_start
        )
        from known where period_start >= date '2025-01-01'
    ),
    all_periods as (
        select * from known
        union all
        select later.* from later inner join ends using (kpi, grain) where later.period_start > ends.last_period
    )
    select
        * replace (cast(period_start as date) as period_start),
        case grain
            when 'day' then period_start + interval 1 day when 'week' then period_start + interval 7 day
            when 'month' then period_start + interval 1 month when 'quarter' then period_start + interval 3 month
            else period_start + interval 1 year
        end + to_days(maturity_days) as matures_on
    from all_periods
"""
MORNING = """
    create or replace view main.fct_kpi as
    select * exclude (matures_on, maturity_days) replace (matures_on <= date '{morning}' as is_complete)
    from history where period_start <= date '{morning}'
"""


class Company:
    """The demo company in a folder: its settings, its home, and the tables that the mornings are cut from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "settings"
        self.home = folder / "home"
        self.history = folder / "history.duckdb"
        shutil.copytree(SETTINGS, self.settings)
        generator.write(folder / "demo")

    def run(self, home: Path, morning: date) -> None:
        """A whole pass."""
        arguments = ["--settings", str(self.settings), "--home", str(home), "--as-of", at(morning).isoformat()]
        result = CliRunner().invoke(app, ["run", *arguments])
        assert result.exit_code == 0, result.output

    def build_history(self) -> None:
        """Builds the tables once, after the last day."""
        self.run(self.folder / "later", scenario.END_DAY)
        (self.folder / "later/warehouse.duckdb").rename(self.history)
        shutil.rmtree(self.folder / "later")
        (self.folder / "var/messages.jsonl").unlink()
        installation = Installation(self.settings, self.home)
        kpis = installation.kpis()
        watched = {rule.kpi for rule in installation.settings().rules}
        definitions = [{"kpi": name, "maturity_days": kpis[name].maturity_days} for name in sorted(watched)]
        with duckdb.connect(str(self.history)) as connection:
            connection.execute(HISTORY, {"definitions": definitions})
            connection.execute("drop table main.fct_kpi")

    def replay(self, morning: date) -> None:
        """Evaluates and delivers as a pass does, on the tables of a morning."""
        installation = Installation(self.settings, self.home, at(morning))
        warehouse = installation.home.warehouse
        built = warehouse.with_suffix(".built")
        with duckdb.connect(str(self.history)) as connection:
            connection.execute(MORNING.format(morning=morning))
        installation.home.create()
        if warehouse.exists():
            warehouse.rename(built)
        self.history.rename(warehouse)
        try:
            with installation.ledger() as ledger:
                evaluate_rules(installation, ledger, at(morning))
                deliver_messages(installation, ledger)
        finally:
            warehouse.rename(self.history)
            if built.exists():
                built.rename(warehouse)

    def messages(self) -> list[dict[str, Any]]:
        """The messages of all channels, in their order."""
        path = self.folder / "var/messages.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def at(morning: date) -> datetime:
    """Six o'clock at the company."""
    return datetime.combine(morning, time(6), ZONE)


def mornings() -> Iterator[date]:
    """All mornings since the first whole week."""
    day = scenario.FIRST_DAY + timedelta(weeks=1)
    while day <= LAST_MORNING:
        yield day
        day += timedelta(days=1)


def first_morning(company: Company, incident: scenario.PlannedIncident) -> date:
    """The morning on which the last period that an alert needs has matured."""
    installation = Installation(company.settings, company.home)
    [rule] = [rule for rule in installation.settings().rules if rule.name == incident.rule]
    end = incident.opened_period + rule.for_ * timedelta(days={"day": 1, "week": 7}[rule.grain])
    return end + timedelta(days=installation.kpis()[rule.kpi].maturity_days)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with pytest.MonkeyPatch.context() as environment:
        folder = tmp_path_factory.mktemp("years")
        environment.setenv("VIGIE_DEMO", str(folder / "demo"))
        company = Company(folder)
        company.build_history()
        yield company


@pytest.fixture(scope="module")
def received(company: Company) -> list[tuple[date, dict[str, Any]]]:
    """The messages with the mornings on which they arrived."""
    found: list[tuple[date, dict[str, Any]]] = []
    for morning in mornings():
        if morning in WHOLE_PASSES:
            company.run(company.home, morning)
            found += [(morning, message) for message in company.messages()[len(found) :]]
            # The tables that are cut at this morning say nothing else.
            company.replay(morning)
            assert len(company.messages()) == len(found)
        else:
            company.replay(morning)
            found += [(morning, message) for message in company.messages()[len(found) :]]
    return found


def test_every_planted_incident_is_found_and_ends_and_nothing_else_is_reported(
    company: Company,
    received: list[tuple[date, dict[str, Any]]],
) -> None:
    planted = {
        (incident.rule, incident.segment): incident
        for incident in (*scenario.RESOLVED_INCIDENTS, *scenario.OPEN_INCIDENTS)
    }
    stories: dict[tuple[str, str], list[tuple[date, dict[str, Any]]]] = {}
    for morning, message in received:
        stories.setdefault((message["rule"], message["segment"]), []).append((morning, message))
    assert stories.keys() == planted.keys()
    for key, story in stories.items():
        incident = planted[key]
        by_channel: dict[str, list[tuple[date, str, str]]] = {message["channel"]: [] for _, message in story}
        for morning, message in story:
            by_channel[message["channel"]].append((morning, message["status"], message["severity"]))
        for steps in by_channel.values():
            statuses = [status for _, status, _ in steps]
            assert statuses == ["firing"] * (len(steps) - 1) + ["resolved"], key
            # It begins on the first morning on which the rule allows it, and is over when what went wrong is over.
            assert steps[0][0] == first_morning(company, incident), key
            assert steps[-2][2] == incident.severity, key
            assert steps[-1][0] > steps[-2][0], key


def test_no_message_is_about_a_period_that_is_not_over_or_has_not_matured(
    company: Company, received: list[tuple[date, dict[str, Any]]]
) -> None:
    with duckdb.connect(str(company.history), read_only=True) as connection:
        matures_on = {
            (kpi, grain, start.isoformat()): day.date()
            for kpi, grain, start, day in connection.execute(
                "select distinct kpi, grain, period_start, matures_on from history"
            ).fetchall()
        }
    early = [
        message["title"]
        for morning, message in received
        if matures_on[message["kpi"], message["grain"], message["period_start"]] > morning
    ]
    assert early == []


def test_no_message_came_twice(received: list[tuple[date, dict[str, Any]]]) -> None:
    assert max(Counter(message["message_id"] for _, message in received).values()) == 1
