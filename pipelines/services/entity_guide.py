"""The entities explained: every column with its meaning, the names that products give it, and the KPIs that need it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.entities import ENTITIES, Column, Entity
from pipelines.kpis import Input, Kpi, Need
from pipelines.sources.files.propose.vendor_names import CONNECTOR, vendor_names


@dataclass(frozen=True, slots=True)
class ColumnGuide:
    """A column explained.

    Attributes:
        column: its declaration.
        vendors: the names in exports by product, the usual one first.
        needed_by: the KPIs that have no values without it.
        alternative_for: the KPIs that need it or something else.
    """

    column: Column
    vendors: Mapping[str, tuple[str, ...]]
    needed_by: tuple[str, ...]
    alternative_for: tuple[str, ...]

    @property
    def exports(self) -> Mapping[str, tuple[str, ...]]:
        """The names in what the products themselves export, without those of connectors."""
        return {product: names for product, names in self.vendors.items() if not product.endswith(CONNECTOR)}


@dataclass(frozen=True, slots=True)
class EntityGuide:
    """An entity explained; `kpis` are those that can be computed from it, alone or with others."""

    entity: Entity
    columns: tuple[ColumnGuide, ...]
    kpis: tuple[str, ...]


def entity_guides(kpis: Iterable[Kpi]) -> Mapping[str, EntityGuide]:
    """Returns every entity explained, by name, for the KPIs of a catalogue."""
    catalogue = tuple(kpis)
    return {name: _guide(entity, catalogue) for name, entity in ENTITIES.items()}


def _guide(entity: Entity, kpis: tuple[Kpi, ...]) -> EntityGuide:
    users = [kpi for kpi in kpis if any(each.entity == entity.name for need in kpi.needs for each in need.inputs)]
    columns = []
    for column in entity.columns:
        needed_by = [kpi.name for kpi in users if any(_is_necessary(need, entity, column.name) for need in kpi.needs)]
        in_part = [kpi.name for kpi in users if any(_is_named(need, entity, column.name) for need in kpi.needs)]
        columns.append(
            ColumnGuide(
                column,
                vendor_names().get((entity.name, column.name), {}),
                tuple(needed_by),
                tuple(name for name in in_part if name not in needed_by),
            )
        )
    return EntityGuide(entity, tuple(columns), tuple(kpi.name for kpi in users))


def _is_necessary(need: Need, entity: Entity, column: str) -> bool:
    """Whether every alternative of a need has a column, be it because rows of the entity cannot do without it."""
    return all(any(_includes(each, entity, column) for each in alternative) for alternative in need.alternatives)


def _is_named(need: Need, entity: Entity, column: str) -> bool:
    return any(_includes(each, entity, column) for each in need.inputs)


def _includes(given: Input, entity: Entity, column: str) -> bool:
    return given.entity == entity.name and (given.column == column or entity.column(column).required)
