"""`vigie kpi`: the catalogue, or one KPI with what it needs and its last values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import did_you_mean

if TYPE_CHECKING:
    from datetime import date

    from pipelines.kpis import Grain, Kpi
    from pipelines.kpis.formatting import Language
    from pipelines.services.installation import Installation
    from pipelines.services.no_values import Reason
    from pipelines.warehouse.revisions import RevisedValue
    from pipelines.warehouse.sales import KindOfSale
    from pipelines.watch.reading import Reading


# How many of the last periods are shown: of the company as a whole, and of segments, of which a period has several.
LAST_VALUES, LAST_VALUES_OF_SEGMENTS = 12, 3


def kpi(
    name: options.KpiName = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    grain: options.GrainOfValues = "month",
    by: options.ByDimension = None,
    periods: options.PeriodsShown = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the KPI catalogue, or one KPI: its definition, what it needs, its last values or why it has none."""
    from pipelines.cli.render.kpis import (
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
    from pipelines.services.no_values import why_incomplete

    installation = Installation(settings, home)
    language = _language(installation)
    kpis = installation.kpis()
    chosen = _grain(grain, language)
    if name is None:
        if as_json:
            show_json({"kpis": [kpi_as_json(each) for each in kpis.values()]})
        else:
            show(catalogue_table(kpis.values(), language, width=results.width))
        return
    if name not in kpis:
        fail(_unknown_kpi(name, kpis, language), REFUSED)
    known = kpis[name]
    _refuse_unknown_dimension(known, by, language)
    sales = _kind_of_sales(installation, known)
    if not as_json:
        show(*definition(known, language, sales))
    whole = _values(installation, known, chosen)
    found = whole if by is None else _values(installation, known, chosen, by)
    has_settings = installation.settings_path.exists()
    has_values = has_settings and any(reading.value is not None for reading in whole)
    reasons = () if has_values else _reasons(installation, known)
    shown = _last(found, periods or (LAST_VALUES if by is None else LAST_VALUES_OF_SEGMENTS))
    warnings = () if reasons or not found else _warnings(installation, known)
    waits_for = None
    if not reasons and (today := _today(installation)) is not None:
        waits_for = why_incomplete(known, whole, today, language)
    revised = _revised(installation, known, chosen) if by is None else ()
    if as_json:
        show_json(
            {
                **kpi_as_json(known),
                "values": [asdict(reading) for reading in shown],
                "revisions": [asdict(revision) for revision in revised],
                "no_values": [reason_as_json(reason) for reason in reasons],
                "waits_for": waits_for,
                "warnings": warnings,
                "sales": sales,
            }
        )
    elif reasons:
        show(*no_values_parts(reasons, language))
    elif shown:
        show(values_table(known, shown, installation.settings().company))
        if revised:
            show(revisions_table(known, revised, installation.settings().company))
        notes = ([] if waits_for is None else [waits_for]) + [*warnings]
        show(*(Text(f"! {note}", style="yellow") for note in notes))
    else:
        show(Text(word("no_values_yet", language), style="dim"))


def _grain(given: str, language: "Language") -> "Grain":
    """Returns the grain as typed. Ends the command if there is none of that name."""
    from pipelines.cli.render.words import word
    from pipelines.kpis import GRAINS

    found = next((grain for grain in GRAINS if grain == given), None)
    if found is None:
        unknown = word("unknown_grain", language, name=given) + did_you_mean(given, GRAINS, language)
        fail(unknown + word("grains_are", language, names=", ".join(GRAINS)), REFUSED)
    return found


def _refuse_unknown_dimension(kpi: "Kpi", by: str | None, language: "Language") -> None:
    """Ends the command if a KPI has no segments by a dimension."""
    from pipelines.cli.render.words import word

    if by is None or by in kpi.segments:
        return
    unknown = word("unknown_dimension", language, kpi=kpi.name, name=by) + did_you_mean(by, kpi.segments, language)
    names = ", ".join(kpi.segments) or word("none", language)
    fail(unknown + word("segments_are", language, names=names), REFUSED)


def _unknown_kpi(name: str, kpis: "Mapping[str, Kpi]", language: "Language") -> str:
    """Returns that no KPI has a name, and which one may be meant: by its label, else by its name."""
    from pipelines.cli.render.words import word
    from pipelines.kpis.search import kpis_like

    like = [f"{each} ({kpis[each].label(language)})" for each in kpis_like(name, kpis.values())]
    meant = word("did_you_mean", language, near=word("or", language).join(like)) if like else None
    unknown = word("unknown_kpi", language, name=name) + (meant or did_you_mean(name, kpis, language))
    return unknown + word("lists_kpis", language)


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


def _values(installation: "Installation", kpi: "Kpi", grain: "Grain", by: str = "all") -> "Sequence[Reading]":
    """Returns the values of a KPI as a whole, or by a dimension, in the order of time; none before the first build."""
    from pipelines.warehouse.readings import Selection, readings
    from pipelines.watch.reading import readings_in

    warehouse = installation.home.warehouse
    if not warehouse.exists():
        return []
    found = readings_in(readings(warehouse, [Selection(kpi.name, grain, by)]))
    return sorted(found, key=lambda reading: (reading.period_start, reading.segment))


def _last(readings: "Sequence[Reading]", periods: int) -> "Sequence[Reading]":
    """Returns the readings of the last periods."""
    starts = sorted({reading.period_start for reading in readings})[-periods:]
    return [reading for reading in readings if reading.period_start in starts]


def _today(installation: "Installation") -> "date | None":
    """Returns the company-local day of the last build; None before the first one."""
    from zoneinfo import ZoneInfo

    from pipelines.warehouse.run_context import built_at

    warehouse = installation.home.warehouse
    built = built_at(warehouse) if warehouse.exists() else None
    return None if built is None else built.astimezone(ZoneInfo(installation.settings().company.timezone)).date()


def _revised(installation: "Installation", kpi: "Kpi", grain: "Grain") -> "Sequence[RevisedValue]":
    """Returns how complete periods of a KPI as a whole were revised."""
    from pipelines.warehouse.revisions import revised_values

    return revised_values(installation.home.history, kpi.name, grain)


def _reasons(installation: "Installation", kpi: "Kpi") -> "tuple[Reason, ...]":
    """Returns why a KPI has no values under the settings; that there are none, if so."""
    from pipelines.config import SettingsError
    from pipelines.services.kpi_situation import situation_of
    from pipelines.services.no_values import Reason, why_no_values

    if not installation.settings_path.exists():
        try:
            installation.settings()
        except SettingsError as error:
            # What `vigie check` says of them.
            return (Reason("no_settings", (), str(error)),)
    return why_no_values(kpi, situation_of(installation, kpi), installation.settings().company.language)


def _warnings(installation: "Installation", kpi: "Kpi") -> Sequence[str]:
    """Returns which amounts a KPI lacks for want of an exchange rate; rules do not see these days."""
    from pipelines.notify.translations.reasons import reason_for
    from pipelines.services.missing_money import missing_money

    if kpi.unit != "currency":
        return ()
    language = installation.settings().company.language
    return tuple(reason_for(reason, language) for reason in missing_money(installation).values())
