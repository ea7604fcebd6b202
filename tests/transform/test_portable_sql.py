"""What DuckDB alone can read is in `macros/cross_db`, with a form for other engines.

Each model is rendered for Spark and parsed by sqlglot. That does not run it; it shows that a model has nothing of its
own that Spark does not know.
"""

from itertools import pairwise

import pytest
import sqlglot
from sqlglot import TokenType

from tests.transform.dbt_rendering import models, render

# Functions of both engines. Of Spark 3.0: bool_or, min_by, `filter (where ...)`, grouping sets, named windows, `nulls
# last`, `is distinct from`; of Spark 3.2: try_cast; of Spark 3.4: `group by all`. Their reference is Spark's "SQL Reference"
# and "Functions". date_trunc takes the grain as an expression in both, and begins weeks on Monday.
SHARED = {
    "abs", "bool_and", "bool_or", "cast", "coalesce", "count", "date_trunc", "dense_rank", "exp", "greatest", "grouping", "lag", "lead", "least", "length",
    "lower", "max", "md5", "min", "min_by", "nullif", "pow", "round", "row_number", "sqrt", "substr", "sum", "trim", "try_cast",
    "upper",
}  # fmt: skip
# Functions of Spark that the macros use in the place of DuckDB's.
SPARK = {
    "array", "date_add", "datediff", "explode", "extract", "inline", "named_struct", "percentile", "sequence", "translate",
    "unix_micros", "weekday", "weekofyear",
}  # fmt: skip
# Keywords that may precede a bracket, and types with a length.
NO_FUNCTIONS = {
    "all", "and", "as", "by", "decimal", "else", "exists", "filter", "from", "in", "join", "not", "on", "or", "over", "sets",
    "then", "union", "using", "when", "where",
}  # fmt: skip
# Written like a list, a struct, a short cast or a named argument of DuckDB.
NOT_SPARK = {TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.DCOLON, TokenType.COLON_EQ}
# Keywords and types of DuckDB; sqlglot reads some of them in any dialect.
NOT_SPARK_WORDS = {"asof", "exclude", "hugeint", "ilike", "qualify", "timestamptz", "unnest", "varchar"}

MODELS = models()


def violations(sql: str) -> list[str]:
    """What Spark does not know in an SQL text rendered for Spark."""
    found = []
    tokens = sqlglot.tokenize(sql, read="spark")
    for token, following in pairwise(tokens):
        if token.token_type in NOT_SPARK or (
            token.text.lower() in NOT_SPARK_WORDS and token.token_type is not TokenType.STRING
        ):
            found.append(f"line {token.line}: {token.text}")
        is_call = following.token_type is TokenType.L_PAREN and token.text.isidentifier()
        if is_call and token.text.lower() not in SHARED | SPARK | NO_FUNCTIONS:
            found.append(f"line {token.line}: function {token.text}")
    try:
        sqlglot.parse_one(sql, read="spark", error_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.ParseError as error:
        found.append(f"not Spark SQL: {error}")
    return found


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_is_portable(name: str) -> None:
    assert violations(render(MODELS[name], "spark", "default")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select * exclude (a) from t",
        "select a from t qualify row_number() over (order by a) = 1",
        "select t.a from t asof left join u on t.a >= u.a",
        "select unnest([1, 2]) as a",
        "select {'a': 1} as s",
        "select a::int from t",
        "select cast(a as hugeint) from t",
        "select cast(a as varchar) from t",
        "select arg_min(a, b) from t",
        "select epoch_us(a) from t",
        "select date_diff('day', a, b) from t",
        "select quantile_cont(a, 0.5) from t",
        "select a from generate_series(1, 2) as s (a)",
        "with recursive c (n) using key (n) as (select 1 union select n from c) select n from c",
        "select unnest(a, recursive := true) from t",
    ],
)  # fmt: skip
def test_a_construct_of_duckdb_is_refused(sql: str) -> None:
    assert violations(sql) != []
