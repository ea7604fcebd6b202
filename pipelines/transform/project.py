"""Where the dbt project is, and what identifies its content."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

_PACKAGED = Path(__file__).resolve().parents[2] / "dbt_project"
_CALLED_BY_PYTHON_MODELS = Path(__file__).resolve().parents[1] / "customer_value"
_FOLDERS = ("macros", "models", "seeds", "tests")
_FILES = ("dbt_project.yml", "profiles.yml")


def project_folder() -> Path:
    """Returns the folder of the dbt project: VIGIE_DBT_PROJECT, by default the one that belongs to this code."""
    return Path(os.environ.get("VIGIE_DBT_PROJECT") or _PACKAGED).absolute()


def project_files(project: Path) -> list[Path]:
    """Returns every file that the manifest and the tables depend on, sorted by path."""
    files = (file for folder in _FOLDERS for file in (project / folder).rglob("*") if file.is_file())
    return sorted([*files, *(project / name for name in _FILES)])


def last_change(project: Path) -> float:
    """Returns the time of the last change to the project, in seconds since 1970.

    It is asked for whenever the settings are, a hundred times a pass: one walk looks at each file once.
    """
    times = [(project / name).stat().st_mtime for name in _FILES]
    return max(*times, *(time for name in _FOLDERS for time in _times(project / name)))


def _times(folder: Path) -> Iterator[float]:
    # A folder changes when a file in it is added, renamed or deleted.
    yield folder.stat().st_mtime
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _times(Path(entry.path))
            else:
                yield entry.stat().st_mtime


def project_digest(project: Path) -> str:
    """Returns a SHA-256 digest of the names and contents of the project's files, as hexadecimal digits."""
    return _digest(project_files(project), project)


def python_models_digest() -> str:
    """Returns what identifies the code that dbt's Python models call, and the libraries that it computes with."""
    code = sorted(_CALLED_BY_PYTHON_MODELS.glob("*.py"))
    return f"{_digest(code, _CALLED_BY_PYTHON_MODELS)} scipy {version('scipy')} numpy {version('numpy')}"


def _digest(files: Iterable[Path], folder: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(folder)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
