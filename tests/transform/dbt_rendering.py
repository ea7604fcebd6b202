"""Renders the dbt models for an engine, without dbt and without that engine."""

from functools import cache
from typing import Any

from jinja2.ext import do
from jinja2.runtime import Context, Macro
from jinja2.sandbox import SandboxedEnvironment

from dbt_project.sqlfluff_library import Adapter, var
from pipelines.transform.manifest import Manifest, current_manifest
from pipelines.transform.project import project_folder


class _MacroReturnError(Exception):
    """Carries what a macro returns by `return()`; other macros return their text."""


def _return(value: object) -> None:
    raise _MacroReturnError(value)


class _LateMacro:
    """A macro that is looked up when it is called: macros call those of files that are loaded after their own."""

    def __init__(self, macros: dict[str, Macro], name: str) -> None:
        self.macros, self.name = macros, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.macros[self.name](*args, **kwargs)
        except _MacroReturnError as returned:
            return returned.args[0]


class _IsIncremental:
    """dbt's `is_incremental()`, with the answer for the template that is rendered."""

    def __init__(self) -> None:
        self.answer = False

    def __call__(self) -> bool:
        return self.answer


class _This:
    """dbt's `this`: the table of the model that is rendered."""

    def __init__(self, model: dict[str, Any]) -> None:
        self.model = model

    def __str__(self) -> str:
        return str(self.model["name"])


class _Environment(SandboxedEnvironment):
    """Ends a macro at its `return()`, also when one of the same file calls it."""

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().call(context, function, *args, **kwargs)
        except _MacroReturnError as returned:
            if isinstance(function, Macro):
                return returned.args[0]
            raise


@cache
def manifest() -> Manifest:
    return current_manifest(project_folder() / "target")


def models() -> dict[str, dict[str, Any]]:
    """The SQL models by name, as in the manifest."""
    nodes = manifest()["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model" and node["language"] == "sql"}


def render(model: dict[str, Any], *engines: str, is_incremental: bool = False) -> str:
    """The SQL of a model for the first of the engines that has a macro; `default` is the portable form."""
    template = (project_folder() / model["original_file_path"]).read_text(encoding="utf-8")
    return render_sql(template, *engines, model=model, is_incremental=is_incremental)


def render_sql(template: str, *engines: str, model: dict[str, Any] | None = None, is_incremental: bool = False) -> str:
    """The same for any template that uses the project's macros."""
    environment = _environment(engines)
    # Macros have taken over this object: its content says which model is rendered.
    environment.globals["model"].clear()
    environment.globals["model"].update(model or {})
    environment.globals["is_incremental"].answer = is_incremental
    return environment.from_string(template).render()


@cache
def _environment(engines: tuple[str, ...]) -> _Environment:
    environment = _Environment(extensions=[do])
    model: dict[str, Any] = {}
    environment.globals.update(
        {
            "adapter": Adapter(*engines),
            "var": var,
            "return": _return,
            "execute": True,
            "model": model,
            "this": _This(model),
            "is_incremental": _IsIncremental(),
            "graph": manifest(),
            "ref": lambda name: name,
            "source": lambda schema, table: f"{schema}.{table}",
            "config": lambda **_: "",
        }
    )
    macros: dict[str, Macro] = {}
    files = [file.read_text(encoding="utf-8") for file in sorted((project_folder() / "macros").rglob("*.sql"))]
    names = [name for file in files for name in _macros(environment, file)]
    environment.globals.update({name: _LateMacro(macros, name) for name in names})
    for file in files:
        macros.update(_macros(environment, file))
    return environment


def _macros(environment: _Environment, file: str) -> dict[str, Macro]:
    module = environment.from_string(file).module
    return {name: macro for name, macro in vars(module).items() if isinstance(macro, Macro)}
