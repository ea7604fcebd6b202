"""The texts of messages that bring reports and digests, in English and French."""

from collections.abc import Mapping

from pipelines.kpis.words import WORDS, Phrase, capitalized, choose

_WORDS: Mapping[str, Phrase] = {
    "colon": WORDS["colon"],
    "report": ("Report", "Rapport"),
    "digest": ("Digest", "Résumé"),
    "attached": (
        "The file {file} is attached. Its values are those known on {moment}.",
        "Le fichier {file} est joint. Ses valeurs sont celles connues au {moment}.",
    ),
    "off_target": ("Off target", "Hors objectif"),
    "open_alerts": ("Open alerts", "Alertes en cours"),
    "nothing": ("nothing", "rien"),
    "none_open": ("none", "aucune"),
    # The first sentence of a digest is made of these.
    "no_targets": ("no KPI has a target or benchmark", "aucun indicateur n'a d'objectif ni de référence"),
    "all_on_target": (
        "all {all} KPIs with a target or benchmark are on target",
        "les {all} indicateurs avec objectif ou référence y sont",
    ),
    "only_one_on_target": (
        "the one KPI with a target or benchmark is on target",
        "le seul indicateur avec objectif ou référence y est",
    ),
    "only_one_off": (
        "the one KPI with a target or benchmark is off target",
        "le seul indicateur avec objectif ou référence est hors objectif",
    ),
    "one_off": (
        "{count} of {all} KPIs with a target or benchmark is off target",
        "{count} indicateur sur {all} est hors objectif",
    ),
    "some_off": (
        "{count} of {all} KPIs with a target or benchmark are off target",
        "{count} indicateurs sur {all} sont hors objectif",
    ),
    "one_improved": ("{count} has improved", "{count} s'est amélioré"),
    "some_improved": ("{count} have improved", "{count} se sont améliorés"),
    "no_alert": ("no alert is open", "aucune alerte n'est en cours"),
    "one_alert": ("{count} alert is open", "{count} alerte est en cours"),
    "some_alerts": ("{count} alerts are open", "{count} alertes sont en cours"),
    "and": WORDS["and"],
    # The headline.
    "head_off": ("{count} off target", "{count} hors objectif"),
    "head_on": ("all on target", "tout à l'objectif"),
    "head_alert": ("{count} open alert", "{count} alerte en cours"),
    "head_alerts": ("{count} open alerts", "{count} alertes en cours"),
    # What is said of a KPI or of an alert, after its name.
    "is_off": ("off target at {value}{target}{compared}", "hors objectif à {value}{target}{compared}"),
    "has_improved": ("improved to {value}{target}{compared}", "amélioration à {value}{target}{compared}"),
    "target": (", target {target}", ", objectif {target}"),
    "is_open": (
        "{severity}, {value}, threshold {threshold}, out of bounds for {duration}",
        "{severity}, {value}, seuil {threshold}, hors limites depuis {duration}",
    ),
    "has_no_data": ("{severity}, no data for {duration}", "{severity}, pas de données depuis {duration}"),
    "resolved": ("Resolved since the last digest", "Résolu depuis le dernier résumé"),
    "more_off": ("Also off target", "Également hors objectif"),
    "more_improved": ("Also improved", "Également en amélioration"),
    "more_open": ("Also open", "Également en cours"),
    "severity_warn": WORDS["severity_warn"],
    "severity_critical": WORDS["severity_critical"],
}


def text(key: str, language: str, **facts: object) -> str:
    """Returns a text in `language` (`fr`, else English), with `facts` filled in."""
    return choose(_WORDS[key], language, **facts)


def sentence_case(words: str) -> str:
    """Returns words as a sentence begins with them."""
    return choose(capitalized((words, words)), "en")
