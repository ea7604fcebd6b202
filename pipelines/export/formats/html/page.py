"""Puts the page together."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipelines.charts.palette import DARK, LIGHT
from pipelines.export.content import ExportContent
from pipelines.export.flat_table import definition_version
from pipelines.export.formats.html.alerts import open_alerts
from pipelines.export.formats.html.definitions import definitions
from pipelines.export.formats.html.scores import breakdowns, scores, tiles
from pipelines.export.formats.html.texts import MISSING, Texts
from pipelines.export.formats.html.trends import trends

_templates = Environment(
    loader=PackageLoader("pipelines.export.formats.html"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(content: ExportContent) -> bytes:
    """Returns the bytes of the page, UTF-8; the same content gives the same bytes."""
    texts = Texts(content)
    rows = scores(content, texts)
    alerts = open_alerts(content, texts)
    page = _templates.get_template("report.html.j2", globals={"texts": texts, "missing": MISSING}).render(
        content=content,
        period=texts.latest_period(),
        tiles=tiles(rows, alerts, texts),
        scores=rows,
        trends=trends(content, texts),
        alerts=alerts,
        breakdowns=breakdowns(content, texts),
        definitions=definitions(content, texts),
        version=definition_version(content.export.kpis, content.catalogue),
        light=dict(LIGHT.colours()),
        dark=dict(DARK.colours()),
    )
    return page.encode()
