# ruff: noqa: E501 - lists of words are read best on one line
"""What the words in the cells mean: won and lost, scores in words, directions, events and kinds of deals."""

import re
from collections.abc import Iterable, Mapping

from pipelines.sources.files.propose import numbers
from pipelines.sources.files.propose.text import folded

_WON = re.compile(
    r"\b(won|win|closed ?won|gagn\w*|gewonnen|ganad\w+|vint[oaie]|ganh[oa]|signed|signe\w*|sold|vendu\w*|verkauft|vendid[oa]|cerrad[oa] ganad[oa]|success\w*|erfolgreich|accepted|accepte\w*|conclus\w*|abgeschlossen)\b"
)
_LOST = re.compile(
    r"\b(lost|lose|closed ?lost|perdu\w*|verloren|perdid[oa]|pers[oaie]|abandon\w*|cancel\w*|annul\w*|disqualified|rejected|declined|refus\w*|no decision|dead|abgelehnt|storniert|failed|churned|scarta\w+|rechazad[oa]|not won|non signe\w*)\b"
)
_NOT = re.compile(r"\b(not|non|nicht|no) (won|gagne|gewonnen|ganado|vinto|ganho)\b")


def outcomes(words: Iterable[str]) -> dict[str, bool]:
    """Returns for each word that ends a deal whether it was won; words of open deals are not in the result."""
    found: dict[str, bool] = {}
    for word in words:
        plain = folded(word)
        if _LOST.search(plain) or _NOT.search(plain):
            found[word] = False
        elif _WON.search(plain):
            found[word] = True
    return found


_CANCELLED = re.compile(
    r"\b(annul\w*|rembours\w*|echou\w*|erreur\w*|echec|storn\w*|erstattet|ruckerstattet|abgebrochen|fehlgeschlagen|retourniert|"
    r"cancelad[oa]|anulad[oa]|reembolsad[oa]|fallid[oa]|devuelt[oa]|annullat[oa]|rimborsat[oa]|fallit[oa]|estornad[oa]|devolvid[oa]|"
    r"canceled|cancelled|refunded|failed|voided|returned|"
    r"draft|entwurf|auftragsentwurf|brouillon|borrador|bozza|rascunho)\b"
)


def cancelled(words: Iterable[str]) -> list[str]:
    """Returns the statuses of orders that are no sales, such as `Annulé` or `storniert`."""
    return [word for word in words if _CANCELLED.search(folded(word)) and "partial" not in folded(word)]


def _table(*entries: tuple[str, object]) -> dict[str, object]:
    return {word: value for words, value in entries for word in words.split("|")}


# Words of satisfaction on the scale of 1 to 5.
SATISFACTION = _table(
    ("extremely happy|very happy|very satisfied|tres satisfait|tres satisfaite|sehr zufrieden|muy satisfecho|muy satisfecha|molto soddisfatto|muito satisfeito|excellent|very good|tres bien|sehr gut|strongly agree|amazing|great|excelente|eccellente|ausgezeichnet|love|awesome", 5),
    ("happy|satisfied|satisfait|satisfaite|zufrieden|satisfecho|satisfecha|soddisfatto|satisfeito|positive|good|bien|gut|bueno|buono|bom|agree|somewhat satisfied|plutot satisfait|eher zufrieden|ok good", 4),
    ("neutral|neutre|neutro|average|ok|okay|moyen|mittel|neither satisfied nor dissatisfied|fair|ni satisfait ni insatisfait|teils teils|regular|passable", 3),
    ("unhappy|dissatisfied|insatisfait|insatisfaite|unzufrieden|insatisfecho|insatisfecha|insoddisfatto|insatisfeito|negative|poor|bad|disagree|mauvais|schlecht|malo|not satisfied|pas satisfait|somewhat dissatisfied|plutot insatisfait|eher unzufrieden|mediocre", 2),
    ("very unhappy|extremely unhappy|very dissatisfied|tres insatisfait|tres insatisfaite|sehr unzufrieden|muy insatisfecho|muy insatisfecha|molto insoddisfatto|muito insatisfeito|terrible|very poor|awful|tres mauvais|sehr schlecht|strongly disagree|horrible|pesimo|pessimo", 1),
)  # fmt: skip

# Zendesk's words, whose scores the reader knows, with the comments that some exports add.
GOOD_OR_BAD = _table(
    ("good|good with comment|goodwithcomment|thumbs up|like|yes|oui|ja|si|sim|up", "good"),
    ("bad|bad with comment|badwithcomment|thumbs down|dislike|no|non|nein|nao|down", "bad"),
)
# Words that say that nobody has answered.
UNANSWERED = frozenset(
    [
        "non evalue",
        "non note",
        "nicht bewertet",
        "sin calificar",
        "non valutato",
        "nao avaliado",
        "offered",
        "not offered",
        "unoffered",
        "not rated",
        "unrated",
        "pending",
        "none",
        "no rating",
        "non propose",
        "propose",
        "nicht angeboten",
        "angeboten",
        "not sent",
        "sent",
        "expired",
        "unavailable",
        "no response",
        "not responded",
    ]
)

DIRECTIONS = _table(
    ("inbound|incoming|in|entrant|entrante|eingehend|entrada|receiving|received|recu|inbound call|incoming call|appel entrant|entree|missed|ankommend|in entrata|recibida|ricevuta|recebida", "inbound"),
    ("outbound|outgoing|out|sortant|sortante|saliente|ausgehend|salida|made|emis|outbound call|outgoing call|appel sortant|sortie|dialed|dialled|abgehend|in uscita|realizada|efectuada|effettuata|outbound dial|outbound api", "outbound"),
)  # fmt: skip
EVENTS = _table(
    ("sent|send|envoye|gesendet|enviado|processed|inviato|email sent|versendet", "sent"),
    ("delivered|delivery|livre|zugestellt|entregado|consegnato|email delivered|received email", "delivered"),
    ("bounce|bounced|hard bounce|soft bounce|hardbounce|softbounce|rebond|rebote|blocked|email bounced|bounced email|dropped", "bounce"),
    ("open|opened|opens|unique open|ouvert|ouverture|geoffnet|abierto|aperto|first opening|email opened|opened email|unique opened|apertura", "open"),
    ("click|clicked|clicks|clic|klick|geklickt|unique click|clique|email clicked|clicked email", "click"),
    ("unsubscribe|unsubscribed|unsub|desinscription|desinscrit|abgemeldet|abmeldung|baja|list unsubscribe|unsubscribed from email marketing|disiscrizione", "unsubscribe"),
    ("spam|complaint|complained|spamreport|spam report|plainte|abuse|spam complaint|marked as spam|marked email as spam|beschwerde|queja", "complaint"),
    ("conversion|converted|placed order|purchase|purchased|order", "conversion"),
)  # fmt: skip
DEAL_TYPES = _table(
    ("new|new business|newbusiness|nouveau|nouvelle affaire|neu|neugeschaft|nuevo|nuovo|novo|new customer|new logo|nouveau client|acquisition|neukunde|nuevo negocio|nuova attivita", "new"),
    ("renewal|renew|renouvellement|verlangerung|renovacion|rinnovo|renovacao|existing customer renewal|existing business renewal", "renewal"),
    ("upsell|up sell|upgrade|expansion|existing customer upgrade|existing business|existingbusiness|existing customer|add on|upselling|extension|erweiterung|bestandsgeschaft", "upsell"),
    ("cross sell|crosssell|cross selling|cross_sell|existing customer cross sell|vente croisee", "cross_sell"),
)  # fmt: skip
AUTHORS = _table(
    ("customer|client|user|lead|contact|end user|end-user|kunde|cliente|requester|visitor|enduser|demandeur|incoming|inbound", "customer"),
    ("agent|admin|staff|employee|conseiller|mitarbeiter|operator|teammate|agente|support|outgoing|outbound|collaborateur", "agent"),
    ("bot|system|automation|chatbot|automatisch|workflow|assistant|auto", "bot"),
)  # fmt: skip
KINDS = _table(
    ("csat|satisfaction|customer satisfaction|zufriedenheit|satisfaccion|soddisfazione", "csat"), ("nps|net promoter score|recommendation|recommandation|weiterempfehlung", "nps"),
    ("ces|customer effort score|effort|customer effort", "ces"), ("employee|enps|employee satisfaction|esat|mitarbeiterzufriedenheit", "employee"),
)  # fmt: skip
CATEGORIES = _table(
    ("marketing|mkt|mktg|ads|advertising|publicite|werbung|publicidad", "marketing"), ("sales|vente|ventes|commercial|vertrieb|ventas|vendite|vendas|verkauf", "sales"),
)  # fmt: skip
TRUE = frozenset(
    [
        "true",
        "1",
        "yes",
        "y",
        "t",
        "oui",
        "vrai",
        "si",
        "ja",
        "sim",
        "sì",
        "wahr",
        "verdadero",
        "vero",
        "abandoned",
        "missed",
        "abandonne",
        "manque",
        "verpasst",
    ]
)
FALSE = frozenset(
    [
        "false",
        "0",
        "no",
        "n",
        "f",
        "non",
        "faux",
        "nein",
        "nao",
        "falso",
        "falsch",
        "answered",
        "repondu",
        "beantwortet",
    ]
)
# All codes of ISO 4217 in use; `numbers.CODES` are those that are looked for beside amounts.
_CODES_IN_USE = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND
    VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
    """
_ISO_CODES = frozenset(_CODES_IN_USE.split())
_CURRENCY_NAMES = _table(
    ("euro|euros|eur euro|euro eur", "EUR"),
    ("us dollar|us dollars|u s dollar|u s dollars|usdollar|american dollar|united states dollar|dollar us|dollar americain|dollar des etats unis|dollar|us dollar usd|amerikanischer dollar|dolar estadounidense|dolar americano|dolares|dollaro|dollaro statunitense|dollaro usa", "USD"),
    ("pound|pounds|pound sterling|pounds sterling|british pound|british pounds|british pound sterling|uk pound|sterling|livre sterling|pfund|pfund sterling|britisches pfund|libra|libra esterlina|sterlina|sterlina britannica", "GBP"),
    ("swiss franc|swiss francs|franc suisse|francs suisses|schweizer franken|franken|franco suizo|franco svizzero|franco suico", "CHF"),
    ("canadian dollar|canadian dollars|dollar canadien|kanadischer dollar|dolar canadiense|dollaro canadese|dolar canadense", "CAD"),
    ("australian dollar|australian dollars|dollar australien|australischer dollar|dolar australiano|dollaro australiano", "AUD"),
    ("new zealand dollar|dollar neo zelandais|neuseelandischer dollar", "NZD"),
    ("yen|japanese yen|yen japonais|japanischer yen|yen japones|yen giapponese|iene", "JPY"),
    ("yuan|chinese yuan|yuan renminbi|renminbi|chinese yuan renminbi", "CNY"),
    ("indian rupee|rupee|rupees|roupie indienne|indische rupie|rupia india|rupia indiana", "INR"),
    ("swedish krona|swedish kronor|couronne suedoise|schwedische krone|corona sueca|corona svedese|coroa sueca", "SEK"),
    ("norwegian krone|couronne norvegienne|norwegische krone|corona noruega|corona norvegese", "NOK"),
    ("danish krone|couronne danoise|danische krone|corona danesa|corona danese", "DKK"),
    ("polish zloty|zloty|zloty polonais|polnischer zloty", "PLN"), ("czech koruna|couronne tcheque|tschechische krone", "CZK"),
    ("brazilian real|real|reais|real brasileiro|real bresilien|real brasileno|brasilianischer real", "BRL"),
    ("mexican peso|peso mexicano|peso mexicain|mexikanischer peso", "MXN"), ("south african rand|rand", "ZAR"), ("singapore dollar", "SGD"), ("hong kong dollar", "HKD"),
)  # fmt: skip


def currency(word: str) -> str | None:
    """Returns the ISO 4217 code that a cell names by its code, its sign or its name; None if it names none."""
    text = word.strip()
    if text.upper() in _ISO_CODES:
        return text.upper()
    named = _CURRENCY_NAMES.get(folded(text))
    return named if isinstance(named, str) else numbers.currency_of(text)


ALLOWED: Mapping[tuple[str, str], Mapping[str, object]] = {
    ("call", "direction"): DIRECTIONS,
    ("email_event", "event"): EVENTS,
    ("deal", "deal_type"): DEAL_TYPES,
    ("interaction", "author"): AUTHORS,
    ("survey_response", "kind"): KINDS,
    ("spend", "category"): CATEGORIES,
}


def known_words(words: Iterable[str], meanings: Mapping[str, object]) -> dict[str, str | int | float | bool]:
    """Returns the meaning of each word that has one, by the word as it is written."""
    found: dict[str, str | int | float | bool] = {}
    for word in words:
        meaning = meanings.get(folded(word))
        if isinstance(meaning, str | int | float | bool):
            found[word] = meaning
    return found


def booleans(words: Iterable[str]) -> dict[str, bool]:
    """Returns whether each word says yes or no; words that say neither are not in the result."""
    plain = {word: folded(word) for word in words}
    return {word: text in TRUE for word, text in plain.items() if text in TRUE or text in FALSE}
