import copy
import json
import pickle
from dataclasses import replace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import ValidationError

from pipelines.kpis import Kpi, Unit
from pipelines.watch.amount import Amount, Form
from pipelines.watch.rule import Rule, mistakes


def rule(**keys: Any) -> Rule:
    return Rule.model_validate({"name": "csat-floor", "kpi": "csat"} | keys)


def kpi(name: str, unit: Unit, *segments: str) -> Kpi:
    return Kpi(name, name, name, "family", "", "", unit, "up", "source", 0, False, segments)


CATALOGUE = {
    "csat": kpi("csat", "ratio", "channel", "team"),
    "nps": kpi("nps", "score", "country"),
    "resolution_time": kpi("resolution_time", "seconds", "channel"),
    "sales_cycle": kpi("sales_cycle", "days"),
    "revenue": kpi("revenue", "currency"),
    "ticket_volume": kpi("ticket_volume", "count"),
}


@pytest.mark.parametrize(
    ("given", "value", "form"),
    [
        (0.8, 0.8, "number"),
        (80, 80.0, "number"),
        (-10, -10.0, "number"),
        ("0.8", 0.8, "number"),
        ("1e3", 1000.0, "number"),
        (".5", 0.5, "number"),
        ("80%", 0.8, "percent"),
        (" 82.5 % ", 0.825, "percent"),
        ("0.1%", 0.001, "percent"),
        ("-5%", -0.05, "percent"),
        ("90s", 90.0, "duration"),
        ("15m", 900.0, "duration"),
        ("4h", 14_400.0, "duration"),
        ("1.5H", 5_400.0, "duration"),
        ("2d", 172_800.0, "duration"),
    ],
)
def test_an_amount_is_read_as_a_person_writes_it(given: object, value: float, form: Form) -> None:
    amount = Amount.read(given)
    assert (amount, amount.form) == (value, form)


@pytest.mark.parametrize(
    "given",
    ["", "80 percent", "4 hours", "0,8", "1w", "%", "inf", "1e999", True, None, [1], float("nan"), float("inf")],
)
def test_what_is_no_amount_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"cannot read|is not a number|too large"):
        Amount.read(given)


def test_a_copied_amount_remembers_how_it_was_written() -> None:
    amount = Amount.read("80%")
    for copied in (copy.deepcopy(amount), pickle.loads(pickle.dumps(amount))):
        assert (copied, copied.form, copied.written) == (0.8, "percent", "80%")


def test_a_rule_needs_a_name_a_kpi_and_a_condition_only() -> None:
    minimal = rule(below="80%")
    assert minimal.grain == "week"
    assert minimal.segment_type == "all"
    assert minimal.segments is None
    assert (minimal.for_, minimal.keep_firing, minimal.min_sample) == (1, 1, 0)
    assert minimal.below is not None
    assert (minimal.below.warn, minimal.below.critical) == (0.8, None)


def test_severity_says_what_a_single_number_means() -> None:
    floor = rule(below=0.8, severity="critical").below
    corridor = rule(outside=["10%", "30%"], severity="critical").outside
    assert floor is not None
    assert (floor.warn, floor.critical) == (None, 0.8)
    assert corridor is not None
    assert (corridor.warn, corridor.critical) == (None, (0.1, 0.3))


def test_a_rule_may_be_made_with_python_names() -> None:
    assert rule(below=0.8, for_=2).for_ == rule(**{"below": 0.8, "for": 2}).for_ == 2


def test_where_picks_segments_of_by() -> None:
    assert rule(below=0.8, by="channel", where={"channel": "chat"}).segments == ("chat",)
    assert rule(below=0.8, by="team", where={"team": ["Paris", 42]}).segments == ("Paris", "42")
    assert rule(below=0.8, by="all").segment_type == "all"


@pytest.mark.parametrize(
    ("keys", "where", "message"),
    [
        ({}, (), "nothing to fire on: add one of below, above, outside"),
        ({"below": 0.8, "above": 0.9}, (), "more than one condition (below, above)"),
        ({"below": "low"}, ("below",), "cannot read 'low' as a bound"),
        ({"below": {"warn": "low"}}, ("below", "warn"), "cannot read 'low' as a bound"),
        ({"below": {}}, ("below",), "give warn, critical or both"),
        ({"below": {"warning": 0.8}}, ("below", "warning"), "Extra inputs"),
        ({"below": {"warn": 0.7, "critical": "80%"}}, ("below",), "critical (80%) must not be above warn (0.7)"),
        ({"above": {"warn": "4h", "critical": "90m"}}, ("above",), "critical (90m) must not be below warn (4h)"),
        ({"outside": 5}, ("outside",), "its two ends, [low, high]"),
        ({"outside": [1, 2, 3]}, ("outside",), "its two ends, [low, high]"),
        ({"outside": [2, 2]}, ("outside",), "the low end must be less than the high end"),
        ({"outside": {"warn": [1, 2], "critical": [0, 1.5]}}, ("outside",), "must contain the warn range [1, 2]"),
        ({"below": 0.8, "clear": 0.75}, ("clear",), "0.75 is on the bad side: it must be at least 0.8"),
        ({"above": {"warn": 2, "critical": 4}, "clear": 3}, ("clear",), "it must be at most 2"),
        ({"below": 0.8, "clear": [0.8, 0.9]}, ("clear",), "a range goes with `outside`"),
        ({"outside": [1, 2], "clear": 1.5}, ("clear",), "write [low, high]"),
        ({"outside": [1, 2], "clear": [1.5, 2.5]}, ("clear",), "must be within [1, 2]"),
        ({"below": 0.8, "for": 0}, ("for",), "greater than or equal to 1"),
        ({"below": 0.8, "for": True}, ("for",), "write a whole number"),
        ({"below": 0.8, "keep_firing": 0}, ("keep_firing",), "greater than or equal to 1"),
        ({"below": 0.8, "min_sample": -1}, ("min_sample",), "greater than or equal to 0"),
        ({"below": 0.8, "where": {"channel": "chat"}}, ("where",), "add `by: channel`"),
        ({"below": 0.8, "by": "team", "where": {"channel": "chat"}}, ("where",), "which is team, not channel"),
        ({"below": 0.8, "by": "team", "where": {"team": []}}, ("where", "team"), "an empty list watches nothing"),
        ({"below": 0.8, "by": "team", "where": {"team": [True]}}, ("where", "team"), "cannot read True"),
        ({"below": 0.8, "name": "CSAT floor"}, ("name",), "'CSAT floor' cannot be a rule's name"),
        ({"below": 0.8, "grain": "hour"}, ("grain",), "'day', 'week', 'month', 'quarter' or 'year'"),
        ({"below": 0.8, "notify": "support"}, ("notify",), "write a list of channels, such as [support]"),
        ({"below": {"warn": 0.8}, "severity": "critical"}, (), "states its severity twice"),
        ({"below": {"warn": 0.8, "critical": 0.7}, "severity": "warn"}, (), "already says critical and warn"),
        ({"below": 0.8, "sql": "select 1"}, ("sql",), "Extra inputs"),
    ],
)
def test_a_mistake_is_named_where_it_was_made(keys: dict[str, Any], where: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        rule(**keys)
    [mistake] = caught.value.errors()
    assert mistake["loc"] == where
    assert message in mistake["msg"]


@pytest.mark.parametrize(
    ("keys", "warn", "critical"),
    [
        ({"below": {"warn": 0.8, "critical": 0.8}}, 0.8, 0.8),
        ({"below": 0.8, "clear": 0.8}, 0.8, None),
        ({"kpi": "resolution_time", "above": {"critical": "4h"}, "clear": "3h"}, None, 14_400),
        ({"kpi": "nps", "outside": {"warn": [1, 2], "critical": [1, 3]}, "clear": [1, 2]}, (1, 2), (1, 3)),
        ({"below": {"critical": 0.8}, "severity": "critical"}, None, 0.8),
        ({"below": 0.8, "where": {}}, 0.8, None),
    ],
)
def test_what_is_just_allowed(keys: dict[str, Any], warn: object, critical: object) -> None:
    allowed = rule(**keys)
    assert mistakes(allowed, CATALOGUE) == []
    assert (getattr(allowed.condition, "warn", None), getattr(allowed.condition, "critical", None)) == (warn, critical)


def test_a_catalogue_finds_nothing_wrong_with_a_good_rule() -> None:
    good = [
        rule(by="channel", below={"warn": "80%", "critical": 0.7}, clear="85%"),
        rule(kpi="nps", below=-10),
        rule(kpi="resolution_time", above={"warn": "4h", "critical": 86_400}),
        rule(kpi="sales_cycle", above=30),
        rule(kpi="revenue", outside=[1_000, 50_000]),
        rule(below=1),
        rule(above="150%"),
    ]
    assert [mistakes(each, CATALOGUE) for each in good] == [[]] * len(good)


def test_unknown_names_come_with_what_is_allowed() -> None:
    assert mistakes(rule(kpi="cast", below=0.8), CATALOGUE) == [
        (("kpi",), "there is no KPI called cast", tuple(sorted(CATALOGUE)), "cast")
    ]
    [by] = mistakes(rule(by="chanel", below=0.8), CATALOGUE)
    assert (by.key, by.allowed, by.given) == (("by",), ("channel", "team"), "chanel")
    [by] = mistakes(rule(kpi="revenue", by="channel", below=0.8), CATALOGUE)
    assert "has no segments" in by.message


def test_a_bound_has_to_be_a_value_that_the_kpi_can_have() -> None:
    bounded = {"csat": replace(CATALOGUE["csat"], lowest=0, highest=1), "nps": CATALOGUE["nps"]}
    [too_high] = mistakes(rule(above="850%"), bounded)
    assert too_high.message == "csat is never more than 100%: 850% cannot be compared with it"
    [negative] = mistakes(rule(outside=[-0.1, 0.5]), bounded)
    assert (negative.key, negative.given) == (("outside",), "-0.1")
    assert "never less than 0%" in negative.message
    [percent] = mistakes(rule(below=80), bounded)
    assert percent.message.endswith("did you mean 80% (0.8)?")
    assert mistakes(rule(outside=[0, 0.9]), bounded) == mistakes(rule(kpi="nps", below=-200), bounded) == []


@pytest.mark.parametrize(
    ("keys", "key", "message"),
    [
        ({"below": 80}, ("below",), "did you mean 80% (0.8)?"),
        ({"below": {"warn": 80, "critical": "70%"}}, ("below", "warn"), "did you mean 80% (0.8)?"),
        ({"below": 0.8, "clear": 85}, ("clear",), "did you mean 85% (0.85)?"),
        ({"outside": [0.1, 30]}, ("outside",), "did you mean 30% (0.3)?"),
        ({"below": "4h"}, ("below",), "csat is a fraction of 1, not a duration"),
        ({"kpi": "resolution_time", "above": "80%"}, ("above",), "not a percentage: 80% cannot be compared with it"),
        ({"kpi": "nps", "below": "30%"}, ("below",), "nps is a score in points, not a percentage"),
        ({"kpi": "sales_cycle", "above": "30d"}, ("above",), "write 30 instead of 30d"),
        ({"kpi": "ticket_volume", "above": "2h"}, ("above",), "ticket_volume is a number of things, not a duration"),
        ({"kpi": "revenue", "below": "5%"}, ("below",), "revenue is an amount of money, not a percentage"),
    ],
)
def test_a_bound_has_to_fit_the_unit_of_the_kpi(keys: dict[str, Any], key: tuple[str, ...], message: str) -> None:
    [mistake] = mistakes(rule(**keys), CATALOGUE)
    assert mistake.key == key
    assert message in mistake.message


def test_the_json_schema_agrees_with_the_reader() -> None:
    schema = json.loads(json.dumps(Rule.model_json_schema(by_alias=True)))
    accepted: list[dict[str, Any]] = [
        {"below": "80%", "for": 2},
        {"above": {"warn": "4h", "critical": 86_400}},
        {"outside": ["10%", 0.3], "clear": [0.15, 0.25]},
        {"outside": {"warn": [1, 2]}},
        {"below": 0.8, "by": "team", "where": {"team": ["Paris", 42]}},
        {"change": "-10%"},
        {"change": {"from": "previous_year", "drop": {"warn": "10%", "critical": "20%"}, "rise": "5pp"}},
        {"band": "good"},
        {"target": {"warn": "100%", "critical": "90%"}},
        {"baseline": {}},
        {"baseline": {"false_alarms_per_year": {"warn": 2}, "side": "both"}},
        {"baseline": {"false_alarms_per_year": 0.5}},
        {"stale": "36h", "grain": "day"},
        {"below": 0.8, "confidence": "95%"},
        {"below": 0.8, "active": {"from": "2026-01-01"}},
    ]
    refused: list[dict[str, Any]] = [
        {"below": "low"},
        {"below": {"warning": 1}},
        {"outside": [1, 2, 3]},
        {"below": 0.8, "for": 0},
        {"below": 0.8, "sql": "select 1"},
        {"below": 0.8, "name": "CSAT floor"},
        {"change": "fast"},
        {"change": {"drop": "10 percent"}},
        {"band": "best"},
        {"target": 0.9},
        {"baseline": 2},
        {"baseline": {"false_alarms_per_year": 0}},
        {"stale": 2},
        {"below": 0.8, "confidence": 1},
        {"below": 0.8, "active": {"since": "2026-01-01"}},
    ]
    for keys in accepted:
        rule(**keys)
        jsonschema.validate({"name": "csat-floor", "kpi": "csat"} | keys, schema)
    for keys in refused:
        with pytest.raises(ValidationError):
            rule(**keys)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"name": "csat-floor", "kpi": "csat"} | keys, schema)
