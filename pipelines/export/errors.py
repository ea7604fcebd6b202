"""What can go wrong on the way out, said for the person who runs the pipeline."""


class ExportError(Exception):
    """An export could not be made or delivered; the text says which one, why, and what to do. It holds no secret."""


class PublishError(Exception):
    """The published tables could not be replaced; the ones published before are still there, whole."""
