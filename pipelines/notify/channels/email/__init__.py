"""The e-mail channel: HTML and plain text through an SMTP server."""

from pipelines.notify.channels.email.channel import EmailChannel

__all__ = ["EmailChannel"]
