"""What there is to compute a KPI from under the settings: read from the load log, the files and the built tables."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.config import redact, secrets_of
from pipelines.kpis import Input, Kpi
from pipelines.notify.translations.reasons import reason_for
from pipelines.raw import RawStore, Stream
from pipelines.services.ingest import extract_context, streams_of
from pipelines.services.installation import Installation
from pipelines.services.no_values import Situation, Supply
from pipelines.sources import Source, open_source
from pipelines.warehouse.filled import filled_rows, words_of
from pipelines.warehouse.run_context import built_at
from pipelines.warehouse.sales import first_sale_day
from pipelines.warehouse.unconverted import unconverted_sales


def situation_of(installation: Installation, kpi: Kpi) -> Situation:
    """Returns what there is to compute a KPI from; writes nothing.

    Files are looked at only where the load log does not have everything that the KPI needs.

    Raises:
        SettingsError: every mistake in the settings.
        RawStoreError: the log of a load cannot be read.
        WarehouseError: the tables cannot be opened.
    """
    inputs = tuple(dict.fromkeys(each for need in kpi.needs for each in need.inputs))
    entities = {each.entity for each in inputs}
    supplies = [
        _supply(installation, open_source(settings), stream, entity, inputs)
        for settings, stream in streams_of(installation)
        for entity in stream.entities
        if entity in entities
    ]
    warehouse = installation.home.warehouse
    settings = installation.settings()
    empty = frozenset(key for key in kpi.needs_settings if not getattr(settings, key))
    if not warehouse.exists():
        return Situation(supplies, None, empty_settings=empty)
    currencies = dict.fromkeys(sales.currency for sales in unconverted_sales(warehouse))
    built = built_at(warehouse)
    return Situation(
        supplies,
        filled_rows(warehouse, inputs),
        tuple(currencies),
        empty,
        words=words_of(warehouse, [column for column, _ in kpi.needs_words]),
        first_sale=first_sale_day(warehouse) if kpi.needs_months else None,
        today=None if built is None else built.astimezone(ZoneInfo(settings.company.timezone)).date(),
    )


def _supply(
    installation: Installation, source: Source[Any], stream: Stream, entity: str, inputs: Collection[Input]
) -> Supply:
    name = source.settings.name
    active = source.active_loads(stream.name, RawStore(installation.home.path).loads(name, stream.name))
    loaded = frozenset(source.provided_columns(stream.name, active).get(entity, ()))
    supply = Supply(
        source=name,
        entity=entity,
        mapped=loaded,
        loaded=loaded,
        has_loads=bool(active),
        rows=sum(load.rows for load in active),
        quarantined=sum(load.quarantined for load in source.quarantine_in_force(stream.name, active)),
        mapping_keys=tuple(source.mapping_keys(entity)),
    )
    wanted = {each.column for each in inputs if each.entity == entity and each.column is not None}
    return supply if active and wanted <= loaded else _previewed(installation, source, supply)


def _previewed(installation: Installation, source: Source[Any], supply: Supply) -> Supply:
    """Returns a supply with what a preview of its files shows; unchanged if the source has no preview."""
    previews = list(source.preview(extract_context(installation), supply.entity))
    if not previews:
        return supply
    secrets = secrets_of(installation.settings())
    language = installation.settings().company.language
    problems = [reason_for(redact(problem, secrets), language) for preview in previews for problem in preview.problems]
    return replace(
        supply,
        mapped=supply.mapped | {column for preview in previews for column in preview.columns},
        problem="; ".join(problems) or None,
    )
