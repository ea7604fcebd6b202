"""Turns events into the messages that people read, in English or French. Pure: no I/O and no clock."""

from collections.abc import Sequence

from pipelines.kpis import Kpi
from pipelines.notify.compose.alerts import compose_alert
from pipelines.notify.compose.group import AlertState, compose_group, compose_overview
from pipelines.notify.compose.held import compose_held, compose_resumed, held_key
from pipelines.notify.compose.no_data import compose_no_data
from pipelines.notify.compose.parts import CompanyFacts, series_name
from pipelines.notify.compose.pipeline import PipelineEvent, compose_pipeline, compose_test
from pipelines.notify.message import Message
from pipelines.watch.drivers import Driver
from pipelines.watch.normal import Normal
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, GapEvent

__all__ = [
    "AlertState",
    "CompanyFacts",
    "PipelineEvent",
    "compose",
    "compose_group",
    "compose_held",
    "compose_overview",
    "compose_pipeline",
    "compose_resumed",
    "compose_test",
    "held_key",
    "series_name",
]


def compose(
    event: Event | GapEvent,
    rule: Rule,
    kpi: Kpi,
    channel_name: str,
    company: CompanyFacts,
    *,
    drivers: Sequence[Driver] = (),
    normal: Normal | None = None,
    confidence: float = 0.95,
) -> Message:
    """Returns the message about an event of a series for one channel.

    `drivers` are what drove the change of the reading's value since the period before, `normal` is what is
    normal for the series. `confidence` is the confidence
    level (0 to 1) of the intervals in the readings.

    Raises:
        ValueError: the reading of an alert's event has no value.
    """
    if isinstance(event, GapEvent):
        return compose_no_data(event, rule, kpi, channel_name, company)
    return compose_alert(event, rule, kpi, channel_name, company, drivers=drivers, normal=normal, confidence=confidence)
