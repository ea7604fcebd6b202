"""What every asset and sensor needs: the settings, the home folder, the clock."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from pipelines import config
from pipelines import settings as vigie_settings
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.settings import Settings


class Vigie(dg.ConfigurableResource[None]):
    """The installation at work: its settings, its home folder and the moment that counts as now.

    `as_of` (ISO 8601, with offset) fixes that moment; without it, it is the wall clock's.
    """

    settings_path: str
    home_path: str
    as_of: str | None = None

    def settings(self) -> Settings:
        """The settings, read afresh."""
        return vigie_settings.load(Path(self.settings_path))

    @property
    def base(self) -> Path:
        """The folder to which relative paths in the settings refer."""
        return config.base_folder(Path(self.settings_path))

    @property
    def home(self) -> Home:
        """The home folder."""
        return Home(Path(self.home_path))

    def wall_clock(self) -> datetime:
        """The real time, UTC."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """The moment that counts as now, UTC."""
        return self.wall_clock() if self.as_of is None else datetime.fromisoformat(self.as_of).astimezone(UTC)

    def ledger(self) -> Ledger:
        """A connection to the memory of the watch; to be closed by who asked for it."""
        return Ledger(self.home.ledger)
