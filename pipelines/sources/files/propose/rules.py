"""Examples of rules for the KPIs that the proposed entities give."""

from collections.abc import Collection, Iterator

_RULES = (
    ("ticket", "first-response", "first_response_time", "week", "above: {warn: 8h, critical: 24h}"),
    ("ticket", "open-tickets", "backlog", "week", "above: {warn: 100, critical: 200}"),
    ("survey_response", "satisfaction", "csat", "week", "below: {warn: 80%, critical: 70%}, min_sample: 20"),
    ("deal", "deals-won", "win_rate", "month", "below: 20%, min_sample: 10"),
    ("order", "revenue", "revenue", "week", "below: {warn: 10000, critical: 8000}"),
    ("order", "basket", "average_order_value", "month", "below: 50, min_sample: 50"),
    ("lead", "leads-converted", "lead_conversion_rate", "month", "below: 5%, min_sample: 30"),
    ("campaign_stat", "newsletter-opens", "email_open_rate", "month", "below: 20%, min_sample: 500"),
    ("campaign_stat", "newsletter-unsubscribes", "unsubscribe_rate", "month", "above: 1%, min_sample: 500"),
    ("email_send", "e-mail-opens", "email_open_rate", "month", "below: 20%, min_sample: 500"),
    ("email_event", "e-mail-opens", "email_open_rate", "month", "below: 20%, min_sample: 500"),
    ("call", "calls-abandoned", "call_abandonment_rate", "week", "above: 10%, min_sample: 50"),
    ("web_stat", "visitors-converted", "visitor_conversion_rate", "month", "below: 1%, min_sample: 500"),
)
_MOST = 3


def example_rules(entities: Collection[str]) -> Iterator[str]:
    """Yields the lines of rules for these entities, as comments: nobody knows the thresholds but the company."""
    found = [rule for rule in _RULES if rule[0] in entities]
    first = [rule for number, rule in enumerate(found) if rule[0] not in {each[0] for each in found[:number]}]
    chosen = [*first, *(rule for rule in found if rule not in first)][:_MOST]
    if not chosen:
        return
    yield "# Rules: set the thresholds and remove the # of the lines below. Messages go to <home>/messages.jsonl until"
    yield "# `channels` names others, such as {type: slack, webhook_url: …}; see docs/settings.md."
    yield "# rules:"
    for _, name, kpi, grain, condition in chosen:
        yield f"#   - {{name: {name}, kpi: {kpi}, grain: {grain}, {condition}}}"
