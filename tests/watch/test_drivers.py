"""Drivers: the effects of segments add up to the change of the whole, whatever the segments are."""

import math
import random
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.watch.drivers import DRIVER_COLUMNS, SMALLEST_GROUP, Comparison, Driver, drivers, main_drivers
from pipelines.watch.reading import Reading, frame_of

EARLIER, LATER = date(2024, 1, 1), date(2024, 1, 8)
# The numerator and the denominator of a segment; None where it is not there. Sums have no denominator.
Part = tuple[float, float | None] | None
Segments = Mapping[str, tuple[Part, Part]]

amounts = st.integers(-1_000, 1_000).map(float)
counts = st.integers(1, 500).map(float)
shares = st.one_of(st.none(), st.tuples(amounts, counts))
sums = st.one_of(st.none(), st.tuples(amounts, st.none()))


def segments_of(parts: st.SearchStrategy[Part]) -> st.SearchStrategy[dict[str, tuple[Part, Part]]]:
    return st.dictionaries(st.text("abc", min_size=1, max_size=2), st.tuples(parts, parts), min_size=1, max_size=6)


def reading(period: date, segment_type: str, segment: str, part: Part, *, is_complete: bool = True) -> Reading:
    assert part is not None
    numerator, denominator = part
    value = numerator if denominator is None else numerator / denominator if denominator else None
    size = int(abs(numerator) if denominator is None else denominator)
    return Reading(
        "csat", "week", period, segment_type, segment, value, numerator, denominator, size, None, None, is_complete
    )


def total(parts: Sequence[Part]) -> Part:
    present = [part for part in parts if part is not None]
    if not present:
        return None
    has_denominators = present[0][1] is not None
    return sum(n for n, _ in present), sum(d or 0 for _, d in present) if has_denominators else None


def company(
    segments: Segments, segment_type: str = "channel", periods: Sequence[date] = (EARLIER, LATER)
) -> list[Reading]:
    """The readings of two periods whose whole is the sum of these segments."""
    found = []
    for place, period in enumerate(periods):
        parts = {name: pair[place] for name, pair in segments.items() if pair[place] is not None}
        whole = total(list(parts.values()))
        if whole is not None:
            found += [reading(period, segment_type, name, part) for name, part in parts.items()]
            found.append(reading(period, "all", "all", whole))
    return found


def effects(segments: Segments, comparison: Comparison = "previous") -> pd.DataFrame:
    return drivers(frame_of(company(segments)), comparison)


def by_segment(found: pd.DataFrame) -> dict[tuple[str, str], float]:
    keys = zip(found["segment"].tolist(), found["kind"].tolist(), strict=True)
    return dict(zip(keys, found["effect"].tolist(), strict=True))


def has_both(segments: Segments) -> bool:
    return all(any(pair[place] is not None for pair in segments.values()) for place in (0, 1))


def assert_adds_up(segments: Segments) -> None:
    found = effects(segments)
    if not has_both(segments):
        assert found.empty
        return
    wholes = [row for row in company(segments) if row.segment_type == "all"]
    before, after = (whole.value for whole in wholes)
    assert before is not None
    assert after is not None
    size = max(found["effect"].abs().sum(), abs(before), abs(after))
    assert found["effect"].sum() == pytest.approx(after - before, rel=1e-9, abs=1e-9 * size)
    assert found["change"].unique().tolist() == [after - before]
    assert set(found["segment"]) == {name for name, pair in segments.items() if pair != (None, None)}


@settings(max_examples=40)
@given(segments_of(shares))
def test_effects_of_a_ratio_add_up_to_its_change(segments: Segments) -> None:
    assert_adds_up(segments)


@settings(max_examples=40)
@given(segments_of(sums))
def test_effects_of_a_sum_add_up_to_its_change(segments: Segments) -> None:
    assert_adds_up(segments)


@settings(max_examples=40)
@given(segments_of(shares), st.randoms(use_true_random=False))
def test_the_order_of_readings_changes_nothing(segments: Segments, order: random.Random) -> None:
    rows = company(segments)
    shuffled = order.sample(rows, len(rows))
    pd.testing.assert_frame_equal(
        drivers(frame_of(rows)), drivers(frame_of(shuffled)), check_categorical=False, rtol=1e-9, atol=1e-12
    )


@settings(max_examples=40)
@given(segments_of(st.tuples(amounts, counts)))
def test_without_a_change_there_are_no_effects(segments: Segments) -> None:
    found = effects({name: (pair[0], pair[0]) for name, pair in segments.items()})
    assert found["effect"].abs().max() == 0


@settings(max_examples=40)
@given(segments_of(st.tuples(counts, counts)), st.data())
def test_where_rates_stay_only_the_mix_has_effects(segments: Segments, data: st.DataObject) -> None:
    grown: dict[str, tuple[Part, Part]] = {}
    for name, (part, _) in segments.items():
        assert part is not None
        assert part[1] is not None
        times = data.draw(st.sampled_from([1, 2, 4, 8]))
        grown[name] = part, (part[0] * times, part[1] * times)
    found = effects(grown)
    assert (found.loc[found["kind"] == "rate", "effect"] == 0).all()
    assert_adds_up(grown)


@settings(max_examples=40)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), st.tuples(counts, counts), min_size=1, max_size=6))
def test_segments_of_equal_rates_have_no_mix_effect(sizes: dict[str, tuple[float, float]]) -> None:
    found = effects({name: ((one / 4, one), (two / 2, two)) for name, (one, two) in sizes.items()})
    of_mix = found.loc[found["kind"] == "mix", "effect"]
    assert np.allclose(of_mix, 0, atol=1e-12)
    assert found.loc[found["kind"] == "rate", "effect"].sum() == pytest.approx(0.25)


@settings(max_examples=40)
@given(segments_of(shares))
def test_the_other_order_of_the_periods_has_the_opposite_effects(segments: Segments) -> None:
    one = by_segment(effects(segments))
    other = by_segment(effects({name: (after, before) for name, (before, after) in segments.items()}))
    assert one.keys() == other.keys()
    assert all(math.isclose(one[key], -other[key], rel_tol=1e-9, abs_tol=1e-9) for key in one)


def test_the_example_of_the_documentation() -> None:
    # 80 of 100 answers were positive, now 90 of 150.
    segments: Segments = {"email": ((54, 60), (45, 50)), "chat": ((26, 40), (45, 100))}
    found = by_segment(effects(segments))
    assert {key: round(effect, 4) for key, effect in found.items()} == {
        ("email", "rate"): 0.0,
        ("email", "mix"): -0.0533,
        ("chat", "rate"): -0.1067,
        ("chat", "mix"): -0.04,
    }
    assert sum(found.values()) == pytest.approx(0.6 - 0.8)


def test_net_promoter_scores_split_like_any_ratio() -> None:
    # The numerator is 100 times promoters less detractors, which may be negative.
    found = by_segment(effects({"a": ((500, 10), (-300, 10)), "b": ((200, 10), (200, 10))}))
    assert found == {("a", "rate"): -40, ("a", "mix"): 0, ("b", "rate"): 0, ("b", "mix"): 0}


def test_a_new_segment_has_no_rate_effect() -> None:
    found = by_segment(effects({"old": ((80, 100), (80, 100)), "new": (None, (20, 100))}))
    assert set(found) == {("old", "rate"), ("old", "mix"), ("new", "mix")}
    # The whole fell from 80 % to 50 %: half of it is now at 20 %.
    assert found["new", "mix"] == pytest.approx((0.2 - 0.65) * 0.5)
    assert sum(found.values()) == pytest.approx(-0.3)


def test_a_segment_that_ended_has_no_rate_effect() -> None:
    found = by_segment(effects({"left": ((80, 100), (80, 100)), "ended": ((20, 100), None)}))
    assert set(found) == {("left", "rate"), ("left", "mix"), ("ended", "mix")}
    assert sum(found.values()) == pytest.approx(0.3)


def test_segments_of_zero_are_part_of_a_sum() -> None:
    assert by_segment(effects({"a": ((5, None), (0, None)), "b": ((0, None), (3, None))})) == {
        ("a", "contribution"): -5,
        ("b", "contribution"): 3,
    }


def test_nothing_divided_by_nothing_is_no_segment() -> None:
    segments = {"a": ((8, 10), (4, 10)), "b": ((0, 0), (1, 2))}
    found = by_segment(effects(segments))
    assert set(found) == {("a", "rate"), ("a", "mix"), ("b", "mix")}


def test_something_divided_by_nothing_leaves_the_dimension_without_effects() -> None:
    assert effects({"a": ((8, 10), (4, 10)), "b": ((3, 0), (1, 2))}).empty


def test_a_whole_without_a_value_has_no_effects() -> None:
    rows = company({"a": ((8, 10), (4, 10))})
    unknown = [row for row in rows if row.segment_type != "all" or row.period_start == LATER]
    assert drivers(frame_of(unknown)).empty
    nothing = reading(EARLIER, "all", "all", (0, 0))
    assert drivers(frame_of([*unknown, nothing])).empty


def test_a_segment_of_unknown_value_leaves_the_dimension_without_effects() -> None:
    rows = company({"a": ((8, None), (4, None)), "b": ((2, None), (2, None))})
    lost = Reading("csat", "week", LATER, "channel", "c", None, None, None, 0, None, None, True)
    assert drivers(frame_of([*rows, lost])).empty
    assert not drivers(frame_of(rows)).empty


def test_segments_that_overlap_have_no_effects_and_other_dimensions_do() -> None:
    rows = company({"a": ((8, None), (4, None)), "b": ((2, None), (2, None))})
    # Customers who bought in two countries: 7 + 4 of 10.
    rows += [
        reading(period, "country", name, (size, None))
        for period in (EARLIER, LATER)
        for name, size in (("FR", 7.0), ("BE", 4.0))
    ]
    assert set(drivers(frame_of(rows))["segment_type"]) == {"channel"}


def test_numbers_too_large_have_no_effects() -> None:
    rows = [reading(period, kind, kind, (size, None)) for kind in ("all", "channel") for period, size in ((EARLIER, -1e308), (LATER, 1.5e308))]  # fmt: skip
    assert drivers(frame_of(rows)).empty


@pytest.mark.parametrize("period", [EARLIER, LATER])
def test_incomplete_periods_are_not_compared(period: date) -> None:
    rows = [
        reading(row.period_start, row.segment_type, row.segment, (row.numerator or 0, None), is_complete=row.period_start != period)
        for row in company({"a": ((8, None), (4, None))})
    ]  # fmt: skip
    assert drivers(frame_of(rows)).empty


def test_a_gap_is_no_comparison() -> None:
    rows = company({"a": ((8, None), (4, None))}, periods=(EARLIER, date(2024, 1, 15)))
    assert drivers(frame_of(rows)).empty


def test_the_year_before_is_52_weeks_before() -> None:
    rows = company({"a": ((8, None), (4, None))}, periods=(EARLIER, date(2024, 12, 30)))
    [found] = drivers(frame_of(rows), "previous_year").itertuples()
    assert (found.comparison, found.effect, found.share_of_change) == ("previous_year", -4, 1)


def test_no_readings_have_no_effects() -> None:
    found = drivers(frame_of([]))
    assert found.empty
    assert tuple(found.columns) == DRIVER_COLUMNS
    assert main_drivers(found) == ()


def test_main_drivers_are_the_largest_in_the_direction_of_the_change() -> None:
    channels: Segments = {
        "chat": ((80, 100), (40, 100)),
        "email": ((80, 100), (90, 100)),
        "phone": ((80, 100), (79, 100)),
        "post": ((80, 100), (71, 100)),
    }
    teams: Segments = {"one": ((160, 200), (150, 200)), "two": ((160, 200), (130, 200))}
    rows = [*company(channels), *(row for row in company(teams, "team") if row.segment_type == "team")]
    found = main_drivers(drivers(frame_of(rows)))
    assert [(each.segment_type, each.segment, each.kind) for each in found] == [
        ("channel", "chat", "rate"),
        ("team", "two", "rate"),
        ("team", "one", "rate"),
    ]
    assert found[0] == Driver("channel", "chat", "rate", -0.1, 0.8, 0.4)
    assert [each.effect for each in found] == pytest.approx([-0.1, -0.075, -0.025])
    # That of the phone is less than a twentieth of the change, that of the e-mail against it.
    alone = main_drivers(drivers(frame_of(company(channels))))
    assert [driver.segment for driver in alone] == ["chat", "post"]
    assert [driver.segment_type for driver in main_drivers(drivers(frame_of(rows)), ["team"])] == ["channel"] * 2


def test_a_dimension_of_a_single_segment_drives_nothing() -> None:
    assert main_drivers(effects({"only": ((80, 100), (40, 100))})) == ()


def test_small_groups_are_not_named() -> None:
    few = float(SMALLEST_GROUP - 1)
    segments: Segments = {"few": ((few, few), (0, few)), "many": ((80, 100), (70, 100))}
    assert [driver.segment for driver in main_drivers(effects(segments))] == ["many"]
    # A rate of few is not shown, whether they are few now or were before; that hardly any are left may be.
    left: Segments = {"left": ((100, 100), (1, 1)), "many": ((50, 100), (50, 100))}
    assert [(driver.segment, driver.kind) for driver in main_drivers(effects(left))] == [
        ("left", "mix"),
        ("many", "mix"),
    ]
