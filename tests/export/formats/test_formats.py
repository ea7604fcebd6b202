"""The registry of formats."""

import pkgutil
from collections.abc import Callable
from typing import get_args

import pytest
from browser import MISSING, PROGRAM

from pipelines.export import formats
from pipelines.export.content import ExportContent
from pipelines.export.formats import Format, renderer


@pytest.mark.parametrize("file_format", get_args(Format))
def test_every_format_of_the_settings_has_a_renderer(
    file_format: Format, make_content: Callable[..., ExportContent]
) -> None:
    if file_format == "pdf" and PROGRAM is None:
        pytest.skip(MISSING)
    content = make_content()
    assert renderer(file_format)(content) == renderer(file_format)(content) != b""


def test_every_module_of_the_package_is_a_format_with_a_media_type() -> None:
    modules = {module.name for module in pkgutil.iter_modules(formats.__path__)}
    assert modules == set(get_args(formats.Format))
    assert {*modules, "digest"} == set(get_args(formats.AnyFormat))
    media_types = [formats.media_type(each) for each in get_args(formats.Format)]
    assert len(set(media_types)) == len(modules)
    assert media_types[get_args(formats.Format).index("csv")] == "text/csv"
