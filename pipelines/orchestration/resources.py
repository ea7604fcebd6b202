"""The resource that every asset and sensor needs: the installation."""

from pathlib import Path

import dagster as dg

from pipelines.services.installation import Installation, parse_moment


class Vigie(dg.ConfigurableResource[None]):
    """The installation: its settings, its home folder and the moment that counts as now.

    `as_of` (ISO 8601; without an offset in the company's time zone) fixes that moment; by default it is the wall clock.
    """

    settings_path: str
    home_path: str
    as_of: str | None = None

    def installation(self) -> Installation:
        """Returns the installation for the services."""
        installation = Installation(Path(self.settings_path), Path(self.home_path))
        if self.as_of is None:
            return installation
        moment = parse_moment(self.as_of, installation.settings().company.timezone)
        return Installation(Path(self.settings_path), Path(self.home_path), moment)
