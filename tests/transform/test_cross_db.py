"""The portable form of a macro gives what DuckDB's own does, on DuckDB."""

from itertools import pairwise
from random import Random
from typing import Any

import duckdb
import pytest

from tests.transform.dbt_rendering import render_sql


def rows(connection: duckdb.DuckDBPyConnection, template: str, *engines: str) -> list[tuple[Any, ...]]:
    return sorted(connection.execute(render_sql(template, *engines)).fetchall(), key=repr)


@pytest.mark.parametrize("operator", [">=", ">"])
def test_a_row_in_effect_is_found(operator: str) -> None:
    template = (
        "select moments.id, in_effect.rate from moments {{ asof_left_join('rates', alias='in_effect',"
        " equal={'moments.currency': 'currency'}, moment='moments.day', valid_from='quoted_on', operator='OP') }}"
    ).replace("OP", operator)
    with duckdb.connect() as connection:
        connection.execute(
            "create table rates as select * from (values"
            " ('USD', date '2026-01-02', 1), ('USD', date '2026-01-05', 2), ('GBP', date '2026-01-03', 3)"
            ") as rates (currency, quoted_on, rate)"
        )
        connection.execute(
            "create table moments as select row_number() over () as id, currency, day from"
            " (values ('USD'), ('GBP'), ('JPY'), (null)) as currencies (currency),"
            " (select unnest(range(date '2026-01-01', date '2026-01-07', interval 1 day))::date as day)"
        )
        found = rows(connection, template, "duckdb", "default")
        assert found == rows(connection, template, "default")
        assert {rate for _, rate in found} == {None, 1, 2, 3}
        assert len(found) == 24


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("caf\u00e9", "caf\u00e9"),
        ("cafe\u0301", "caf\u00e9"),
        ("A\u030a \u200b", "\u00c5"),
        ("\ufeffcaf\u2060e\u200b ", "cafe"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        (" plain ", "plain"),
        ("\u200b", "unknown"),
        (None, "unknown"),
    ],
)
def test_segments_that_look_the_same_are_the_same(written: str | None, plain: str) -> None:
    template = "select {{ segment_value('written') }} from (select cast(? as string) as written)"
    with duckdb.connect() as connection:
        assert connection.execute(render_sql(template, "duckdb", "default"), [written]).fetchall() == [(plain,)]
        if written is None or ("\u0301" not in written and "\u030a" not in written):
            assert connection.execute(render_sql(template, "default"), [written]).fetchall() == [(plain,)]


@pytest.mark.parametrize(
    "written",
    [
        "Zo\u00e9@Example.com",
        "zoe\u0301@example.com",
        "zo\u00e9@example.com\u200b",
        " \ufeffzo\u00e9@exam\u200dple.com",
    ],
)
def test_addresses_that_look_the_same_are_the_same(written: str) -> None:
    template = "select {{ normalised_email('written') }} from (select cast(? as string) as written)"
    with duckdb.connect() as connection:
        found = connection.execute(render_sql(template, "duckdb", "default"), [written]).fetchall()
    assert found == [("zo\u00e9@example.com",)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_components_of_a_graph_are_found(seed: int) -> None:
    random = Random(seed)
    # A long chain in a random order, which takes most rounds, a star, and pairs.
    chain = [f"chain-{number:04}" for number in range(500)]
    random.shuffle(chain)
    pairs = [
        *pairwise(chain),
        *(("star", f"ray-{number}") for number in range(200)),
        *((f"left-{number}", f"right-{number}") for number in range(50)),
    ]
    edges = [*pairs, *((second, first) for first, second in pairs)]
    template = "{{ connected_components('nodes', 'edges') }}"
    with duckdb.connect() as connection:
        connection.execute("create table edges (node varchar, neighbour varchar)")
        connection.executemany("insert into edges values (?, ?)", edges)
        connection.execute("create table nodes as select distinct node from edges union all select 'alone'")
        found = rows(connection, template, "duckdb", "default")
        assert found == rows(connection, template, "default")
        assert len({label for _, label in found}) == 1 + 1 + 50 + 1


def test_a_chain_of_thousands_is_one_component() -> None:
    """A round of passing labels on for each link would take minutes."""
    template = "{{ connected_components('nodes', 'edges') }}"
    with duckdb.connect() as connection:
        connection.execute(
            "create table edges as with links as (select 'm' || i as node, 'm' || (i + 1) as neighbour from range(20000) t(i))"
            " select * from links union all select neighbour, node from links"
        )
        connection.execute("create table nodes as select distinct node from edges")
        found = rows(connection, template, "duckdb", "default")
    assert len(found) == 20001
    assert {label for _, label in found} == {"m0"}
