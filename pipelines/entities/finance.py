"""Finance: exchange rates."""

from pipelines.entities.entity import Column, Entity

FX_RATE = Entity(
    "fx_rate",
    "The exchange rate of a currency on a day.",
    (
        Column("date", "date", "The day from which the rate holds.", required=True, example="2025-03-01"),
        Column("currency", "text", "ISO 4217 code of the currency.", required=True, example="USD"),
        Column(
            "rate",
            "number",
            "Units of the company's currency for one unit of this currency.",
            required=True,
            example="0.9615",
            unit="the company's currency for one unit",
        ),
    ),
    ("date", "currency"),
    is_reference=True,
)
