"""Numbers, amounts, durations, periods and moments in English and French."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.kpis import Grain, Unit
from pipelines.kpis.formatting import (
    Language,
    ValueFormat,
    format_count,
    format_duration,
    format_moment,
    format_period,
    format_period_count,
    format_share,
    format_value,
    plural,
    says_nothing,
)
from pipelines.kpis.kpi import ShownUnit


def shown(
    unit: Unit, language: Language, value: float, threshold: float, *others: float, currency: str = "EUR"
) -> list[str]:
    chosen = ValueFormat.beside_threshold(unit, language, currency, value=value, threshold=threshold, others=others)
    return [chosen.format(value), chosen.format_threshold(threshold), *(chosen.format(other) for other in others)]


@pytest.mark.parametrize(
    ("unit", "value", "threshold", "other", "english", "french"),
    [
        ("ratio", 0.64, 0.7, 0.83, "64% 70% 83%", "64\u00a0% 70\u00a0% 83\u00a0%"),
        ("ratio", 0.6996, 0.7, 0.83, "69.96% 70% 83.00%", "69,96\u00a0% 70\u00a0% 83,00\u00a0%"),
        ("ratio", 0.11, 0.125, 0.2, "11.0% 12.5% 20.0%", "11,0\u00a0% 12,5\u00a0% 20,0\u00a0%"),
        ("ratio", 0.0042, 0.003, 0.0, "0.4% 0.3% 0.0%", "0,4\u00a0% 0,3\u00a0% 0,0\u00a0%"),
        ("ratio", 0.0, 0.7, 1.0, "0% 70% 100%", "0\u00a0% 70\u00a0% 100\u00a0%"),
        ("ratio", -0.2, 0.0, 1.5, "-20% 0% 150%", "-20\u00a0% 0\u00a0% 150\u00a0%"),
        ("score", 34.46, 40, 41.0, "34.5 40 41.0", "34,5 40 41,0"),
        ("score", -10.0, 0, 12.5, "-10.0 0 12.5", "-10,0 0 12,5"),
        ("currency", 12_345.67, 15_000, 16_000.5, "€12,346 €15,000 €16,000", "12\u202f346\u00a0€ 15\u202f000\u00a0€"),
        ("currency", 45.5, 49.9, 52.25, "€45.50 €49.90 €52.25", "45,50\u00a0€ 49,90\u00a0€ 52,25\u00a0€"),
        ("currency", 0.0, 143.1, 159.0, "€0.00 €143.10 €159.00", "0,00\u00a0€ 143,10\u00a0€ 159,00\u00a0€"),
        ("count", 1_432, 1_200, 980, "1,432 1,200 980", "1\u202f432 1\u202f200 980"),
        ("count", 2.346, 2, 2.1, "2.3 2 2.1", "2,3 2 2,1"),
        ("count", 0.0346, 0.02, 0.01, "0.035 0.02 0.010", "0,035 0,02 0,010"),
        ("days", 12.44, 10, 1, "12.4 days 10 days 1.0 days", "12,4\u00a0jours 10\u00a0jours 1,0\u00a0jour"),
        ("days", 2, 1, 0, "2 days 1 day 0 days", "2\u00a0jours 1\u00a0jour 0\u00a0jour"),
        ("seconds", 15_120, 14_400, 45, "4 h 12 min 4 h 45 s", "4 h 12 min 4 h 45 s"),
        ("seconds", 14_405, 14_400, 90_061, "4 h 5 s 4 h 1 d 1 h 1 min", "4 h 5 s 4 h 1 j 1 h 1 min"),
        ("seconds", 183_600, 172_800, 0, "2 d 3 h 2 d 0 s", "2 j 3 h 2 j 0 s"),
        ("seconds", 3_599.7, 3_600, 9.96, "59 min 59.7 s 1 h 9.96 s", "59 min 59,7 s 1 h 9,96 s"),
    ],
)
def test_values_beside_their_threshold(
    unit: Unit, value: float, threshold: float, other: float, english: str, french: str
) -> None:
    assert " ".join(shown(unit, "en", value, threshold, other)) == english
    assert " ".join(shown(unit, "fr", value, threshold, other)).startswith(french)


@pytest.mark.parametrize(
    ("currency", "english", "french"),
    [
        ("USD", "$45.50", "45,50\u00a0$US"),
        ("JPY", "¥1,234", "1\u202f234\u00a0JPY"),
        ("GBP", "£45.50", "45,50\u00a0£GB"),
    ],
)
def test_amounts_in_the_currency_of_the_company(currency: str, english: str, french: str) -> None:
    value = 1_234 if currency == "JPY" else 45.5
    assert shown("currency", "en", value, 1, currency=currency)[0] == english
    assert shown("currency", "fr", value, 1, currency=currency)[0] == french


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("ratio", 0.6996, "70%"),
        ("ratio", 0.042, "4.2%"),
        ("currency", 1_234.5, "€1,234"),
        ("seconds", 15_125, "4 h 12 min"),
    ],
)
def test_a_value_without_a_threshold(unit: Unit, value: float, text: str) -> None:
    assert format_value(value, unit, "en", "EUR") == text


@pytest.mark.parametrize(
    ("unit", "values", "texts"),
    [
        ("ratio", [0.64, 0.042], ["64.0%", "4.2%"]),
        ("currency", [45.5, 1_234.5], ["€45.50", "€1,234.50"]),
        ("count", [3, 2.5], ["3.0", "2.5"]),
        ("count", [], []),
    ],
)
def test_values_in_one_format_have_the_same_decimals(unit: Unit, values: list[float], texts: list[str]) -> None:
    chosen = ValueFormat.for_values(unit, "en", "EUR", values)
    assert [chosen.format(value) for value in values] == texts


UNITS = st.sampled_from(["ratio", "score", "seconds", "currency", "count", "days"])


@given(
    UNITS,
    st.sampled_from(["en", "fr"]),
    st.floats(-1e15, 1e15),
    st.floats(-1e15, 1e15),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=2),
)
@example("seconds", "fr", 1e-320, 5e-324, [1.7e308])
@example("currency", "en", -0.0, 0.0, [-1e-9])
def test_every_float_can_be_formatted(
    unit: Unit, language: Language, value: float, threshold: float, others: list[float]
) -> None:
    for text in shown(unit, language, value, threshold, *others):
        assert any(character.isdigit() for character in text)
        assert text.isprintable() or "\u00a0" in text or "\u202f" in text
        assert not text.startswith(("-0%", "-0 "))


@given(st.sampled_from(["ratio", "score", "count", "days"]), st.integers(-9_999, 9_999), st.integers(-9_999, 9_999))
def test_a_value_reads_as_its_threshold_only_if_both_are_equal(unit: Unit, value: int, threshold: int) -> None:
    texts = shown(unit, "en", value / 10_000, threshold / 10_000)
    read = [Fraction(text.split()[0].rstrip("%").replace(",", "")) for text in texts]
    assert (read[0] > read[1], read[0] < read[1]) == (value > threshold, value < threshold)


@pytest.mark.parametrize(
    ("start", "grain", "english", "french"),
    [
        (date(2026, 1, 5), "week", "week of 5 January 2026 (W02)", "semaine du 5 janvier 2026 (S02)"),
        (date(2025, 12, 29), "week", "week of 29 December 2025 (W01)", "semaine du 29 décembre 2025 (S01)"),
        (date(2024, 7, 1), "week", "week of 1 July 2024 (W27)", "semaine du 1er juillet 2024 (S27)"),
        (date(2026, 1, 5), "day", "Monday 5 January 2026", "lundi 5 janvier 2026"),
        (date(2026, 5, 1), "day", "Friday 1 May 2026", "vendredi 1er mai 2026"),
        (date(2026, 8, 1), "month", "August 2026", "août 2026"),
        (date(2026, 1, 1), "quarter", "Q1 2026", "T1 2026"),
        (date(2026, 10, 1), "quarter", "Q4 2026", "T4 2026"),
        (date(2026, 1, 1), "year", "2026", "2026"),
    ],
)
def test_names_of_periods(start: date, grain: Grain, english: str, french: str) -> None:
    assert format_period(start, grain, "en") == english
    assert format_period(start, grain, "fr") == french


@pytest.mark.parametrize(
    ("count", "grain", "english", "french"),
    [
        (1, "day", "1 day", "1 jour"),
        (2, "week", "2 weeks", "2 semaines"),
        (1, "week", "1 week", "1 semaine"),
        (3, "month", "3 months", "3 mois"),
        (1, "quarter", "1 quarter", "1 trimestre"),
        (2, "quarter", "2 quarters", "2 trimestres"),
        (1, "year", "1 year", "1 an"),
        (12, "year", "12 years", "12 ans"),
    ],
)
def test_lengths_of_time_in_periods(count: int, grain: Grain, english: str, french: str) -> None:
    assert format_period_count(count, grain, "en").replace("\u00a0", " ") == english
    assert format_period_count(count, grain, "fr").replace("\u00a0", " ") == french


def test_zero_is_singular_in_french_and_plural_in_english() -> None:
    assert plural(0, "cheval", "chevaux", "fr") == "cheval"
    assert plural(0, "horse", "horses", "en") == "horses"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (3_600, "1 h"), (3_661, "1 h 1 min"), (-90, "-1 min 30 s"), (86_399.9, "1 d")],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds, "en") == text


def test_moments_are_in_the_time_zone_of_the_company() -> None:
    at = datetime(2026, 7, 1, 22, 5, tzinfo=UTC)
    assert format_moment(at, "Europe/Paris", "en") == "Thursday 2 July 2026, 00:05"
    assert format_moment(at, "UTC", "fr") == "mercredi 1er juillet 2026, 22:05"


def test_counts_and_shares() -> None:
    assert [format_count(12_345, "en"), format_count(12_345, "fr")] == ["12,345", "12\u202f345"]
    assert [format_share(0.95, "en"), format_share(0.95, "fr")] == ["95%", "95\u00a0%"]


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (0.027, "+2.7\u00a0pp", "+2,7\u00a0pts"),
        (-0.17, "-17\u00a0pp", "-17\u00a0pts"),
        (0.0, "0\u00a0pp", "0\u00a0pts"),
        (1.0, "+100\u00a0pp", "+100\u00a0pts"),
    ],
)
def test_a_difference_of_shares_is_in_points(value: float, english: str, french: str) -> None:
    assert format_value(value, "points", "en", "EUR") == english
    assert format_value(value, "points", "fr", "EUR") == french


def test_hours_have_their_sign() -> None:
    assert format_value(7.4, "hours", "en", "EUR") == "7.4\u00a0h"
    assert format_value(1.5, "hours", "fr", "EUR") == "1,5\u00a0h"


@pytest.mark.parametrize(
    ("unit", "low", "high", "is_silent"),
    [
        ("days", 0.008, 176_390, True),
        ("days", 1, 10, False),
        ("days", 0, 176_390, False),
        ("seconds", 60, 6_000, True),
        # A share from 0.1 % to 5 % is known to be small.
        ("ratio", 0.001, 0.05, False),
        ("score", 1, 100, False),
        ("points", 0.001, 0.05, False),
    ],
)
def test_an_interval_over_several_sizes_says_nothing(unit: ShownUnit, low: float, high: float, is_silent: bool) -> None:
    assert says_nothing(unit, low, high) == is_silent
