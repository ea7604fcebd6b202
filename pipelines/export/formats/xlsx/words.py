"""The words of a workbook, in English and French."""

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = {
    "scorecard": ("Scorecard", "Tableau de bord"),
    "charts": ("Charts", "Graphiques"),
    "trends": ("Trends", "Tendances"),
    "data": ("Data", "Données"),
    "definitions": ("Definitions", "Définitions"),
    "kpi": ("KPI", "Indicateur"),
    "segment": ("Segment", "Segment"),
    "all": ("All", "Ensemble"),
    "period": ("Period from", "Période du"),
    "value": ("Value", "Valeur"),
    "previous": ("Previous", "Précédent"),
    "change": ("Change", "Évolution"),
    "previous_year": ("Year before", "Année précédente"),
    "target": ("Target", "Objectif"),
    "status": ("Status", "État"),
    "sample": ("n", "n"),
    "trend": ("Trend", "Tendance"),
    "good": ("Good", "Bon"),
    "warn": ("Warning", "Attention"),
    "critical": ("Critical", "Critique"),
    "none": ("-", "-"),
    "points": ("pp", "pts"),
    "days": ("d", "j"),
    "name": ("Name", "Nom"),
    "label": ("Label", "Libellé"),
    "family": ("Family", "Famille"),
    "description": ("Description", "Description"),
    "formula": ("Formula", "Formule"),
    "unit": ("Unit", "Unité"),
    "direction": ("Better when", "Meilleur si"),
    "maturity": ("Mature after (days)", "Mûr après (jours)"),
    "source": ("Source", "Source"),
    "unit_ratio": ("share", "part"),
    "unit_score": ("score", "score"),
    "unit_seconds": ("duration", "durée"),
    "unit_currency": ("amount", "montant"),
    "unit_count": ("number", "nombre"),
    "unit_days": ("days", "jours"),
    "direction_up": ("higher", "plus haut"),
    "direction_down": ("lower", "plus bas"),
    "direction_none": ("-", "-"),
    "grain_day": ("by day", "par jour"),
    "grain_week": ("by week (Monday to Sunday)", "par semaine (du lundi au dimanche)"),
    "grain_month": ("by month", "par mois"),
    "grain_quarter": ("by quarter", "par trimestre"),
    "grain_year": ("by year", "par an"),
    "as_of": ("Periods complete by", "Périodes complètes au"),
    "known_at": ("values as known on", "valeurs connues au"),
    "periods_of_each": (
        "the last {periods} complete periods of each KPI",
        "les {periods} dernières périodes complètes de chaque indicateur",
    ),
    "no_rows": ("no complete period yet", "pas encore de période complète"),
    "segments_not_drawn": (
        "With more than {most} segments a chart draws the whole alone; every segment is on the sheet '{sheet}'.",
        "Au-delà de {most} segments, le graphique ne trace que l'ensemble ; tous sont dans la feuille « {sheet} ».",
    ),
    "note_change": (
        "Change: in points for shares and scores, in percent for everything else; against the period before.",
        "Évolution : en points pour les parts et les scores, en pourcentage sinon ; par rapport à la période d'avant.",
    ),
    "note_duration": (
        "Durations are shown in hours:minutes:seconds; as in all spreadsheets the cell holds days (1 = 24 hours).",
        "Les durées s'affichent en heures:minutes:secondes ; comme dans tout tableur, la cellule contient des jours.",
    ),
    "note_status": (
        "Status: the value of the period against the KPI's target or benchmark; rules have bounds of their own.",
        "État : la valeur au regard de l'objectif ou de la référence ; les règles ont leurs propres bornes.",
    ),
    "note_complete": (
        "A period is complete once it has ended, its rows are mature and its sources have been loaded since.",
        "Une période est complète quand elle est finie, que ses lignes sont mûres et ses sources rechargées depuis.",
    ),
    "note_version": ("Version of these definitions: {version}", "Version de ces définitions : {version}"),
}


def word(key: str, language: str, **facts: object) -> str:
    """Returns what `key` is called in `language` (`fr`, else English), with `facts` filled in.

    Only the phrase is a template: facts may have braces.
    """
    english, french = _WORDS[key]
    phrase = french if language == "fr" else english
    return phrase.format(**facts) if facts else phrase
