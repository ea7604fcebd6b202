"""The registry of formats."""

from collections.abc import Callable
from typing import get_args

import pytest
from browser import MISSING, PROGRAM

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
