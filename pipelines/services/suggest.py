"""Suggest: rules that the history in the warehouse suggests for KPIs."""

from collections.abc import Collection, Iterator, Mapping

from pipelines.kpis import Kpi
from pipelines.services.backtest import history_of
from pipelines.services.installation import Installation
from pipelines.warehouse.readings import Selection
from pipelines.watch.suggest import SUGGESTED_GRAINS, NothingSuggested, Suggestion, suggestions


def suggest_rules(
    installation: Installation, kpis: Mapping[str, Kpi]
) -> Iterator[tuple[Kpi, list[Suggestion] | NothingSuggested]]:
    """Yields KPIs with the rules that their history as a whole suggests, or why there are none.

    Args:
        installation: whose history it is.
        kpis: the KPIs by name, of the catalogue.

    Raises:
        WarehouseError: the KPI tables cannot be read, or another process is building them.
    """
    taken: Collection[str] = [rule.name for rule in installation.settings().rules]
    selections = [Selection(name, grain, "all") for name in kpis for grain in SUGGESTED_GRAINS]
    history = history_of(installation, selections)
    for kpi in kpis.values():
        yield kpi, suggestions(kpi, history.readings, history.now, taken)
