"""Texts of rules in one or several languages."""

import pytest
from pydantic import ValidationError

from pipelines.watch.rule import Rule
from pipelines.watch.wording import Wording, text_of


def rule(**texts: object) -> Rule:
    return Rule.model_validate({"name": "a", "kpi": "csat", "below": 0.8, **texts})


def test_a_text_alone_is_for_readers_of_every_language() -> None:
    owner = rule(owner="Head of support").owner
    assert text_of(owner, "en") == text_of(owner, "fr") == "Head of support"


def test_each_language_has_its_own_text() -> None:
    title = rule(title={"en": "Unhappy customers", "fr": " Clients mécontents "}).title
    assert text_of(title, "en") == "Unhappy customers"
    assert text_of(title, "fr") == "Clients mécontents"
    assert text_of(rule(title={"fr": "Clients"}).title, "en") is None
    assert text_of(rule().title, "en") is None


@pytest.mark.parametrize("given", ["", " ", 4, ["a"], True, {}, {"en": None}, {"de": "a"}, {"en": ""}, {"en": 4}])
def test_what_says_nothing_to_a_reader_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        Wording.model_validate(given)
