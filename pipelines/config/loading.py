"""The base of settings models, and the way from files to a valid one."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.config.explain import explain
from pipelines.config.partial import checked_in_part
from pipelines.config.problems import Mistake, SettingsError
from pipelines.config.reading import read, settings_files
from pipelines.config.tree import faults, plain

M = TypeVar("M", bound=BaseModel)


class SettingsModel(BaseModel):
    """The base of every settings model: unknown keys are refused, values are fixed, inputs stay out of messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def load(
    path: Path,
    model: type[M],
    *,
    environ: Mapping[str, str],
    check: Callable[[M], Iterable[Mistake]] = lambda _: (),
    check_names: Callable[[object], Iterable[Mistake]] = lambda _: (),
) -> M:
    """The settings at `path` as a `model`.

    `path` is one YAML file, or a folder whose `*.yaml` and `*.yml` files (hidden ones and subfolders aside) are read
    in the order of their names and merged by top-level key: lists are joined, mappings are united if they share no
    key. `environ` answers references to the environment. `check` sees the model once it is valid by itself and
    yields what is wrong between its parts. `check_names` sees what was written (mappings, lists and scalars), valid or
    not, and yields the names in it that lead nowhere.

    Raises SettingsError with all the mistakes that could be found in one go: `check` sees what is valid of settings
    that are not, if that makes a model. A file that cannot be read as YAML hides all others.
    """
    root = read(path, environ)
    found_reading = faults(root)
    settings: M | None = None
    errors: list[Any] = []
    # Nothing is raised inside the handler: as the context of another error, this one would carry the inputs along.
    try:
        settings = model.model_validate(plain(root))
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    # `plain` anew, because validators may have altered what they were given.
    mistakes = list(check_names(plain(root)))
    if settings is not None and not found_reading:
        mistakes += check(settings)
    else:
        further = checked_in_part(plain(root), [path for path, _ in found_reading], errors, model, check)
        errors += further.errors
        mistakes += further.mistakes
    if settings is None or found_reading or mistakes:
        raise SettingsError(explain(root, model, faults=found_reading, errors=errors, mistakes=mistakes))
    return settings


def state(path: Path) -> tuple[tuple[object, ...], ...]:
    """What tells the settings at `path` from earlier ones without reading them; SettingsError if there are none."""
    return tuple(_state_of(file) for file in settings_files(path))


def _state_of(file: Path) -> tuple[object, ...]:
    try:
        status = file.stat()
    except OSError:
        # Reading it will say what is wrong with it.
        return (file,)
    return (file, status.st_ino, status.st_size, status.st_mtime_ns)


def base_folder(path: Path) -> Path:
    """The absolute folder to which relative paths in the settings at `path` (a file or a folder) refer.

    Links are not followed, so that a settings file linked into a folder refers to that folder.
    """
    return path.absolute() if path.is_dir() else path.absolute().parent
