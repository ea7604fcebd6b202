"""What a KPI needs: data of canonical entities, as measures and metrics declare it under `config.meta.needs`."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from pipelines.kpis.errors import CatalogueError

_OR, _AND = " or ", " and "
_INPUT = re.compile(r"([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?")


class Input(NamedTuple):
    """A column of an entity; without a column, the rows of the entity with the columns that each row must have."""

    entity: str
    column: str | None = None

    def __str__(self) -> str:
        return self.entity if self.column is None else f"{self.entity}.{self.column}"

    def implies(self, other: "Input") -> bool:
        """Whether `other` is there wherever this one is: whatever has a column of an entity has its rows."""
        return self == other or other == Input(self.entity)


class Need(NamedTuple):
    """Alternatives of which one suffices, each of them inputs that belong together. A KPI needs all of its needs."""

    alternatives: tuple[tuple[Input, ...], ...]

    def __str__(self) -> str:
        together = [_AND.join(map(str, alternative)) for alternative in self.alternatives]
        return (
            together[0] if len(together) == 1 else _OR.join(f"({each})" if _AND in each else each for each in together)
        )

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs of all alternatives, each once."""
        return tuple(dict.fromkeys(each for alternative in self.alternatives for each in alternative))

    def implies(self, other: "Need") -> bool:
        """Whether whatever fulfils this need fulfils `other` as well."""
        return all(
            any(all(any(mine.implies(each) for mine in own) for each in theirs) for theirs in other.alternatives)
            for own in self.alternatives
        )


def parse_needs(declared: object, subject: str) -> tuple[Need, ...]:
    """Returns the needs of a declaration such as `[order or deal.amount and deal.is_won, ticket.sla_met]`.

    Args:
        declared: what a measure or a metric has under `config.meta.needs`.
        subject: what has it, for messages.

    Raises:
        CatalogueError: it is not a list of texts of that form.
    """
    if not isinstance(declared, list):
        raise CatalogueError(f"{subject}: write needs as a list, such as [ticket.resolved_at or ticket.closed_at]")
    return tuple(Need(tuple(_parse_inputs(part, subject) for part in str(need).split(_OR))) for need in declared)


def _parse_inputs(text: str, subject: str) -> tuple[Input, ...]:
    return tuple(parse_input(part.strip(), subject) for part in text.split(_AND))


def parse_input(text: str, subject: str) -> Input:
    """Returns an entity or a column of one, such as ticket.team; `subject` has it, for messages.

    Raises:
        CatalogueError: it is neither.
    """
    match = _INPUT.fullmatch(text)
    if match is None:
        raise CatalogueError(f"{subject}: {text!r} in its needs is neither an entity nor a column such as ticket.team")
    return Input(match[1], match[2])


def reduced(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Returns the needs in their order, without those that others imply."""
    kept: list[Need] = []
    for need in dict.fromkeys(needs):
        if not any(other.implies(need) for other in kept):
            kept = [*(other for other in kept if not need.implies(other)), need]
    return tuple(kept)
