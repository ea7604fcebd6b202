"""The Slack channel: Block Kit through an incoming webhook."""

from pipelines.notify.channels.slack.channel import SlackChannel

__all__ = ["SlackChannel"]
