"""What a KPI is said to need is what it needs: without it there are no values, and with it alone there are."""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest

from pipelines.entities import ENTITIES
from pipelines.kpis import Input, Kpi
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from tests.kpis.small_warehouse import SmallWarehouse

pytestmark = pytest.mark.acceptance

KPIS = load_catalogue(project_folder() / "target")
EVERYTHING = frozenset(
    Input(entity.name, column) for entity in ENTITIES.values() for column in (None, *entity.column_names)
)


@pytest.fixture(scope="module")
def company() -> SmallWarehouse:
    return SmallWarehouse()


def without(removed: frozenset[Input]) -> frozenset[Input]:
    """Everything but some inputs; without the rows of an entity there are none of its columns."""
    entities = {each.entity for each in removed if each.column is None}
    return frozenset(each for each in EVERYTHING - removed if each.entity not in entities)


def shortages(kpi: Kpi) -> Iterator[frozenset[Input]]:
    """Inputs without which a need of a KPI is not fulfilled: one of each alternative, in every combination."""
    for need in kpi.needs:
        for removed in product(*need.alternatives):
            yield frozenset(removed)


def sufficient(kpi: Kpi) -> Iterator[frozenset[Input]]:
    """Inputs that fulfil all needs of a KPI: an alternative of each, until every alternative was used."""
    if not kpi.needs:
        # It is about loads, whatever they are of.
        yield frozenset({Input("campaign")})
        return
    for number in range(max(len(need.alternatives) for need in kpi.needs)):
        chosen = [need.alternatives[number % len(need.alternatives)] for need in kpi.needs]
        yield frozenset(completed({each for alternative in chosen for each in alternative}))


def completed(inputs: set[Input]) -> Iterator[Input]:
    """The inputs with the columns of which each row has one."""
    yield from inputs
    for entity in {each.entity for each in inputs}:
        for names in ENTITIES[entity].one_of:
            if not inputs & {Input(entity, name) for name in names}:
                yield Input(entity, names[0])


def test_every_kpi_has_values_in_a_company_with_everything(company: SmallWarehouse) -> None:
    found = company.kpis_with_values(EVERYTHING)
    assert found.keys() == KPIS.keys()
    assert [kpi for kpi, numerator in found.items() if numerator == 0] == []


def test_a_kpi_has_no_values_without_what_it_needs(company: SmallWarehouse) -> None:
    wrong = set()
    for cases in shortages_computed_at_once():
        found = company.kpis_with_values(without(frozenset().union(*(removed for _, removed in cases))))
        wrong |= {(kpi.name, " and ".join(sorted(map(str, removed)))) for kpi, removed in cases if kpi.name in found}
    assert sorted(wrong) == []


def shortages_computed_at_once() -> list[list[tuple[Kpi, frozenset[Input]]]]:
    """The shortages of all KPIs, in groups in which no KPI lacks more than its own shortage."""
    groups: list[list[tuple[Kpi, frozenset[Input]]]] = []
    for kpi in KPIS.values():
        for removed in shortages(kpi):
            case = (kpi, removed)
            group = next((group for group in groups if all(independent(case, other) for other in group)), None)
            if group is None:
                groups.append([case])
            else:
                group.append(case)
    return groups


def independent(case: tuple[Kpi, frozenset[Input]], other: tuple[Kpi, frozenset[Input]]) -> bool:
    return spares(case, other) and spares(other, case)


def spares(case: tuple[Kpi, frozenset[Input]], other: tuple[Kpi, frozenset[Input]]) -> bool:
    """Whether a shortage takes nothing from another KPI that this KPI's own shortage leaves it."""
    removed = case[1] - other[1]
    used = {each for need in other[0].needs for each in need.inputs}
    return not any(
        each in used or (each.column is None and each.entity in {use.entity for use in used}) for each in removed
    )


def test_a_kpi_has_values_with_what_it_needs_alone(company: SmallWarehouse) -> None:
    wanted: dict[frozenset[Input], list[str]] = {}
    for kpi in KPIS.values():
        for inputs in sufficient(kpi):
            wanted.setdefault(inputs, []).append(kpi.name)
    lacking = [
        f"{kpi} with {', '.join(sorted(map(str, inputs)))}"
        for inputs, kpis in packed(wanted)
        for found in [company.kpis_with_values(inputs)]
        for kpi in kpis
        if found.get(kpi, 0) == 0
    ]
    assert lacking == []


def packed(wanted: Mapping[frozenset[Input], list[str]]) -> list[tuple[frozenset[Input], list[str]]]:
    """Joins sets of inputs of different entities: they are computed at once, and do not see each other."""
    groups: list[tuple[frozenset[Input], list[str]]] = []
    for inputs, kpis in wanted.items():
        entities = {each.entity for each in inputs}
        for number, (others, their_kpis) in enumerate(groups):
            if entities.isdisjoint(each.entity for each in others):
                groups[number] = (others | inputs, [*their_kpis, *kpis])
                break
        else:
            groups.append((inputs, kpis))
    return groups
