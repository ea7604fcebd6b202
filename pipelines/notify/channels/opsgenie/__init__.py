"""The Opsgenie channel: alerts in Opsgenie, or in Jira Service Management, which has the same interface."""

from pipelines.notify.channels.opsgenie.channel import OpsgenieChannel

__all__ = ["OpsgenieChannel"]
