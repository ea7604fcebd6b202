"""Finds the source types: the folders of this package, and entry points of other distributions."""

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache, reduce
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from operator import or_
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import Field

import pipelines.sources
from pipelines.sources.base import Source, SourceSettings

# A distribution that brings a source of its own names its class under this entry point.
ENTRY_POINT = "vigie.sources"
# What the sources of vendors' APIs share; no source itself.
_SHARED = frozenset({"rest"})


@cache
def source_types() -> Mapping[str, type[Source[Any]]]:
    """Returns the source classes by the `type` that the settings name.

    Every folder of this package but `rest` is a source: its module `source` names the class as `SOURCE`.

    Raises:
        TypeError: a folder or an entry point has no complete source, or two have the same type.
    """
    found = dict(_folders())
    found |= {f"the entry point {point.name}": point.load() for point in entry_points(group=ENTRY_POINT)}
    types: dict[str, type[Source[Any]]] = {}
    for place, given in found.items():
        name, source = identify(place, given)
        if name in types:
            raise TypeError(f"{place} has the type {name}, and so has {types[name].__module__}; give it another one")
        types[name] = source
    return types


def _folders() -> Iterator[tuple[str, object]]:
    """Yields what the folders of this package name as `SOURCE`, None for nothing."""
    for parent in pipelines.sources.__path__:
        for file in sorted(Path(parent).glob("*/source.py")):
            if not (file.parent / "__init__.py").exists():
                raise TypeError(f"{file.parent} has no __init__.py, so that Python does not take it for a package")
    for module in pkgutil.iter_modules(pipelines.sources.__path__):
        if module.ispkg and module.name not in _SHARED:
            package = f"{pipelines.sources.__name__}.{module.name}"
            if find_spec(f"{package}.source") is None:
                raise TypeError(f"{package} has no module `source` with the class of the source")
            yield package, getattr(import_module(f"{package}.source"), "SOURCE", None)


def identify(place: str, source: object) -> tuple[str, type[Source[Any]]]:
    """Returns the `type` of a source class, and the class.

    Args:
        place: where it was found, for messages.
        source: what was found there.

    Raises:
        TypeError: it is no subclass of `Source`, or an incomplete one.
    """
    if not (isinstance(source, type) and issubclass(source, Source)):
        raise TypeError(f"{place} names no subclass of `Source` as its source (in a folder: SOURCE = … in source.py)")
    if missing := sorted(source.__abstractmethods__):
        raise TypeError(f"{place}: {source.__name__} lacks {', '.join(missing)}")
    model = getattr(source, "settings_model", None)
    if not (isinstance(model, type) and issubclass(model, SourceSettings)):
        raise TypeError(f"{place}: {source.__name__} lacks settings_model, a subclass of `SourceSettings`")
    names = get_args(model.model_fields["type"].annotation)
    if len(names) != 1:
        raise TypeError(f"{place}: `type` of {model.__name__} must be a Literal of one name")
    return str(names[0]), source


def settings_union() -> Any:
    """Returns the type of a source's settings: any of the source types, distinguished by the key `type`."""
    models = [source.settings_model for source in source_types().values()]
    if len(models) == 1:
        return models[0]
    return Annotated[reduce(or_, models), Field(discriminator="type")]


def open_source(settings: SourceSettings) -> Source[Any]:
    """Returns the source that the settings describe."""
    return source_types()[settings.type](settings)
