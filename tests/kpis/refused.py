"""The KPIs that MetricFlow refuses by name: different people, latest answers and trailing years are no sums of rows."""

REFUSED = frozenset(
    {
        "campaign_uplift",
        "churn_action_value",
        "churn_rate",
        "clv",
        "clv_discounted",
        "cross_sell_rate",
        "employee_satisfaction_rate",
        "lifetime_margin",
        "loyalty_rate",
        "recommendation_rate",
        "repurchase_rate",
        "retention_rate",
        "upsell_rate",
    }
)
