"""`vigie rules`: the rules, and suggestions that are valid settings."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli import app

Vigie = Callable[..., Result]

WAREHOUSE = """
create schema control;
create table control.run (as_of timestamptz);
insert into control.run values ('2024-02-15 00:00:00+00');
create table dim_kpi (kpi varchar, maturity_days integer);
insert into dim_kpi values ('csat', 0);
create table fct_kpi as
select kpi, 'week' as grain, date '2021-01-04' + (7 * week)::integer as period_start, 'all' as segment_type,
    'all' as segment, scale * (1 + 0.05 * sin(week * week))::double as value, null::double as numerator,
    case when kpi = 'csat' then 60.0 end as denominator, 60::bigint as sample_size, null::double as ci_low,
    null::double as ci_high, week < 150 as is_complete, null::double as previous_value,
    null::double as previous_year_value, null::double as target, 'none' as status
from (values ('csat', 0.8), ('revenue', 20000), ('first_response_time', 30000), ('channel_share', 1)) kpis (kpi, scale),
    (select unnest(range(151)) as week)
where kpi <> 'first_response_time' or week < 9
"""


@pytest.fixture
def company(vigie: Vigie, home: Path) -> Vigie:
    home.mkdir()
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(WAREHOUSE)
    return vigie


def test_suggestions_are_valid_settings(company: Vigie, tmp_path: Path) -> None:
    suggested = company("rules", "suggest")
    assert suggested.exit_code == 0, suggested.output
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / "settings.yaml").write_text((tmp_path / "settings.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "suggested.yaml").write_text(suggested.stdout, encoding="utf-8")
    (tmp_path / "all" / "orders.csv").touch()
    checked = CliRunner().invoke(app, ["check", "--settings", str(folder)])
    assert checked.exit_code == 0, checked.output
    assert "6 rules" in checked.output
    names = [rule["name"] for rule in yaml.safe_load(suggested.stdout)["rules"]]
    assert names == ["csat-bounds", "csat-baseline", "revenue-bounds", "revenue-baseline"]


def test_each_kpi_says_why_it_has_no_suggestion(company: Vigie) -> None:
    result = company("rules", "suggest", "first_response_time", "channel_share", "nps")
    assert yaml.safe_load(result.stdout) == {"rules": []}
    assert [" ".join(line.split()) for line in result.stdout.splitlines()[2:]] == [
        "# first_response_time: 9 weeks with a value, 26 are needed",
        "# channel_share: as a whole it is always 1",
        "# nps: no value in a complete week, month or quarter",
    ]


def test_json_has_the_rules_and_what_they_would_have_raised(company: Vigie) -> None:
    found = json.loads(company("rules", "suggest", "csat", "nps", "--json").stdout)
    bounds, baseline = found["suggestions"]
    assert (bounds["kind"], bounds["rule"]["kpi"], bounds["rule"]["min_sample"]) == ("bounds", "csat", 20)
    assert bounds["alerts_per_year"] == round(bounds["incidents"] / (bounds["periods_judged"] / 52.18), 2)
    assert baseline["rule"]["baseline"] == {"false_alarms_per_year": 1}
    assert found["nothing_suggested"] == [
        {"kpi": "nps", "reason": "no_values", "grain": "month", "periods": 0, "needed": 0}
    ]


def test_rules_are_listed(vigie: Vigie) -> None:
    assert json.loads(vigie("rules", "--json").stdout)["rules"][0] == {
        "rule": "csat-floor", "kpi": "csat", "grain": "week", "by": "channel", "condition": "below",
    }  # fmt: skip
    assert "backlog-ceiling" in vigie("rules").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["suggest", "cast"], "Unknown KPI cast; did you mean csat?"), (["suggest"], "has no history yet")],
)
def test_what_is_refused(vigie: Vigie, arguments: list[str], message: str) -> None:
    result = vigie("rules", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
