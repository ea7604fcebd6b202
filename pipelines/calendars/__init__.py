"""Business hours: the calendars of the settings, and the spans in which a company is open. Pure.

`settings` has the model of a calendar; `pipelines.week` turns its hours into moments in UTC, and `cumulation` counts
the seconds before each of them.
"""

from pipelines.calendars.cumulation import BusinessHours, cumulated, years_around
from pipelines.calendars.settings import DEFAULT, Calendar, mistakes

__all__ = ["DEFAULT", "BusinessHours", "Calendar", "cumulated", "mistakes", "years_around"]
