"""Marketing: campaigns, e-mails, experiments, touchpoints, statistics and spend."""

from pipelines.entities.entity import Column, Entity

CAMPAIGN = Entity(
    "campaign",
    "A marketing campaign.",
    (
        Column("campaign_id", "text", "Id of the campaign in the source.", required=True),
        Column("name", "text", "Name of the campaign."),
        Column("channel", "text", "Marketing channel of the campaign, such as email or paid search."),
        Column("started_at", "timestamp", "When the campaign began."),
        Column("ended_at", "timestamp", "When the campaign ended."),
        Column("cost", "money", "Cost of the whole campaign, in its own currency."),
        Column("currency", "text", "ISO 4217 code of the cost; the company's currency if empty."),
    ),
    ("campaign_id",),
    is_reference=True,
)

EMAIL_SEND = Entity(
    "email_send",
    "An e-mail of a campaign to one recipient, with what the recipient did.",
    (
        Column("send_id", "text", "Id of the send in the source.", required=True),
        Column("campaign_id", "text", "Id of the campaign.", required=True),
        Column("email", "text", "E-mail address of the recipient."),
        Column("customer_id", "text", "Id of the customer who is the recipient."),
        Column("sent_at", "timestamp", "When the e-mail was sent.", required=True),
        Column("delivered_at", "timestamp", "When it was delivered."),
        Column("bounced_at", "timestamp", "When it was returned as undeliverable."),
        Column("first_opened_at", "timestamp", "When it was opened for the first time."),
        Column("first_clicked_at", "timestamp", "When a link in it was clicked for the first time."),
        Column("unsubscribed_at", "timestamp", "When the recipient unsubscribed through it."),
        Column("complained_at", "timestamp", "When the recipient reported it as spam."),
    ),
    ("send_id",),
    one_of=(("email", "customer_id"),),
)

EMAIL_EVENT = Entity(
    "email_event",
    "Something that happened to an e-mail of a campaign.",
    (
        Column("event_id", "text", "Id of the event in the source.", required=True),
        Column("campaign_id", "text", "Id of the campaign.", required=True),
        Column("email", "text", "E-mail address of the recipient."),
        Column("customer_id", "text", "Id of the customer who is the recipient."),
        Column(
            "event", "text", "What happened.", required=True,
            allowed=("sent", "delivered", "bounce", "open", "click", "unsubscribe", "complaint", "conversion"),
        ),
        Column("occurred_at", "timestamp", "When it happened.", required=True),
        Column("is_machine", "boolean", "Whether a machine caused it, such as a mail client that loads images ahead."),
    ),
    ("event_id",),
    one_of=(("email", "customer_id"),),
)  # fmt: skip

CAMPAIGN_STAT = Entity(
    "campaign_stat",
    "The totals of an e-mail campaign, or of one of its days, as the platform counts them.",
    (
        Column("campaign_id", "text", "Id of the campaign.", required=True),
        Column("date", "date", "The day on which the e-mails were sent."),
        Column("sent_at", "timestamp", "When the campaign was sent."),
        Column("sent", "integer", "Number of e-mails sent.", required=True),
        Column("delivered", "integer", "Number of recipients who received it."),
        Column("bounced", "integer", "Number of recipients to whom it was returned as undeliverable."),
        Column("opened", "integer", "Number of recipients who opened it, each counted once."),
        Column("clicked", "integer", "Number of recipients who clicked a link in it, each counted once."),
        Column("unsubscribed", "integer", "Number of recipients who unsubscribed through it."),
        Column("complained", "integer", "Number of recipients who reported it as spam."),
    ),
    ("campaign_id", "date", "sent_at"),
    one_of=(("date", "sent_at"),),
)

EXPOSURE = Entity(
    "exposure",
    "A customer's part in an experiment: a treatment, or the control group that gets none.",
    (
        Column("campaign_id", "text", "Id of the campaign that is tested.", required=True),
        Column("customer_id", "text", "Id of the customer.", required=True),
        Column("arm", "text", "`control`, or the name of the treatment.", required=True),
        Column("exposed_at", "timestamp", "When the customer was assigned to the arm.", required=True),
        Column("visited_at", "timestamp", "When the customer visited afterwards."),
        Column("converted_at", "timestamp", "When the customer bought afterwards."),
        Column("revenue", "money", "Revenue from the customer afterwards, in the company's currency."),
    ),
    ("campaign_id", "customer_id"),
)

TOUCHPOINT = Entity(
    "touchpoint",
    "A contact of a customer or lead with a marketing channel.",
    (
        Column("touchpoint_id", "text", "Id of the touchpoint in the source.", required=True),
        Column("customer_id", "text", "Id of the customer."),
        Column("lead_id", "text", "Id of the lead."),
        Column("channel", "text", "Marketing channel of the contact."),
        Column("campaign_id", "text", "Id of the campaign."),
        Column("occurred_at", "timestamp", "When the contact happened.", required=True),
    ),
    ("touchpoint_id",),
    one_of=(("customer_id", "lead_id"),),
)

AD_STAT = Entity(
    "ad_stat",
    "A day of an advertising campaign.",
    (
        Column("date", "date", "The day.", required=True),
        Column("campaign_id", "text", "Id of the campaign.", required=True),
        Column("impressions", "integer", "Number of times that the advertisement was shown."),
        Column("clicks", "integer", "Number of clicks on the advertisement."),
        Column("conversions", "number", "Number of conversions, as the platform counts them."),
        Column("cost", "money", "Cost of the day, in the company's currency."),
    ),
    ("date", "campaign_id"),
)

WEB_STAT = Entity(
    "web_stat",
    "A day of web traffic from one channel.",
    (
        Column("date", "date", "The day.", required=True),
        Column("channel", "text", "Marketing channel that brought the visitors."),
        Column("sessions", "integer", "Number of sessions."),
        Column("visitors", "integer", "Number of different visitors."),
        Column("conversions", "number", "Number of conversions, as the web statistics count them."),
        Column("revenue", "money", "Revenue of the sessions, in the company's currency."),
    ),
    ("date", "channel"),
)

SPEND = Entity(
    "spend",
    "Money that was spent on marketing or sales on a day.",
    (
        Column("date", "date", "The day.", required=True),
        Column("category", "text", "What the money was spent on.", required=True, allowed=("marketing", "sales")),
        Column("channel", "text", "Marketing channel that it was spent on."),
        Column("campaign_id", "text", "Id of the campaign that it was spent on."),
        Column("amount", "money", "Amount, in its own currency.", required=True),
        Column("currency", "text", "ISO 4217 code of the amount; the company's currency if empty."),
    ),
    ("date", "category", "channel", "campaign_id"),
)
