"""The exports of known products: one module a vendor declares what their headers are and what they fill."""

from pipelines.sources.files.propose.shapes.hubspot import HUBSPOT
from pipelines.sources.files.propose.shapes.shape import Shape

SHAPES: tuple[Shape, ...] = (*HUBSPOT,)

__all__ = ["SHAPES", "Shape"]
