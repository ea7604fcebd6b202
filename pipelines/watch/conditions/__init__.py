"""The conditions of rules: one module a condition. A new module here is a new key of rules; nothing else lists them."""

import pkgutil
from importlib import import_module
from types import ModuleType

from pipelines.watch.conditions.condition import Condition


def _conditions_of(module: ModuleType) -> list[type[Condition]]:
    """Returns the conditions that a module defines; those that other conditions build on have no key."""
    return [
        found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, Condition)
        and found.__module__ == module.__name__
        and "key" in vars(found)
    ]


def _discover() -> tuple[type[Condition], ...]:
    """Returns every condition of this package in the order in which their keys are listed."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [condition for module in modules for condition in _conditions_of(module)]
    return tuple(sorted(found, key=lambda condition: (condition.position, condition.key)))


CONDITIONS = _discover()
