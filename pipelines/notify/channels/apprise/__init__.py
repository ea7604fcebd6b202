"""The Apprise channel: Teams, Discord, Telegram, webhooks and some hundred other services by their Apprise URLs."""

from pipelines.notify.channels.apprise.channel import AppriseChannel

__all__ = ["AppriseChannel"]
