"""What the use cases share about messages: the company as messages show it, and a message as the outbox stores it."""

from datetime import datetime

from pipelines.ledger import OutboxItem
from pipelines.notify.compose import CompanyFacts
from pipelines.notify.message import Message
from pipelines.settings import Settings
from pipelines.watch.state import incident_of


def company_facts(settings: Settings) -> CompanyFacts:
    """Returns what of the company decides how messages are written."""
    company = settings.company
    return CompanyFacts(company.name, company.language, company.currency, company.timezone)


def outbox_item(message: Message, *, alert_id: str | None, at: datetime, alert_ids: tuple[str, ...] = ()) -> OutboxItem:
    """Returns a message as the outbox stores it until it is delivered; `at` is the moment of its creation.

    A message about several alerts has them in `alert_ids`.
    """
    return OutboxItem(
        message_id=message.message_id,
        dedup_key=message.dedup_key,
        channel=message.channel,
        alert_id=alert_id,
        record=message.to_stored(),
        created_at=at,
        incident=message.incident or incident_of(message.dedup_key),
        picture=message.picture,
        alert_ids=alert_ids,
    )
