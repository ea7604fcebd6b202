"""The names that products give the columns of entities in their exports: taken from the shapes of these exports."""

from collections.abc import Iterator, Mapping
from functools import cache

from pipelines.sources.files.propose.shapes import SHAPES
from pipelines.sources.files.propose.shapes.shape import Const, Filled, Rule, Rules, Shape, Sql, Sum

# How the names of kinds of exports end whose tables a connector copies.
CONNECTOR = "(connector)"


@cache
def vendor_names() -> Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]:
    """Returns the headers of exports by entity and column, then by product, each product's usual one first.

    A product whose tables a connector copies from its API is called `HubSpot (connector)`. Columns that no product has
    under a name of its own are missing.
    """
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for shape in SHAPES:
        for fill in shape.fills if shape.product else ():
            for column, rules in fill.rules.items():
                for name in _names(rules):
                    # Headers are compared without case.
                    found.setdefault((fill.entity, column), {}).setdefault(_product(shape), {}).setdefault(
                        name.casefold(), name
                    )
    return {
        key: {product: tuple(names.values()) for product, names in products.items()} for key, products in found.items()
    }


def _product(shape: Shape) -> str:
    return f"{shape.product} {CONNECTOR}" if shape.kind.endswith(CONNECTOR) else shape.product


def _names(rules: Rules) -> Iterator[str]:
    for rule in rules if isinstance(rules, tuple) else (rules,):
        yield from _names_of(rule)


def _names_of(rule: Rule) -> tuple[str, ...]:
    """Returns the headers of a rule; none if it combines several columns, which are then no names of the value."""
    match rule:
        case Const() | Sum():
            return ()
        case Filled():
            return tuple(name for names in rule.names for name in names.split("|"))
        case Sql():
            return tuple(rule.names[0].split("|")) if len(rule.names) == 1 else ()
        case _:
            return rule.names
