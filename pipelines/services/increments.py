"""Which canonical tables a build may extend: those of entities of which nothing was taken away since the last build.

Pure: decides on the loads of the last build that passed and on those of this one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.raw import Load
from pipelines.services.versions import version_of
from pipelines.warehouse.run_context import Increment

# Where more than this share of the rows is new, deleting and inserting them costs more than a table from nothing.
_MOST_NEW_ROWS = 0.3
NO_LOAD = -1


@dataclass(frozen=True, slots=True)
class StreamLoads:
    """The loads in use of one stream of a source, and the entities that it fills."""

    source: str
    stream: str
    entities: tuple[str, ...]
    loads: Sequence[Load]

    @property
    def key(self) -> str:
        """What names the stream among those of all sources."""
        return f"{self.source}/{self.stream}"


@dataclass(frozen=True, slots=True)
class BuiltLoads:
    """What the canonical tables were built from: the code, the moment that counted as now, and the loads by stream.

    Of a stream these are the largest number of a load, and a digest of the ids of them all.
    """

    code: str
    as_of: datetime
    streams: Mapping[str, tuple[int, str]]

    def to_json(self) -> str:
        """Returns the text that `from_json` reads."""
        return json.dumps({"code": self.code, "as_of": self.as_of.isoformat(), "streams": self.streams})

    @staticmethod
    def from_json(text: str) -> "BuiltLoads":
        """Returns what `to_json` wrote."""
        content = json.loads(text)
        streams = {key: (sequence, digest) for key, (sequence, digest) in content["streams"].items()}
        return BuiltLoads(content["code"], datetime.fromisoformat(content["as_of"]), streams)


def built_loads(code: str, as_of: datetime, streams: Iterable[StreamLoads]) -> BuiltLoads:
    """Returns what is to be remembered of a build from these loads."""
    return BuiltLoads(code, as_of, {each.key: (_last_sequence(each.loads), _digest(each.loads)) for each in streams})


def increments(
    before: BuiltLoads | None, code: str, as_of: datetime, streams: Sequence[StreamLoads]
) -> list[Increment]:
    """Returns the entities whose tables a build may extend, a row per source; of others there are none.

    An entity is extended if the code is the same, the clock has not been set back, one stream of each source fills it,
    all loads that were built are in use, in the same order, and not too many of the rows are new.

    Args:
        before: what the tables were built from, if they passed their tests since.
        code: identifies the code that computes the tables.
        as_of: the moment that counts as now.
        streams: the loads in use.
    """
    if before is None or before.code != code or as_of < before.as_of:
        return []
    # A source that is gone took its rows with it.
    if before.streams.keys() - {each.key for each in streams}:
        return []
    found: list[Increment] = []
    for entity, filling in _by_entity(streams).items():
        has_one_a_source = len({each.source for each in filling}) == len(filling)
        is_extended = has_one_a_source and all(_is_extended(before, each) for each in filling)
        if is_extended and _has_few_new_rows(before, filling):
            found += [Increment(entity, each.source, _built_sequence(before, each), before.as_of) for each in filling]
    return found


def _by_entity(streams: Iterable[StreamLoads]) -> dict[str, list[StreamLoads]]:
    by_entity: dict[str, list[StreamLoads]] = {}
    for stream in streams:
        for entity in stream.entities:
            by_entity.setdefault(entity, []).append(stream)
    return by_entity


def _is_extended(before: BuiltLoads, stream: StreamLoads) -> bool:
    sequence, digest = before.streams.get(stream.key, (NO_LOAD, _digest(())))
    return _digest([load for load in stream.loads if load.sequence <= sequence]) == digest


def _has_few_new_rows(before: BuiltLoads, streams: Iterable[StreamLoads]) -> bool:
    rows, new = 0, 0
    for stream in streams:
        for load in stream.loads:
            rows += load.rows
            new += load.rows if load.sequence > _built_sequence(before, stream) else 0
    return new <= _MOST_NEW_ROWS * rows


def _built_sequence(before: BuiltLoads, stream: StreamLoads) -> int:
    return before.streams.get(stream.key, (NO_LOAD, ""))[0]


def _last_sequence(loads: Iterable[Load]) -> int:
    return max((load.sequence for load in loads), default=NO_LOAD)


def _digest(loads: Iterable[Load]) -> str:
    return version_of([load.load_id for load in sorted(loads, key=lambda load: load.sequence)])
