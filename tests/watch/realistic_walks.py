"""Random walks of KPIs as they are seen in companies, without any incident: how they drift, vary and repeat.

A walk is a level that drifts, what repeats by the day of the week and by the year, and the variation of the values
around them: answers that are counted, noise with heavy tails, a peak before Christmas.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from watch_samples import CSAT

from pipelines.kpis import Grain, Kpi, next_period
from pipelines.watch.reading import NUMBER_COLUMNS, READING_COLUMNS

from datetime import date  # isort: skip

Numbers = npt.NDArray[np.float64]


class Walk(NamedTuple):
    """Values by period and series, and their standard deviation around their own course."""

    values: Numbers
    deviation: Numbers


class Kind(NamedTuple):
    """A kind of walk: of which KPI, at which grain, over how many periods, and how it is drawn."""

    kpi: Kpi
    grain: Grain
    periods: int
    draw: Callable[[np.random.Generator, int, int], Walk]


def _drift(generator: np.random.Generator, periods: int, series: int, step: float) -> Numbers:
    return np.cumsum(generator.normal(0, step, (periods, series)), axis=0)


def _turn(periods: int, length: float) -> Numbers:
    """A season as a wave, one column."""
    found: Numbers = np.sin(2 * np.pi * np.arange(periods)[:, None] / length)
    return found


def _share(logit: Numbers) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-logit))
    return found


def _answers(generator: np.random.Generator, periods: int, series: int) -> Walk:
    """Satisfaction: a share of 60 to 250 answers a week."""
    share = _share(1.4 + _drift(generator, periods, series, 0.03))
    answers = generator.integers(60, 250, series) + generator.integers(-20, 20, (periods, series))
    return Walk(generator.binomial(answers, share) / answers, np.sqrt(share * (1 - share) / answers))


def _revenue(generator: np.random.Generator, periods: int, series: int) -> Walk:
    """Weekly revenue: it grows, has a season and a peak before Christmas, and varies by 10 %."""
    week = np.arange(periods)[:, None]
    level = 0.2 * _turn(periods, 52) + 0.5 * np.exp(-(((week % 52 - 50) / 1.2) ** 2)) + 0.003 * week
    course = np.exp(np.log(20_000) + level + _drift(generator, periods, series, 0.02))
    return Walk(course * np.exp(generator.normal(0, 0.1, course.shape)), course * 0.1)


def _tickets(generator: np.random.Generator, periods: int, series: int) -> Walk:
    """Daily tickets: about 120, far fewer at weekends, with a mild season."""
    of_day = np.log([1.2, 1.1, 1.05, 1.0, 0.95, 0.4, 0.3])[np.arange(periods) % 7][:, None]
    course = np.exp(np.log(120) + of_day + 0.15 * _turn(periods, 365) + _drift(generator, periods, series, 0.012))
    mean = course * np.exp(generator.normal(0, 0.08, course.shape))
    return Walk(generator.poisson(mean).astype(np.float64), np.sqrt(course + (0.08 * course) ** 2))


def _visitors(generator: np.random.Generator, periods: int, series: int) -> Walk:
    """Daily conversion: 3 % of some 2,000 visitors."""
    share = _share(-3.48 + 0.1 * _turn(periods, 7) + _drift(generator, periods, series, 0.008))
    visitors = generator.integers(1_200, 2_500, share.shape)
    return Walk(generator.binomial(visitors, share) / visitors, np.sqrt(share * (1 - share) / visitors))


def _promoters(generator: np.random.Generator, periods: int, series: int) -> Walk:
    """Net promoter score by month: it varies by 5 points."""
    course = 30 + _drift(generator, periods, series, 1.2)
    return Walk(course + generator.normal(0, 5, course.shape), np.full(course.shape, 5.0))


def _hours(generator: np.random.Generator, periods: int, series: int) -> Walk:
    """Time to resolution by week: it varies by 15 %, with heavy tails."""
    course = np.exp(np.log(8 * 3_600) + _drift(generator, periods, series, 0.03))
    noise = generator.standard_t(5, course.shape) / np.sqrt(5 / 3)
    return Walk(course * np.exp(0.15 * noise), course * 0.15)


def _wandering(generator: np.random.Generator, periods: int, series: int) -> Walk:
    """A stock by week, such as active customers: a pure random walk, whose usual variation is that of its steps."""
    course = 3_000 + _drift(generator, periods, series, 15)
    return Walk(course, np.full(course.shape, 15.0))


def _december(generator: np.random.Generator, periods: int, series: int) -> Walk:
    """Monthly revenue that grows, with a December of one and a half times the other months; it varies by 8 %."""
    month = np.arange(periods)[:, None]
    level = 0.4 * (month % 12 == 11) + 0.006 * month
    course = np.exp(np.log(90_000) + level + _drift(generator, periods, series, 0.02))
    return Walk(course * np.exp(generator.normal(0, 0.08, course.shape)), course * 0.08)


KINDS: Mapping[str, Kind] = {
    "satisfaction by week": Kind(replace(CSAT, lowest=0, highest=1), "week", 156, _answers),
    "revenue by week": Kind(replace(CSAT, unit="currency"), "week", 156, _revenue),
    "tickets by day": Kind(replace(CSAT, unit="count", direction="down", lowest=0), "day", 900, _tickets),
    "conversion by day": Kind(replace(CSAT, lowest=0, highest=1), "day", 900, _visitors),
    "promoter score by month": Kind(replace(CSAT, unit="score"), "month", 60, _promoters),
    "time to resolution by week": Kind(replace(CSAT, unit="seconds", direction="down", lowest=0), "week", 156, _hours),
    # The hardest: where a level never comes back, and where a season shows once a year.
    "customers by week": Kind(replace(CSAT, unit="count", lowest=0), "week", 156, _wandering),
    "revenue by month": Kind(replace(CSAT, unit="currency"), "month", 72, _december),
}


def frame_of_walk(values: Numbers, grain: Grain) -> pd.DataFrame:
    """A frame of readings of CSAT by channel, a channel for each column of values."""
    periods, series = values.shape
    starts = [date(2021, 1, 4) if grain in ("day", "week") else date(2021, 1, 1)]
    while len(starts) < periods:
        starts.append(next_period(grain, starts[-1]))
    size = values.size
    columns = {
        **dict.fromkeys(NUMBER_COLUMNS, np.full(size, np.nan)),
        "kpi": pd.Categorical(["csat"] * size),
        "grain": pd.Categorical([grain] * size),
        "period_start": np.tile(np.array(starts, dtype="datetime64[us]"), series),
        "segment_type": pd.Categorical(["channel"] * size),
        "segment": pd.Categorical(np.repeat([f"s{number:04}" for number in range(series)], periods)),
        "value": values.T.ravel(),
        "sample_size": np.full(size, 100.0),
        "is_complete": np.ones(size, dtype=np.bool_),
    }
    return pd.DataFrame({name: columns[name] for name in READING_COLUMNS})
