"""The file formats of exports. A format is one module here, named like the format, with a function `render`.

To add a format, add the module and its name in `Format`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    # The settings need the names of the formats; only a run of an export needs pandas and the workbook writer.
    from pipelines.export.content import ExportContent

Format = Literal["csv", "parquet", "xlsx", "html", "pdf"]
# A digest is a message, so it has no file.
AnyFormat = Literal["csv", "parquet", "xlsx", "html", "pdf", "digest"]


class Renderer(Protocol):
    """Turns the content of an export into a file."""

    def __call__(self, content: "ExportContent") -> bytes:
        """Returns the bytes of the file; the same content gives the same bytes.

        Raises:
            ExportError: the format cannot hold the content.
        """
        ...


def renderer(file_format: Format) -> Renderer:
    """Returns the function that writes files of a format."""
    module = import_module(f"{__name__}.{file_format}")
    render: Renderer = module.render
    return render
