"""A file that goes with a message: it stays in the home folder until its channel sends it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipelines.notify.outcome import Undeliverable


class Attachment(BaseModel):
    """Where a file is, relative to the home folder, what receivers see it called, and its media type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    name: str
    media_type: str


def read_attachment(attachment: Attachment, home: Path) -> bytes:
    """Returns the bytes of a file in the home folder.

    Raises:
        Undeliverable: it is not there any more, or cannot be read; no retry will find it.
    """
    path = (home / attachment.path).resolve()
    if not path.is_relative_to(home.resolve()):
        raise Undeliverable(f"the file {attachment.path} is not in the home folder", can_retry=False)
    try:
        return path.read_bytes()
    except OSError as error:
        raise Undeliverable(f"cannot read the file {path}: {error.strerror or error}", can_retry=False) from error
