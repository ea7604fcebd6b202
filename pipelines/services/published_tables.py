"""What is published: which tables and views, their descriptions, and which columns identify people."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipelines.export.publish import (
    Description,
    ExtraColumn,
    ExtraTable,
    Personal,
    Privacy,
    PublishedView,
    PublishSource,
    kpi_view_names,
    kpi_views,
)
from pipelines.export.publish.kpi_views import TABLES as TABLES_OF_VIEWS
from pipelines.kpis import GRAINS
from pipelines.ledger import Ledger
from pipelines.notify.translations import TRANSLATIONS
from pipelines.settings import Settings
from pipelines.storage.files import write_atomically
from pipelines.storage.home import Home
from pipelines.storage.sql import literals
from pipelines.transform.public_models import PublicModels
from pipelines.warehouse.readings import public_tables

_TIMESTAMP = "TIMESTAMP WITH TIME ZONE"
_KPI_FAMILY = "kpi"
_ALERTS = "fct_alert"
_REVISIONS = "fct_kpi_revision"
_BY_GRAIN = ("fct_kpi", "fct_kpi_driver", _REVISIONS)
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a table that no dbt model describes."""

    name: str
    type: str
    description: str
    nullable: bool = True
    personal: Personal | None = None


_SERIES = (
    _Column("kpi", "VARCHAR", "Name of the KPI in dim_kpi.", nullable=False),
    _Column("grain", "VARCHAR", "day, week (ISO), month, quarter or year.", nullable=False),
    _Column("segment_type", "VARCHAR", "`all` or the dimension.", nullable=False),
    _Column("segment", "VARCHAR", "Its value; `unknown` where it is empty.", nullable=False, personal="segment"),
)
_ALERT_COLUMNS = (
    _Column("alert_id", "VARCHAR", "Id of the alert, as messages and `vigie alerts` show it.", nullable=False),
    _Column("rule", "VARCHAR", "Name of the rule in the settings.", nullable=False),
    *_SERIES,
    _Column("severity", "VARCHAR", "warn or critical.", nullable=False),
    _Column("status", "VARCHAR", "State of the alert: firing, recovering, no_data or resolved.", nullable=False),
    _Column("opened_at", _TIMESTAMP, "When a value breached the threshold first, or was missing."),
    _Column("fired_at", _TIMESTAMP, "When the alert fired; NULL while it is pending."),
    _Column("acknowledged_at", _TIMESTAMP, "When somebody acknowledged it."),
    _Column("resolved_at", _TIMESTAMP, "When it was resolved; NULL while it is open."),
    _Column("period_start", "DATE", "First day of the period of `value`."),
    _Column("value", "DOUBLE", "The latest value, in the unit of the KPI; NULL if data is missing."),
    _Column("threshold", "DOUBLE", "The threshold that it breaches, in the unit of the KPI."),
    _Column("peak_value", "DOUBLE", "The worst value since it opened."),
    _Column("messages_sent", "BIGINT", "Number of messages that were delivered about it."),
)  # fmt: skip
_REVISION_COLUMNS = (
    *_SERIES,
    _Column("period_start", "DATE", "First day of the period, company-local."),
    _Column("value", "DOUBLE", "The value as it was known, in the unit of the KPI."),
    _Column("numerator", "DOUBLE", "For counts and sums the value itself."),
    _Column("denominator", "DOUBLE", "NULL for counts and sums."),
    _Column("valid_from", _TIMESTAMP, "The moment that counted as now in the first build with this value."),
    _Column("valid_to", _TIMESTAMP, "The same of the first build with another value; NULL for the current value."),
)
_OWN_TABLES: Mapping[str, tuple[str, Sequence[_Column]]] = {
    _ALERTS: ("One row per alert: what fired, when, and how it ended.", _ALERT_COLUMNS),
    _REVISIONS: ("How the KPI values of complete periods were known over time.", _REVISION_COLUMNS),
}  # fmt: skip


def publishable_names(models: PublicModels) -> frozenset[str]:
    """Returns what `publish.tables` may name: families, tables and views."""
    families = {model.family for model in models.models.values()}
    return frozenset({*families, *models.models, *_OWN_TABLES, *kpi_view_names(GRAINS)})


def alert_table(ledger: Ledger) -> ExtraTable:
    """Returns `fct_alert`, from the ledger."""
    columns = [ExtraColumn(column.name, column.type, column.nullable) for column in _ALERT_COLUMNS]
    return ExtraTable(columns, [[row[column.name] for column in columns] for row in ledger.alerts()])


def what_is_published(home: Home, settings: Settings, models: PublicModels, alerts: ExtraTable) -> str:
    """Returns a text that changes whenever other tables, rows, columns or views follow from the same build."""
    wanted = settings.publish.model_dump(include={"grains", "tables", "personal"})
    key = None if settings.publish.personal else _pseudonym_key(home)
    return repr((wanted, key, models, list(_views(settings)), _OWN_TABLES, alerts))


def publish_source(home: Home, settings: Settings, models: PublicModels, alerts: ExtraTable) -> PublishSource:
    """Returns what the settings say is published from the warehouse, the history and the ledger.

    Raises:
        WarehouseError: the warehouse cannot be opened.
    """
    wanted = settings.publish
    in_warehouse = public_tables(home.warehouse)
    views = list(_views(settings)) if set(TABLES_OF_VIEWS) <= set(in_warehouse) else []
    of_views = TABLES_OF_VIEWS if views else ()
    families = {name: model.family for name, model in models.models.items()}
    own = [name for name in _OWN_TABLES if _is_wanted(name, _KPI_FAMILY, wanted.tables)]
    has_all_grains = set(wanted.grains) == set(GRAINS)
    condition = f"grain in {literals(wanted.grains)}"
    return PublishSource(
        warehouse=home.warehouse,
        tables=[
            name for name in in_warehouse if name in of_views or _is_wanted(name, families.get(name, ""), wanted.tables)
        ],
        elsewhere={_REVISIONS: home.history} if _REVISIONS in own else {},
        extra={_ALERTS: alerts} if _ALERTS in own else {},
        views=views,
        filters={} if has_all_grains else dict.fromkeys(_BY_GRAIN, condition),
        descriptions=dict(_descriptions(models)),
        privacy=None
        if wanted.personal
        else Privacy(_pseudonym_key(home), dict(_personal_columns(models)), models.person_segments),
    )


def _views(settings: Settings) -> Iterator[PublishedView]:
    language = settings.company.language
    nouns = TRANSLATIONS[language].segment_nouns
    unknown = {segment_type: noun.unknown for segment_type, noun in nouns.items()}
    for view in kpi_views(settings.publish.grains, language=language, unknown=unknown):
        if _is_wanted(view.name, _KPI_FAMILY, settings.publish.tables):
            yield view


def _is_wanted(name: str, family: str, wanted: Sequence[str] | None) -> bool:
    return wanted is None or name in wanted or family in wanted


def _descriptions(models: PublicModels) -> Iterator[tuple[str, Description]]:
    for name, model in models.models.items():
        yield name, Description(model.description, model.columns)
    for name, (text, columns) in _OWN_TABLES.items():
        yield name, Description(text, {column.name: column.description for column in columns})


def _personal_columns(models: PublicModels) -> Iterator[tuple[str, Mapping[str, Personal]]]:
    for name, model in models.models.items():
        yield name, model.personal
    for name, (_, columns) in _OWN_TABLES.items():
        yield name, {column.name: column.personal for column in columns if column.personal is not None}


def _pseudonym_key(home: Home) -> str:
    """Returns the key of the pseudonyms of this home folder; a new one is created once."""
    try:
        return home.pseudonym_key.read_text(encoding="ascii")
    except FileNotFoundError:
        key = secrets.token_hex(_KEY_BYTES)
        write_atomically(home.pseudonym_key, key.encode())
        return key
