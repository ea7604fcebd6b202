"""Warnings about statuses of orders in another language, which an own list of excluded statuses answers."""

from collections.abc import Iterable, Mapping

from pipelines.kpis import Kpi
from pipelines.raw import LoadWarning
from pipelines.settings import Settings

_PARAMETER = "excluded_statuses"
_ENTITY, _PROBLEM = "order", "foreign_statuses"


def names_own_statuses(settings: Settings, kpis: Mapping[str, Kpi]) -> bool:
    """Returns whether the settings exclude a status of orders that is not excluded by default.

    Whoever names one in the words of the shop has looked at the statuses, so that nobody has to be warned.
    """
    for parameter in (each for kpi in kpis.values() for each in kpi.parameters if each.name == _PARAMETER):
        usual, chosen = (
            {str(status).strip().lower() for status in value}
            for value in (parameter.default, settings.parameter(parameter))
            if isinstance(value, tuple)
        )
        return not chosen <= usual
    return False


def unanswered(warnings: Iterable[LoadWarning], entity: str, *, has_own_statuses: bool) -> tuple[LoadWarning, ...]:
    """Returns the warnings about rows of an entity without those that the settings answer."""
    is_answered = has_own_statuses and entity == _ENTITY
    return tuple(warning for warning in warnings if not (is_answered and warning.problem == _PROBLEM))
