"""Judging many series, against the same rules as one vectorised pandas expression."""

import random
from datetime import UTC, date, datetime, timedelta

import pandas as pd
from pydantic import TypeAdapter

from benchmarks.figure import Figure, measured
from pipelines.watch.alert import judge
from pipelines.watch.reading import Reading, Series
from pipelines.watch.rule import Rule

_PERIODS = 104
_FIRST = date(2024, 1, 1)
_NOW = datetime(2026, 1, 5, tzinfo=UTC)
_RULES = TypeAdapter(list[Rule]).validate_python(
    [
        {"name": "floor", "kpi": "csat", "grain": "week", "by": "agent", "below": 0.6},
        {
            "name": "twice",
            "kpi": "csat",
            "grain": "week",
            "by": "agent",
            "below": {"warn": 0.7, "critical": 0.6},
            "for": 2,
        },
        {"name": "range", "kpi": "csat", "grain": "week", "by": "agent", "outside": [0.5, 0.99], "min_sample": 20},
    ]
)


def figure(series: int, repetitions: int) -> Figure:
    """Times `series` x 104 periods x 3 rules."""
    chance = random.Random(7)  # noqa: S311 - the same values each time
    weeks = [_FIRST + timedelta(weeks=week) for week in range(_PERIODS)]
    values = {f"a{number}": [0.55 + 0.44 * chance.random() for _ in weeks] for number in range(series)}
    readings = {
        agent: [
            Reading("csat", "week", week, "agent", agent, value, value * 50, 50, 50, None, None, True)
            for week, value in zip(weeks, of_agent, strict=True)
        ]
        for agent, of_agent in values.items()
    }
    table = pd.DataFrame(values, index=weeks)

    def judged() -> None:
        for rule in _RULES:
            for agent, of_agent in readings.items():
                judge(Series(rule.name, "csat", "week", "agent", agent), None, of_agent, rule, _NOW)

    def vectorised() -> None:
        floor = table < 0.6
        warn = table < 0.7
        twice = warn & warn.shift(1, fill_value=False)
        out = (table < 0.5) | (table > 0.99)
        for breached in (floor, twice, out):
            fired = breached & ~breached.shift(1, fill_value=False)
            fired.sum().sum()

    return measured(
        f"watch, {series:,} series x {_PERIODS} periods x {len(_RULES)} rules",
        judged,
        "one pandas expression a rule",
        vectorised,
        "at most 5 times and at most 5 s",
        repetitions,
    )
