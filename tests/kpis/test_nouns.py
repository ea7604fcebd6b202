"""What samples consist of, one and several, in both languages."""

from pipelines.kpis.nouns import NOUNS, format_sample


def test_a_sample_is_counted_in_words() -> None:
    assert format_sample(28, "answers", "en") == "28 answers"
    assert format_sample(1, "answers", "en") == "1 answer"
    assert format_sample(0, "answers", "en") == "0 answers"
    # French has the singular for zero.
    assert format_sample(0, "answers", "fr") == "0 réponse"
    assert format_sample(1240, "sales", "fr") == "1\u202f240 ventes"
    assert format_sample(2, "", "fr") == "2 observations"


def test_every_noun_has_both_languages() -> None:
    assert all(set(forms) == {"en", "fr"} for forms in NOUNS.values())
