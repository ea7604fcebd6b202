"""Charts of KPIs over time for reports and messages. Pure: it imports the KPI vocabulary and no I/O.

`chart` says what a picture shows, `drawing` draws it as SVG or PNG, `sparkline` draws the small line of a table.
matplotlib is imported by `drawing` alone, because it takes a second.
"""

from pipelines.charts.chart import Chart, Incident, Line

__all__ = ["Chart", "Incident", "Line"]
