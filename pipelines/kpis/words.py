"""The words that messages, commands and workbooks share, in English and French, and how a phrase is chosen and filled.

Each of them adds phrases of its own. Words are in lower case; a heading or a label has a capital, see `capitalized`.
"""

from collections.abc import Mapping
from typing import TypeAlias

# English, then French.
Phrase: TypeAlias = tuple[str, str]

WORDS: Mapping[str, Phrase] = {
    "colon": (": ", "\u00a0: "),
    "and": (" and ", " et "),
    "or": (" or ", " ou "),
    "all": ("all", "ensemble"),
    "id": ("id", "identifiant"),
    "kpi": ("KPI", "indicateur"),
    "rule": ("rule", "règle"),
    "segment": ("segment", "segment"),
    "period": ("period", "période"),
    "day": ("day", "jour"),
    "week": ("week", "semaine"),
    "month": ("month", "mois"),
    "quarter": ("quarter", "trimestre"),
    "year": ("year", "année"),
    "value": ("value", "valeur"),
    "previous": ("previous", "précédent"),
    "previous_year": ("previous year", "année précédente"),
    "target": ("target", "objectif"),
    "sample": ("n", "n"),
    "threshold": ("threshold", "seuil"),
    "worst_value": ("worst value", "pire valeur"),
    "status": ("status", "état"),
    "severity": ("severity", "gravité"),
    "severity_warn": ("warning", "avertissement"),
    "severity_critical": ("critical", "critique"),
    "since": ("since", "depuis"),
    "reason": ("reason", "motif"),
    "acknowledged": ("acknowledged", "prise en charge"),
    "no_data": ("no data", "pas de données"),
    "no_open_alerts": ("no open alerts.", "aucune alerte en cours."),
    # What a KPI is.
    "label": ("label", "libellé"),
    "family": ("family", "famille"),
    "formula": ("formula", "formule"),
    "source": ("source", "source"),
    "unit": ("unit", "unité"),
    "unit_ratio": ("share", "part"),
    "unit_score": ("score", "note"),
    "unit_seconds": ("duration", "durée"),
    "unit_currency": ("amount", "montant"),
    "unit_count": ("number", "nombre"),
    "unit_days": ("days", "jours"),
    "unit_points": ("points", "points"),
    "unit_hours": ("hours", "heures"),
    "direction": ("better when", "meilleur si"),
    "direction_up": ("higher", "plus haut"),
    "direction_down": ("lower", "plus bas"),
    "direction_none": ("-", "-"),
}


def choose(phrase: Phrase, language: str, **facts: object) -> str:
    """Returns a phrase in `language` (`fr`, else English), with `facts` filled in.

    Only the phrase is a template: facts may have braces.
    """
    text = phrase[language == "fr"]
    return text.format(**facts) if facts else text


def capitalized(phrase: Phrase) -> Phrase:
    """Returns a phrase as a heading, a label or a sentence begins with it."""
    english, french = phrase
    return english[:1].upper() + english[1:], french[:1].upper() + french[1:]


def label(key: str, language: str) -> str:
    """Returns a shared word with a capital in `language`."""
    return choose(capitalized(WORDS[key]), language)
