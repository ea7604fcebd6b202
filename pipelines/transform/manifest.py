"""The manifest of the dbt project: parsed once, copied into homes, parsed again when the project has changed.

Each set of source types has a manifest of its own. The one that `make` prepares is that of the default set.
"""

import json
import os
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.transform.dbt import run_dbt
from pipelines.transform.project import last_change, project_folder

MANIFEST = "manifest.json"
_PARTIAL_PARSE = "partial_parse.msgpack"
# The arguments of the parse, beside the manifest; without the file there were none.
_ARGUMENTS = "parse_arguments.json"


class TransformError(Exception):
    """The dbt project cannot be parsed or built; the message holds dbt's own words."""


def ensure_manifest(target: Path, arguments: Sequence[str] = ()) -> Path:
    """Returns the path of a current manifest in `target`, parsing the project only if it is newer than the manifest.

    A manifest that `make` prepared in the project's own `target/` folder is copied: dbt compares by itself whether
    its partial parse fits.

    Args:
        target: the folder for dbt's artefacts of a home.
        arguments: what dbt is given besides the command, as returned by `dbt_arguments`.

    Raises:
        TransformError: the project cannot be parsed.
    """
    project = project_folder()
    newest = last_change(project)
    manifest = target / MANIFEST
    is_current = manifest.exists() and manifest.stat().st_mtime >= newest and _is_complete(manifest)
    if is_current and _parse_arguments(target) == list(arguments):
        return manifest
    target.mkdir(parents=True, exist_ok=True)
    prepared = project / "target"
    if arguments or not (prepared / MANIFEST).exists() or (prepared / MANIFEST).stat().st_mtime < newest:
        parse(target, arguments)
        return manifest
    for name in (_PARTIAL_PARSE, MANIFEST):
        if (prepared / name).exists():
            incomplete = target / f"{name}.{os.getpid()}.tmp"
            shutil.copy2(prepared / name, incomplete)
            incomplete.replace(target / name)
    (target / _ARGUMENTS).unlink(missing_ok=True)
    return manifest


def parse(target: Path, arguments: Sequence[str] = ()) -> None:
    """Writes the manifest of the dbt project into `target`; `arguments` as in `ensure_manifest`.

    Raises:
        TransformError: the project cannot be parsed.
    """
    result = run_dbt(["parse", *arguments], target)
    if result.returncode != 0:
        raise TransformError(f"the dbt project cannot be parsed:\n{result.output}")
    (target / _ARGUMENTS).write_text(json.dumps(list(arguments)), encoding="utf-8")


def _parse_arguments(target: Path) -> list[str]:
    """Returns the arguments with which the manifest in `target` was parsed."""
    try:
        arguments: list[str] = json.loads((target / _ARGUMENTS).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return arguments


def read_manifest(path: Path) -> dict[str, Any]:
    """Returns the content of a manifest; it is read again only when the file has changed."""
    status = path.stat()
    return _read(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, _size: int, _mtime_ns: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _is_complete(manifest: Path) -> bool:
    """Whether a manifest can be read: dbt writes it in place, and may be killed or run out of disk meanwhile."""
    try:
        read_manifest(manifest)
    except ValueError:
        return False
    return True
