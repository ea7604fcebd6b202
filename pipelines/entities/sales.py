"""Sales: leads, deals and orders."""

from pipelines.entities.entity import Column, Entity

LEAD = Entity(
    "lead",
    "A person who showed interest and may become a customer.",
    (
        Column("lead_id", "text", "Id of the lead in the source.", required=True),
        Column("created_at", "timestamp", "When the lead came in.", required=True),
        Column("email", "text", "E-mail address of the lead."),
        Column("channel", "text", "Marketing channel through which the lead came in."),
        Column("campaign_id", "text", "Id of the campaign that brought the lead."),
        Column("converted_at", "timestamp", "When the lead became a customer."),
        Column("lost_at", "timestamp", "When the lead was given up."),
        Column("customer_id", "text", "Id of the customer that the lead became."),
        Column("owner_id", "text", "Id of the agent who is responsible for the lead."),
        Column("country", "text", "Country, as the source writes it."),
    ),
    ("lead_id",),
)

DEAL = Entity(
    "deal",
    "A sales opportunity, from its creation until it is won or lost.",
    (
        Column("deal_id", "text", "Id of the deal in the source.", required=True),
        Column("created_at", "timestamp", "When the deal was created.", required=True),
        Column("customer_id", "text", "Id of the customer to whom the deal is offered."),
        Column("closed_at", "timestamp", "When the deal was won or lost; empty while it is open."),
        Column("is_won", "boolean", "Whether the deal was won; empty while it is open."),
        Column("amount", "money", "Value of the deal, in its own currency."),
        Column("currency", "text", "ISO 4217 code of the amount; the company's currency if empty."),
        Column(
            "deal_type", "text", "What the deal changes for the customer.",
            allowed=("new", "renewal", "upsell", "cross_sell"),
        ),
        Column("owner_id", "text", "Id of the agent who is responsible for the deal."),
        Column("campaign_id", "text", "Id of the campaign that brought the deal."),
    ),
    ("deal_id",),
)  # fmt: skip

ORDER = Entity(
    "order",
    "A purchase.",
    (
        Column("order_id", "text", "Id of the order in the source.", required=True),
        Column("customer_id", "text", "Id of the customer who ordered.", required=True),
        Column("ordered_at", "timestamp", "When it was ordered.", required=True),
        Column("amount", "money", "Value of the order, in its own currency.", required=True),
        Column("currency", "text", "ISO 4217 code of the amounts; the company's currency if empty."),
        Column("margin", "money", "Gross margin of the order, in its own currency."),
        Column("status", "text", "Status of the order, as the source writes it."),
        Column("channel", "text", "Sales channel, such as web or store."),
        Column("order_type", "text", "Type of the order, as the source writes it."),
        Column("campaign_id", "text", "Id of the campaign that brought the order."),
        Column("country", "text", "Country of the order, as the source writes it."),
    ),
    ("order_id",),
)

ORDER_LINE = Entity(
    "order_line",
    "A line of an order: one product.",
    (
        Column("order_id", "text", "Id of the order.", required=True),
        Column("line_number", "integer", "Number of the line in its order.", required=True),
        Column("product_id", "text", "Id of the product."),
        Column("category", "text", "Category of the product."),
        Column("quantity", "number", "Number of units."),
        Column("amount", "money", "Value of the line, in the order's currency."),
        Column("margin", "money", "Gross margin of the line, in the order's currency."),
    ),
    ("order_id", "line_number"),
)
