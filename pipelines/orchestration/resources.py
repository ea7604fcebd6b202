"""What every asset and sensor needs: the settings, the home folder, the clock."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from pipelines import config
from pipelines import settings as vigie_settings
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.settings import Settings


class Vigie(dg.ConfigurableResource[None]):
    """The installation at work: its settings, its home folder and the moment that counts as now.

    `as_of` (ISO 8601; without an offset in the company's time zone) fixes that moment; without it, it is the wall
    clock's.
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
        if self.as_of is None:
            return self.wall_clock()
        moment = datetime.fromisoformat(self.as_of)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.settings().company.timezone))
        return moment.astimezone(UTC)

    def ledger(self) -> Ledger:
        """A connection to the memory of the watch; to be closed by who asked for it."""
        return Ledger(self.home.ledger)
