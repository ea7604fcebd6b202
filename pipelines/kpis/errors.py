"""What can be wrong with the catalogue."""


class CatalogueError(Exception):
    """The definition of a KPI is not valid; the message names the metric and what to fix."""
