"""The texts of messages about several alerts, in English and French."""

from collections.abc import Mapping

from pipelines.kpis.formatting import Language, format_count, plural
from pipelines.kpis.words import Phrase, choose

_NBSP = "\u00a0"

_WORDS: Mapping[str, Phrase] = {
    "by": ("{label} by {dimension}", "{label} par {dimension}"),
    "alert": ("{count} alert", "{count} alerte"),
    "alerts": ("{count} alerts", "{count} alertes"),
    "one_critical": (" ({count} critical)", " ({count} critique)"),
    "some_critical": (" ({count} critical)", " ({count} critiques)"),
    "at_once": ("{alerts} at once{critical}", "{alerts} à la fois{critical}"),
    "of_rule": ("{name}: {alerts}{critical}", f"{{name}}{_NBSP}: {{alerts}}{{critical}}"),
    # The first sentence.
    "worst": (
        "The worst is {name} at {value}{compared}, {threshold}.",
        f"Au pire{_NBSP}: {{name}} à {{value}}{{compared}}, {{threshold}}.",
    ),
    "lead_resolved": (
        "The values are within their bounds again.",
        "Les valeurs sont de nouveau dans leurs limites.",
    ),
    "lead_restated": (
        "Late data has changed what was reported.",
        "Des données tardives ont changé ce qui avait été annoncé.",
    ),
    "lead_no_data": (
        "There is no value where there usually is one.",
        "Il n'y a pas de valeur là où il y en a d'habitude.",
    ),
    "lead_data_again": ("There are values again.", "Il y a de nouveau des valeurs."),
    # A line for each alert.
    "line": (
        "{name}: {value}{compared}, {threshold}{sample}",
        f"{{name}}{_NBSP}: {{value}}{{compared}}, {{threshold}}{{sample}}",
    ),
    "line_resolved": (
        "{name}: {value}{compared}, after {duration} {threshold}",
        f"{{name}}{_NBSP}: {{value}}{{compared}}, après {{duration}} {{threshold}}",
    ),
    "line_no_data": (
        "{name}: no value for {duration}, last {value}, {period}",
        f"{{name}}{_NBSP}: aucune valeur depuis {{duration}}, la dernière de {{value}}, {{period}}",
    ),
    "line_data_again": (
        "{name}: {value}, after {duration} without a value",
        f"{{name}}{_NBSP}: {{value}}, après {{duration}} sans valeur",
    ),
    "line_of_rule": ("{rule}: {alerts}{critical}{owner}", f"{{rule}}{_NBSP}: {{alerts}}{{critical}}{{owner}}"),
    "compared": (" (was {previous})", " (contre {previous})"),
    "and_more": ("and {count} more", "et {count} de plus"),
    # Labels.
    "by_rule": ("By rule", "Par règle"),
    "worst_ones": ("The worst {count}", "Les {count} pires"),
    "list_them": ("List them", "Les lister"),
    # The state of a thread.
    "some_open": ("{open} of {all_alerts} open", "{open_alerts} sur {all} en cours"),
    "line_open": (
        "{name}: {value}, threshold {threshold}",
        f"{{name}}{_NBSP}: {{value}}, seuil de {{threshold}}",
    ),
    "line_without_value": ("{name}: no value", f"{{name}}{_NBSP}: aucune valeur"),
}


def text(key: str, language: Language, **facts: object) -> str:
    """Returns a text in `language`, with `facts` filled in."""
    return choose(_WORDS[key], language, **facts)


def alerts(count: int, language: Language) -> str:
    """Returns a number of alerts in words."""
    return _counted("alert", "alerts", count, language)


def critical(count: int, language: Language) -> str:
    """Returns how many alerts are critical, in brackets."""
    return _counted("one_critical", "some_critical", count, language)


def _counted(one: str, other: str, count: int, language: Language) -> str:
    phrase = plural(count, choose(_WORDS[one], language), choose(_WORDS[other], language), language)
    return phrase.format(count=format_count(count, language))
