"""`python -m pipelines.transform.generate`: writes the dbt files that follow from the entities.

These are the staging models of the source type `files`, whose raw rows are in canonical form already, the canonical
models, the usual scales of scores, and the columns of which it is evaluated whether a source delivers them. In
dbt_project.yml it writes one entry for each folder of staging models. A test compares the committed files with what
this module returns.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipelines.entities import ENTITIES, EVALUATED, Column, Entity, Scoring
from pipelines.transform.project import project_folder

SOURCE_DESCRIPTION = "Name of the source in the settings."
# Columns of staging models beside those of the entity: they decide which of several rows with one key is the latest.
VERSION_COLUMNS: dict[str, str] = {
    "_version_at": "Moment of the version: the column of `keep_latest_by`, else when the row was last changed.",
    "_version_number": "The same where `keep_latest_by` is a number.",
    "_version_text": "The same where `keep_latest_by` is a text.",
    "_is_deleted": "Whether the row is a tombstone: it was deleted at the source.",
    "_load_sequence": "Number of the load; it grows with every load of a stream.",
    "_file": "File of the row.",
    "_row": "Number of the row in its file.",
}

_PROJECT_FILE = Path("dbt_project.yml")
_SQL_NOTE = "-- Generated from pipelines/entities by `make generate`."
_YAML_NOTE = "# Generated from pipelines/entities by `make generate`."


def generated_files() -> dict[Path, str]:
    """Returns the content of every generated file, by its path relative to the dbt project."""
    files = {
        Path("models/staging/files/_files__sources.yml"): _sources_yaml(),
        Path("macros/evaluated_columns.sql"): _evaluated_columns_macro(),
        Path("macros/moment_columns.sql"): _moment_columns_macro(),
    }
    for entity in ENTITIES.values():
        if entity.scoring is not None:
            files[Path(f"macros/{entity.name}_scales.sql")] = _scales_macros(entity, entity.scoring)
        staging, canonical = f"stg_files__{entity.name}", f"canonical__{entity.name}"
        files[Path(f"models/staging/files/{staging}.sql")] = _staging_sql(entity)
        files[Path(f"models/staging/files/{staging}.yml")] = _staging_yaml(staging, entity)
        files[Path(f"models/canonical/{canonical}.sql")] = _canonical_sql(entity)
        files[Path(f"models/canonical/{canonical}.yml")] = _canonical_yaml(canonical, entity)
    return files


def generated_project_file(content: str, source_types: Sequence[str]) -> str:
    """Returns dbt_project.yml with its generated lines: entities of `files`, and when staging folders are enabled."""
    enabled = []
    for source_type in source_types:
        enabled += [
            f"{source_type}:",
            f"  +enabled: \"{{{{ '{source_type}' in var('source_entities', {{'files': []}}) }}}}\"",
        ]
    content = _with_block(content, "entities", [f"- {entity}" for entity in sorted(ENTITIES)])
    return _with_block(content, "source types", enabled)


def staging_folders(project: Path) -> list[str]:
    """Returns the source types that have staging models in a dbt project, sorted."""
    return sorted(folder.name for folder in (project / "models/staging").iterdir() if folder.is_dir())


def creation_column(entity: Entity) -> str | None:
    """Returns the column that holds when a row began to exist, None if the entity has none.

    It is `created_at`, or else the timestamp that every row must have: of an order or a call it is part of the row's
    identity, so a row whose moment is in the future of the as-of does not exist yet.
    """
    for column in entity.columns:
        if column.kind == "timestamp" and (column.required or column.name == "created_at"):
            return column.name
    return None


def main() -> None:
    """Writes the generated files into the dbt project."""
    project = project_folder()
    files = generated_files()
    content = (project / _PROJECT_FILE).read_text(encoding="utf-8")
    files[_PROJECT_FILE] = generated_project_file(content, staging_folders(project))
    for path, text in files.items():
        target = project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # An unchanged file keeps its time: the manifest stays current.
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


def _with_block(content: str, name: str, lines: Sequence[str]) -> str:
    """Returns a text with the lines between its markers replaced, wherever there are markers of this name."""
    pattern = re.compile(rf"^( *)# begin: {name}\n(?:.*\n)*?\1# end: {name}\n", re.MULTILINE)

    def block(found: re.Match[str]) -> str:
        marked = [f"# begin: {name}", *lines, f"# end: {name}"]
        return "".join(f"{found[1]}{line}\n" for line in marked)

    return pattern.sub(block, content)


def _evaluated_columns_macro() -> str:
    lines = []
    for entity, columns in EVALUATED.items():
        lines += [f"    '{entity}': {{", *(f"        '{name}': '{columns[name]}'," for name in columns), "    },"]
    return "\n".join(
        [
            "{# Generated from pipelines/entities by `make generate`: how often the evaluated columns are filled. #}",
            "{% macro evaluated_columns(entity) %}",
            "    {{ return({",
            *lines,
            "    }[entity]) }}",
            "{% endmacro %}",
            "",
        ]
    )


def _moment_columns_macro() -> str:
    columns = {
        entity.name: [column.name for column in entity.columns if column.kind in ("timestamp", "date")]
        for entity in ENTITIES.values()
    }
    return "\n".join(
        [
            "{# Generated from pipelines/entities by `make generate`: the moments and days of each entity. #}",
            "{% macro moment_columns() %}",
            "    {{ return({",
            *(f"    '{entity}': {names}," for entity, names in columns.items() if names),
            "    }) }}",
            "{% endmacro %}",
            "",
        ]
    )


def _staging_sql(entity: Entity) -> str:
    columns = ["_source as source", *entity.column_names, *VERSION_COLUMNS]
    selected = ",\n".join(f"    {column}" for column in columns)
    return f"{_SQL_NOTE}\nselect\n{selected}\nfrom {{{{ source('raw', 'files__{entity.name}') }}}}\n"


def _canonical_sql(entity: Entity) -> str:
    required = [column.name for column in entity.columns if column.required]
    arguments = [
        f"'{entity.name}'",
        f"columns={_jinja_list(entity.column_names)}",
        f"key={_jinja_list(entity.key)}",
        f"required={_jinja_list(required)}",
    ]
    lowest = {column.name: column.lowest for column in entity.columns if column.lowest is not None}
    if lowest:
        arguments.append(f"lowest={_jinja_mapping(lowest)}")
    created_at = creation_column(entity)
    if created_at is not None:
        arguments.append(f"created_at='{created_at}'")
    lines = ",\n".join(f"    {argument}" for argument in arguments)
    identified = [f"'{entity.name}'", f"key={list(entity.key)}"]
    if created_at is not None:
        identified.append(f"created_at='{created_at}'")
    hook = f'{{{{ config(pre_hook="{{{{ delete_changed_rows({", ".join(identified)}) }}}}") }}}}'
    return f"{_SQL_NOTE}\n{hook}\n{{{{ latest_version(\n{lines}\n) }}}}\n"


def _jinja_list(names: tuple[str, ...] | list[str]) -> str:
    one_line = ", ".join(f"'{name}'" for name in names)
    if len(one_line) <= 100:
        return f"[{one_line}]"
    return "[\n" + ",\n".join(f"        '{name}'" for name in names) + "\n    ]"


def _jinja_mapping(numbers: Mapping[str, int]) -> str:
    pairs = [f"'{name}': {number}" for name, number in numbers.items()]
    one_line = ", ".join(pairs)
    if len(one_line) <= 100:
        return f"{{{one_line}}}"
    return "{\n" + ",\n".join(f"        {pair}" for pair in pairs) + "\n    }"


def _sources_yaml() -> str:
    lines = [
        _YAML_NOTE,
        "version: 2",
        "",
        "sources:",
        "  - name: raw",
        "    schema: raw",
        "    description: Views over the append-only Parquet files of the sources; created before each build.",
        "    tables:",
    ]
    for entity in ENTITIES.values():
        lines += [
            f"      - name: files__{entity.name}",
            f"        description: {_quoted(f'{entity.description} Every version, from extracts.')}",
        ]
    return "\n".join(lines) + "\n"


def _staging_yaml(name: str, entity: Entity) -> str:
    lines = [
        *_model_head(name, f"{entity.description} Every version, from extracts."),
        "    columns:",
        *_column_lines("source", SOURCE_DESCRIPTION),
    ]
    for column in entity.columns:
        lines += _column_lines(column.name, _column_description(column))
    for column_name, description in VERSION_COLUMNS.items():
        lines += _column_lines(column_name, description)
    return "\n".join(lines) + "\n"


def _canonical_yaml(name: str, entity: Entity) -> str:
    description = (
        f"{entity.description} One row per source and {' and '.join(entity.key)}: the latest version known at the"
        " as-of, from all sources."
    )
    lines = [
        *_model_head(name, description),
        "    config:",
        "      contract: {enforced: true}",
        "    columns:",
        *_column_lines("source", SOURCE_DESCRIPTION, "varchar", is_required=True),
    ]
    for column in entity.columns:
        lines += _column_lines(
            column.name,
            _column_description(column),
            _contract_type(column.duckdb_type),
            is_required=column.required,
        )
    return "\n".join(lines) + "\n"


def _model_head(name: str, description: str) -> list[str]:
    return [_YAML_NOTE, "version: 2", "", "models:", f"  - name: {name}", f"    description: {_quoted(description)}"]


def _column_lines(
    name: str, description: str, data_type: str | None = None, *, is_required: bool = False
) -> Iterator[str]:
    yield f"      - name: {name}"
    if data_type is not None:
        yield f"        data_type: {data_type}"
    yield f"        description: {_quoted(description)}"
    if is_required:
        yield "        constraints: [{type: not_null}]"


def _contract_type(duckdb_type: str) -> str:
    return "timestamp with time zone" if duckdb_type == "TIMESTAMPTZ" else duckdb_type.lower()


def _column_description(column: Column) -> str:
    return f"{column.description} One of {', '.join(column.allowed)}." if column.allowed else column.description


def _scales_macros(entity: Entity, scoring: Scoring) -> str:
    """Returns macros for the ends of the usual scale of each kind of score."""
    macros = []
    for end in ("lowest", "highest"):
        cases = "\n".join(
            f"        when '{kind}' then {getattr(scale, end)}" for kind, scale in scoring.defaults.items()
        )
        macros.append(
            f"{{# The {end} score of the usual scale of a kind of {entity.name.replace('_', ' ')}. #}}\n"
            f"{{% macro usual_{end}_score(kind) -%}}\n    case {{{{ kind }}}}\n{cases}\n    end\n{{%- endmacro %}}\n"
        )
    return "{#- Generated from pipelines/entities by `make generate`. -#}\n" + "\n\n".join(macros)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


if __name__ == "__main__":
    main()
