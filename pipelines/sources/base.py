"""The interface of a source: what a system delivers, how it is extracted, whether it can be reached, what is new.

A source extracts streams into the raw store and knows nothing of what becomes of them. Ingest, sensors, doctor and
asset graph speak to this interface and never to a certain source.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Generic, Literal, TypeVar

from pydantic import Field, field_validator

from pipelines.config import Name, SettingsModel
from pipelines.raw import Load, RawStore, Stream
from pipelines.sources.preview import TablePreview
from pipelines.sources.rejection import Rejections
from pipelines.watch.amount import Amount, Duration


class SourceSettings(SettingsModel):
    """What the settings of every source have; each type adds its own keys and narrows `type` to its name."""

    name: Name = Field(description="Names the source in tables, folders and messages.")
    type: str
    expect_every: Duration | Literal["never"] | None = Field(
        default=None,
        description="The source fails if nothing new has come for longer: 1d, 36h; never: nothing is expected. By"
        " default how often it delivered before, once that is clear.",
    )
    id_space: Name | None = Field(
        default=None,
        description="The source whose customer, agent and campaign ids this one uses too. By default ids are its own:"
        " equal ids of two systems are two people unless their addresses agree.",
    )
    delivers: Mapping[str, bool] = Field(
        default={},
        description="Whether an empty cell of a column says 'no' (true) or says nothing (false), where the data alone"
        " would say it wrong: {first_response_at: true, complained_at: false}.",
    )
    max_quarantined: Amount | None = Field(
        default=None,
        description="The source fails if more rows of one load are rejected: a share (5%), or a number of rows. By"
        " default 20% of them, and at least 10.",
    )

    @property
    def expected_every(self) -> timedelta | None:
        """How often something new is expected by the settings; None if they do not say, or expect nothing."""
        return self.expect_every if isinstance(self.expect_every, timedelta) else None

    @field_validator("expect_every", mode="before")
    @classmethod
    def _duration_or_never(cls, value: object) -> object:
        if isinstance(value, str) and value != "never" and not any(mark.isdigit() for mark in value):
            raise ValueError(f"{value} is neither a duration such as 1d nor the word never")
        return value

    @field_validator("max_quarantined")
    @classmethod
    def _share_or_rows(cls, value: Amount | None) -> Amount | None:
        if value is not None and (value.form == "duration" or value < 0 or (value.form == "percent" and value > 1)):
            raise ValueError(f"{value.written} is neither a share such as 20% nor a number of rows such as 50")
        return value


@dataclass(frozen=True, slots=True)
class ExtractContext:
    """What an extract works with.

    `store` is where loads are committed, `base` the folder to which relative paths in the settings refer, `timezone`
    the company's (IANA). `wall_clock` is the real time and `loaded_until` the moment up to which the source will have
    delivered what happened once it has been read; both aware.
    """

    store: RawStore
    base: Path
    timezone: str
    wall_clock: datetime
    loaded_until: datetime


@dataclass(slots=True)
class StreamReport:
    """What an extract did to one stream.

    `new_loads` were committed, `unchanged` counts files or pages that were known, `known_files` are the paths of those
    that are files, `deferred` says what the next pass will load and why, `failures` what the operator must fix.
    """

    stream: str
    new_loads: list[Load] = field(default_factory=list)
    unchanged: int = 0
    known_files: set[str] = field(default_factory=set)
    deferred: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    rejections: Rejections = field(default_factory=dict)

    @property
    def new_files(self) -> set[str]:
        """The paths of the files that were loaded; none of a source that has no files."""
        return {file.path for load in self.new_loads for file in load.files}

    @property
    def rows(self) -> int:
        """How many rows were accepted."""
        return sum(load.rows for load in self.new_loads)

    @property
    def quarantined(self) -> int:
        """How many records were rejected."""
        return sum(load.quarantined for load in self.new_loads)

    @property
    def filtered(self) -> int:
        """How many rows are no part of their table."""
        return sum(load.filtered for load in self.new_loads)


Settings = TypeVar("Settings", bound=SourceSettings)


class Source(ABC, Generic[Settings]):
    """A system that delivers streams, as the settings describe it."""

    settings_model: ClassVar[type[SourceSettings]]

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @classmethod
    @abstractmethod
    def all_streams(cls) -> Sequence[Stream]:
        """Returns every stream that a source of this type can deliver: those that its staging models read."""

    def streams(self) -> Sequence[Stream]:
        """Returns what these settings make the source deliver: by default everything."""
        return self.all_streams()

    @abstractmethod
    def provided_columns(self, stream: str, active: Sequence[Load]) -> Mapping[str, Collection[str]]:
        """Returns which columns of an entity the source reports, for each entity that the stream fills.

        A blank in such a column says that something did not happen: no bounce, no complaint. A blank in any other
        column says nothing.

        Args:
            stream: the name of a stream.
            active: its loads that count.
        """

    @abstractmethod
    def extract(self, streams: Collection[str], context: ExtractContext) -> Iterator[StreamReport]:
        """Loads what is new or changed in the streams of these names, and yields a report for each.

        A failure is part of a stream's report, in words and without secrets; it does not stop the other streams. Doing
        it twice, or again after a kill, loads nothing twice.
        """

    @abstractmethod
    def probe(self, context: ExtractContext) -> list[str]:
        """Returns what would keep an extract from succeeding, in words with what to fix; changes nothing."""

    def preview(self, context: ExtractContext, entity: str | None = None) -> Iterator[TablePreview]:
        """Yields what would be loaded, of `entity` or of everything; changes nothing.

        A source that can only find out by extracting yields nothing.
        """
        return iter(())

    def mapping_keys(self, entity: str) -> Sequence[str]:
        """Returns the keys of the settings in which a person says what fills a column of an entity.

        A source of a type that delivers what its vendor has, and nothing else, has none.
        """
        return ()

    @abstractmethod
    def list_changes(self, base: Path, wall_clock: datetime) -> Iterator[str]:
        """Yields lines that change when there is something new; asked every minute, so it must be cheap.

        A source that can only find out by extracting yields nothing: the schedule does that.
        """

    def active_loads(self, stream: str, loads: Sequence[Load]) -> list[Load]:
        """Returns the loads that make up a stream under these settings: all of them, where rows are upserts."""
        return list(loads)

    def counted_loads(self, stream: str, loads: Sequence[Load]) -> list[Load]:
        """Returns the loads whose records were delivered, each record once: by default all of them."""
        return list(loads)

    def quarantine_in_force(self, stream: str, active: Sequence[Load]) -> list[Load]:
        """Returns the loads whose rejected rows are missing from the stream now: by default, of all active loads."""
        return list(active)
