"""Incidents in services that keep them, such as PagerDuty: what was opened there is closed when it is over.

Usually the message about its end does that. It does not reach the service if the rule was removed or renamed, if the
channel left the rule's `notify` meanwhile, or if the service had the message as the fallback of another channel.
"""

from dataclasses import replace

from pipelines.ledger import Ledger, OutboxItem
from pipelines.notify.compose import compose_closed
from pipelines.notify.message import Message
from pipelines.services.installation import Installation
from pipelines.services.messages import company_facts, outbox_item
from pipelines.settings import channels_of


def close_incidents(installation: Installation, ledger: Ledger) -> int:
    """Adds the messages that close what is over and still open in a service; returns how many are new."""
    settings, at = installation.settings(), installation.wall_clock()
    channels = channels_of(settings, installation.home.path)
    keeping = [name for name, channel in channels.items() if channel.keeps_incidents]
    if not keeping:
        return 0
    company = company_facts(settings)

    def closing(last: OutboxItem) -> OutboxItem:
        message = compose_closed(Message.model_validate(last.record), company)
        item = outbox_item(message, alert_id=last.alert_id, alert_ids=last.alert_ids, at=at)
        return replace(item, incident=last.incident)

    return ledger.enqueue([closing(last) for last in ledger.unclosed_incidents(keeping)])
