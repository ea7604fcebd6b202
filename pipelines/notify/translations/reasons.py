"""Why a part of the pipeline failed, in French: the failures that an operator meets most.

Errors are in English wherever they are made. Those that have a pattern here are translated for French messages; of all
others a message says that their reason is in English.
"""

import re
from collections.abc import Callable

from pipelines.kpis.formatting import Language, format_count, format_decimals
from pipelines.notify.translations.delivery_reasons import DELIVERY_REASONS

_NBSP = "\u00a0"


def _number(text: str) -> str:
    """Returns a number as French readers write it."""
    plain = text.replace(",", "")
    whole, _, decimals = plain.partition(".")
    return format_decimals(float(plain), len(decimals), "fr") if decimals else format_count(int(whole), "fr")


def _sales(match: re.Match[str]) -> str:
    entities = {"order": "commande", "orders": "commandes", "deal": "affaire", "deals": "affaires"}
    amounts = " et ".join(
        f"{_number(number)} {entities[entity]} de {source}, d'un montant de {_number(amount)} {currency}"
        for number, entity, source, amount, currency in re.findall(
            r"([\d,]+) (orders?|deals?) of (\S+) worth ([\d,.]+) ([A-Z]{3})", match["amounts"]
        )
    )
    days = f"le {match['day']}" if match["day"] else f"du {match['first']} au {match['last']}"
    return (
        f"{amounts}, {days}, manquent aux indicateurs, faute de taux de change à ces dates ou avant{_NBSP}: chargez un"
        f" fx_rate de {match['currency']} à partir du {match['needed']} ou plus tôt. Les règles sur des montants"
        " l'attendent"
    )


# Each error as a whole, and what it becomes.
_REASONS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(
            r"nothing new has come since (?P<since>.+), and something was expected within (?P<expected>\w+): find out"
            r" whether the system still exports; if it does so less often now, change expect_every"
        ),
        lambda match: (
            f"rien de nouveau depuis {match['since']}, alors que quelque chose était attendu sous"
            f" {match['expected']}{_NBSP}: vérifiez que le système exporte encore{_NBSP}; s'il le fait désormais moins"
            " souvent, changez expect_every"
        ),
    ),
    (
        re.compile(
            r"nothing new has come since (?P<since>.+), and the last (?P<gaps>\d+) times something came within"
            r" (?:a day|(?P<days>\d+) days): find out whether the system still exports; if this is as it should be, set"
            r" expect_every to how often it delivers, or to never"
        ),
        lambda match: (
            f"rien de nouveau depuis {match['since']}, alors que les {match['gaps']} dernières fois, quelque chose est"
            f" arrivé en l'espace de {match['days'] or 1} jour{'s' if match['days'] else ''}{_NBSP}: vérifiez que le"
            f" système exporte encore{_NBSP}; si tout est normal, indiquez dans expect_every à quelle fréquence il"
            " livre, ou never"
        ),
    ),
    (
        re.compile(
            r"(?P<bad>[\d,]+) of (?P<rows>[\d,]+) rows of (?P<load>.+) were rejected, more than max_quarantined allows"
            r" \((?P<bound>.+)\): the quarantine has the rows and the reasons; correct the export or the settings, or"
            r" accept it with a higher max_quarantined"
        ),
        lambda match: (
            f"{_number(match['bad'])} lignes sur {_number(match['rows'])} de {_files(match['load'])} ont été rejetées,"
            f" plus que max_quarantined ne le permet ({match['bound']}){_NBSP}: la quarantaine contient les lignes et"
            f" les motifs{_NBSP}; corrigez l'export ou les réglages, ou acceptez-les avec un max_quarantined plus élevé"
        ),
    ),
    (
        re.compile(r"and (?P<loads>\d+) more loads of which too many rows were rejected"),
        lambda match: f"et {match['loads']} autres chargements dont trop de lignes ont été rejetées",
    ),
    (
        re.compile(r"no file matches (?P<pattern>.+?)(?: \(looked in (?P<folder>.+)\))?"),
        lambda match: (
            f"aucun fichier ne correspond à {match['pattern']}"
            + (f" (cherché dans {match['folder']})" if match["folder"] else "")
        ),
    ),
    (
        re.compile(
            r'(?P<file>\S+) has no columns? (?P<column>"[^"]+"(?:, "[^"]+")*)'
            r'(?:; did you mean (?P<near>"[^"]+")\?)?; it has (?P<given>.+)'
        ),
        lambda match: (
            f"{match['file']} n'a pas de colonne {match['column']}"
            + (f" (peut-être {match['near']}{_NBSP}?)" if match["near"] else "")
            + f"{_NBSP}; ses colonnes{_NBSP}: {match['given']}"
        ),
    ),
    (
        re.compile(
            r"(?P<amounts>[\d,]+ (?:order|deal).+?), (?:on (?P<day>[\d-]+)|from (?P<first>[\d-]+) to (?P<last>[\d-]+)),"
            r" are missing from the KPIs, because there is no exchange rate on or before these days: load an fx_rate of"
            r" (?P<currency>[A-Z]{3}) from (?P<needed>[\d-]+) or earlier\. Rules on amounts wait for it"
        ),
        _sales,
    ),
    (
        re.compile(
            r"the channel (?P<name>\S+) has not delivered since (?P<since>.+?)"
            r"(?P<silent>; nobody is informed of failures)?: correct it, then run `(?P<command>.+)`"
        ),
        lambda match: (
            f"le canal {match['name']} n'a rien transmis depuis {match['since']}"
            + (f"{_NBSP}; personne n'est informé des échecs" if match["silent"] else "")
            + f"{_NBSP}: corrigez-le, puis lancez `{match['command']}`"
        ),
    ),
    (
        re.compile(r"dbt was killed by signal (?P<signal>\d+): the machine may have run out of memory; run again"),
        lambda match: (
            f"dbt a été arrêté par le signal {match['signal']}{_NBSP}: la machine a peut-être manqué de mémoire{_NBSP};"
            " relancez le traitement"
        ),
    ),
    (
        re.compile(r"cannot write in (?P<place>.+): (?P<why>free disk space, then run again)"),
        lambda match: (
            f"impossible d'écrire dans {match['place']}{_NBSP}: libérez de l'espace disque, puis relancez le traitement"
        ),
    ),
)


def reason_in_french(reason: str) -> str | None:
    """Returns a reason, a line an error, in French; None unless all of its errors are known."""
    translated = [_line_in_french(line) for line in reason.splitlines() if line.strip()]
    return None if None in translated or not translated else "\n".join(line for line in translated if line is not None)


def reason_for(reason: str, language: Language) -> str:
    """Returns a reason for readers of a language: in French as far as it is known, else marked as English."""
    if language == "en" or not reason:
        return reason
    return reason_in_french(reason) or f"(motif en anglais) {reason}"


def _line_in_french(line: str) -> str | None:
    for pattern, write in (*_REASONS, *DELIVERY_REASONS):
        match = pattern.fullmatch(line.strip())
        if match:
            return write(match)
    return None


def _files(load: str) -> str:
    return re.sub(r" and (\d+) more files$", r" et \1 autres fichiers", load)
