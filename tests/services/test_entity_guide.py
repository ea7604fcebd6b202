"""The entities explained: names in products come from the shapes of exports, KPIs from what they need."""

from pipelines.entities import ENTITIES
from pipelines.kpis import Kpi
from pipelines.kpis.need import parse_needs
from pipelines.services.entity_guide import ColumnGuide, EntityGuide, entity_guides
from pipelines.sources.files.propose.shapes import SHAPES
from pipelines.sources.files.propose.vendor_names import vendor_names
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder


def kpi(name: str, *needs: str) -> Kpi:
    return Kpi(name, name, name, "f", "A KPI.", "a", "count", "up", "+", 0, False, needs=parse_needs(list(needs), name))


def column(guide: EntityGuide, name: str) -> ColumnGuide:
    [found] = [each for each in guide.columns if each.column.name == name]
    return found


def test_a_kpi_that_needs_a_column_needs_the_required_ones_as_well() -> None:
    guide = entity_guides([kpi("sla", "ticket.sla_met")])["ticket"]
    assert guide.kpis == ("sla",)
    assert [each.column.name for each in guide.columns if each.needed_by] == ["ticket_id", "created_at", "sla_met"]


def test_a_column_that_another_one_can_replace_is_an_alternative() -> None:
    guides = entity_guides([kpi("time", "ticket.resolved_at or ticket.closed_at"), kpi("age", "ticket.closed_at")])
    assert column(guides["ticket"], "closed_at").needed_by == ("age",)
    assert column(guides["ticket"], "closed_at").alternative_for == ("time",)
    assert column(guides["ticket"], "resolved_at").needed_by == ()
    assert column(guides["ticket"], "created_at").needed_by == ("time", "age")


def test_an_entity_that_another_one_can_replace_is_an_alternative() -> None:
    guides = entity_guides([kpi("revenue", "order or deal.amount and deal.is_won")])
    assert column(guides["order"], "amount").alternative_for == ("revenue",)
    assert column(guides["order"], "amount").needed_by == ()
    assert column(guides["deal"], "is_won").alternative_for == ("revenue",)
    assert column(guides["deal"], "owner_id").alternative_for == ()


def test_every_kpi_of_the_catalogue_appears_with_its_entities() -> None:
    kpis = load_catalogue(project_folder() / "target")
    guides = entity_guides(kpis.values())
    # Some are about loads, whatever they are of.
    of_loads = {"error_rate", "freshness"}
    assert {name for guide in guides.values() for name in guide.kpis} == kpis.keys() - of_loads
    assert "sla_attainment" in column(guides["ticket"], "sla_met").needed_by


def test_names_in_products_are_headers_of_known_exports() -> None:
    names = vendor_names()
    assert names["ticket", "sla_met"]["Freshdesk"] == ("Resolution status",)
    assert names["deal", "closed_at"]["HubSpot"][0] == "Close Date"
    assert names["deal", "amount"]["HubSpot (connector)"] == ("property_amount",)
    assert all(name in ENTITIES[entity].column_names for entity, name in names if entity in ENTITIES)
    products = {shape.product for shape in SHAPES if shape.fills and shape.product}
    named = {product.removesuffix(" (connector)") for found in names.values() for product in found}
    assert named == products


def test_a_name_in_two_spellings_is_given_once() -> None:
    for products in vendor_names().values():
        for names in products.values():
            assert len({name.casefold() for name in names}) == len(names)
