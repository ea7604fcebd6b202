"""The words of what commands show, in English and French: the shared ones, and those of the command line.

Once a command has read the settings, it speaks the language of the company, like messages and exports: results and
what it refuses. English is what comes before (help, options that nobody knows, mistakes in the settings), what is about
settings themselves (`check`, `init`, `entities`), log lines, and the reasons of errors that have no translation.
"""

from collections.abc import Mapping

from pipelines.kpis.formatting import Language, format_count, plural
from pipelines.kpis.words import WORDS, Phrase, choose

_OWN: Mapping[str, Phrase] = {
    "as_of": ("{company}, as of {moment}", "{company}, au {moment}"),
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
    "made_of": ("made of", "à partir de"),
    "drivers": ("drivers", "facteurs"),
    "sales_order": ("orders", "commandes"),
    "sales_deal": ("won deals", "affaires gagnées"),
    "needs_setting": ("{name} in the settings", "{name} dans les réglages"),
    "without_values": (
        "Without a value in a complete month: {names}. `vigie kpi NAME` says why.",
        "Sans valeur sur un mois complet\u00a0: {names}. `vigie kpi NAME` dit pourquoi.",
    ),
    # Alerts and silences.
    "open_alerts": ("Open alerts: {count}", "Alertes en cours\u00a0: {count}"),
    "alerts": ("Alerts: {count}", "Alertes\u00a0: {count}"),
    "no_such_alerts": ("No alerts match.", "Aucune alerte ne correspond."),
    "firing": ("firing", "en cours"),
    "recovering": ("recovering", "en rétablissement"),
    "resolved": ("resolved", "résolue"),
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
    "event_withdrawn": ("acknowledgement withdrawn", "prise en charge retirée"),
    "by": ("{event} by {person}", "{event} par {person}"),
    "event_message": ("message to {channel}, {state}: {title}", "message pour {channel}, {state}\u00a0: {title}"),
    "message_pending": ("waiting", "en attente"),
    "message_sending": ("being sent", "envoi en cours"),
    "message_sent": ("sent", "envoyé"),
    "message_failed": ("given up", "abandonné"),
    "message_expired": ("expired", "expiré"),
    "message_muted": ("muted", "en sourdine"),
    "no_silences": ("No active silences.", "Aucune mise en sourdine active."),
    "until": ("until", "jusqu'au"),
    # Replays of rules.
    "periods_breached": (
        "{breached} of {periods} periods breached",
        "périodes au-delà du seuil\u00a0: {breached} sur {periods}",
    ),
    "incidents": ("incidents", "incidents"),
    "critical_incidents": ("of them critical", "dont critiques"),
    "periods_evaluated": ("periods evaluated", "périodes évaluées"),
    "breached": ("periods breached", "périodes au-delà du seuil"),
    "in_alert": ("periods with an open alert", "périodes avec une alerte en cours"),
    "in_alert_alone": ("of them in this rule alone", "dont dans cette règle seulement"),
    "in_alert_both": (
        "Periods with an open alert in both: {periods}",
        "Périodes avec une alerte en cours dans les deux\u00a0: {periods}",
    ),
    "alone": ("Open alert in {name} alone", "Alerte en cours dans {name} seulement"),
    "no_counterpart": (
        "{name}: no rule of this name, and none that watches the same series. There are: {names}.",
        "{name}\u00a0: aucune règle de ce nom, ni sur les mêmes séries. Il y a\u00a0: {names}.",
    ),
    "other_series": (
        "{first} and {second} do not have the same {difference}: their periods cannot be compared.",
        "{first} et {second} n'ont pas le même {difference}\u00a0: leurs périodes ne peuvent pas être comparées.",
    ),
    "nothing_to_compare": (
        "Nothing to compare: name a rule, or give a file with a rule of the same name. There are: {names}.",
        "Rien à comparer\u00a0: nommez une règle, ou un fichier avec une règle du même nom. Il y a\u00a0: {names}.",
    ),
    "first_breach": ("first breach", "début"),
    "last_breach": ("last breach", "fin"),
    "fired_in": ("fired", "déclenchée"),
    "resolved_in": ("resolved", "résolue"),
    "open": ("open", "en cours"),
    # Suggested rules.
    "usual_values": (
        "{label}, {periods}: usually {low} to {high}",
        "{label}, {periods}\u00a0: d'habitude de {low} à {high}",
    ),
    "why_bounds": (
        "beyond nearly all of them ({beyond} breach it)",
        "au-delà de presque toutes (dépassements\u00a0: {beyond})",
    ),
    "why_baseline": (
        "beyond the usual range, which follows the level and the season",
        "hors de la plage habituelle, qui suit le niveau et la saison",
    ),
    "alerts_a_year": (
        "{rate} alerts a year ({incidents} in {periods})",
        "alertes par an\u00a0: {rate} ({incidents} en {periods})",
    ),
    "not_backtested": ("too short to be replayed", "trop court pour être rejoué"),
    "nothing_suggested": ("No rule is suggested for:", "Aucune règle proposée pour\u00a0:"),
    "obstacle_no_values": (
        "no value in a complete week, month or quarter",
        "aucune valeur sur une semaine, un mois ou un trimestre complet",
    ),
    "obstacle_always_one": ("as a whole it is always 1", "pour l'ensemble, toujours 1"),
    "obstacle_few_periods": (
        "{periods} with a value, {needed} are needed",
        "{periods} avec une valeur, il en faut {needed}",
    ),
    "obstacle_gaps": (
        "{periods} with a value, with too many between them that have none",
        "{periods} avec une valeur, et trop d'autres sans valeur entre elles",
    ),
    "obstacle_never_changed": ("the same value in {periods}", "la même valeur pendant {periods}"),
    "obstacle_at_the_end": (
        "{periods} whose usual values reach the end of the scale",
        "{periods} dont les valeurs habituelles touchent le bout de l'échelle",
    ),
    "grain": ("grain", "granularité"),
    "condition": ("condition", "condition"),
    # Where the results are.
    "results": ("Results", "Résultats"),
    "tables": ("tables for BI tools", "tables pour outils de BI"),
    "parquet": ("tables as Parquet", "tables en Parquet"),
    "postgres": ("tables in PostgreSQL", "tables dans PostgreSQL"),
    "schema_of": ("schema {schema} of publish.postgres", "schéma {schema} de publish.postgres"),
    "messages_to": ("messages to {names}", "messages pour {names}"),
    "exports": ("exports {names}", "exports {names}"),
    "through": ("through {names}", "par {names}"),
    "sent_before": ("was sent before", "a déjà été envoyé"),
    "export_waits": ("waits for its delivery", "attend d'être envoyé"),
    "export_sent": ("sent through {names}", "envoyé par {names}"),
    "quarantine": ("quarantined rows", "lignes en quarantaine"),
    "runs": ("runs and assets", "exécutions et assets"),
    "in_the_source": ("{page} in the source of Vigie", "{page} dans les sources de Vigie"),
    "make_dev": ("make dev, then 127.0.0.1:3000", "make dev, puis 127.0.0.1:3000"),
    # The catalogue of KPIs and the values of one.
    "segments": ("segments", "segments"),
    "complete": ("complete", "définitif"),
    "no_drivers_derived": ("none: computed from other KPIs", "aucun\u00a0: calculé à partir d'autres KPI"),
    "no_drivers_share_of_all": (
        "none: its segments are shares of the whole",
        "aucun\u00a0: ses segments sont des parts du total",
    ),
    "no_drivers_not_a_sum": ("none: no sum over segments", "aucun\u00a0: pas une somme de ses segments"),
    "at_its_end": ("at the end of the period", "à la fin de la période"),
    "needs": ("needs", "nécessite"),
    "documents": ("docs/kpis.md lists the documents", "docs/kpis.md cite les documents"),
    "interval": ("95 % interval", "intervalle à 95\u00a0%"),
    "range": ("{low} to {high}", "{low} à {high}"),
    "too_few": ("too few to say", "trop peu pour le dire"),
    "caveat": ("caution", "attention"),
    "not_complete": ("not complete", "incomplet"),
    "why_no_values": ("No values:", "Pas de valeur\u00a0:"),
    "no_values_yet": (
        "No values yet: `vigie run` computes them.",
        "Pas encore de valeur\u00a0: `vigie run` les calcule.",
    ),
    # What would be loaded.
    "no_preview": (
        "{source}: there is no preview of a source of this type; `vigie doctor` tests its connection",
        "{source}\u00a0: une source de ce type n'a pas d'aperçu\u00a0; `vigie doctor` teste sa connexion",
    ),
    "in_newest_files": (
        " in what was looked at (the newest {number} of {files})",
        " dans ce qui a été lu (les {number} plus récents de {files})",
    ),
    "in_beginnings": (
        " in what was looked at (the beginning of each file)",
        " dans ce qui a été lu (le début de chaque fichier)",
    ),
    "english_reasons": ("", "Motifs (en anglais)\u00a0:"),
    "bytes": ("bytes", "octets"),
    "kilobytes": ("kB", "ko"),
    "megabytes": ("MB", "Mo"),
    "gigabytes": ("GB", "Go"),
    # Connections and channels.
    "passed": ("ok", "ok"),
    "failed": ("FAIL", "ÉCHEC"),
    "home": ("home", "dossier"),
    "heartbeat": ("heartbeat", "signal de vie"),
    "one_export": ("export", "export"),
    "channel": ("channel", "canal"),
    "see_preview": ("and {count} more: vigie preview {source}", "et {count} de plus\u00a0: vigie preview {source}"),
    "type": ("type", "type"),
    "gets": ("gets", "reçoit"),
    "failures_of_the_pipeline": ("failures of the pipeline", "échecs du traitement"),
    "nothing": ("nothing", "rien"),
    "was_refused": ("{recipient} was refused", "{recipient} a été refusé"),
    "not_tested": (
        "The tables did not pass their tests, or a build is running: values may be wrong. Check with `vigie run`.",
        "Les tables n'ont pas passé leurs contrôles, ou un calcul est en cours\u00a0: des valeurs peuvent être fausses."
        " Vérifiez avec `vigie run`.",
    ),
    # What a command refuses.
    "did_you_mean": ("; did you mean {near}?", "\u00a0; peut-être {near}\u00a0?"),
    "unknown_rule": ("Unknown rule {name}", "Règle inconnue\u00a0: {name}"),
    "unknown_kpi": ("Unknown KPI {name}", "Indicateur inconnu\u00a0: {name}"),
    "unknown_grain": ("Unknown grain {name}", "Granularité inconnue\u00a0: {name}"),
    "grains_are": (" The grains are: {names}.", " Les granularités sont\u00a0: {names}."),
    "unknown_dimension": ("{kpi} has no segments by {name}", "{kpi} n'a pas de segments par {name}"),
    "segments_are": (" Its segments are by: {names}.", " Ses segments sont par\u00a0: {names}."),
    "unknown_source": ("Unknown source {name}", "Source inconnue\u00a0: {name}"),
    "unknown_table": ("Unknown table of {source} {name}", "Table inconnue de {source}\u00a0: {name}"),
    "unknown_channel": ("Unknown channel {name}", "Canal inconnu\u00a0: {name}"),
    "unknown_export": ("Unknown export {name}", "Export inconnu\u00a0: {name}"),
    "unknown_alert": ("No such alert: {name}", "Alerte inconnue\u00a0: {name}"),
    "unknown_segment": ("The rule {rule} has no segment {name!r}", "La règle {rule} n'a pas de segment {name!r}"),
    "neither": ("{name} is neither a rule nor an open alert", "{name} n'est ni une règle ni une alerte en cours"),
    "settings_have": (" The settings have: {names}.", " Les réglages contiennent\u00a0: {names}."),
    "rules_are": (" The rules are: {names}.", " Les règles sont\u00a0: {names}."),
    "lists_kpis": (" `vigie kpi` lists all KPIs.", " `vigie kpi` les affiche tous."),
    "shows_ids": (" `vigie alerts` shows the ids.", " `vigie alerts` affiche les identifiants."),
    "several_ids": (
        "{name} is the beginning of {count} ids; write more of one:",
        "{name} est le début de {count} identifiants\u00a0; précisez\u00a0:",
    ),
    "one_or_several": (
        "Name one alert, or choose several with options.",
        "Indiquez une alerte, ou choisissez-en plusieurs avec les options.",
    ),
    "no_alerts_yet": (
        "{home} has no alerts yet: `vigie run` creates them.",
        "{home} n'a pas encore d'alertes\u00a0: `vigie run` les crée.",
    ),
    "no_history_yet": (
        "{home} has no history yet: `vigie run` computes it.",
        "{home} n'a pas encore d'historique\u00a0: `vigie run` le calcule.",
    ),
    "resolved_meanwhile": (
        "The alert {id} has been resolved in the meantime.",
        "L'alerte {id} a été résolue entre-temps.",
    ),
    "not_acknowledged": ("The alert {id} is not acknowledged.", "L'alerte {id} n'est pas prise en charge."),
    "name_a_target": (
        "Name the rule or the alert; `vigie alerts` and the settings list them.",
        "Indiquez la règle ou l'alerte\u00a0; `vigie alerts` et les réglages les énumèrent.",
    ),
    "give_a_reason": (
        "Give the reason with --reason; it is shown with the alerts.",
        "Donnez le motif avec --reason\u00a0; il est affiché avec les alertes.",
    ),
    "no_silence_on": (
        "There is no silence on {target}; `vigie silence` lists all silences.",
        "Aucune mise en sourdine de {target}\u00a0; `vigie silence` les énumère toutes.",
    ),
    "give_an_end": (
        "Give the end of the silence with --for 4h or --until 2026-01-05T09:00.",
        "Donnez la fin de la mise en sourdine avec --for 4h ou --until 2026-01-05T09:00.",
    ),
    "in_the_past": ("{option}: {text} is in the past", "{option}\u00a0: {text} est passé"),
    "not_a_duration": (
        "{option}: {text} is not a duration; write 90m, 4h or 3d",
        "{option}\u00a0: {text} n'est pas une durée\u00a0; écrivez 90m, 4h ou 3d",
    ),
    "not_a_timestamp": (
        "{option}: {text} is not a timestamp; write 2026-01-05T06:00:00 or 2026-01-05T06:00:00+01:00",
        "{option}\u00a0: {text} n'est pas un moment\u00a0; écrivez 2026-01-05T06:00:00 ou 2026-01-05T06:00:00+01:00",
    ),
    "outside_the_years": (
        "{option}: {text} is outside the years {first} to {last}",
        "{option}\u00a0: {text} n'est pas entre les années {first} et {last}",
    ),
    "days_reversed": (
        "--from {first} is later than --to {last}; write the earlier day at --from",
        "--from {first} est après --to {last}\u00a0; mettez le jour le plus ancien à --from",
    ),
    "not_a_day": (
        "{option}: {text} is not a day; write 2025-12-31",
        "{option}\u00a0: {text} n'est pas un jour\u00a0; écrivez 2025-12-31",
    ),
}
_WORDS: Mapping[str, Phrase] = {**WORDS, "event_acknowledged": WORDS["acknowledged"], **_OWN}

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
    "reopened": (("{} reopened", "{} reopened"), ("{} rouverte", "{} rouvertes")),
    "restated": (("{} corrected", "{} corrected"), ("{} rectifiée", "{} rectifiées")),
    "resolved": (("{} resolved", "{} resolved"), ("{} résolue", "{} résolues")),
    "message": (("{} message", "{} messages"), ("{} message", "{} messages")),
    "sent": (("{} sent", "{} sent"), ("{} envoyé", "{} envoyés")),
    "not_delivered": (("{} not delivered", "{} not delivered"), ("{} non remis", "{} non remis")),
    "more_reason": (("and {} more reason", "and {} more reasons"), ("et {} autre motif", "et {} autres motifs")),
    "more": (("and {} more", "and {} more"), ("et {} autre", "et {} autres")),
    "series": (("{} series", "{} series"), ("{} série", "{} séries")),
    "without_data": (("{} without data", "{} without data"), ("{} sans données", "{} sans données")),
    "table": (("{} table or view", "{} tables and views"), ("{} table ou vue", "{} tables et vues")),
    "incident": (("{} incident", "{} incidents"), ("{} incident", "{} incidents")),
    "file": (("{} file", "{} files"), ("{} fichier", "{} fichiers")),
    "row_quarantined": (
        ("{} row quarantined", "{} rows quarantined"),
        ("{} ligne en quarantaine", "{} lignes en quarantaine"),
    ),
    "blank": (("{} blank", "{} blank"), ("{} vide", "{} vides")),
    "duplicate": (
        ("{} of the rows with a key that another row has", "{} of the rows with a key that another row has"),
        ("{} des lignes avec la clé d'une autre", "{} des lignes avec la clé d'une autre"),
    ),
    "days_later": (("{} day later", "{} days later"), ("{} jour après", "{} jours après")),
}


def word(key: str, language: Language, **facts: object) -> str:
    """Returns what `key` is called in `language`, with `facts` filled in; facts may have braces."""
    return choose(_WORDS[key], language, **facts)


def counted_words(count: int, key: str, language: Language) -> str:
    """Returns a number with the noun `key` in the form that goes with it."""
    one, several = _COUNTED[key][language == "fr"]
    return plural(count, one, several, language).format(format_count(count, language))
