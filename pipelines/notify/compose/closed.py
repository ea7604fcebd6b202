"""Messages that close an incident in a service that keeps it open, because nothing else did."""

from urllib.parse import quote

from pipelines.notify.compose.parts import CompanyFacts, footer
from pipelines.notify.message import Block, Content, Message, Paragraph, message_id, plain_text
from pipelines.notify.translations import TRANSLATIONS
from pipelines.watch.state import incident_of


def compose_closed(opened: Message, company: CompanyFacts) -> Message:
    """Returns the message that closes the incident which `opened` left open in its channel.

    Its dedup key names the same incident, so that it closes the one that was opened. It is one for `opened`.
    """
    texts = TRANSLATIONS[company.language]
    headline = opened.content.headline
    blocks: list[Block] = [Paragraph(text=texts.closed), *footer(company)]
    key = "/".join((incident_of(opened.dedup_key), "closed", opened.message_id, quote(opened.channel, safe="")))
    about = {"message_id": message_id(key), "dedup_key": key, "status": "resolved", "picture": None, "overview": None}
    content = Content(
        language=company.language, status_label=texts.label_closed, headline=headline, blocks=tuple(blocks)
    )
    words = {"title": f"{texts.label_closed}{texts.colon}{headline}", "text": plain_text(blocks, texts.colon)}
    return opened.model_copy(update={**about, **words, "content": content, "action": None, "drivers": ()})
