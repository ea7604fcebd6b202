"""The words of a workbook, in English and French."""

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = {
    "scorecard": ("Scorecard", "Tableau de bord"),
    "alerts": ("Alerts", "Alertes"),
    "charts": ("Charts", "Graphiques"),
    "trends": ("Trends", "Tendances"),
    "data": ("Data", "Données"),
    "definitions": ("Definitions", "Définitions"),
    "kpi": ("KPI", "Indicateur"),
    "segment": ("Segment", "Segment"),
    "all": ("All", "Ensemble"),
    "colon": (": ", "\u00a0: "),
    "period": ("Period from", "Période du"),
    "period_end": ("to", "au"),
    "value": ("Value", "Valeur"),
    "previous": ("Previous", "Précédent"),
    "change": ("Change", "Évolution"),
    "previous_year": ("Year before", "Année précédente"),
    "target": ("Target", "Objectif"),
    "status": ("Status", "État"),
    "sample": ("n", "n"),
    "trend": ("Trend", "Tendance"),
    "good": ("Good", "Bon"),
    "severity": ("Severity", "Gravité"),
    "severity_warn": ("Warning", "Avertissement"),
    "severity_critical": ("Critical", "Critique"),
    "threshold": ("Threshold", "Seuil"),
    "worst": ("Worst", "Pire valeur"),
    "since": ("Since", "Depuis le"),
    "acknowledged": ("Acknowledged", "Prise en charge"),
    "comment": ("Comment", "Commentaire"),
    "rule": ("Rule", "Règle"),
    "id": ("Id", "Identifiant"),
    "no_alerts": ("No open alerts.", "Aucune alerte en cours."),
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
    "maturity": ("Mature after (days)", "Définitif après (jours)"),
    "source": ("Source", "Source"),
    "unit_ratio": ("share", "part"),
    "unit_score": ("score", "note"),
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
        "Au-delà de {most} segments, le graphique ne trace que l'ensemble\u00a0; tous sont dans la feuille "
        "«\u00a0{sheet}\u00a0».",
    ),
    "note_change": (
        "Change: in points for shares and scores, in percent for everything else; against the period before.",
        "Évolution\u00a0: en points pour les parts et les scores, en pourcentage sinon\u00a0; par rapport à "
        "la période précédente.",
    ),
    "note_duration": (
        "Durations are shown in hours:minutes:seconds; as in all spreadsheets the cell holds days (1 = 24 hours).",
        "Les durées s'affichent en heures:minutes:secondes\u00a0; comme dans tout tableur, la cellule "
        "contient des jours.",
    ),
    "note_status": (
        "Status: the value of the period against the KPI's target or benchmark; rules have bounds of their own.",
        "État\u00a0: la valeur au regard de l'objectif ou de la référence\u00a0; les règles ont leurs propres seuils.",
    ),
    "note_complete": (
        "A period is complete once it has ended, its rows are mature and its sources have been loaded since.",
        "Une période est complète quand elle est finie, que ses lignes sont définitives et que ses sources "
        "ont été chargées depuis.",
    ),
    "note_version": ("Version of these definitions: {version}", "Version de ces définitions\u00a0: {version}"),
}


def word(key: str, language: str, **facts: object) -> str:
    """Returns what `key` is called in `language` (`fr`, else English), with `facts` filled in.

    Only the phrase is a template: facts may have braces.
    """
    english, french = _WORDS[key]
    phrase = french if language == "fr" else english
    return phrase.format(**facts) if facts else phrase
