"""The words of what commands show about the company's KPIs and alerts, in English and French.

The report of a pass, alerts, silences and replays of rules are in the language of the company, like messages and
exports. Help, mistakes in what was typed, errors and log lines are in English.
"""

from collections.abc import Mapping

from pipelines.kpis.formatting import Language, format_count, plural

_WORDS: Mapping[str, tuple[str, str]] = {
    "as_of": ("{company}, as of {moment}", "{company}, au {moment}"),
    "colon": (": ", "\u00a0: "),
    "all": ("all", "ensemble"),
    "none": ("none", "aucun"),
    # Steps of a pass.
    "ingest": ("loading extracts", "chargement des extraits"),
    "transform": ("building and testing the KPI tables", "calcul et contrôle des indicateurs"),
    "watch": ("evaluating the rules", "évaluation des règles"),
    "deliver": ("delivering messages", "envoi des messages"),
    "publish": ("publishing the tables", "publication des tables"),
    "export": ("export {name}", "export {name}"),
    "of_models": ("{done} of {total} models and tests", "{done} sur {total} modèles et tests"),
    "up_to_date": ("up to date", "à jour"),
    # Failures and quarantine.
    "reason_in_english": ("", "(motif en anglais) "),
    "warnings_in_english": ("Warnings:", "Avertissements (en anglais)\u00a0:"),
    "quarantined_now": (
        "{rows} quarantined, with reasons in {folder}",
        "{rows} en quarantaine, motifs (en anglais) dans {folder}",
    ),
    "quarantined_before": (
        "{rows} of files loaded earlier still quarantined, in {folder}",
        "{rows} de fichiers déjà chargés encore en quarantaine, dans {folder}",
    ),
    "rows_of": ("{rows} of {table}{column}: {reason} ({place})", "{rows} de {table}{column}\u00a0: {reason} ({place})"),
    "in_column": (' (column "{column}")', " (colonne «\u00a0{column}\u00a0»)"),
    "place": ("{file}, row {row}", "{file}, ligne {row}"),
    "first_place": ("first in {file}, row {row}", "la première dans {file}, ligne {row}"),
    # The scorecard.
    "scorecard": ("Scorecard: the last complete month", "Tableau de bord\u00a0: le dernier mois complet"),
    "month": ("month", "mois"),
    "value": ("value", "valeur"),
    "previous": ("previous", "précédent"),
    "previous_year": ("previous year", "année précédente"),
    "target": ("target", "objectif"),
    "sample": ("n", "n"),
    "without_values": (
        "Without a value: {names}. `vigie kpi NAME` says why.",
        "Sans valeur\u00a0: {names}. `vigie kpi NAME` dit pourquoi.",
    ),
    # Alerts and silences.
    "open_alerts": ("Open alerts: {count}", "Alertes en cours\u00a0: {count}"),
    "alerts": ("Alerts: {count}", "Alertes\u00a0: {count}"),
    "no_open_alerts": ("No open alerts.", "Aucune alerte en cours."),
    "no_such_alerts": ("No alerts match.", "Aucune alerte ne correspond."),
    "id": ("id", "id"),
    "rule": ("rule", "règle"),
    "kpi": ("KPI", "indicateur"),
    "segment": ("segment", "segment"),
    "period": ("period", "période"),
    "threshold": ("threshold", "seuil"),
    "peak": ("worst value", "pire valeur"),
    "since": ("since", "depuis"),
    "status": ("status", "état"),
    "severity": ("severity", "gravité"),
    "warn": ("warning", "avertissement"),
    "critical": ("critical", "critique"),
    "firing": ("firing", "en cours"),
    "recovering": ("recovering", "en rétablissement"),
    "resolved": ("resolved", "résolue"),
    "acknowledged": ("acknowledged", "prise en charge"),
    "acknowledged_by": ("acknowledged by {person}", "prise en charge par {person}"),
    "is_acknowledged": (
        "Alert {id} is acknowledged since {moment}",
        "L'alerte {id} est prise en charge depuis le {moment}",
    ),
    "by_person": (", last by {person}", ", en dernier par {person}"),
    "is_not_acknowledged": (
        "Alert {id} is not acknowledged any more.",
        "L'alerte {id} n'est plus prise en charge.",
    ),
    "silence_ended": ("The silence on {target} has ended.", "La mise en sourdine de {target} est terminée."),
    "silenced": ("silenced", "en sourdine"),
    "silenced_until": ("silenced until {moment}: {reason}", "en sourdine jusqu'au {moment}\u00a0: {reason}"),
    "messages_sent": ("messages sent", "messages envoyés"),
    "history": ("History", "Historique"),
    "event_opened": ("first breach noticed", "premier dépassement constaté"),
    "event_fired": ("alert fired", "alerte déclenchée"),
    "event_resolved": ("resolved", "résolue"),
    "event_acknowledged": ("acknowledged", "prise en charge"),
    "event_withdrawn": ("acknowledgement withdrawn", "prise en charge retirée"),
    "by": ("{event} by {person}", "{event} par {person}"),
    "event_message": ("message to {channel}, {state}: {title}", "message à {channel}, {state}\u00a0: {title}"),
    "message_pending": ("waiting", "en attente"),
    "message_sending": ("being sent", "envoi en cours"),
    "message_sent": ("sent", "envoyé"),
    "message_failed": ("given up", "abandonné"),
    "message_expired": ("expired", "expiré"),
    "message_muted": ("muted", "en sourdine"),
    "no_silences": ("No active silences.", "Aucune mise en sourdine active."),
    "until": ("until", "jusqu'au"),
    "reason": ("reason", "motif"),
    # Replays of rules.
    "periods_breached": (
        "{breached} of {periods} periods breached",
        "périodes au-delà du seuil\u00a0: {breached} sur {periods}",
    ),
    "first_breach": ("first breach", "début"),
    "last_breach": ("last breach", "fin"),
    "fired_in": ("fired", "déclenchée"),
    "resolved_in": ("resolved", "résolue"),
    "worst_value": ("worst value", "pire valeur"),
    "open": ("open", "en cours"),
    # Where the results are.
    "results": ("Results", "Résultats"),
    "tables": ("tables for BI tools", "tables pour outils de BI"),
    "parquet": ("tables as Parquet", "tables en Parquet"),
    "postgres": ("tables in PostgreSQL", "tables dans PostgreSQL"),
    "schema_of": ("schema {schema} of publish.postgres", "schéma {schema} de publish.postgres"),
    "messages_to": ("messages to {names}", "messages à {names}"),
    "exports": ("exports {names}", "exports {names}"),
    "quarantine": ("quarantined rows", "lignes en quarantaine"),
    "runs": ("runs and assets", "exécutions et assets"),
    "make_dev": ("make dev, then 127.0.0.1:3000", "make dev, puis 127.0.0.1:3000"),
}

# A number with its noun: one, several; in English, then in French.
_COUNTED: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "new_file": (("{} new file", "{} new files"), ("{} nouveau fichier", "{} nouveaux fichiers")),
    "new_row": (("{} new row", "{} new rows"), ("{} nouvelle ligne", "{} nouvelles lignes")),
    "row": (("{} row", "{} rows"), ("{} ligne", "{} lignes")),
    "filtered": (("{} filtered", "{} filtered"), ("{} filtrée", "{} filtrées")),
    "quarantined": (("{} quarantined", "{} quarantined"), ("{} en quarantaine", "{} en quarantaine")),
    "unchanged": (("{} unchanged", "{} unchanged"), ("{} inchangé", "{} inchangés")),
    "fired": (("{} fired", "{} fired"), ("{} déclenchée", "{} déclenchées")),
    "changed_severity": (
        ("{} changed severity", "{} changed severity"),
        ("{} de gravité modifiée", "{} de gravité modifiée"),
    ),
    "resolved": (("{} resolved", "{} resolved"), ("{} résolue", "{} résolues")),
    "sent": (("{} sent", "{} sent"), ("{} envoyé", "{} envoyés")),
    "not_delivered": (("{} not delivered", "{} not delivered"), ("{} non remis", "{} non remis")),
    "more_reason": (("and {} more reason", "and {} more reasons"), ("et {} autre motif", "et {} autres motifs")),
    "more": (("and {} more", "and {} more"), ("et {} autre", "et {} autres")),
    "series": (("{} series", "{} series"), ("{} série", "{} séries")),
    "without_data": (("{} without data", "{} without data"), ("{} sans données", "{} sans données")),
    "table": (("{} table or view", "{} tables and views"), ("{} table ou vue", "{} tables et vues")),
    "incident": (("{} incident", "{} incidents"), ("{} incident", "{} incidents")),
}


def word(key: str, language: Language, **facts: object) -> str:
    """Returns what `key` is called in `language`, with `facts` filled in; facts may have braces."""
    phrase = _WORDS[key][language == "fr"]
    return phrase.format(**facts) if facts else phrase


def counted_words(count: int, key: str, language: Language) -> str:
    """Returns a number with the noun `key` in the form that goes with it."""
    one, several = _COUNTED[key][language == "fr"]
    return plural(count, one, several, language).format(format_count(count, language))
