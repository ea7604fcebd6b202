"""What a model accepts at which place, read from pydantic's core schema.

A shape is a core schema without its wrappers: defaults, None, validators, references. A union is a shape; `leaves`
returns the shapes of its members, `all_leaves` those of tagged unions too.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr, TypeAdapter

from pipelines.config.wording import spell

Schema = Mapping[str, Any]

ANYTHING: Schema = {"type": "any"}

# The key under which each wrapper keeps the wrapped schema.
_WRAPPERS = {
    "definitions": "schema",
    "default": "schema",
    "nullable": "schema",
    "function-before": "schema",
    "function-after": "schema",
    "function-wrap": "schema",
    "model": "schema",
    "custom-error": "schema",
    "lax-or-strict": "lax_schema",
    "json-or-python": "python_schema",
}
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozenset": "a list",
    "dict": "a mapping",
    "date": "a date such as 2024-01-31",
    "datetime": "a timestamp such as 2024-01-31T08:30:00",
    "time": "a time of day such as 07:30",
    "timedelta": "a duration such as PT15M",
    "url": "an address such as https://example.com",
}
_MAPPINGS = frozenset({"model-fields", "dict", "tagged-union"})
_LISTS = frozenset({"list", "tuple", "set", "frozenset"})
_CHOICES = {"literal": "expected", "enum": "members"}
_MOST_KEYS_IN_A_SENTENCE = 8


class Shapes:
    """The shapes of the values of one model; `root` is the schema of the model itself."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.root: Schema = TypeAdapter(model).core_schema
        self._definitions = {known["ref"]: known for known in self.root.get("definitions", ())}

    def shape(self, schema: Schema) -> Schema:
        """Returns `schema` without its wrappers."""
        while True:
            if schema["type"] in _WRAPPERS:
                schema = schema[_WRAPPERS[schema["type"]]]
            elif schema["type"] == "definition-ref":
                schema = self._definitions[schema["schema_ref"]]
            else:
                return schema

    def leaves(self, schema: Schema) -> list[Schema]:
        """Returns the shapes that `schema` accepts: of a union, those of its members."""
        shape = self.shape(schema)
        if shape["type"] == "union":
            return [leaf for choice in choices(shape) for leaf in self.leaves(choice)]
        return [shape]

    def all_leaves(self, schemas: Iterable[Schema]) -> list[Schema]:
        """Returns the shapes that `schemas` accept: of unions and tagged unions, those of their members."""
        leaves: list[Schema] = []
        for schema in schemas:
            for leaf in self.leaves(schema):
                leaves += self.all_leaves(leaf["choices"].values()) if leaf["type"] == "tagged-union" else [leaf]
        return leaves

    def inner(self, schemas: Iterable[Schema], step: str | int) -> list[Schema]:
        """Returns the schemas that may apply at a key or a position inside a value of `schemas`."""
        inner = [part_of(leaf, step) for leaf in self.all_leaves(schemas)]
        return list({id(known): known for known in inner if known is not None}.values())

    def has_secret(self, schemas: Iterable[Schema]) -> bool:
        """Returns whether a value of `schemas` may be a secret."""
        return any(
            leaf["type"] == "is-instance" and leaf["cls"] in {SecretStr, SecretBytes}
            for leaf in self.all_leaves(schemas)
        )

    def kinds(self, schema: Schema) -> set[str]:
        """Returns which of mapping, list and scalar `schema` accepts."""
        kinds: set[str] = set()
        for leaf in self.leaves(schema):
            if leaf["type"] in _MAPPINGS:
                kinds.add("mapping")
            elif leaf["type"] in _LISTS:
                kinds.add("list")
            elif leaf["type"] in {"any", "function-plain"}:
                kinds |= {"mapping", "list", "scalar"}
            else:
                kinds.add("scalar")
        return kinds

    def is_choice(self, schema: Schema) -> bool:
        """Returns whether `schema` accepts only certain names."""
        return all(leaf["type"] in _CHOICES for leaf in self.leaves(schema))

    def allowed(self, schema: Schema) -> tuple[str, ...]:
        """Returns the names that `schema` accepts."""
        chosen = [leaf for leaf in self.leaves(schema) if leaf["type"] in _CHOICES]
        return tuple(dict.fromkeys(spell(value) for leaf in chosen for value in leaf[_CHOICES[leaf["type"]]]))

    def describe(self, schema: Schema) -> str:
        """Returns a description of all that `schema` accepts: `a number or a mapping with the keys warn, critical`."""
        # A secret is accepted as an instance or as text; in a file it is always text.
        leaves = [leaf for leaf in self.leaves(schema) if leaf["type"] != "is-instance"]
        return " or ".join(dict.fromkeys(map(self._describe_leaf, leaves)))

    def _describe_leaf(self, leaf: Schema) -> str:
        kind = leaf["type"]
        if kind == "model-fields":
            keys = list(fields(leaf))
            named = 0 < len(keys) <= _MOST_KEYS_IN_A_SENTENCE
            return f"a mapping with the keys {', '.join(keys)}" if named else 'a mapping ("key: value" lines)'
        if kind == "tagged-union":
            tag = leaf["discriminator"]
            return f'a mapping with the key "{tag}"' if isinstance(tag, str) else "a mapping"
        if kind in _CHOICES:
            return " or ".join(f'"{name}"' for name in self.allowed(leaf))
        return _WORDS.get(kind, "another value")


def choices(union: Schema) -> list[Schema]:
    """Returns the members of a union; in pydantic's core schema each is a schema, or a schema with a label."""
    return [choice[0] if isinstance(choice, tuple) else choice for choice in union["choices"]]


def fields(shape: Schema) -> dict[str, tuple[str, Schema]]:
    """Returns the fields of a model by the key that a user writes, each as its Python name and its schema."""
    found: dict[str, tuple[str, Schema]] = {}
    for name, known in shape["fields"].items():
        alias = known.get("validation_alias")
        found[alias if isinstance(alias, str) else name] = (name, known["schema"])
    return found


def part_of(shape: Schema, step: str | int) -> Schema | None:
    """Returns the schema at a key or a position in the shape of a mapping or a list, or None if there is none."""
    known: Schema | None = None
    if shape["type"] == "model-fields":
        known = fields(shape).get(str(step), (None, None))[1]
    elif shape["type"] == "dict":
        known = shape.get("values_schema")
    elif shape["type"] == "tuple":
        # The step is a key if a mapping was written instead of the list. Secrets in it stay secrets.
        known = _tuple_item(
            shape["items_schema"], shape.get("variadic_item_index"), step if isinstance(step, int) else 0
        )
    elif shape["type"] in _LISTS:
        known = shape.get("items_schema")
    return known


def _tuple_item(items: Sequence[Schema], variadic: int | None, position: int) -> Schema | None:
    index = position if variadic is None else min(position, variadic)
    return items[index] if index < len(items) else None
