# ruff: noqa: E501 - lists of headers are read best on few lines
"""Shopify, WooCommerce and Google Analytics 4."""

from pipelines.sources.files.propose.shapes.shape import Col, Fill, Filled, Shape, Sql, col

_GUESTS = "an order without any of them is that of a guest, each with an id of its own"
_ORDER = ("Name", "Id")
_SHOPIFY = Shape(
    product="Shopify",
    kind="orders",
    source="shopify",
    marks=(
        "Name",
        "Email",
        "Financial Status",
        "Paid at",
        "Fulfillment Status",
        "Currency",
        "Subtotal",
        "Total",
        "Created at",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Lineitem sku",
        "Billing Country",
        "Cancelled at",
        "Refunded Amount",
        "Source",
    ),
    must=("Financial Status", "Lineitem name|Lineitem price|Fulfillment Status"),
    fills=(
        Fill(
            "order",
            {
                "order_id": Col(_ORDER),
                "customer_id": Filled(("Email", "Customer ID", "Phone", "Billing Name"), _ORDER, _GUESTS),
                "ordered_at": col("Created at", "Paid at"),
                "amount": col("Total", "Subtotal"),
                "currency": col("Currency"),
                "status": (
                    Sql(
                        "case when {1} is not null then 'cancelled' else {0} end", ("Financial Status", "Cancelled at")
                    ),
                    col("Financial Status"),
                ),
                "channel": col("Source"),
                "country": col("Shipping Country", "Billing Country"),
            },
            where=(("{0} is not null", ("Total|Subtotal",)), ("{0} is not null", ("Created at|Paid at",))),
            note="Each order has a row for each of its products; only the first has the totals.",
        ),
    ),
)
_WOO_ANALYTICS = Shape(
    product="WooCommerce",
    kind="orders of Analytics",
    source="woocommerce",
    marks=(
        "Date",
        "Order #",
        "Status",
        "Customer",
        "Customer type",
        "Product(s)",
        "Items sold",
        "Coupon(s)",
        "N. Revenue",
        "Net sales",
        "Attribution",
    ),
    must=("Order #", "N. Revenue|Net sales|N. Revenue (formatted)"),
    fills=(
        Fill(
            "order",
            {
                "order_id": col("Order #"),
                "customer_id": Filled(("Customer ID", "Customer Email|Email", "Customer"), ("Order #",), _GUESTS),
                "ordered_at": col("Date"),
                "amount": col("N. Revenue", "Net sales"),
                "status": col("Status"),
                "order_type": col("Customer type"),
            },
        ),
    ),
)
_DATE = ("Date", "Day", "Nth day", "Jour", "Datum", "Fecha", "Data")
_CHANNELS = (
    "Session primary channel group (Default Channel Group)", "Session default channel group", "Session source / medium",
    "First user primary channel group (Default Channel Group)", "Default channel group", "Session source", "Channel",
    "Groupe de canaux principal de la session (Groupe de canaux par défaut)", "Session medium",
)  # fmt: skip
_ANALYTICS = Shape(
    product="Google Analytics 4",
    kind="traffic",
    source="analytics",
    marks=(
        "Sessions",
        "Engaged sessions",
        "Engagement rate",
        "Events per session",
        "Event count",
        "Key events",
        "Total revenue",
        "Average engagement time per session",
        "Total users",
        "Active users",
        "New users",
        "Sessions avec engagement",
        *_CHANNELS,
    ),
    must=(
        "Sessions|Total users|Active users",
        "Engaged sessions|Event count|Key events|Engagement rate|Sessions avec engagement|New users",
    ),
    zone="Google Analytics reports in the time zone of the property",
    fills=(
        Fill(
            "web_stat",
            {
                "date": Col(_DATE),
                "channel": Col(_CHANNELS),
                "sessions": col("Sessions"),
                "visitors": col(
                    "Total users", "Active users", "Users", "Nombre total d'utilisateurs", "Utilisateurs actifs"
                ),
                "conversions": col("Key events", "Conversions", "Événements clés"),
                "revenue": col("Total revenue", "Purchase revenue", "Revenu total"),
            },
            # The grand total, which is the first row, has no date.
            where=(("regexp_matches(cast({0} as varchar), '[0-9]')", ("|".join(_DATE),)),),
            add={
                "date": "the totals of this report have no day: add the dimension Date (Google Analytics: + beside the first column, or Explore), and export again"
            },
        ),
    ),
)

WEB = (_SHOPIFY, _WOO_ANALYTICS, _ANALYTICS)
