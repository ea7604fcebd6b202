"""Needs: how they are written, and which of them others imply."""

import pytest

from pipelines.kpis import CatalogueError, Input, Need
from pipelines.kpis.need import parse_needs, reduced


def needs(*texts: str) -> tuple[Need, ...]:
    return parse_needs(list(texts), "the measure m")


def test_alternatives_and_what_belongs_together() -> None:
    [need] = needs("order or deal.amount and deal.is_won")
    assert need.alternatives == ((Input("order"),), (Input("deal", "amount"), Input("deal", "is_won")))
    assert need.inputs == (Input("order"), Input("deal", "amount"), Input("deal", "is_won"))
    assert str(need) == "order or (deal.amount and deal.is_won)"
    assert str(needs("deal.amount and deal.is_won")[0]) == "deal.amount and deal.is_won"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["ticket", "ticket.sla_met"], ["ticket.sla_met"]),
        (["ticket.sla_met", "ticket"], ["ticket.sla_met"]),
        (["ticket", "ticket"], ["ticket"]),
        (["ticket.a", "ticket.b"], ["ticket.a", "ticket.b"]),
        (["order or deal", "order or deal.amount and deal.is_won"], ["order or deal.amount and deal.is_won"]),
        (["order or deal.a and deal.b", "order or deal.a"], ["order or deal.a and deal.b"]),
        (["order or deal.a", "customer.x"], ["order or deal.a", "customer.x"]),
        (["order", "order or deal"], ["order"]),
        (["order or deal", "deal"], ["deal"]),
    ],
)
def test_what_another_need_implies_is_dropped(given: list[str], kept: list[str]) -> None:
    assert reduced(needs(*given)) == needs(*kept)


@pytest.mark.parametrize("text", ["Ticket", "ticket.sla met", "ticket.a or", "", "ticket.a.b", "a & b"])
def test_what_is_no_input_is_refused(text: str) -> None:
    with pytest.raises(
        CatalogueError, match=r"the measure m: .* is neither an entity nor a column such as ticket\.team"
    ):
        needs(text)


def test_needs_are_a_list() -> None:
    with pytest.raises(CatalogueError, match="the measure m: write needs as a list"):
        parse_needs("ticket", "the measure m")
