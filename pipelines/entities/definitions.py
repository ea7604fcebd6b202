"""The canonical entities, column by column."""

from pipelines.entities.entity import Column, Entity


def _columns(specification: str, allowed: dict[str, tuple[str, ...]] | None = None) -> tuple[Column, ...]:
    """Reads `name:kind` words (`name` alone is text, a star marks a required column)."""
    columns = []
    for word in specification.split():
        name, _, kind = word.partition(":")
        required = name.endswith("*")
        name = name.rstrip("*")
        columns.append(Column(name, kind or "text", required, (allowed or {}).get(name, ())))  # type: ignore[arg-type]
    return tuple(columns)


EMAIL_EVENTS = ("sent", "delivered", "bounce", "open", "click", "unsubscribe", "complaint", "conversion")

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity(
            "customer",
            _columns(
                "customer_id* email name country segment acquisition_channel created_at:timestamp"
                " became_customer_at:timestamp churned_at:timestamp owner_id referred_by updated_at:timestamp"
                " merged_into"
            ),
            ("customer_id",),
            version="updated_at",
        ),
        Entity(
            "lead",
            _columns(
                "lead_id* created_at*:timestamp email channel campaign_id converted_at:timestamp lost_at:timestamp"
                " customer_id owner_id country"
            ),
            ("lead_id",),
        ),
        Entity(
            "deal",
            _columns(
                "deal_id* created_at*:timestamp customer_id closed_at:timestamp is_won:boolean amount:money currency"
                " deal_type owner_id campaign_id",
                {"deal_type": ("new", "renewal", "upsell", "cross_sell")},
            ),
            ("deal_id",),
        ),
        Entity(
            "order",
            _columns(
                "order_id* customer_id* ordered_at*:timestamp amount*:money currency margin:money status channel"
                " order_type campaign_id country"
            ),
            ("order_id",),
        ),
        Entity(
            "order_line",
            _columns("order_id* line_number*:integer product_id category quantity:number amount:money margin:money"),
            ("order_id", "line_number"),
        ),
        Entity(
            "campaign",
            _columns("campaign_id* name channel started_at:timestamp ended_at:timestamp cost:money currency"),
            ("campaign_id",),
        ),
        Entity(
            "email_send",
            _columns(
                "send_id* campaign_id* email customer_id sent_at*:timestamp delivered_at:timestamp"
                " bounced_at:timestamp first_opened_at:timestamp first_clicked_at:timestamp"
                " unsubscribed_at:timestamp complained_at:timestamp"
            ),
            ("send_id",),
            one_of=(("email", "customer_id"),),
        ),
        Entity(
            "email_event",
            _columns(
                "event_id* campaign_id* email customer_id event* occurred_at*:timestamp is_machine:boolean",
                {"event": EMAIL_EVENTS},
            ),
            ("event_id",),
            one_of=(("email", "customer_id"),),
        ),
        Entity(
            "exposure",
            _columns(
                "campaign_id* customer_id* arm* exposed_at*:timestamp visited_at:timestamp converted_at:timestamp"
                " revenue:money"
            ),
            ("campaign_id", "customer_id"),
        ),
        Entity(
            "touchpoint",
            _columns("touchpoint_id* customer_id lead_id channel campaign_id occurred_at*:timestamp"),
            ("touchpoint_id",),
            one_of=(("customer_id", "lead_id"),),
        ),
        Entity(
            "ad_stat",
            _columns("date*:date campaign_id* impressions:integer clicks:integer conversions:number cost:money"),
            ("date", "campaign_id"),
        ),
        Entity(
            "web_stat",
            _columns("date*:date channel sessions:integer visitors:integer conversions:number revenue:money"),
            ("date", "channel"),
        ),
        Entity(
            "spend",
            _columns(
                "date*:date category* channel campaign_id amount*:money currency", {"category": ("marketing", "sales")}
            ),
            ("date", "category", "channel", "campaign_id"),
        ),
        Entity(
            "ticket",
            _columns(
                "ticket_id* created_at*:timestamp customer_id email channel priority category team agent_id"
                " first_response_at:timestamp resolved_at:timestamp closed_at:timestamp status reopen_count:integer"
                " reassignment_count:integer agent_reply_count:integer interaction_count:integer is_automated:boolean"
                " sla_met:boolean updated_at:timestamp merged_into"
            ),
            ("ticket_id",),
            version="updated_at",
        ),
        Entity(
            "interaction",
            _columns(
                "interaction_id* occurred_at*:timestamp ticket_id customer_id channel author agent_id is_public:boolean"
                " handling_seconds:number",
                {"author": ("customer", "agent", "bot")},
            ),
            ("interaction_id",),
        ),
        Entity(
            "call",
            _columns(
                "call_id* started_at*:timestamp direction* answered_at:timestamp ended_at:timestamp"
                " is_abandoned:boolean agent_id customer_id queue",
                {"direction": ("inbound", "outbound")},
            ),
            ("call_id",),
        ),
        Entity(
            "survey_response",
            _columns(
                "response_id* kind* answered_at*:timestamp score*:number scale_min:number scale_max:number customer_id"
                " ticket_id order_id agent_id channel",
                {"kind": ("csat", "nps", "ces", "employee")},
            ),
            ("response_id",),
            version="answered_at",
        ),
        Entity("agent", _columns("agent_id* name team hired_at:timestamp left_at:timestamp"), ("agent_id",)),
        Entity(
            "agent_time",
            _columns("agent_id* date*:date available_seconds*:number handling_seconds*:number"),
            ("agent_id", "date"),
        ),
        Entity("training", _columns("training_id* agent_id* completed_at*:timestamp"), ("training_id",)),
        Entity(
            "quality_review",
            _columns("review_id* reviewed_at*:timestamp interaction_id ticket_id agent_id errors*:integer"),
            ("review_id",),
            one_of=(("interaction_id", "ticket_id"),),
        ),
        Entity("fx_rate", _columns("date*:date currency* rate*:number"), ("date", "currency")),
    )
}
