"""One file may fill several entities: the report of a pass counts it once."""

import pytest
from rich.text import Text

from pipelines.cli.render.report import _ingest_summary
from pipelines.orchestration import definitions
from pipelines.orchestration.run import StepReport
from tests.orchestration.daemon import Daemon

HELPDESK = """
company: {name: Company, timezone: Europe/Paris}
sources:
  - name: desk
    type: files
    tables:
      - {entity: ticket, path: extracts/*.csv, columns: {ticket_id: Id, created_at: Created}}
      - entity: survey_response
        path: extracts/*.csv
        columns: {response_id: Id, kind: {const: csat}, answered_at: Created, score: Rating}
        where: '"Rating" is not null'
"""


@pytest.fixture
def helpdesk(daemon: Daemon) -> Daemon:
    daemon.company.write_settings(HELPDESK)
    write(daemon, "tickets-1.csv", "Id,Created,Rating\n1,2025-01-05,5\n2,2025-01-06,\n")
    return daemon


def write(daemon: Daemon, name: str, text: str) -> None:
    (daemon.company.folder / "extracts" / name).write_text(text, encoding="utf-8")


def ingest(daemon: Daemon) -> str:
    """Runs the ingest and returns its summary in the report of a pass."""
    job = definitions.build(daemon.vigie.installation()).resolve_job_def("ingest")
    result = job.execute_in_process(instance=daemon.instance)
    metadata = {
        event.asset_key.to_user_string(): {name: each.value for name, each in event.materialization.metadata.items()}
        for event in result.all_events
        if event.is_step_materialization and event.asset_key is not None
    }
    step = StepReport(job="ingest", run_id="r", succeeded=True, seconds=1.0, metadata=metadata)
    summary: Text = _ingest_summary(step, "en")
    return summary.plain


def test_a_file_of_two_entities_is_one_new_file_and_then_one_unchanged(helpdesk: Daemon) -> None:
    assert ingest(helpdesk) == "1 new file, 0 unchanged, 3 new rows, 1 filtered"
    assert ingest(helpdesk) == "0 new files, 1 unchanged, 0 new rows"
    write(helpdesk, "tickets-2.csv", "Id,Created,Rating\n3,2025-01-07,4\n")
    assert ingest(helpdesk) == "1 new file, 1 unchanged, 2 new rows"
