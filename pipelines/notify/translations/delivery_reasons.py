"""Why a message was not delivered, in French: what mail servers, Slack and other services answer most."""

import re
from collections.abc import Callable, Mapping

_NBSP = "\u00a0"

_COPY_AGAIN = "copiez de nouveau le jeton du bot depuis la page OAuth & Permissions de l'application et réglez token"
_ASK = "demandez à l'administrateur de l'espace de travail"
_DEFECT = "signalez-le comme un défaut"

# What the errors of Slack say, of its Web API and of webhooks.
SLACK: Mapping[str, str] = {
    english: french.replace(" :", f"{_NBSP}:")
    for english, french in {
        "Slack asks for fewer messages": "Slack demande moins de messages",
        "Slack reports a failure of its own": "Slack signale une panne de son côté",
        "the message was not accepted": "le message n'a pas été accepté",
        "the call was not accepted: check api_url": "l'appel n'a pas été accepté : vérifiez api_url",
        "there is no such webhook: copy its address again and set webhook_url": (
            "ce webhook n'existe pas : copiez de nouveau son adresse et réglez webhook_url"
        ),
        "the token is not valid: copy the bot token again from the app's page OAuth & Permissions and set token": (
            f"le jeton n'est pas valable : {_COPY_AGAIN}"
        ),
        "there is no token: copy the bot token again from the app's page OAuth & Permissions and set token": (
            f"il n'y a pas de jeton : {_COPY_AGAIN}"
        ),
        "the token was revoked: copy the bot token again from the app's page OAuth & Permissions and set token": (
            f"le jeton a été révoqué : {_COPY_AGAIN}"
        ),
        "the token has expired: copy the bot token again from the app's page OAuth & Permissions and set token": (
            f"le jeton a expiré : {_COPY_AGAIN}"
        ),
        "the app was removed from the workspace: install it again and set token": (
            "l'application a été retirée de l'espace de travail : réinstallez-la et réglez token"
        ),
        "this is not the token of a bot: take the one that begins with xoxb- and set token": (
            "ce n'est pas le jeton d'un bot : prenez celui qui commence par xoxb- et réglez token"
        ),
        "the app may not do this: ask the administrator of the workspace": (
            f"l'application n'en a pas le droit : {_ASK}"
        ),
        "there is no such channel, or it is private and the app is not in it: set channel to its id, and invite the app"
        " there (/invite)": (
            "ce canal n'existe pas, ou il est privé et l'application n'y est pas : réglez channel sur son identifiant"
            " et invitez-y l'application (/invite)"
        ),
        "the app is not in the channel: invite it there (/invite)": (
            "l'application n'est pas dans le canal : invitez-l'y (/invite)"
        ),
        "the channel is archived: restore it, or set channel to another one": (
            "le canal est archivé : rétablissez-le, ou réglez channel sur un autre"
        ),
        "the message is too long for Slack: report this as a defect": (
            f"le message est trop long pour Slack : {_DEFECT}"
        ),
        "Slack does not accept the layout of the message: report this as a defect": (
            f"Slack n'accepte pas la mise en forme du message : {_DEFECT}"
        ),
        "the workspace does not let this app post there: ask the administrator of the workspace": (
            f"l'espace de travail ne laisse pas cette application y publier : {_ASK}"
        ),
        "the channel can only be read: set channel to another one": (
            "le canal est en lecture seule : réglez channel sur un autre"
        ),
        "the channel allows threads only: set channel to another one": (
            "le canal n'admet que des fils : réglez channel sur un autre"
        ),
        "the workspace has suspended posting: ask the administrator of the workspace": (
            f"l'espace de travail a suspendu les publications : {_ASK}"
        ),
        "the app may not use this workspace: ask the administrator of the workspace": (
            f"l'application n'a pas accès à cet espace de travail : {_ASK}"
        ),
        "the workspace has reached its limit of messages: ask the administrator of the workspace": (
            f"l'espace de travail a atteint sa limite de messages : {_ASK}"
        ),
        "the webhook was removed or disabled: create a new one and set webhook_url": (
            "le webhook a été supprimé ou désactivé : créez-en un autre et réglez webhook_url"
        ),
        "the workspace was not found: check webhook_url": (
            "l'espace de travail est introuvable : vérifiez webhook_url"
        ),
        "the webhook was disabled: create a new one and set webhook_url": (
            "le webhook a été désactivé : créez-en un autre et réglez webhook_url"
        ),
        "the workspace is disabled": "l'espace de travail est désactivé",
        "the webhook's address is not valid: copy it again and set webhook_url": (
            "l'adresse du webhook n'est pas valable : copiez-la de nouveau et réglez webhook_url"
        ),
        "the channel was deleted: create a webhook for another one": (
            "le canal a été supprimé : créez un webhook pour un autre"
        ),
        "the channel is archived: restore it, or create a webhook for another one": (
            "le canal est archivé : rétablissez-le, ou créez un webhook pour un autre"
        ),
        "the user who created the webhook was removed: create a new one and set webhook_url": (
            "la personne qui a créé le webhook a été retirée : créez-en un autre et réglez webhook_url"
        ),
        "the workspace does not let this app post: ask its administrator": (
            "l'espace de travail ne laisse pas cette application publier : demandez à son administrateur"
        ),
        "the workspace does not let this app post there: ask its administrator": (
            "l'espace de travail ne laisse pas cette application y publier : demandez à son administrateur"
        ),
    }.items()
}

# What is checked when an answer comes from something between here and the receiver.
_ODD_ANSWERS: Mapping[str, str] = {
    "a redirect": "une redirection",
    "a web page": "une page web",
    "not one of Slack's": "étrangère à Slack",
    "not Slack's `ok`": f"autre que le «{_NBSP}ok{_NBSP}» de Slack",
}


def _slack(match: re.Match[str]) -> str:
    prefix = f"Slack{_NBSP}: " if match["prefix"] else ""
    return f"{prefix}{SLACK[match['reason']]} ({match['said']})"


def _all_of(texts: Mapping[str, str]) -> str:
    return "|".join(map(re.escape, sorted(texts, key=len, reverse=True)))


# Each reason as a whole, and what it becomes.
DELIVERY_REASONS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"(?P<prefix>Slack: )?(?P<reason>{_all_of(SLACK)}) \((?P<said>.+)\)"), _slack),
    (
        re.compile(
            rf"the answer is (?P<what>{_all_of(_ODD_ANSWERS)}): check (?P<key>\w+), the proxy and the network's login"
            r" page \((?P<said>.+)\)"
        ),
        lambda match: (
            f"la réponse est {_ODD_ANSWERS[match['what']]}{_NBSP}: vérifiez {match['key']}, le proxy et la page de"
            f" connexion du réseau ({match['said']})"
        ),
    ),
    (
        re.compile(r"(?P<place>\S+) refused the login of (?P<name>\S+); check username and password: (?P<said>.+)"),
        lambda match: (
            f"{match['place']} a refusé la connexion de {match['name']}{_NBSP}; vérifiez username et password{_NBSP}:"
            f" {match['said']}"
        ),
    ),
    (
        re.compile(r"(?P<place>\S+) refused the message: (?P<said>.+)"),
        lambda match: f"{match['place']} a refusé le message{_NBSP}: {match['said']}",
    ),
    (
        re.compile(
            r"(?P<place>\S+) refused the sender (?P<name>\S+); set `from` to an address it accepts: (?P<said>.+)"
        ),
        lambda match: (
            f"{match['place']} a refusé l'expéditeur {match['name']}{_NBSP}; réglez from sur une adresse qu'il"
            f" accepte{_NBSP}: {match['said']}"
        ),
    ),
    (
        re.compile(r"(?P<place>\S+) refused (?P<name>\S+@\S+) \((?P<said>.+)\)"),
        lambda match: f"{match['place']} a refusé {match['name']} ({match['said']})",
    ),
    (
        re.compile(r"the name (?P<host>\S+) cannot be resolved: check it, and the machine's network"),
        lambda match: f"le nom {match['host']} est introuvable{_NBSP}: vérifiez-le, ainsi que le réseau de la machine",
    ),
    (
        re.compile(r"no answer from (?P<place>\S+) within (?P<seconds>[\d.e+]+) s"),
        lambda match: f"aucune réponse de {match['place']} en {match['seconds'].replace('.', ',')}{_NBSP}s",
    ),
    (
        re.compile(r"no server listens at (?P<place>\S+) \(connection refused\)"),
        lambda match: f"aucun serveur n'écoute à {match['place']} (connexion refusée)",
    ),
    (
        re.compile(r"(?P<place>\S+) closed the connection"),
        lambda match: f"{match['place']} a fermé la connexion",
    ),
    (
        re.compile(r"the certificate of (?P<place>\S+) is not trusted: (?P<said>.+)"),
        lambda match: f"le certificat de {match['place']} n'est pas reconnu{_NBSP}: {match['said']}",
    ),
    (
        re.compile(r"the service did not answer within (?P<seconds>\d+) s"),
        lambda match: f"le service n'a pas répondu en {match['seconds']}{_NBSP}s",
    ),
    (
        re.compile(r"the service did not accept the message: (?P<said>.+)"),
        lambda match: f"le service n'a pas accepté le message{_NBSP}: {match['said']}",
    ),
    (
        re.compile(r"the settings have no channel called (?P<name>\S+) any more"),
        lambda match: f"les réglages n'ont plus de canal {match['name']}",
    ),
)
