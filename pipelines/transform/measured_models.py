"""The models that the KPI tables are made from, as macros of the dbt project.

dbt needs to know while it parses which models a model refers to, and knows the semantic models only afterwards. So the
names are written to a file of the project, from the manifest.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

MACROS = Path("macros/measured_models.sql")

_PAGE = """\
{{#
    Written by `python -m pipelines.transform.prepare` from the semantic models: dbt needs to know the models that a
    model refers to before it knows the semantic models.
#}}

{{# The models whose semantic models have measures. #}}
{{% macro measured_models() %}}
    {{{{ return([{measured}]) }}}}
{{% endmacro %}}


{{# The models whose rows are events that were observed: all but those that are rolled up from them. #}}
{{% macro observed_models() %}}
    {{{{ return([{observed}]) }}}}
{{% endmacro %}}
"""


def measured_models(manifest: Mapping[str, Any]) -> str:
    """Returns the content that the file `MACROS` must have for the semantic models of a manifest."""
    semantic_models = list(manifest["semantic_models"].values())
    return _PAGE.format(
        measured=_listed(found for found in semantic_models if found["measures"]),
        observed=_listed(found for found in semantic_models if not found["config"]["meta"].get("is_rolled_up")),
    )


def write_measured_models(project: Path, manifest: Mapping[str, Any]) -> bool:
    """Writes the file `MACROS` of a project unless it is current; returns whether it has changed."""
    content = measured_models(manifest)
    file = project / MACROS
    if file.exists() and file.read_text(encoding="utf-8") == content:
        return False
    file.write_text(content, encoding="utf-8")
    return True


def _listed(semantic_models: Iterable[Mapping[str, Any]]) -> str:
    names = sorted({reference["name"] for found in semantic_models for reference in found["refs"]})
    return "".join(f"\n        '{name}'," for name in names) + "\n    "
