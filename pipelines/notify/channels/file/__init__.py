"""The file channel: one JSON record a line."""

from pipelines.notify.channels.file.channel import FileChannel

__all__ = ["FileChannel"]
