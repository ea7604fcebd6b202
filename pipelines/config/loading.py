"""The base class of settings models, and `load`, which turns files into a valid model."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.config.explain import explain
from pipelines.config.partial import check_valid_parts
from pipelines.config.problems import Mistake, Problem, SettingsError
from pipelines.config.reading import read_tree, settings_files
from pipelines.config.tree import collect_faults, plain_data

M = TypeVar("M", bound=BaseModel)


class SettingsModel(BaseModel):
    """The base of every settings model: it refuses unknown keys, is immutable, and keeps inputs out of messages."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def load(
    path: Path,
    model: type[M],
    *,
    environ: Mapping[str, str],
    check: Callable[[M], Iterable[Mistake]] = lambda _: (),
    check_names: Callable[[object], Iterable[Mistake]] = lambda _: (),
) -> M:
    """Returns the settings at `path` as a `model`.

    Args:
        path: One YAML file, or a folder. The `*.yaml` and `*.yml` files of a folder, without hidden files and
            subfolders, are read in the order of their names and merged by top-level key: lists are joined, mappings
            are merged if they share no key.
        model: The model that validates the settings.
        environ: The environment variables that references in the settings read.
        check: Yields mistakes between the parts of a model that is valid in itself.
        check_names: Gets the settings as written (mappings, lists and scalars), valid or not, and yields names that do
            not exist.

    Raises:
        SettingsError: The settings have mistakes. It holds all mistakes that one pass can find: if some values are not
            valid, `check` still runs on the rest, provided that the rest makes a model. Of a folder with files that
            are not YAML, only those files are reported.
    """
    root = read_tree(path, environ)
    faults = collect_faults(root)
    settings: M | None = None
    errors: list[Any] = []
    # Nothing is raised inside the handler: pydantic's error would become the context of SettingsError, with all inputs.
    try:
        settings = model.model_validate(plain_data(root))
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    # Each validation gets its own copy of the data, because validators may change what they are given.
    mistakes = list(check_names(plain_data(root)))
    if settings is not None and not faults:
        mistakes += check(settings)
    else:
        further = check_valid_parts(plain_data(root), [path for path, _ in faults], errors, model, check)
        errors += further.errors
        mistakes += further.mistakes
    if settings is None or faults or mistakes:
        raise SettingsError(explain(root, model, faults=faults, errors=errors, mistakes=mistakes))
    return settings


def locate(
    path: Path, model: type[BaseModel], mistakes: Iterable[Mistake], *, environ: Mapping[str, str]
) -> list[Problem]:
    """Returns what was found in the valid settings at `path`, each with its file and line, in their order.

    Raises:
        SettingsError: the files cannot be read any more.
    """
    found = SettingsError(explain(read_tree(path, environ), model, faults=(), errors=(), mistakes=mistakes))
    return found.problems


def fingerprint(path: Path) -> tuple[tuple[object, ...], ...]:
    """Returns a value that changes when a settings file at `path` changes, without reading the files.

    Raises:
        SettingsError: There are no settings at `path`.
    """
    return tuple(_fingerprint_of(file) for file in settings_files(path))


def _fingerprint_of(file: Path) -> tuple[object, ...]:
    try:
        status = file.stat()
    except OSError:
        # Reading the file reports what is wrong with it.
        return (file,)
    return (file, status.st_ino, status.st_size, status.st_mtime_ns)


def base_folder(path: Path) -> Path:
    """Returns the absolute folder to which relative paths in the settings at `path` (a file or a folder) refer.

    Symbolic links are not followed: a settings file that is linked into a folder refers to that folder.
    """
    return path.absolute() if path.is_dir() else path.absolute().parent
