"""The manifest of the dbt project: parsed once, copied into homes, parsed again when the project has changed.

Each set of source types has a manifest of its own; `make` prepares that of the default set. A manifest is kept with
what it was parsed from, in one file: times of files say nothing, for another version of the project may have written
into the same home folder. dbt's own `manifest.json` is not read, because a build rewrites it in place.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from pipelines.storage.files import replaced_atomically, write_atomically
from pipelines.transform.dbt import run_dbt
from pipelines.transform.project import project_digest, project_folder

MANIFEST = "manifest.json"
_PARTIAL_PARSE = "partial_parse.msgpack"
_PARSED = "parsed_manifest.json"
# What a parse leaves for dbt, for people and for MetricFlow.
_ARTEFACTS = (_PARTIAL_PARSE, "semantic_manifest.json", MANIFEST)

Manifest = Mapping[str, Any]


class TransformError(Exception):
    """The dbt project cannot be parsed or built; the message holds dbt's own words."""


class _Parsed(NamedTuple):
    """A manifest with the digest of the project and the arguments that it was parsed from."""

    project: str
    arguments: tuple[str, ...]
    manifest: Manifest


def ensure_manifest(target: Path, arguments: Sequence[str] = ()) -> Manifest:
    """Returns the current manifest for these arguments; the project is parsed only if no parse of it is at hand.

    What `make` prepared in the project's own `target/` folder is copied, so that dbt need not parse everything again.

    Args:
        target: the folder for dbt's artefacts of a home folder.
        arguments: what dbt is given beside the command, as `dbt_arguments` returns it.

    Raises:
        TransformError: the project cannot be parsed.
    """
    project = project_folder()
    digest, prepared = project_digest(project), project / "target"
    found = _find(target, digest, arguments)
    if found is not None:
        return found
    found = _find(prepared, digest, arguments)
    if found is None:
        return parse(target, arguments)
    target.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError), replaced_atomically(target / _PARTIAL_PARSE) as copy:
        # Without it, dbt parses everything.
        shutil.copyfile(prepared / _PARTIAL_PARSE, copy)
    _write(target, _Parsed(digest, tuple(arguments), found))
    return found


def current_manifest(target: Path) -> Manifest:
    """Returns a current manifest: the prepared one, the one in `target`, else that of a new parse.

    The source types of the parse do not matter: metrics are the same for all. A new parse is kept in `target`,
    or nowhere if that cannot be written.

    Raises:
        TransformError: the project cannot be parsed.
    """
    project = project_folder()
    digest = project_digest(project)
    for folder in (project / "target", target):
        found = _find(folder, digest)
        if found is not None:
            return found
    try:
        return parse(target)
    except OSError:
        with TemporaryDirectory(prefix="vigie-dbt-") as temporary:
            return parse(Path(temporary))


def parse(target: Path, arguments: Sequence[str] = ()) -> Manifest:
    """Returns the manifest of the dbt project, and keeps it in `target`; `arguments` as of `ensure_manifest`.

    dbt parses all files, not only those that changed: only then are the entries of a file in the order of the file.

    Raises:
        TransformError: the project cannot be parsed.
    """
    target.mkdir(parents=True, exist_ok=True)
    # Of before: if a file changes while dbt parses, the project is parsed again next time.
    digest = project_digest(project_folder())
    # Two processes may parse at the same time: each file appears in `target` complete.
    with TemporaryDirectory(prefix="parse-", dir=target) as folder:
        result = run_dbt(["parse", "--no-partial-parse", *arguments], Path(folder))
        if result.returncode != 0:
            raise TransformError(f"the dbt project cannot be parsed:\n{result.output}")
        manifest: Manifest = json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8"))
        for name in _ARTEFACTS:
            (Path(folder) / name).replace(target / name)
    _write(target, _Parsed(digest, tuple(arguments), manifest))
    return manifest


def _write(target: Path, parsed: _Parsed) -> None:
    write_atomically(target / _PARSED, json.dumps(parsed._asdict()).encode())


def _find(folder: Path, project: str, arguments: Sequence[str] | None = None) -> Manifest | None:
    """The manifest in `folder`, if it is of this project, and of these arguments if they are given."""
    path = folder / _PARSED
    try:
        status = path.stat()
        found = _read(path, status.st_size, status.st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if found.project != project or (arguments is not None and found.arguments != tuple(arguments)):
        return None
    return found.manifest


@lru_cache(maxsize=2)
def _read(path: Path, _size: int, _mtime_ns: int) -> _Parsed:
    content = json.loads(path.read_text(encoding="utf-8"))
    return _Parsed(content["project"], tuple(content["arguments"]), content["manifest"])
