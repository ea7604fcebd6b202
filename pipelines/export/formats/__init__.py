"""The file formats of exports. A format is one module here, named like it, with `render` and its `MEDIA_TYPE`.

To add a format, add the module and its name in `Format`: nothing else lists them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    # The settings need the names of the formats; only a run of an export needs pandas and the workbook writer.
    from pipelines.export.content import ExportContent

Format = Literal["csv", "parquet", "xlsx", "html", "pdf"]
# A digest is a message, so it has no file.
AnyFormat = Literal[Format, "digest"]


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
    render: Renderer = import_module(f"{__name__}.{file_format}").render
    return render


def media_type(file_format: Format) -> str:
    """Returns the media type of files of a format, such as `text/csv`."""
    found: str = import_module(f"{__name__}.{file_format}").MEDIA_TYPE
    return found
