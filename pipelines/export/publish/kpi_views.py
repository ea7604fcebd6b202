"""The views of the KPIs that a chart can be dragged from: one grain each, complete periods, names beside ids."""

from collections.abc import Collection, Iterator, Mapping

from pipelines.export.publish.source import Description, PublishedView
from pipelines.kpis import GRAINS, Grain
from pipelines.storage.sql import literal

TABLES = ("fct_kpi", "dim_kpi", "dim_segment")
"""What the views read."""

# DuckDB and PostgreSQL understand these alike; `to_char` and `strftime` they do not.
_LENGTHS: Mapping[Grain, str] = {
    "day": "1 day", "week": "7 days", "month": "1 month", "quarter": "3 months", "year": "1 year",
}  # fmt: skip
_YEAR = "cast(extract(year from fct_kpi.period_start) as varchar)"
_PERIOD_LABELS: Mapping[Grain, str] = {
    "day": "cast(fct_kpi.period_start as varchar)",
    "week": "cast(extract(isoyear from fct_kpi.period_start) as varchar) || '-W'"
    " || lpad(cast(extract(week from fct_kpi.period_start) as varchar), 2, '0')",
    "month": f"{_YEAR} || '-' || lpad(cast(extract(month from fct_kpi.period_start) as varchar), 2, '0')",
    "quarter": f"{_YEAR} || '-Q' || cast(extract(quarter from fct_kpi.period_start) as varchar)",
    "year": _YEAR,
}
_EXAMPLES: Mapping[Grain, str] = {
    "day": "2025-03-14", "week": "2025-W09", "month": "2025-03", "quarter": "2025-Q1", "year": "2025",
}  # fmt: skip
_ADJECTIVES: Mapping[Grain, str] = {
    "day": "daily", "week": "weekly (ISO)", "month": "monthly", "quarter": "quarterly", "year": "yearly",
}  # fmt: skip
# A chart by name would add up the values of two people of one name.
_NAMES = (
    "select segment_type, segment, name, count(*) over (partition by segment_type, name) as namesakes from dim_segment"
)
# Tools show it while a user drags the column, with a sum as the proposal.
_VALUE = (
    "Value in the unit. A sum or an average is right for one KPI, by period: values of several do not add up. For"
    " another period length use the view of that grain."
)
_VALUE_BY_SEGMENT = (
    "Value in the unit. A sum or an average is right for one KPI and one segment_type, by segment_label and period: "
    "values of several do not add up. For another period length use the view of that grain."
)


def kpi_view_names(grains: Collection[Grain]) -> list[str]:
    """Returns the names of the views at these grains."""
    return [name for grain in GRAINS if grain in grains for name in (f"kpi_{grain}", f"kpi_{grain}_by_segment")]


def kpi_views(grains: Collection[Grain], *, language: str, unknown: Mapping[str, str]) -> Iterator[PublishedView]:
    """Yields two views for each grain: `kpi_<grain>` with the whole, `kpi_<grain>_by_segment` with the segments.

    Args:
        grains: which grains.
        language: of the labels, `en` or `fr`.
        unknown: what the segment of rows without a value is called, by segment type.
    """
    for grain in GRAINS:
        if grain in grains:
            yield _view(grain, language, unknown, by_segment=False)
            yield _view(grain, language, unknown, by_segment=True)


def _view(grain: Grain, language: str, unknown: Mapping[str, str], *, by_segment: bool) -> PublishedView:
    columns = {
        "kpi": ("fct_kpi.kpi", "Name of the KPI in dim_kpi: filter it to one, values of several do not add up."),
        "label": (f"dim_kpi.label_{language}", "What the KPI is called, in the company's language: filter it to one."),
        "family": ("dim_kpi.family", "Family of KPIs it belongs to."),
        "unit": ("dim_kpi.unit", "ratio (0.25 is 25 %), score, seconds, currency, count or days."),
        "direction": ("dim_kpi.direction", "The way it gets better: up, down or none."),
        "period_start": ("fct_kpi.period_start", "First day of the period, company-local."),
        "period_end": (
            f"cast(fct_kpi.period_start + interval '{_LENGTHS[grain]}' - interval '1 day' as date)",
            "Last day of the period, which still belongs to it.",
        ),
        "period_label": (
            _PERIOD_LABELS[grain],
            f"The period as a text that sorts by time: {_EXAMPLES[grain]}. Filter it to one where time is not an axis.",
        ),
        "segment_type": (
            "fct_kpi.segment_type",
            "The dimension: filter it to one." if by_segment else "`all`, for the whole company.",
        ),
        "segment": ("fct_kpi.segment", "Value of the dimension; `unknown` where it is empty."),
        "segment_label": (
            _segment_label(language, unknown, by_segment=by_segment),
            "What the segment is called: its name where it has one, with its id if several have the same; else its id.",
        ),
        "value": ("fct_kpi.value", _VALUE_BY_SEGMENT if by_segment else _VALUE),
        "sample_size": ("fct_kpi.sample_size", "Size of the sample: answers, tickets, orders, customers."),
        "ci_low": ("fct_kpi.ci_low", "Lower end of the 95 % interval."),
        "ci_high": ("fct_kpi.ci_high", "Upper end of the 95 % interval."),
        "previous_value": ("fct_kpi.previous_value", "Value of the period before."),
        "previous_year_value": ("fct_kpi.previous_year_value", "Value a year before; for weeks 52 weeks before."),
        "target": ("fct_kpi.target", "The target in effect at the start of the period."),
        "status": ("fct_kpi.status", "good, warn, critical or none, by target and benchmark."),
    }  # fmt: skip
    joined = (
        f"\nleft join ({_NAMES}) as named"
        " on named.segment_type = fct_kpi.segment_type and named.segment = fct_kpi.segment"
        if by_segment
        else ""
    )
    chosen = ",\n    ".join(f"{expression} as {name}" for name, (expression, _) in columns.items())
    query = (
        f"select\n    {chosen}\nfrom fct_kpi\ninner join dim_kpi on dim_kpi.kpi = fct_kpi.kpi{joined}\n"
        f"where fct_kpi.grain = '{grain}' and fct_kpi.is_complete"
        f" and fct_kpi.segment_type {'<>' if by_segment else '='} 'all'"
    )
    rows = "KPI, period and segment; choose one segment_type" if by_segment else "KPI and period, for the whole company"
    return PublishedView(
        f"kpi_{grain}_by_segment" if by_segment else f"kpi_{grain}",
        query,
        Description(
            f"The {_ADJECTIVES[grain]} KPI values of complete periods: one row per {rows}.",
            {name: description for name, (_, description) in columns.items()},
        ),
    )


def _segment_label(language: str, unknown: Mapping[str, str], *, by_segment: bool) -> str:
    if not by_segment:
        return literal("Ensemble" if language == "fr" else "All")
    cases = " ".join(
        f"when fct_kpi.segment_type = {literal(dimension)} then {literal(label)}"
        for dimension, label in sorted(unknown.items())
    )
    nameless = f"case {cases} else 'unknown' end" if cases else "'unknown'"
    name = "case when named.namesakes > 1 then named.name || ' (' || named.segment || ')' else named.name end"
    return f"coalesce({name}, case when fct_kpi.segment = 'unknown' then {nameless} else fct_kpi.segment end)"
