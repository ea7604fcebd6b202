"""The words of each condition, read as sentences in both languages."""

from dataclasses import replace
from datetime import date

import pytest
from notify_samples import ENGLISH, EVENT, FRENCH, RULE, event, kpi

from pipelines.notify.compose import CompanyFacts, compose
from pipelines.notify.message import Fact
from pipelines.watch.conditions import CONDITIONS
from pipelines.watch.limit import Side
from pipelines.watch.normal import Normal
from pipelines.watch.rule import Rule

CASES = [
    ("change", "below", "less than the 75% that an allowed drop leaves", "sous le seuil de 75 % que laisse la baisse admise"),
    ("change", "above", "more than the 50% that an allowed rise reaches", "au-dessus du seuil de 50 % que permet la hausse admise"),
    ("band", "below", "below the benchmark of 75%", "sous la référence de 75 %"),
    ("band", "above", "above the benchmark of 50%", "au-dessus de la référence de 50 %"),
    ("target", "below", "below the target of 75%", "sous l'objectif de 75 %"),
    ("target", "above", "above the target of 50%", "au-dessus de l'objectif de 50 %"),
    ("target_share", "below", "below 75%, the least that the target allows", "sous 75 %, le minimum que permet l'objectif"),
    ("target_share", "above", "above 50%, the most that the target allows", "au-dessus de 50 %, le maximum que permet l'objectif"),
    ("baseline", "below", "below the usual range, which begins at 75%", "sous la fourchette habituelle, qui commence à 75 %"),
    ("baseline", "above", "above the usual range, which ends at 50%", "au-dessus de la fourchette habituelle, qui s'arrête à 50 %"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "side", "english", "french"), CASES)
def test_a_condition_has_words_of_its_own(condition: str, side: Side, english: str, french: str) -> None:
    threshold = 0.75 if side == "below" else 0.5
    fired = event(condition=condition, side=side, threshold=threshold, mildest_threshold=threshold)
    for company, words in ((ENGLISH, english), (FRENCH, french)):
        message = compose(fired, RULE, kpi(), "support", company)
        assert message.title.replace("\u00a0", " ").replace("\u202f", " ").endswith(f", {words}")


def test_every_condition_has_a_case() -> None:
    covered = {condition for condition, *_ in CASES} | {"below", "above", "outside", "stale"}
    assert {condition.key for condition in CONDITIONS} <= covered


@pytest.mark.parametrize(
    ("company", "fired", "resolved"),
    [
        (
            ENGLISH,
            (
                "Critical: Age of the data of CSAT at 3 d 4 h, more than the 2 d allowed",
                "The newest data is of Thursday 1 January 2026.",
            ),
            ("Resolved: Age of the data of CSAT at 0 s again after 2 days", "New data has come."),
        ),
        (
            FRENCH,
            (
                "Critique : Âge des données pour CSAT à 3 j 4 h, au-delà des 2 j admis",
                "Les données les plus récentes datent du jeudi 1er janvier 2026.",
            ),
            (
                "Résolu : Âge des données pour CSAT de nouveau à 0 s après 2 jours",
                "De nouvelles données sont arrivées.",
            ),
        ),
    ],
)
def test_stale_data_is_an_age(company: CompanyFacts, fired: tuple[str, str], resolved: tuple[str, str]) -> None:
    rule = Rule.model_validate({"name": "csat-floor", "kpi": "csat", "grain": "day", "stale": "2d"})
    subject = rule.condition.subject(kpi())
    unknown = {"previous_value": None, "sample_size": None, "ci_low": None, "ci_high": None}
    whole = {"segment_type": "all", "segment": "all", "grain": "day"}
    opened = event(
        {"value": 273_600.0, **unknown, **whole}, condition="stale", side="above",
        threshold=172_800.0, mildest_threshold=172_800.0, peak_value=273_600.0, breached_value=273_600.0,
    )  # fmt: skip
    closed = replace(opened, kind="resolved", breached_periods=2, reading=replace(opened.reading, value=0.0))
    messages = [compose(each, rule, subject, "support", company) for each in (opened, closed)]
    texts = [(message.title, message.text.splitlines()[0]) for message in messages]
    spaced = [tuple(text.replace("\u00a0", " ").replace("\u202f", " ") for text in pair) for pair in texts]
    assert spaced == [fired, resolved]


def test_a_change_that_ended_is_not_back_where_it_was() -> None:
    resolved = replace(EVENT, kind="resolved", condition="change", breached_periods=2)
    assert "steady again at 64%" in compose(resolved, RULE, kpi(), "support", ENGLISH).title
    assert "de nouveau stable" in compose(resolved, RULE, kpi(), "support", FRENCH).title


@pytest.mark.parametrize(("age", "day"), [(86_400.0, 4), (86_401.0, 3), (172_800.0, 3), (3_600.0, 4)])
def test_the_newest_data_is_of_the_day_that_the_age_counts_from(age: float, day: int) -> None:
    # At the end of the 5th, data of the 4th is a day old; during the 5th, that of the 4th is some hours old.
    old = event({"value": age, "grain": "day"}, condition="stale", side="above", threshold=1.0, peak_value=age)
    message = compose(old, RULE, kpi("Age", "Âge", "seconds", "down"), "support", ENGLISH)
    assert f"{day} January 2026." in message.text.splitlines()[0]


def test_stale_data_is_too_old_since_a_day() -> None:
    old = event(
        {"value": 432_000.0, "grain": "day"}, condition="stale", side="above", threshold=172_800.0,
        peak_value=432_000.0, opened_period=date(2026, 1, 3), breached_periods=3, kind="repeated",
    )  # fmt: skip
    age = kpi("Age", "Âge", "seconds", "down")
    english, french = (compose(old, RULE, age, "support", company).text for company in (ENGLISH, FRENCH))
    assert "Since: Saturday 3 January 2026, too old for 3 days" in english
    assert "samedi 3 janvier 2026, trop anciennes depuis 3\u00a0jours" in french


CHANGES = [
    ("-10%", "a drop of more than 10% since the week before", "une baisse de plus de 10 % depuis la semaine précédente"),
    ("+12.5%", "a rise of more than 12.5% since the week before", "une hausse de plus de 12,5 % depuis la semaine précédente"),
    ("-5pp", "a drop of more than 5 points since the week before", "une baisse de plus de 5 points depuis la semaine précédente"),
    (
        {"from": "previous_year", "drop": {"warn": "10%", "critical": "20%"}},
        "a drop of more than 20% since the same week of the year before",
        "une baisse de plus de 20 % depuis la même semaine de l'année précédente",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "english", "french"), CHANGES)
def test_a_message_about_a_change_says_which_change_it_is(change: object, english: str, french: str) -> None:
    rule = Rule.model_validate(
        {"name": "moved", "kpi": "csat", "change": change}
        | ({} if isinstance(change, dict) else {"severity": "critical"})
    )
    side: Side = "above" if "rise" in english else "below"
    moved = event(condition="change", side=side, threshold=0.75)
    for company, words in ((ENGLISH, english), (FRENCH, french)):
        found = compose(moved, rule, kpi(), "support", company)
        said = [
            block.value
            for block in found.content.blocks
            if isinstance(block, Fact) and block.label in ("Rule", "Règle")
        ]
        assert [each.replace("\u00a0", " ").replace("\u202f", " ") for each in said] == [words]
    # What is over needs no explanation, and neither does an incident of an earlier version with another condition.
    for other in (replace(moved, kind="resolved"), replace(moved, condition="below"), replace(moved, severity="warn")):
        is_said = "Rule: " in compose(other, rule, kpi(), "support", ENGLISH).text
        assert is_said == (other.severity == "warn" and isinstance(change, dict))


def test_a_rule_on_the_usual_range_says_that_values_count_together() -> None:
    run = Normal(None, (0.78, 0.86), None, None, is_run=True)
    fired = event(condition="baseline", threshold=0.78)
    english, french = (compose(fired, RULE, kpi(), "support", each, normal=run).text for each in (ENGLISH, FRENCH))
    assert "Rule: the last 3 weeks together are beyond what is usual; the latest value alone would not be" in english
    assert "sur 3\u00a0semaines, l'ensemble sort de l'habituel" in french


def test_what_was_usual_before_an_incident_is_not_what_the_range_has_become() -> None:
    normal = Normal(0.84, (0.81, 0.86), None, None)
    later = event(condition="baseline", threshold=0.7, kind="repeated", opened_period=date(2025, 12, 1))
    text = compose(later, RULE, kpi(), "support", ENGLISH, normal=normal).text
    assert "For comparison: usually 81% to 86% before the incident, 84% just before it" in text
    first = compose(event(condition="baseline", threshold=0.81), RULE, kpi(), "support", ENGLISH, normal=normal).text
    assert "For comparison: usually 81% to 86%, 84% before the incident" in first
