"""The default settings, which are those of the demo company, are valid and load all of its files."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from demo import DemoFacts, scenario
from pipelines import settings as vigie_settings
from pipelines.entities import ENTITIES
from pipelines.raw import RawStore
from pipelines.settings import OPERATORS, Settings
from pipelines.sources import ExtractContext, open_source
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder

SETTINGS = Path(__file__).parents[2] / "settings"
KPIS = load_catalogue(project_folder() / "target")


@pytest.fixture
def settings(small: DemoFacts) -> Settings:
    return vigie_settings.load(SETTINGS, KPIS, {"VIGIE_DEMO": str(small.folder)})


def test_settings_are_valid_without_environment_variables() -> None:
    assert vigie_settings.load(SETTINGS, KPIS, {}).company.name == "Atelier Lumen"


def test_every_file_is_loaded_and_every_path_has_a_file(settings: Settings, small: DemoFacts) -> None:
    patterns = [
        pattern for source in settings.sources for table in source.tables for pattern in table.patterns().values()
    ]
    found = {pattern: set(small.folder.glob(str(Path(pattern).relative_to(small.folder)))) for pattern in patterns}
    assert [pattern for pattern, files in found.items() if not files] == []
    written = {path for path in small.folder.rglob("*") if path.is_file() and path.parent != small.folder}
    assert set().union(*found.values()) == written


def test_settings_fill_the_entities_of_the_facts(settings: Settings, small: DemoFacts) -> None:
    filled = {stream.name for source in settings.sources for stream in open_source(source).streams()}
    assert filled == small.rows.keys()
    # The newsletter's export has events, neither sends nor totals.
    assert ENTITIES.keys() - filled == {"email_send", "campaign_stat"}


def test_every_channel_is_used(settings: Settings) -> None:
    notified = {channel for rule in settings.rules for channel in rule.notify}
    assert notified | {OPERATORS} == settings.channels.keys()
    assert all(rule.notify for rule in settings.rules)


def test_incidents_of_the_scenario_have_rules(settings: Settings) -> None:
    rules = {rule.name: rule for rule in settings.rules}
    for incident in (*scenario.OPEN_INCIDENTS, *scenario.RESOLVED_INCIDENTS):
        rule = rules[incident.rule]
        assert (rule.kpi, rule.grain, rule.segment_type) == (incident.kpi, incident.grain, incident.segment_type)
        assert rule.owner, incident.rule
        assert rule.action, incident.rule


def test_valid_rows_are_loaded_and_invalid_rows_are_quarantined(
    database: duckdb.DuckDBPyConnection, settings: Settings, small: DemoFacts, tmp_path: Path
) -> None:
    quarantined: Counter[str] = Counter()
    store = RawStore(tmp_path)
    context = ExtractContext(store, SETTINGS, settings.company.timezone, datetime.now(UTC), small.now)
    for source in settings.sources:
        streams = [stream.name for stream in open_source(source).streams()]
        for report in open_source(source).extract(streams, context):
            assert (report.failures, report.deferred) == ([], []), f"{source.name}: {report.stream}"
            quarantined[report.stream] += report.quarantined

    rows = {}
    for entity in small.rows:
        key = ", ".join(ENTITIES[entity].key)
        files = f"read_parquet('{tmp_path}/raw/*/{entity}/*/rows.parquet', union_by_name = true)"
        counted = database.execute(f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {files})").fetchone()
        rows[entity] = counted[0] if counted else 0

    assert rows == dict(small.rows)
    assert +quarantined == Counter(small.quarantined)
