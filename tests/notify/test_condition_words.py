"""The words of each condition, read as sentences in both languages."""

from dataclasses import replace

import pytest
from notify_samples import ENGLISH, EVENT, FRENCH, RULE, event, kpi

from pipelines.notify.compose import CompanyFacts, compose
from pipelines.watch.conditions import CONDITIONS
from pipelines.watch.limit import Side
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
                "Critical: Age of the data of CSAT at 3 d 4 h, more than the 2 d that are allowed",
                "No newer data has come.",
            ),
            ("Resolved: Age of the data of CSAT at 0 s again after 2 days", "New data has come."),
        ),
        (
            FRENCH,
            (
                "Critique : Âge des données pour CSAT à 3 j 4 h, au-delà des 2 j admis",
                "Rien de plus récent n'est arrivé.",
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
