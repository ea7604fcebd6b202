"""The export as a report: one page that needs nothing else, for screens of any width, for paper and for a mail.

Scorecard, trend charts with the bounds of rules, open alerts, segments and definitions. The page has no script and
makes no request, which its own content security policy forbids as well. Every text of a customer or an operator is
escaped by the template. The same content gives the same bytes.
"""

from pipelines.export.formats.html.page import render

__all__ = ["MEDIA_TYPE", "render"]

MEDIA_TYPE = "text/html"
