"""Parameters of KPIs: what an operator may set, as the metrics declare it under `config.meta.parameters`."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, NamedTuple, get_args

from pipelines.kpis.errors import CatalogueError

ParameterType = Literal["integer", "number", "text", "texts", "duration"]
ParameterValue = int | float | str | tuple[str, ...] | timedelta

_KEYS = ("type", "default", "description", "minimum", "maximum", "allowed")
_REQUIRED = ("type", "default", "description")
_NUMERIC = frozenset({"integer", "number"})
_DURATION = re.compile(r"0*[1-9]\d*[smhd]")
# The settings of a KPI have this key beside its parameters.
_RESERVED = "target"


class Parameter(NamedTuple):
    """A parameter of one or more KPIs, which all use the same value.

    `owner` is the KPI whose metric declares it. `minimum` and `maximum` bound an integer or a number, both inclusive.
    `allowed` are the only values of a text; empty for any. A default duration is written as in the settings: 90d.
    """

    name: str
    owner: str
    type: ParameterType
    default: ParameterValue
    description: str
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()


def parameters_of(declared: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Parameter, ...]]:
    """Returns the parameters of each KPI.

    Args:
        declared: what the metrics say under `config.meta.parameters`, by KPI: a declaration by the name of the
            parameter, or `{owner: kpi}` for one that another KPI declares.

    Raises:
        CatalogueError: a declaration is not valid.
    """
    own: dict[tuple[str, str], Parameter] = {}
    owners: dict[str, str] = {}
    for kpi, parameters in declared.items():
        if not isinstance(parameters, Mapping):
            raise CatalogueError(f"the metric {kpi}: write parameters as a mapping of names and declarations")
        for name, declaration in parameters.items():
            if not _is_shared(declaration):
                if name in owners:
                    raise _error(kpi, name, f"{owners[name]} declares it already; write {{owner: {owners[name]}}}")
                owners[name] = kpi
                own[kpi, name] = _parameter(kpi, name, declaration)
    return {
        kpi: tuple(_resolved(kpi, name, declaration, own) for name, declaration in parameters.items())
        for kpi, parameters in declared.items()
    }


def _is_shared(declaration: object) -> bool:
    return isinstance(declaration, Mapping) and "owner" in declaration


def _resolved(kpi: str, name: str, declaration: Any, own: Mapping[tuple[str, str], Parameter]) -> Parameter:
    if not _is_shared(declaration):
        return own[kpi, name]
    owner = declaration["owner"]
    if len(declaration) > 1:
        raise _error(kpi, name, f"write {{owner: {owner}}} and nothing else: that KPI declares it")
    if (owner, name) not in own:
        raise _error(kpi, name, f"its owner {owner} does not declare it")
    return own[owner, name]


def _parameter(kpi: str, name: str, declaration: Any) -> Parameter:
    if name == _RESERVED or re.fullmatch(r"[a-z][a-z0-9_]*", name) is None:
        raise _error(kpi, name, f"a name has small letters, digits and _, and is not {_RESERVED}")
    if not isinstance(declaration, Mapping):
        raise _error(kpi, name, f"write a mapping with the keys {', '.join(_KEYS)}, or {{owner: …}}")
    for key in _REQUIRED:
        if key not in declaration:
            raise _error(kpi, name, f"it has no {key}")
    for key in declaration:
        if key not in _KEYS:
            raise _error(kpi, name, f"{key} is none of {', '.join(_KEYS)}")
    kind = declaration["type"]
    if kind not in get_args(ParameterType):
        raise _error(kpi, name, f"type {kind} is none of {', '.join(get_args(ParameterType))}")
    default: Any = declaration["default"]
    minimum, maximum = declaration.get("minimum"), declaration.get("maximum")
    if any(bound is not None and (kind not in _NUMERIC or not _is_number(bound)) for bound in (minimum, maximum)):
        raise _error(kpi, name, "minimum and maximum are numbers, and bound an integer or a number")
    allowed: Any = declaration.get("allowed", [])
    if allowed and (kind != "text" or not _are_texts(allowed)):
        raise _error(kpi, name, "allowed is a list of texts, and limits a text")
    if not _is_valid(default, kind, minimum, maximum) or (allowed and default not in allowed):
        raise _error(kpi, name, f"its default {default!r} is not a valid {kind}")
    default = tuple(default) if kind == "texts" else default
    return Parameter(name, kpi, kind, default, declaration["description"], minimum, maximum, tuple(allowed))


def _is_valid(value: object, kind: str, minimum: float | None, maximum: float | None) -> bool:
    match kind, value:
        case "text", str():
            return True
        case "texts", list():
            return _are_texts(value)
        case "duration", str():
            return _DURATION.fullmatch(value) is not None
        case ("integer", int() as number) | ("number", int() | float() as number) if _is_number(number):
            return (minimum is None or number >= minimum) and (maximum is None or number <= maximum)
    return False


def _are_texts(values: object) -> bool:
    return (
        isinstance(values, Sequence) and not isinstance(values, str) and all(isinstance(item, str) for item in values)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _error(kpi: str, name: str, problem: str) -> CatalogueError:
    return CatalogueError(f"the metric {kpi}: the parameter {name}: {problem}")
