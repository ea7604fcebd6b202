"""What a translation of messages consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipelines.kpis import Grain
from pipelines.kpis.dimensions import SegmentNoun
from pipelines.watch.limit import Side

# The parts of the pipeline that can fail.
Subject = Literal["source", "run", "export", "channel", "conversion", "heartbeat"]


@dataclass(frozen=True, slots=True)
class Translation:
    """All texts of messages in one language; sentences are `str.format` templates."""

    colon: str
    quoted: str
    # Status labels: a title begins with one.
    label_warn: str
    label_critical: str
    label_worsened: str
    label_eased: str
    label_resolved: str
    label_failed: str
    label_recovered: str
    # Titles, after the status label.
    title: str
    title_resolved: str
    # What happened, as the first line below a title that says where the value is.
    fell_from: str
    rose_from: str
    was: str
    nothing_before: str
    was_beyond: str
    was_beyond_and: str
    # What happened in one sentence, below a title of the operator.
    fell: str
    rose: str
    steady: str
    compared: str
    back_to_normal: str
    below: str
    above: str
    now: str
    still: str
    again: str
    label_held: str
    label_resumed: str
    rules: tuple[str, str]
    held_headline: str
    held: str
    held_rules: str
    and_more: str
    held_action: str
    resumed_headline: str
    resumed: str
    label_no_data: str
    label_data_again: str
    no_data_headline: str
    no_data: str
    data_again_headline: str
    data_again: str
    no_data_action: str
    label_restated: str
    not_after_all: str
    late_data: str
    changed_from: str
    before: Mapping[Grain, str]
    # Labels of facts.
    period: str
    since: str
    began: str
    lowest: str
    highest: str
    confidence: str
    sample: str
    action: str
    owner: str
    reason: str
    reason_in_english: str
    # Values of facts.
    out_of_bounds: str
    interval: str
    # What is normal for the series.
    comparison: str
    usual: str
    before_incident: str
    year_ago: str
    target: str
    # What drove a change. Reasons by what changed in the segment, and whether it grew.
    drivers: str
    driver: str
    driver_of_sum: str
    driver_reasons: Mapping[tuple[Literal["rate", "value", "share"], bool], str]
    # Failures of the pipeline itself.
    subjects: Mapping[Subject, str]
    failed_once: str
    recovered: str
    failing_since: str
    had_failed_since: str
    # A test of a channel.
    label_test: str
    test_headline: str
    test_lead: str
    # The note on a message that the receiver may already have.
    may_be_repeated: str
    # Small print at the end.
    footnote: str
    acknowledge: str
    silence: str
    why: str
    # Segments.
    in_channel: str
    segment: str
    segment_nouns: Mapping[str, SegmentNoun]
    unknown_of: str
    # How a value beyond the threshold of a condition is called, where the condition has words of its own.
    conditions: Mapping[tuple[str, Side], str] = field(default_factory=dict)
    # The title and the first sentence of a resolved incident, where `title_resolved` and `back_to_normal` say it badly.
    resolutions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    # The first lines of an alert and of its end, for conditions whose values are compared with nothing.
    leads: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def beyond(self, condition: str, side: Side) -> str:
        """Returns the words for a value beyond the threshold of a rule's condition, a template for the threshold."""
        return self.conditions.get((condition, side), self.below if side == "below" else self.above)

    def resolution(self, condition: str) -> tuple[str, str]:
        """Returns the title and the first sentence of a resolved incident of a rule's condition, as templates."""
        return self.resolutions.get(condition, (self.title_resolved, self.back_to_normal))
