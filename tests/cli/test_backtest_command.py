"""`vigie backtest`: rules alone, and side by side with another rule or a file."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import Result

Vigie = Callable[..., Result]

WAREHOUSE = """
create schema control;
create table control.run (as_of timestamptz);
insert into control.run values ('2024-02-15 00:00:00+00');
create table dim_kpi (kpi varchar, maturity_days integer);
insert into dim_kpi values ('csat', 0);
create table fct_kpi as
select 'csat' as kpi, 'week' as grain, date '2024-01-01' + (7 * (position - 1))::integer as period_start,
    type as segment_type, segment, share::double as value, share * 100::double as numerator, 100::double as denominator,
    100::bigint as sample_size, null::double as ci_low, null::double as ci_high, true as is_complete,
    null::double as previous_value, null::double as previous_year_value, null::double as target, 'none' as status
from (values ('all', 'all'), ('channel', 'chat')) segments (type, segment),
    (select unnest([0.9, 0.75, 0.9, 0.6, 0.6, 0.9]) as share, generate_subscripts([1, 2, 3, 4, 5, 6], 1) as position)
"""
TIGHTER = """
rules:
  - {name: csat-floor, kpi: csat, grain: week, by: channel, below: 0.7, for: 2}
"""


@pytest.fixture
def company(vigie: Vigie, home: Path) -> Vigie:
    home.mkdir()
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(WAREHOUSE)
    return vigie


@pytest.fixture
def tighter(tmp_path: Path) -> str:
    path = tmp_path / "tighter.yaml"
    path.write_text(TIGHTER, encoding="utf-8")
    return str(path)


def test_a_rule_is_shown_beside_that_of_a_file(company: Vigie, tighter: str) -> None:
    result = company("backtest", "--against", tighter)
    assert result.exit_code == 0, result.output
    rows = [" ".join(line.split()) for line in result.output.splitlines() if line]
    assert "incidents 1 1" in rows
    assert "periods with an open alert 3 (50%) 1 (17%)" in rows
    assert "of them in this rule alone 2 0" in rows
    assert rows.index("Open alert in csat-floor alone") == len(rows) - 3
    assert rows[-2:] == ["channel chat: 2024-W02", "channel chat: 2024-W04"]


def test_json_has_both_records_and_what_differs(company: Vigie, tighter: str) -> None:
    result = company("backtest", "csat-floor", "--against", tighter, "--json")
    found = json.loads(result.stdout)
    [record], [other], [comparison] = found["rules"], found["against"], found["comparisons"]
    assert (record["periods_in_alert"], other["periods_in_alert"]) == (3, 1)
    [incident] = record["incidents"]
    assert (incident["first_period"], incident["last_period"], incident["resolved_period"], incident["reopened"]) == (
        "2024-01-08", "2024-01-29", "2024-02-05", 1,
    )  # fmt: skip
    assert comparison == {
        "rule": "csat-floor",
        "against": "csat-floor",
        "in_both": 1,
        "only_in_rule": [
            {
                "segment_type": "channel", "segment": "chat", "first_period": day, "last_period": day, "periods": 1,
            }
            for day in ("2024-01-08", "2024-01-22")
        ],
        "only_in_against": [],
    }  # fmt: skip


def test_a_rule_is_compared_with_all_of_a_file_that_watch_the_same_series(company: Vigie, tmp_path: Path) -> None:
    rules = (f"  - {{name: below-{bound}, kpi: csat, by: channel, below: 0.{bound}}}" for bound in (65, 70))
    (tmp_path / "two.yaml").write_text("\n".join(("rules:", *rules)), encoding="utf-8")
    found = json.loads(company("backtest", "csat-floor", "--against", str(tmp_path / "two.yaml"), "--json").stdout)
    assert [(each["rule"], each["against"], each["in_both"]) for each in found["comparisons"]] == [
        ("csat-floor", "below-65", 2),
        ("csat-floor", "below-70", 2),
    ]
    assert len(found["rules"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--against", "csat-flor"], "Unknown rule csat-flor; did you mean csat-floor?"),
        (["csat-floor", "--against", "backlog-ceiling"], "do not have the same kpi"),
        (["backlog-ceiling", "--against", "{tighter}"], "do not have the same kpi"),
        (["--against", "{other}"], "Nothing to compare"),
        (
            ["csat-floor", "--against", "{several}"],
            "no rule of this name, and none that watches the same series. There are: a, b.",
        ),
        (["--against", "{wrong}"], 'wrong.yaml:1: rules[0].kpi: there is no KPI called cast; did you mean "csat"?'),
    ],
)
def test_what_cannot_be_compared_is_refused(
    company: Vigie, tighter: str, tmp_path: Path, arguments: list[str], message: str
) -> None:
    rule = "{name: NAME, kpi: KPI, grain: week, by: channel, below: 0.7}"
    files = {
        "other": f"rules: [{rule}]".replace("NAME", "other").replace("KPI", "csat"),
        "several": f"rules: [{rule.replace('NAME', 'a')}, {rule.replace('NAME', 'b')}]".replace("KPI", "nps"),
        "wrong": f"rules: [{rule}]".replace("NAME", "csat-floor").replace("KPI", "cast"),
    }
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    places = {name: str(tmp_path / f"{name}.yaml") for name in files} | {"tighter": tighter}
    result = company("backtest", *(argument.format(**places) for argument in arguments))
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
