"""Finds the source types: the folders of this package, and entry points of other distributions."""

import pkgutil
from collections.abc import Mapping
from functools import cache, reduce
from importlib import import_module
from importlib.metadata import entry_points
from operator import or_
from typing import Annotated, Any, get_args

from pydantic import Field

import pipelines.sources
from pipelines.sources.base import Source, SourceSettings

# A distribution that brings a source of its own names its class under this entry point.
ENTRY_POINT = "vigie.sources"


@cache
def source_types() -> Mapping[str, type[Source[Any]]]:
    """Returns the source classes by the `type` that the settings name.

    A folder of this package is a source if its module `source` has a class `SOURCE`.
    """
    found = [
        import_module(f"{pipelines.sources.__name__}.{module.name}.source").SOURCE
        for module in pkgutil.iter_modules(pipelines.sources.__path__)
        if module.ispkg
    ]
    found += [point.load() for point in entry_points(group=ENTRY_POINT)]
    return {_type_of(source.settings_model): source for source in found}


def settings_union() -> Any:
    """Returns the type of a source's settings: any of the source types, distinguished by the key `type`."""
    models = [source.settings_model for source in source_types().values()]
    if len(models) == 1:
        return models[0]
    return Annotated[reduce(or_, models), Field(discriminator="type")]


def open_source(settings: SourceSettings) -> Source[Any]:
    """Returns the source that the settings describe."""
    return source_types()[settings.type](settings)


def _type_of(model: type[SourceSettings]) -> str:
    # A Literal of one name.
    (name,) = get_args(model.model_fields["type"].annotation)
    return str(name)
