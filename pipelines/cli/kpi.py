"""`vigie kpi`: the catalogue, or one KPI with what it needs and its last values."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import did_you_mean

if TYPE_CHECKING:
    from pipelines.kpis import Kpi
    from pipelines.kpis.formatting import Language
    from pipelines.services.installation import Installation
    from pipelines.services.no_values import Reason
    from pipelines.warehouse.revisions import RevisedValue
    from pipelines.warehouse.sales import KindOfSale
    from pipelines.watch.reading import Reading


def kpi(
    name: options.KpiName = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Show the KPI catalogue, or one KPI: its definition, what it needs, its last values or why it has none."""
    from pipelines.cli.render.kpis import (
        LAST_VALUES,
        catalogue_table,
        definition,
        kpi_as_json,
        no_values_parts,
        reason_as_json,
        revisions_table,
        values_table,
    )
    from pipelines.cli.render.words import word
    from pipelines.services.installation import Installation

    installation = Installation(settings, home)
    language = _language(installation)
    kpis = installation.kpis()
    if name is None:
        if as_json:
            show_json({"kpis": [kpi_as_json(each) for each in kpis.values()]})
        else:
            show(catalogue_table(kpis.values(), language, width=results.width))
        return
    if name not in kpis:
        unknown = word("unknown_kpi", language, name=name) + did_you_mean(name, kpis, language)
        fail(unknown + word("lists_kpis", language), REFUSED)
    known = kpis[name]
    sales = _kind_of_sales(installation, known)
    if not as_json:
        show(*definition(known, language, sales))
    found = _monthly(installation, known)
    reasons = () if any(reading.value is not None for reading in found) else _reasons(installation, known)
    warnings = () if reasons or not found else _warnings(installation, known)
    revised = _revised(installation, known)
    if as_json:
        values = [asdict(reading) for reading in found[-LAST_VALUES:]]
        why = [reason_as_json(reason) for reason in reasons]
        revisions = [asdict(revision) for revision in revised]
        show_json(
            {
                **kpi_as_json(known),
                "values": values,
                "revisions": revisions,
                "no_values": why,
                "warnings": warnings,
                "sales": sales,
            }
        )
    elif reasons:
        show(*no_values_parts(reasons, language))
    elif found:
        show(values_table(known, found, installation.settings().company))
        if revised:
            show(revisions_table(known, revised, installation.settings().company))
        show(*(Text(f"! {warning}", style="yellow") for warning in warnings))
    else:
        show(Text(word("no_values_yet", language), style="dim"))


def _language(installation: "Installation") -> "Language":
    """Returns the language of the company; English without valid settings, as the catalogue does not need any."""
    from pipelines.config import SettingsError

    if not installation.settings_path.exists():
        return "en"
    try:
        return installation.settings().company.language
    except SettingsError:
        return "en"


def _kind_of_sales(installation: "Installation", kpi: "Kpi") -> "KindOfSale | None":
    """Returns which kind of sale a KPI of revenue is made of; None for other KPIs, and before the tables are built."""
    from pipelines.warehouse.sales import kind_of_sales

    warehouse = installation.home.warehouse
    is_of_revenue = any(parameter.owner == "revenue" for parameter in kpi.parameters)
    return kind_of_sales(warehouse) if is_of_revenue and warehouse.exists() else None


def _monthly(installation: "Installation", kpi: "Kpi") -> "Sequence[Reading]":
    """Returns the monthly values of a KPI as a whole; none before the tables are built."""
    from pipelines.warehouse.readings import Selection, readings
    from pipelines.watch.reading import readings_in

    warehouse = installation.home.warehouse
    return readings_in(readings(warehouse, [Selection(kpi.name, "month", "all")])) if warehouse.exists() else []


def _revised(installation: "Installation", kpi: "Kpi") -> "Sequence[RevisedValue]":
    """Returns how complete months of a KPI as a whole were revised."""
    from pipelines.warehouse.revisions import revised_values

    return revised_values(installation.home.history, kpi.name, "month")


def _reasons(installation: "Installation", kpi: "Kpi") -> "tuple[Reason, ...]":
    """Returns why a KPI has no values under the settings; none if there are no settings."""
    from pipelines.services.kpi_situation import situation_of
    from pipelines.services.no_values import why_no_values

    if not installation.settings_path.exists():
        return ()
    return why_no_values(kpi, situation_of(installation, kpi), installation.settings().company.language)


def _warnings(installation: "Installation", kpi: "Kpi") -> Sequence[str]:
    """Returns which amounts a KPI lacks for want of an exchange rate; rules do not see these days."""
    from pipelines.notify.translations.reasons import reason_for
    from pipelines.services.missing_money import missing_money

    if kpi.unit != "currency":
        return ()
    language = installation.settings().company.language
    return tuple(reason_for(reason, language) for reason in missing_money(installation).values())
