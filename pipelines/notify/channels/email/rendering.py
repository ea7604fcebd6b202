"""Renders a message as an e-mail with a plain text and an HTML part."""

import re
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from pipelines.notify.attachment import Attachment
from pipelines.notify.links import split_links
from pipelines.notify.message import Message
from pipelines.notify.sanitize import readable
from pipelines.notify.translations import TRANSLATIONS

_SUBJECT_LENGTH = 200
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
# It identifies a picture within its e-mail, and is nobody's.
_PICTURE_DOMAIN = "vigie.invalid"
# A thread of years needs no longer header than this.
_REFERENCES = 10

# The colour of the bar, of text on white, of text on a dark card; every pair has a contrast of at least 4.5 to 1.
_COLOURS = {
    "critical": ("#c62828", "#b3261e", "#ff8a80"),
    "warn": ("#e08a00", "#8f5700", "#ffc266"),
    "resolved": ("#2e7d32", "#1f6b2a", "#81c995"),
    "neutral": ("#5f6b7a", "#4a5564", "#b7c0cc"),
}

# Mail programs make links of everything that looks like an address, even if it is a name from a customer's data.
_LINKABLE = re.compile(r"(?<=\w)[.@](?=\w)|:(?=//)")
_LINK_BREAK = "\u200c"

_templates = Environment(
    loader=PackageLoader("pipelines.notify.channels.email"),
    autoescape=select_autoescape(["html.j2"], default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def unlinked(text: str) -> str:
    """Returns `text` with an invisible mark in everything that mail programs take for an address; numbers have none."""
    return _LINKABLE.sub(lambda found: found[0] if _between_digits(text, found) else found[0] + _LINK_BREAK, text)


def _between_digits(text: str, found: re.Match[str]) -> bool:
    return text[found.start() - 1].isdigit() and text[found.end()].isdigit()


_templates.filters["unlinked"] = unlinked
_templates.filters["split_links"] = split_links


def render(
    message: Message, *, sender: str, recipients: tuple[str, ...], now: datetime, earlier: tuple[str, ...] = ()
) -> EmailMessage:
    """Returns `message` as an e-mail dated `now` (aware); `sender` is the From header.

    The Message-ID depends on the dedup key alone, so that receivers recognise a repetition. `earlier` are those of the
    e-mails of the same incident, the oldest first: this one answers the last of them. All refer to one id that no
    e-mail has, so that mail programs show them as one thread even if an e-mail was deleted.
    """
    colour = "resolved" if message.status == "resolved" else message.severity or "neutral"
    facts = {
        "message": message,
        "content": message.content,
        "first": message.text.partition("\n")[0],
        "lines": message.text.split("\n")[1:],
        "colours": _COLOURS[colour],
        "colon": TRANSLATIONS[message.content.language].colon,
        "picture": None if message.picture is None else f"chart.{message.message_id}@{_PICTURE_DOMAIN}",
    }
    domain = parseaddr(sender)[1].rpartition("@")[2].strip("[]").replace(":", ".")

    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = tuple(Address(addr_spec=recipient) for recipient in recipients)
    # Folding a long subject by itself, `EmailMessage` loses spaces between encoded words, and takes a title that looks
    # like an encoded word for one.
    mail.set_raw("Subject", _encoded(" ".join(readable(message.title, _SUBJECT_LENGTH).split())))
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.message_id}@{domain}>"
    thread = f"<{message.thread}@{domain}>"
    known = [each for each in earlier if _MESSAGE_ID.fullmatch(each)]
    mail["In-Reply-To"] = known[-1] if known else thread
    mail["References"] = " ".join([thread, *known[:1], *known[1:][-_REFERENCES:]])
    mail["Auto-Submitted"] = "auto-generated"
    # Exchange needs its own header to send no out-of-office answers.
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_templates.get_template("message.txt.j2").render(facts), cte="quoted-printable")
    html = _templates.get_template("message.html.j2").render(facts)
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    if message.picture is not None:
        [_, page] = mail.iter_parts()
        cid = f"<{facts['picture']}>"
        page.add_related(message.picture, maintype="image", subtype="png", cid=cid, filename="chart.png")
    return mail


def attach(mail: EmailMessage, attachment: Attachment, content: bytes) -> None:
    """Adds a file to an e-mail."""
    main, _, sub = attachment.media_type.partition("/")
    # Files of text are UTF-8; without a charset a program may take them for ASCII.
    charset = {"charset": "utf-8"} if main == "text" else {}
    mail.add_attachment(content, maintype=main, subtype=sub, filename=attachment.name, params=charset)


def _encoded(subject: str) -> str:
    """Returns a subject as its header holds it: folded, and encoded as one value if it has to be."""
    is_plain = subject.isascii() and "=?" not in subject
    return Header(subject, "us-ascii" if is_plain else "utf-8", header_name="Subject").encode(linesep="\r\n")
