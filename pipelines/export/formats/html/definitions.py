"""What each KPI of the page means."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.export.content import ExportContent
from pipelines.export.formats.html.texts import Texts
from pipelines.kpis.dimensions import family_label


@dataclass(frozen=True, slots=True)
class Definition:
    """A KPI; `facts` are labels and their values."""

    label: str
    description: str
    formula: str
    facts: Sequence[tuple[str, str]]


def definitions(content: ExportContent, texts: Texts) -> Sequence[Definition]:
    """Returns the definition of each KPI, in the order of the export."""
    found = []
    for kpi in content.kpis:
        currency = f" ({content.company.currency})" if kpi.unit == "currency" else ""
        unit = texts.word(f"unit_{kpi.shown_unit}") + currency
        facts = [
            (texts.word("name"), kpi.name),
            (texts.word("family"), family_label(kpi.family, texts.language)),
            (texts.word("unit"), unit),
            (texts.word("direction"), texts.word("direction_" + kpi.direction)),
            (texts.word("maturity"), texts.count(kpi.maturity_days)),
        ]
        found.append(
            Definition(
                kpi.label(texts.language),
                kpi.description_in(texts.language),
                kpi.formula_in(texts.language),
                [(label, value) for label, value in facts if value.strip("- ")],
            )
        )
    return found
