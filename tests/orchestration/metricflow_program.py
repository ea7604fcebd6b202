"""A program that asks MetricFlow many questions in one process: it reads them as JSON and writes the answers as JSON.

Run it as `python -m tests.orchestration.metricflow_program` in the folder of the dbt project, with the environment of `mf`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest


def main() -> None:
    """Answers {dimensions_of: metric} with names of dimensions, and {metrics: [], group_by: []} with rows."""
    configuration = CLIConfiguration()
    configuration.setup(dbt_project_path=Path.cwd(), configure_file_logging=False)
    engine = configuration.mf
    json.dump([_answer(engine, question) for question in json.load(sys.stdin)], sys.stdout)


def _answer(engine: MetricFlowEngine, question: dict[str, Any]) -> list[Any]:
    if "dimensions_of" in question:
        found = engine.simple_dimensions_for_metrics([question["dimensions_of"]], without_any_property=())
        return sorted({dimension.dunder_name for dimension in found if not dimension.type_params})
    request = MetricFlowQueryRequest.create(metric_names=question["metrics"], group_by_names=question["group_by"])
    table = engine.query(request).result_df
    assert table is not None
    names = list(table.column_names)
    return [dict(zip(names, map(_plain, row), strict=True)) for row in table.rows]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat()[:10] if hasattr(value, "isoformat") else float(value)


if __name__ == "__main__":
    main()
