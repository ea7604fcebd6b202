"""The kinds of channels. Every package in this folder is one: it exports one subclass of `Channel`."""

import pkgutil
from importlib import import_module
from typing import Annotated, Any, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from pipelines.notify.channels.base import Channel


def channel_types() -> tuple[type[Channel], ...]:
    """Returns the settings models of all kinds of channels, in the order of their packages' names.

    Raises:
        TypeError: a package does not export exactly one subclass of `Channel`.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    return tuple(_channel_type(f"{__name__}.{name}") for name in names)


def _channel_type(package: str) -> type[Channel]:
    exported = [
        value
        for value in vars(import_module(package)).values()
        if isinstance(value, type) and issubclass(value, Channel) and value is not Channel
    ]
    if len(exported) != 1:
        raise TypeError(f"{package} exports {len(exported)} subclasses of Channel; a channel's package exports one")
    return exported[0]


class _AllTypes:
    """Makes pydantic choose among all kinds of channels by their `type`."""

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {
            tag: handler.generate_schema(channel_type)
            for channel_type in channel_types()
            for tag in get_args(channel_type.model_fields["type"].annotation)
        }
        return core_schema.tagged_union_schema(choices, discriminator="type")


AnyChannel = Annotated[Channel, _AllTypes()]
