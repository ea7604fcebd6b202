"""The registry finds every source, and says in words what an incomplete one lacks."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipelines.sources
from pipelines.sources.files.source import FilesSource
from pipelines.sources.registry import _found_types, source_class, source_type_names

NAME = "pipelines.sources.paper"


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that the registry takes for one of its own."""
    folder = tmp_path / "paper"
    folder.mkdir()
    monkeypatch.setattr(pipelines.sources, "__path__", [*pipelines.sources.__path__, str(tmp_path)])
    _forget()
    yield folder
    _forget()
    for name in (NAME, f"{NAME}.settings", f"{NAME}.source"):
        sys.modules.pop(name, None)


def _forget() -> None:
    _found_types.cache_clear()
    source_class.cache_clear()


def test_every_folder_is_a_complete_source() -> None:
    classes = {name: source_class(name) for name in source_type_names()}
    assert classes["files"] is FilesSource
    assert {"hubspot", "mailchimp", "zendesk"} <= set(classes)


def test_the_settings_of_a_vendor_do_not_import_its_library() -> None:
    program = (
        "import sys, pipelines.settings.models; sys.exit(any(name.partition('.')[0] == 'dlt' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


_SETTINGS = """
from typing import Literal
from pipelines.sources import SourceSettings
class PaperSettings(SourceSettings):
    type: Literal["paper"]
SETTINGS = PaperSettings
"""
_SOURCE = """
from pipelines.sources.files.source import FilesSource
from pipelines.sources.paper.settings import PaperSettings
class PaperSource(FilesSource):
    settings_model = PaperSettings
SOURCE = PaperSource
"""


def _written(folder: Path, **files: str) -> None:
    for name, content in {"settings": _SETTINGS, "source": _SOURCE, **files}.items():
        (folder / f"{name}.py").write_text(content, encoding="utf-8")
    (folder / "__init__.py").touch()


def test_a_folder_with_settings_and_a_source_is_a_type(paper: Path) -> None:
    _written(paper)
    assert source_class("paper").__name__ == "PaperSource"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"source.py": ""}, "paper has no __init__.py"),
        ({"__init__.py": ""}, "paper has no module `settings`"),
        ({"__init__.py": "", "settings.py": _SETTINGS}, "paper has no module `source`"),
        (
            {"__init__.py": "", "settings.py": "OTHER = 1", "source.py": _SOURCE},
            "paper names no subclass of `SourceSettings` .in a folder: SETTINGS",
        ),
        (
            {
                "__init__.py": "",
                "settings.py": _SETTINGS.replace('["paper"]', '["paper", "parchment"]'),
                "source.py": "",
            },
            "`type` of PaperSettings must be a Literal of one name",
        ),
        (
            {"__init__.py": "", "settings.py": _SETTINGS.replace('["paper"]', '["files"]'), "source.py": _SOURCE},
            "paper has the type files, and so has pipelines.sources.files",
        ),
    ],
)
def test_an_incomplete_folder_is_refused_in_words(paper: Path, files: dict[str, str], words: str) -> None:
    for name, content in files.items():
        (paper / name).write_text(content, encoding="utf-8")
    with pytest.raises(TypeError, match=words):
        source_type_names()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("OTHER = 1", "paper names no subclass of `Source`"),
        (
            "from abc import abstractmethod\n"
            + _SOURCE.replace("SOURCE =", "    @abstractmethod\n    def probe(self): ...\nSOURCE ="),
            "paper: PaperSource lacks probe",
        ),
        (
            _SOURCE.replace("    settings_model = PaperSettings", "    pass"),
            "paper: settings_model of PaperSource is not the class that SETTINGS names",
        ),
    ],
)
def test_an_incomplete_class_is_refused_in_words(paper: Path, source: str, words: str) -> None:
    _written(paper, source=source)
    with pytest.raises(TypeError, match=words):
        source_class("paper")
