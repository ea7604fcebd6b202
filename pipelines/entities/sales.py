"""Sales: leads, deals and orders."""

from pipelines.entities.entity import Column, Entity

LEAD = Entity(
    "lead",
    "A person who showed interest and may become a customer.",
    (
        Column("lead_id", "text", "Id of the lead in the source.", required=True, example="L-2210"),
        Column("created_at", "timestamp", "When the lead came in.", required=True, example="2025-02-27T20:16:00Z"),
        Column("email", "text", "E-mail address of the lead.", example="ada@example.com"),
        Column("channel", "text", "Marketing channel through which the lead came in.", example="web form"),
        Column("campaign_id", "text", "Id of the campaign that brought the lead.", example="K-31"),
        Column("converted_at", "timestamp", "When the lead became a customer.", example="2025-04-02T16:05:00Z"),
        Column("lost_at", "timestamp", "When the lead was given up.", example="2025-04-20T09:00:00Z"),
        Column("customer_id", "text", "Id of the customer that the lead became.", example="C-1042"),
        Column("owner_id", "text", "Id of the agent who is responsible for the lead.", example="A-7"),
        Column("country", "text", "Country, as the source writes it.", example="FR"),
    ),
    ("lead_id",),
)

DEAL = Entity(
    "deal",
    "A sales opportunity, from its creation until it is won or lost.",
    (
        Column("deal_id", "text", "Id of the deal in the source.", required=True, example="D-318"),
        Column("created_at", "timestamp", "When the deal was created.", required=True, example="2025-03-05T10:00:00Z"),
        Column("customer_id", "text", "Id of the customer to whom the deal is offered.", example="C-1042"),
        Column(
            "closed_at",
            "timestamp",
            "When the deal was won or lost; empty while it is open.",
            example="2025-04-02T16:05:00Z",
        ),
        Column("is_won", "boolean", "Whether the deal was won; empty while it is open.", example="true"),
        Column(
            "amount", "money", "Value of the deal, in its own currency.", example="12400.00", unit="its own currency"
        ),
        Column("currency", "text", "ISO 4217 code of the amount; the company's currency if empty.", example="EUR"),
        Column(
            "deal_type",
            "text",
            "What the deal changes for the customer.",
            allowed=("new", "renewal", "upsell", "cross_sell"),
            example="new",
        ),
        Column("owner_id", "text", "Id of the agent who is responsible for the deal.", example="A-7"),
        Column("campaign_id", "text", "Id of the campaign that brought the deal.", example="K-31"),
    ),
    ("deal_id",),
)

ORDER = Entity(
    "order",
    "A purchase.",
    (
        Column("order_id", "text", "Id of the order in the source.", required=True, example="O-20417"),
        Column("customer_id", "text", "Id of the customer who ordered.", required=True, example="C-1042"),
        Column("ordered_at", "timestamp", "When it was ordered.", required=True, example="2025-04-02T16:05:00Z"),
        Column(
            "amount",
            "money",
            "Value of the order, in its own currency.",
            required=True,
            example="129.90",
            unit="its own currency",
        ),
        Column("currency", "text", "ISO 4217 code of the amounts; the company's currency if empty.", example="EUR"),
        Column(
            "margin",
            "money",
            "Gross margin of the order, in its own currency.",
            example="48.10",
            unit="its own currency",
        ),
        Column("status", "text", "Status of the order, as the source writes it.", example="paid"),
        Column("channel", "text", "Sales channel, such as web or store.", example="web"),
        Column("order_type", "text", "Type of the order, as the source writes it.", example="subscription"),
        Column("campaign_id", "text", "Id of the campaign that brought the order.", example="K-31"),
        Column("country", "text", "Country of the order, as the source writes it.", example="FR"),
    ),
    ("order_id",),
)

ORDER_LINE = Entity(
    "order_line",
    "A line of an order: one product.",
    (
        Column("order_id", "text", "Id of the order.", required=True, example="O-20417"),
        Column("line_number", "integer", "Number of the line in its order.", required=True, example="1"),
        Column("product_id", "text", "Id of the product.", example="SKU-88"),
        Column("category", "text", "Category of the product.", example="lighting"),
        Column("quantity", "number", "Number of units.", example="2", unit="units"),
        Column(
            "amount",
            "money",
            "Value of the line, in the order's currency.",
            example="99.80",
            unit="the order's currency",
        ),
        Column(
            "margin",
            "money",
            "Gross margin of the line, in the order's currency.",
            example="37.00",
            unit="the order's currency",
        ),
    ),
    ("order_id", "line_number"),
)
