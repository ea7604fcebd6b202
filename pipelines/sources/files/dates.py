"""Formats of dates that are mistaken for one another."""


def exchanged(datetime_format: str) -> str | None:
    """Returns the format in which day and month have changed places; None if it does not have both as numbers."""
    if "%d" not in datetime_format or "%m" not in datetime_format:
        return None
    return datetime_format.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")
