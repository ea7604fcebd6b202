"""The registry finds every source, and says in words what an incomplete one lacks."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

import pipelines.sources
from pipelines.sources import SourceSettings
from pipelines.sources.files.source import FilesSource
from pipelines.sources.registry import identify, source_types

NAME = "pipelines.sources.paper"


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that the registry takes for one of its own."""
    folder = tmp_path / "paper"
    folder.mkdir()
    monkeypatch.setattr(pipelines.sources, "__path__", [*pipelines.sources.__path__, str(tmp_path)])
    source_types.cache_clear()
    yield folder
    source_types.cache_clear()
    for name in (NAME, f"{NAME}.source"):
        sys.modules.pop(name, None)


def test_extracts_are_a_source() -> None:
    assert source_types()["files"] is FilesSource


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"source.py": ""}, "paper has no __init__.py"),
        ({"__init__.py": ""}, "paper has no module `source`"),
        ({"__init__.py": "", "source.py": "OTHER = 1"}, "paper names no subclass of `Source`"),
        (
            {"__init__.py": "", "source.py": "from pipelines.sources.files.source import FilesSource as SOURCE"},
            "paper has the type files, and so has pipelines.sources.files.source",
        ),
    ],
)
def test_an_incomplete_folder_is_refused_in_words(paper: Path, files: dict[str, str], words: str) -> None:
    for name, content in files.items():
        (paper / name).write_text(content, encoding="utf-8")
    with pytest.raises(TypeError, match=words):
        source_types()


class _Settings(SourceSettings):
    type: Literal["paper", "parchment"]


def _with(**attributes: object) -> type[FilesSource]:
    return type("Paper", (FilesSource,), attributes)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (lambda: _abstract("probe", "extract"), "paper: Paper lacks extract, probe"),
        (lambda: _with(settings_model=None), "paper: Paper lacks settings_model"),
        (lambda: _with(settings_model=_Settings), "`type` of _Settings must be a Literal of one name"),
    ],
)
def test_an_incomplete_class_is_refused_in_words(source: Callable[[], Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        identify("paper", source())


def _abstract(*names: str) -> type[FilesSource]:
    found = _with()
    found.__abstractmethods__ = frozenset(names)
    return found
