"""The names that the published catalogue gives: grains, keys and the segments of each KPI."""

GRAINS = ("day", "week", "month", "quarter", "year")
KEY = ["kpi", "grain", "period_start", "segment_type", "segment"]

TICKET_SEGMENTS = ("channel", "priority", "category", "team", "agent")
CUSTOMER_SEGMENTS = ("country", "customer_segment")
ORDER_SEGMENTS = ("channel", "country", "customer_segment", "product_category", "rfm")

# The segments that the catalogue names for each KPI: these are required, others are allowed.
NAMED_SEGMENTS: dict[str, tuple[str, ...]] = {
    "csat": ("channel", "team", "agent"),
    "nps": ("channel", "country", "customer_segment"),
    "ces": ("channel", "team"),
    "recommendation_rate": ("country", "rfm"),
    **dict.fromkeys(
        (
            "retention_rate", "churn_rate", "repurchase_rate", "loyalty_rate", "active_customers", "new_customers",
            "arpu", "cross_sell_rate", "upsell_rate",
        ),
        (*CUSTOMER_SEGMENTS, "rfm"),
    ),
    **dict.fromkeys(
        (
            "first_response_time_business", "resolution_time_business", "first_response_time", "first_response_time_p50", "first_response_time_p90", "resolution_time",
            "resolution_time_p50", "resolution_time_p90", "response_rate", "first_contact_resolution_rate",
            "interactions_per_ticket", "ticket_age", "backlog", "backlog_age",
        ),
        ("channel", "priority", "team", "agent"),
    ),
    "call_abandonment_rate": ("queue",),
    "auto_resolution_rate": ("channel", "category"),
    "channel_share": ("channel",),
    **dict.fromkeys(("ticket_volume", "reopen_rate", "sla_attainment"), TICKET_SEGMENTS),
    "lead_conversion_rate": ("channel", "owner", "country"),
    "win_rate": ("owner", "deal_type"),
    "sales_cycle": ("owner",),
    "customer_acquisition_cost": ("channel",),
    **dict.fromkeys(("clv", "clv_discounted", "lifetime_margin", "churn_action_value"), CUSTOMER_SEGMENTS),
    "visitor_conversion_rate": ("channel",),
    **dict.fromkeys(("revenue", "revenue_per_customer", "average_order_value"), ORDER_SEGMENTS),
    **dict.fromkeys(
        (
            "email_open_rate", "email_open_rate_human", "email_open_rate_delivered",
            "email_click_rate", "email_click_through_rate", "email_click_rate_delivered",
        ),
        ("campaign", "country", "customer_segment", "counted_from"),
    ),
    **dict.fromkeys(
        ("delivery_rate", "bounce_rate", "unsubscribe_rate", "complaint_rate"), ("campaign", "counted_from")
    ),
    **dict.fromkeys(("agent_productivity", "agent_occupancy", "errors_per_interaction"), ("team", "agent")),
    "ad_click_rate": ("campaign",),
    "attributed_revenue": ("campaign", "channel", "model"),
    "marketing_contribution": ("channel",),
    **dict.fromkeys(("campaign_roi", "marketing_conversion_rate"), ("campaign",)),
    "campaign_uplift": ("campaign", "arm"),
    "handling_time": ("channel", "team", "agent"),
    **dict.fromkeys(("training_effectiveness", "employee_satisfaction_rate"), ("team",)),
    **dict.fromkeys(("duplicate_rate", "error_rate", "completeness_rate", "freshness"), ("source", "entity")),
}  # fmt: skip

# Counts of which a segment may have zeros, or no rows, before it first appears and after it ended.
COUNTS = frozenset({"new_customers", "active_customers", "backlog"})
