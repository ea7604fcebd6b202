"""The manifest of the dbt project: parsed once, copied into homes, parsed again when the project has changed.

Each set of source types has a manifest of its own; `make` prepares that of the default set.
"""

import json
import os
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines.transform.dbt import run_dbt
from pipelines.transform.project import last_change, project_folder

MANIFEST = "manifest.json"
_PARTIAL_PARSE = "partial_parse.msgpack"
# The arguments of the parse; without the file there were none.
_ARGUMENTS = "parse_arguments.json"
# What a parse leaves for dbt, for dagster-dbt and for MetricFlow.
_ARTEFACTS = (_PARTIAL_PARSE, "semantic_manifest.json", _ARGUMENTS, MANIFEST)


class TransformError(Exception):
    """The dbt project cannot be parsed or built; the message holds dbt's own words."""


def ensure_manifest(target: Path, arguments: Sequence[str] = ()) -> Path:
    """Returns the path of a current manifest in `target`, parsing the project only if it is newer than the manifest.

    A manifest that `make` prepared in the project's own `target/` folder is copied: dbt compares by itself whether
    its partial parse fits.

    Args:
        target: the folder for dbt's artefacts of a home folder.
        arguments: what dbt is given beside the command, as `dbt_arguments` returns it.

    Raises:
        TransformError: the project cannot be parsed.
    """
    if not _is_current(target, arguments):
        prepared = project_folder() / "target"
        if _is_current(prepared, arguments):
            target.mkdir(parents=True, exist_ok=True)
            for name in (_PARTIAL_PARSE, _ARGUMENTS, MANIFEST):
                if (prepared / name).exists():
                    incomplete = target / f"{name}.{os.getpid()}.tmp"
                    shutil.copy2(prepared / name, incomplete)
                    incomplete.replace(target / name)
        else:
            parse(target, arguments)
    return target / MANIFEST


def current_manifest(target: Path) -> dict[str, Any]:
    """Returns the content of a current manifest: the prepared one, the one in `target`, else that of a new parse.

    The source types of the parse do not matter: metrics are the same for all. A new parse is kept in `target`,
    or nowhere if that cannot be written.

    Raises:
        TransformError: the project cannot be parsed.
    """
    for folder in (project_folder() / "target", target):
        if _is_current(folder):
            return read_manifest(folder / MANIFEST)
    try:
        parse(target)
        return read_manifest(target / MANIFEST)
    except OSError:
        with TemporaryDirectory(prefix="vigie-dbt-") as temporary:
            parse(Path(temporary))
            return read_manifest(Path(temporary) / MANIFEST)


def parse(target: Path, arguments: Sequence[str] = ()) -> None:
    """Writes the manifest of the dbt project into `target`; `arguments` as of `ensure_manifest`.

    dbt parses all files, not only those that changed: only then are the entries of a file in the order of the file.

    Raises:
        TransformError: the project cannot be parsed.
    """
    target.mkdir(parents=True, exist_ok=True)
    newest = last_change(project_folder())
    # Two processes may parse at the same time: each file appears in `target` complete.
    with TemporaryDirectory(prefix="parse-", dir=target) as folder:
        result = run_dbt(["parse", "--no-partial-parse", *arguments], Path(folder))
        if result.returncode != 0:
            raise TransformError(f"the dbt project cannot be parsed:\n{result.output}")
        # A file that changes while dbt parses is newer than the manifest.
        os.utime(Path(folder) / MANIFEST, (newest, newest))
        (Path(folder) / _ARGUMENTS).write_text(json.dumps(list(arguments)), encoding="utf-8")
        for name in _ARTEFACTS:
            (Path(folder) / name).replace(target / name)


def read_manifest(path: Path) -> dict[str, Any]:
    """Returns the content of a manifest; it is read again only when the file has changed."""
    status = path.stat()
    return _read(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, _size: int, _mtime_ns: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _is_current(folder: Path, arguments: Sequence[str] | None = None) -> bool:
    """Whether `folder` has a manifest that is complete, no older than the project and parsed with `arguments` if given.

    A build writes its manifest in place, and may be killed or run out of disk meanwhile.
    """
    try:
        if (folder / MANIFEST).stat().st_mtime < last_change(project_folder()):
            return False
        read_manifest(folder / MANIFEST)
    except (OSError, ValueError):
        return False
    return arguments is None or _arguments_of(folder) == list(arguments)


def _arguments_of(folder: Path) -> list[str]:
    try:
        arguments: list[str] = json.loads((folder / _ARGUMENTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return arguments
