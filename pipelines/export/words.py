"""The words of exported files, in English and French: the shared ones as headings, and their own."""

from collections.abc import Mapping

from pipelines.kpis.words import WORDS, Phrase, capitalized, choose

_OWN: Mapping[str, Phrase] = {
    "scorecard": ("Scorecard", "Tableau de bord"),
    "alerts": ("Alerts", "Alertes"),
    "charts": ("Charts", "Graphiques"),
    "trends": ("Trends", "Tendances"),
    "data": ("Data", "Données"),
    "definitions": ("Definitions", "Définitions"),
    "period": ("Period from", "Période du"),
    "period_end": ("to", "au"),
    "change": ("Change", "Évolution"),
    "trend": ("Trend", "Tendance"),
    "good": ("Good", "Bon"),
    "since": ("Since", "Depuis le"),
    "comment": ("Comment", "Commentaire"),
    "warn": ("Warning", "Attention"),
    "none": ("-", "-"),
    "points": ("pp", "pts"),
    "days": ("d", "j"),
    "name": ("Name", "Nom"),
    "description": ("Description", "Description"),
    "maturity": ("Mature after (days)", "Définitif après (jours)"),
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
    # The report.
    "report": ("KPI report", "Rapport des indicateurs"),
    "on_target": ("On target", "À l'objectif"),
    "off_target": ("Off target", "Hors objectif"),
    "of_all": ("of {count} with a target or benchmark", "sur {count} avec objectif ou référence"),
    "nothing_to_compare": ("no target or benchmark", "ni objectif ni référence"),
    "open_alerts": ("Open alerts", "Alertes en cours"),
    "critical_ones": ("{count} critical", "dont {count} critiques"),
    "critical_one": ("{count} critical", "dont {count} critique"),
    "by_dimension": ("By {dimension}", "Par {dimension}"),
    "made_by": ("Made by Vigie", "Établi par Vigie"),
    "note_chart": (
        "The thin lines are the bounds of rules, the dashed one is the target, the dotted one the year before. "
        "A coloured background marks the periods of an incident.",
        "Les traits fins sont les seuils des règles, le trait interrompu l'objectif, le pointillé l'année précédente. "
        "Un fond coloré marque les périodes d'un incident.",
    ),
    "note_change_report": (
        "Changes are against the period before: in points for shares and scores, in percent for everything else.",
        "Les évolutions sont par rapport à la période précédente\u00a0: en points pour les parts et les scores, "
        "en pourcentage sinon.",
    ),
    "note_version": ("Version of these definitions: {version}", "Version de ces définitions\u00a0: {version}"),
}

# Units and directions are the content of cells, not headings; n is a sign.
_AS_THEY_ARE = ("unit_", "direction_", "sample")
_WORDS: Mapping[str, Phrase] = {
    **{key: phrase if key.startswith(_AS_THEY_ARE) else capitalized(phrase) for key, phrase in WORDS.items()},
    "critical": capitalized(WORDS["severity_critical"]),
    "began": WORDS["since"],
    **_OWN,
}


def word(key: str, language: str, **facts: object) -> str:
    """Returns what `key` is called in `language` (`fr`, else English), with `facts` filled in."""
    return choose(_WORDS[key], language, **facts)
