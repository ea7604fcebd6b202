"""The words in charts, in English and French."""

from collections.abc import Mapping

from pipelines.kpis.words import WORDS, Phrase, capitalized, choose

_WORDS: Mapping[str, Phrase] = {
    "target": capitalized(WORDS["target"]),
    "previous_year": capitalized(WORDS["previous_year"]),
    "warn": capitalized(WORDS["severity_warn"]),
    "critical": capitalized(WORDS["severity_critical"]),
    "usual": ("Usual range", "Plage habituelle"),
    "moving": ("{name}, now {value}", "{name}, désormais {value}"),
    "nothing": ("{title}: no value yet", "{title}\u00a0: pas encore de valeur"),
    "description": (
        "{title}: {value}, {period}; lowest {low}, highest {high}; periods with a value: {count}",
        "{title}\u00a0: {value}, {period}\u00a0; au plus bas {low}, au plus haut {high}\u00a0; "
        "périodes avec une valeur\u00a0: {count}",
    ),
}


def word(key: str, language: str, **facts: object) -> str:
    """Returns what `key` is called in `language` (`fr`, else English), with `facts` filled in."""
    return choose(_WORDS[key], language, **facts)
