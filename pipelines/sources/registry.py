"""Finds the source types: the folders of this package, and entry points of other distributions.

Settings are read by every command, a source's class only by those that use it: the libraries of the vendors' APIs take
longer to import than most commands run.
"""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial, reduce
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from operator import or_
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_args

from pydantic import Field

import pipelines.sources
from pipelines.sources.base import Source, SourceSettings

# A distribution that brings a source of its own names its class under this entry point.
ENTRY_POINT = "vigie.sources"
# What the sources of vendors' APIs share; no source itself.
_SHARED = frozenset({"rest"})


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a source is, the class of its settings, and how its own class is imported."""

    place: str
    model: object
    load: Callable[[], object]


@cache
def _found_types() -> Mapping[str, _Found]:
    """Returns what was found, by the `type` that the settings name.

    Every folder of this package but `rest` is a source: its module `settings` names the class of the settings as
    `SETTINGS`, its module `source` that of the source as `SOURCE`.

    Raises:
        TypeError: a folder or an entry point is no complete source, or two have the same type.
    """
    types: dict[str, _Found] = {}
    for found in (*_folders(), *_entry_points()):
        name = _type_of(found)
        if name in types:
            raise TypeError(f"{found.place} has the type {name}, and so has {types[name].place}; give it another one")
        types[name] = found
    return types


def _folders() -> Iterator[_Found]:
    for parent in pipelines.sources.__path__:
        for file in sorted(Path(parent).glob("*/source.py")):
            if not (file.parent / "__init__.py").exists():
                raise TypeError(f"{file.parent} has no __init__.py, so that Python does not take it for a package")
    for module in pkgutil.iter_modules(pipelines.sources.__path__):
        if module.ispkg and module.name not in _SHARED:
            package = f"{pipelines.sources.__name__}.{module.name}"
            for name, content in (("settings", "the class of its settings"), ("source", "the class of the source")):
                if find_spec(f"{package}.{name}") is None:
                    raise TypeError(f"{package} has no module `{name}` with {content}")
            settings = import_module(f"{package}.settings")
            yield _Found(package, getattr(settings, "SETTINGS", None), partial(_source_in, package))


def _source_in(package: str) -> object:
    source: ModuleType = import_module(f"{package}.source")
    return getattr(source, "SOURCE", None)


def _entry_points() -> Iterator[_Found]:
    for point in entry_points(group=ENTRY_POINT):
        source = point.load()
        yield _Found(f"the entry point {point.name}", getattr(source, "settings_model", None), point.load)


def _type_of(found: _Found) -> str:
    """Returns the `type` of the settings of a source; raises TypeError if they have none."""
    model = found.model
    if not (isinstance(model, type) and issubclass(model, SourceSettings)):
        raise TypeError(
            f"{found.place} names no subclass of `SourceSettings` (in a folder: SETTINGS = … in settings.py; of an"
            " entry point: settings_model of its class)"
        )
    names = get_args(model.model_fields["type"].annotation)
    if len(names) != 1:
        raise TypeError(f"{found.place}: `type` of {model.__name__} must be a Literal of one name")
    return str(names[0])


def source_type_names() -> list[str]:
    """Returns the names of all source types, sorted."""
    return sorted(_found_types())


@cache
def source_class(name: str) -> type[Source[Any]]:
    """Returns the class of the sources of a type.

    Raises:
        TypeError: it is no subclass of `Source`, an incomplete one, or one of other settings.
    """
    found = _found_types()[name]
    source = found.load()
    if not (isinstance(source, type) and issubclass(source, Source)):
        raise TypeError(
            f"{found.place} names no subclass of `Source` as its source (in a folder: SOURCE = … in source.py)"
        )
    if missing := sorted(source.__abstractmethods__):
        raise TypeError(f"{found.place}: {source.__name__} lacks {', '.join(missing)}")
    if getattr(source, "settings_model", None) is not found.model:
        raise TypeError(f"{found.place}: settings_model of {source.__name__} is not the class that SETTINGS names")
    return source


def settings_union() -> Any:
    """Returns the type of a source's settings: any of the source types, distinguished by the key `type`."""
    models = [found.model for found in _found_types().values()]
    if len(models) == 1:
        return models[0]
    return Annotated[reduce(or_, models), Field(discriminator="type")]


def open_source(settings: SourceSettings) -> Source[Any]:
    """Returns the source that the settings describe."""
    return source_class(settings.type)(settings)
