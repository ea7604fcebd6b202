# ruff: noqa: E501 - lists of headers are read best on few lines
"""Tables that a connector such as Fivetran copies from the APIs: snake_case, `_fivetran_deleted`, `property_…`."""

from pipelines.sources.files.propose.shapes.shape import Col, Const, Fill, Shape, Sql, Words, col

_ALIVE = (
    ("coalesce(lower(cast({0} as varchar)), '') <> 'true'", ("_fivetran_deleted",)),
    ("coalesce(lower(cast({0} as varchar)), '') <> 'true'", ("is_deleted",)),
)
_EVENTS = {
    "SENT": "sent", "DELIVERED": "delivered", "BOUNCE": "bounce", "OPEN": "open", "CLICK": "click",
    "UNSUBSCRIBED": "unsubscribe", "SPAMREPORT": "complaint",
}  # fmt: skip
_IS_EVENT = "upper(trim({0})) in ('SENT', 'DELIVERED', 'BOUNCE', 'OPEN', 'CLICK', 'UNSUBSCRIBED', 'SPAMREPORT')"
_ZONE = "=UTC connectors write times in UTC"


def _table(
    product: str,
    source: str,
    kind: str,
    must: tuple[str, ...],
    fills: tuple[Fill, ...],
    never: tuple[str, ...] = (),
    why_not: str = "",
) -> Shape:
    marks = (*must, "_fivetran_synced", "_fivetran_deleted", "_fivetran_active")
    return Shape(product, kind, source, marks, fills, must, never, least=len(must), zone=_ZONE, why_not=why_not)


CONNECTORS = (
    _table("HubSpot", "hubspot", "deals (connector)", ("deal_id", "deal_pipeline_stage_id", "property_closedate|property_amount"), (
        Fill("deal", {
            "deal_id": col("deal_id"), "created_at": col("property_createdate"),
            "closed_at": col("property_closedate", why="until is_won is known, this date may be that of an open deal"),
            "amount": col("property_amount"), "owner_id": col("owner_id"), "currency": col("property_deal_currency_code"),
        }, where=_ALIVE, note="EDIT: the table has ids of stages only. Add `is_won: {from: deal_pipeline_stage_id, map: {id of the stage: true, …}, default: null}`; win_rate and revenue are empty until then."),
    )),
    _table("HubSpot", "hubspot", "contacts (connector)", ("id", "property_email", "property_createdate|property_firstname"), (
        Fill("customer", {
            "customer_id": col("id"), "email": col("property_email"), "name": col("property_company", "property_lastname"),
            "country": col("property_country"), "segment": col("property_lifecyclestage"), "created_at": col("property_createdate"),
            "acquisition_channel": col("property_hs_analytics_source"), "became_customer_at": col("property_hs_lifecyclestage_customer_date"),
        }, where=_ALIVE[:1]),
    )),
    _table("HubSpot", "hubspot", "tickets (connector)", ("id", "property_hs_pipeline_stage", "property_createdate", "property_hs_ticket_priority|property_closed_date"), (
        Fill("ticket", {
            "ticket_id": col("id"), "created_at": col("property_createdate"), "priority": col("property_hs_ticket_priority"),
            "category": col("property_hs_ticket_category"), "team": col("property_hs_pipeline"), "agent_id": col("property_hubspot_owner_id"),
            "first_response_at": col("property_first_agent_reply_date"),
            "resolved_at": col("property_closed_date", why="HubSpot has no other date of the resolution"), "closed_at": col("property_closed_date"),
            "status": col("property_hs_pipeline_stage"), "channel": col("property_source_type"),
        }, where=_ALIVE[1:]),
    )),
    _table("HubSpot", "hubspot", "e-mail events (connector)", ("id", "email_campaign_id", "recipient", "type", "created"), (
        Fill("email_event", {
            "event_id": col("id"), "campaign_id": col("email_campaign_id"), "email": Col(("recipient",)), "event": Words(("type",), _EVENTS),
            "occurred_at": col("created"), "is_machine": col("filtered_event"),
        }, where=((_IS_EVENT, ("type",)),)),
    )),
    _table("HubSpot", "hubspot", "e-mail campaigns (connector)", ("id", "content_id", "app_name", "name"), (
        Fill("campaign", {"campaign_id": col("id"), "name": col("name"), "channel": Const("email")}),
    )),
    _table("Mailchimp", "mailchimp", "campaigns (connector)", ("id", "send_time", "subject_line", "list_id"), (
        Fill("campaign", {"campaign_id": col("id"), "name": col("title", "subject_line"), "channel": Const("email"), "started_at": col("send_time")},
             where=_ALIVE[:1]),
    )),
    _table("Mailchimp", "mailchimp", "activity of recipients (connector)", ("action", "campaign_id", "member_id", "timestamp"), (
        Fill("email_event", {
            "event_id": Sql("md5(concat_ws('|', {0}, {1}, {2}, {3}))", ("campaign_id", "member_id", "action", "timestamp"), "equal rows are one event"),
            "campaign_id": col("campaign_id"), "customer_id": col("member_id"), "event": Words(("action",), {"open": "open", "click": "click", "bounce": "bounce"}),
            "occurred_at": col("timestamp"),
        }),
    )),
    _table("Mailchimp", "mailchimp", "unsubscriptions (connector)", ("campaign_id", "member_id", "reason", "timestamp"), (
        Fill("email_event", {
            "event_id": Sql("'unsubscribe-' || {0} || '-' || {1}", ("campaign_id", "member_id")), "campaign_id": col("campaign_id"),
            "customer_id": col("member_id"), "event": Const("unsubscribe"), "occurred_at": col("timestamp"),
        }),
    ), never=("action",)),
    _table("Mailchimp", "mailchimp", "members (connector)", ("id", "email_address", "unique_email_id", "timestamp_signup|timestamp_opt"), (
        Fill("customer", {
            "customer_id": col("id"), "email": col("email_address"), "name": col("merge_lname"), "country": col("country_code"),
            "created_at": Sql("coalesce({0}, {1})", ("timestamp_opt", "timestamp_signup")), "updated_at": col("last_changed"),
        }),
    )),
    _table("Zendesk", "zendesk", "tickets (connector)", ("id", "via_channel", "requester_id", "created_at", "status"), (
        Fill("ticket", {
            "ticket_id": col("id"), "created_at": col("created_at"), "customer_id": col("requester_id"), "channel": col("via_channel"),
            "priority": col("priority"), "category": col("type"), "team": col("group_id"), "agent_id": col("assignee_id"), "status": col("status"),
            "updated_at": col("updated_at"),
        }, where=(("lower(trim(coalesce({0}, ''))) <> 'deleted'", ("status",)), *_ALIVE[:1]),
           note="The table has no times of replies and solutions: connectors have them in ticket metrics or the field history."),
    )),
    _table("Zendesk", "zendesk", "comments of tickets (connector)", ("id", "ticket_id", "user_id", "created", "public"), (
        Fill("interaction", {
            "interaction_id": col("id"), "occurred_at": col("created"), "ticket_id": col("ticket_id"), "is_public": col("public"),
        }),
    )),
    _table("", "files", "history", ("_fivetran_synced", "field_name|name|timestamp_instant|value", "value", "ticket_id|deal_id"), (),
           why_not="has the changes of single fields, not the records; give the table of the records"),
    _table("HubSpot", "hubspot", "stages", ("stage_id", "pipeline_id", "closed_won|probability"), (),
           why_not="has the stages of pipelines, not deals; use it to see which stage ids mean won"),
    _table("Zendesk", "zendesk", "schedules", ("schedule_id|start_time_utc", "_fivetran_synced"), (), why_not="has business hours, not records: write them in `calendars`"),
    _table("Mailchimp", "mailchimp", "lists", ("id", "permission_reminder", "subscribe_url_long|list_rating"), (), why_not="has the lists, not their contacts"),
    _table("Mailchimp", "mailchimp", "recipients", ("campaign_id", "member_id", "combination_id", "list_id"), (), never=("action", "timestamp"),
           why_not="has who received which campaign, without a time; give the activity of recipients and the campaigns"),
    _table("HubSpot", "hubspot", "details of e-mail events", ("id", "_fivetran_synced", "smtp_id|user_agent|bcc|response"), (), never=("recipient", "email_address"),
           why_not="has details of e-mail events, without their kind and time; give the table email_event"),
    _table("Zendesk", "zendesk", "SLA policies", ("sla_policy_id", "metric", "target"), (), why_not="has the targets of SLA policies, not tickets"),
)  # fmt: skip
