"""The default settings, which are the demo company's, fit the product and the company's files."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from demo import DemoFacts, story
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


def test_they_are_accepted_without_any_environment() -> None:
    assert vigie_settings.load(SETTINGS, KPIS, {}).company.name == "Atelier Lumen"


def test_every_file_of_the_company_is_read_and_every_path_finds_one(settings: Settings, small: DemoFacts) -> None:
    patterns = [
        pattern for source in settings.sources for table in source.tables for pattern in table.patterns().values()
    ]
    found = {pattern: set(small.folder.glob(str(Path(pattern).relative_to(small.folder)))) for pattern in patterns}
    assert [pattern for pattern, files in found.items() if not files] == []
    written = {path for path in small.folder.rglob("*") if path.is_file() and path.parent != small.folder}
    assert set().union(*found.values()) == written


def test_they_fill_the_entities_that_the_facts_count(settings: Settings, small: DemoFacts) -> None:
    filled = {stream.name for source in settings.sources for stream in open_source(source).streams()}
    assert filled == small.rows.keys()
    # E-mails are told as events, one by one.
    assert ENTITIES.keys() - filled == {"email_send"}


def test_every_channel_has_something_to_tell(settings: Settings) -> None:
    told = {channel for rule in settings.rules for channel in rule.notify}
    assert told | {OPERATORS} == settings.channels.keys()
    assert all(rule.notify for rule in settings.rules)


def test_the_story_is_told_by_rules_that_exist(settings: Settings) -> None:
    rules = {rule.name: rule for rule in settings.rules}
    for expected in (*story.OPEN, *story.OVER):
        rule = rules[expected.rule]
        assert (rule.kpi, rule.grain, rule.segment_type) == (expected.kpi, expected.grain, expected.segment_type)
        assert rule.owner, expected.rule
        assert rule.action, expected.rule


def test_everything_is_taken_in_and_just_the_broken_rows_are_not(
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
