"""The export as an Excel workbook: what a head of department reads, and the data that an analyst works with.

Scorecard (one line for each KPI and segment: the latest complete period against the one before, the year before and
the target), Alerts (those that are open), Charts (one for each KPI), Trends (periods side by side, the source of charts
and sparklines), Data (the flat table, typed, under stable column names) and Definitions.

No text is written as a formula or a link, whatever it begins with. Rows that a sheet cannot hold are an error; a text
that a cell cannot hold is cut, with an ellipsis and a note on the cell. Apart from the tick, the moment of the tables
and the open alerts, nothing in the file depends on the time. The same rows of the same tables therefore give the same
bytes while the same alerts are open.
"""

from pipelines.export.formats.xlsx.workbook import render

__all__ = ["MEDIA_TYPE", "render"]

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
