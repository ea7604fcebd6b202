"""One installation: its settings, its home folder, its clock. Every use case starts from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines import config
from pipelines import settings as vigie_settings
from pipelines.kpis import Kpi
from pipelines.ledger import Ledger
from pipelines.services.ledger_position import doubt_if_restored
from pipelines.services.published_tables import publishable_names
from pipelines.settings import Settings
from pipelines.storage.home import Home
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.public_models import PublicModels, load_public_models


@dataclass(frozen=True, slots=True)
class Installation:
    """The settings at `settings_path`, the home folder at `home_path`, and the moment that counts as now.

    `as_of` (aware) fixes that moment; None means the wall clock.
    """

    settings_path: Path
    home_path: Path
    as_of: datetime | None = None

    def settings(self) -> Settings:
        """Returns the settings; they are read again when a file, the environment or the KPI catalogue has changed.

        Raises:
            SettingsError: every mistake in them.
            TransformError: the dbt project, which defines the KPIs, cannot be parsed.
            CatalogueError: the definition of a KPI is not valid.
        """
        publishable = publishable_names(self.public_models())
        return vigie_settings.load(self.settings_path, self.kpis(), publishable=publishable)

    @property
    def base(self) -> Path:
        """The folder to which relative paths in the settings refer."""
        return config.base_folder(self.settings_path)

    @property
    def home(self) -> Home:
        """The home folder."""
        return Home(self.home_path)

    def wall_clock(self) -> datetime:
        """Returns the real time, UTC."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """Returns the moment that counts as now, UTC."""
        return self.wall_clock() if self.as_of is None else self.as_of.astimezone(UTC)

    def kpis(self) -> Mapping[str, Kpi]:
        """Returns the KPI catalogue by name; it is read again when the dbt project has changed.

        Raises:
            TransformError: the dbt project cannot be parsed.
            CatalogueError: the definition of a KPI is not valid.
        """
        return load_catalogue(self.home.dbt)

    def public_models(self) -> PublicModels:
        """Returns the models that are published for BI tools; errors as of `kpis`."""
        return load_public_models(self.home.dbt)

    def ledger(self, *, read_only: bool = False) -> Ledger:
        """Returns the open ledger; use it as a context manager, which closes it."""
        ledger = Ledger(self.home.ledger, read_only=read_only)
        if not read_only:
            doubt_if_restored(self.home, ledger)
        return ledger


def parse_moment(text: str, timezone: str) -> datetime:
    """Returns an ISO 8601 text as an aware moment; without an offset it is local time in `timezone`.

    Raises:
        ValueError: the text is not a moment.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(timezone))
