"""The PagerDuty channel: incidents through the Events API v2."""

from pipelines.notify.channels.pagerduty.channel import PagerdutyChannel

__all__ = ["PagerdutyChannel"]
