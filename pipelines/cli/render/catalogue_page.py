"""The KPI catalogue as a page of the documentation."""

from collections.abc import Iterable

from pipelines.kpis import Kpi


def catalogue_page(kpis: Iterable[Kpi]) -> str:
    """The catalogue as a page of the documentation, in Markdown."""
    lines = [
        "# KPI catalogue",
        "",
        "Made from the metric definitions in `dbt_project/models/metrics/` by `make docs`; `docs/decisions/0008`",
        "argues the conventions. Every KPI has rows at the grains day, week (ISO), month, quarter and year, for",
        "`all` and for each of its segments. Rates are fractions, durations seconds, money the company's currency.",
        "",
        "The source of a definition: A the document 'KPI CRM', B a podcast on what a CRM brings, C the list of 20 KPIs",
        "with the number there, D 'Calcul CRM', E an article on customer relationship management, + what users expect.",
    ]
    family = None
    for kpi in kpis:
        if kpi.family != family:
            family = kpi.family
            lines += [
                "",
                f"## {family.capitalize()}",
                "",
                "| KPI | formula | unit, better | mature | segments | source |",
            ]
            lines += ["| --- | --- | --- | --- | --- | --- |"]
        better = "" if kpi.direction == "none" else f", {kpi.direction}"
        mature = f"{kpi.maturity_days} d" if kpi.maturity_days else "at once"
        lines.append(
            f"| **{kpi.name}**: {kpi.label_en}. {kpi.description} | {kpi.formula} | {kpi.unit}{better} | {mature} |"
            f" {', '.join(kpi.segments)} | {kpi.source} |"
        )
    return "\n".join(lines) + "\n"
