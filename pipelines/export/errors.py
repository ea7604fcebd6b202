"""The errors of exports and of publishing, for the person who runs the pipeline."""


class ExportError(Exception):
    """An export cannot be made or written; the message says which one, why, and what to do. It holds no secret."""


class PublishError(Exception):
    """The published tables cannot be replaced; those published before are complete and unchanged."""
