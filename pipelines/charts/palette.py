"""The colours of charts, on light and on dark pages."""

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as #rrggbb, lower case, no two alike.

    Attributes:
        page: behind the chart.
        ink: the values.
        muted: axes, labels and the usual range.
        rule: the lines of the grid.
        target: the line of the target.
        previous_year: the line of the year before.
        warn: the bound of warnings, and their incidents.
        critical: the bound of critical alerts, and their incidents.
    """

    page: str
    ink: str
    muted: str
    rule: str
    target: str
    previous_year: str
    warn: str
    critical: str

    def of(self, name: str) -> str:
        """Returns the colour of a line or of a severity."""
        colour: str = getattr(self, name)
        return colour

    def colours(self) -> Iterator[tuple[str, str]]:
        """Yields each colour after its name with dashes, as CSS variables are named."""
        for field in fields(self):
            yield field.name.replace("_", "-"), getattr(self, field.name)


# Texts have a contrast of at least 4.5 to 1, lines of 3 to 1, each on its page.
LIGHT = Palette(
    page="#ffffff",
    ink="#1f3a5f",
    muted="#59636f",
    rule="#dfe4ea",
    target="#2b7a3f",
    previous_year="#7d8a99",
    warn="#b86e00",
    critical="#c0271d",
)
DARK = Palette(
    page="#171c23",
    ink="#9cc4f5",
    muted="#a5b0bd",
    rule="#2f3843",
    target="#6cc584",
    previous_year="#7f8c9b",
    warn="#f0ad4e",
    critical="#ff7a70",
)
