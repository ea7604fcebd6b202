"""The models that the KPI tables are made from, as macros of the dbt project.

dbt needs to know while it parses which models a model refers to, and knows the semantic models only afterwards. So the
names are written to a file of the project, from the manifest.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

MACROS = Path("macros/measured_models.sql")
_ROLLED_UP_IN = "rolled_up_in"

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
        measured=_listed(_measured_model(found) for found in semantic_models if found["measures"]),
        observed=_listed(_model(found) for found in semantic_models if _ROLLED_UP_IN not in found["config"]["meta"]),
    )


def write_measured_models(project: Path, manifest: Mapping[str, Any]) -> bool:
    """Writes the file `MACROS` of a project unless it is current; returns whether it has changed."""
    content = measured_models(manifest)
    file = project / MACROS
    if file.exists() and file.read_text(encoding="utf-8") == content:
        return False
    file.write_text(content, encoding="utf-8")
    return True


def _measured_model(semantic_model: Mapping[str, Any]) -> str:
    """Returns the name of the model that the KPI tables take the measures from."""
    found: str = semantic_model["config"]["meta"].get(_ROLLED_UP_IN) or _model(semantic_model)
    return found


def _model(semantic_model: Mapping[str, Any]) -> str:
    [reference] = semantic_model["refs"]
    name: str = reference["name"]
    return name


def _listed(names: Iterable[str]) -> str:
    return "".join(f"\n        '{name}'," for name in sorted(set(names))) + "\n    "
