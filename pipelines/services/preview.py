"""Preview: what the sources would load now; nothing is written."""

from collections.abc import Iterator
from dataclasses import replace

from pipelines.config import redact, secrets_of
from pipelines.services.ingest import extract_context
from pipelines.services.installation import Installation
from pipelines.services.status_warnings import names_own_statuses, unanswered
from pipelines.sources import SourceSettings, open_source
from pipelines.sources.preview import TablePreview


def preview_source(
    installation: Installation, settings: SourceSettings, entity: str | None = None
) -> Iterator[TablePreview]:
    """Yields what each table of a source would load, of all entities or of one; without secrets."""
    secrets = secrets_of(installation.settings())
    has_own_statuses = names_own_statuses(installation.settings(), installation.kpis())
    for preview in open_source(settings).preview(extract_context(installation), entity):
        yield replace(
            preview,
            problems=tuple(redact(problem, secrets) for problem in preview.problems),
            warnings=unanswered(preview.warnings, preview.entity, has_own_statuses=has_own_statuses),
        )


def entities_of(settings: SourceSettings) -> list[str]:
    """Returns the entities that a source fills, in their order."""
    return list(dict.fromkeys(entity for stream in open_source(settings).streams() for entity in stream.entities))
