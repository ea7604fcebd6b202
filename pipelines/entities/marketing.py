"""Marketing: campaigns, e-mails, experiments, touchpoints, statistics and spend."""

from pipelines.entities.entity import Column, Entity

CAMPAIGN = Entity(
    "campaign",
    "A marketing campaign.",
    (
        Column("campaign_id", "text", "Id of the campaign in the source.", required=True, example="K-31"),
        Column("name", "text", "Name of the campaign.", example="Spring sale"),
        Column("channel", "text", "Marketing channel of the campaign, such as email or paid search.", example="email"),
        Column("started_at", "timestamp", "When the campaign began.", example="2025-03-01T08:00:00Z"),
        Column("ended_at", "timestamp", "When the campaign ended.", example="2025-03-31T22:00:00Z"),
        Column(
            "cost",
            "money",
            "Cost of the whole campaign, in its own currency.",
            example="1250.00",
            unit="its own currency",
        ),
        Column("currency", "text", "ISO 4217 code of the cost; the company's currency if empty.", example="EUR"),
    ),
    ("campaign_id",),
    is_reference=True,
)

EMAIL_SEND = Entity(
    "email_send",
    "An e-mail of a campaign to one recipient, with what the recipient did.",
    (
        Column("send_id", "text", "Id of the send in the source.", required=True, example="S-550812"),
        Column("campaign_id", "text", "Id of the campaign.", required=True, example="K-31"),
        Column("email", "text", "E-mail address of the recipient.", example="ada@example.com"),
        Column("customer_id", "text", "Id of the customer who is the recipient.", example="C-1042"),
        Column("sent_at", "timestamp", "When the e-mail was sent.", required=True, example="2025-03-01T08:00:00Z"),
        Column("delivered_at", "timestamp", "When it was delivered.", example="2025-03-01T08:00:04Z"),
        Column("bounced_at", "timestamp", "When it was returned as undeliverable.", example="2025-03-01T08:00:09Z"),
        Column(
            "first_opened_at", "timestamp", "When it was opened for the first time.", example="2025-03-01T09:41:00Z"
        ),
        Column(
            "first_clicked_at",
            "timestamp",
            "When a link in it was clicked for the first time.",
            example="2025-03-01T09:42:30Z",
        ),
        Column(
            "unsubscribed_at",
            "timestamp",
            "When the recipient unsubscribed through it.",
            example="2025-03-02T18:20:00Z",
        ),
        Column("complained_at", "timestamp", "When the recipient reported it as spam.", example="2025-03-02T18:21:00Z"),
    ),
    ("send_id",),
    one_of=(("email", "customer_id"),),
)

EMAIL_EVENT = Entity(
    "email_event",
    "Something that happened to an e-mail of a campaign.",
    (
        Column("event_id", "text", "Id of the event in the source.", required=True, example="E-9001"),
        Column("campaign_id", "text", "Id of the campaign.", required=True, example="K-31"),
        Column("email", "text", "E-mail address of the recipient.", example="ada@example.com"),
        Column("customer_id", "text", "Id of the customer who is the recipient.", example="C-1042"),
        Column(
            "event",
            "text",
            "What happened.",
            required=True,
            allowed=("sent", "delivered", "bounce", "open", "click", "unsubscribe", "complaint", "conversion"),
            example="open",
        ),
        Column("occurred_at", "timestamp", "When it happened.", required=True, example="2025-03-01T09:41:00Z"),
        Column(
            "is_machine",
            "boolean",
            "Whether a machine caused it, such as a mail client that loads images ahead.",
            example="false",
        ),
    ),
    ("event_id",),
    one_of=(("email", "customer_id"),),
)

CAMPAIGN_STAT = Entity(
    "campaign_stat",
    "The totals of an e-mail campaign, or of one of its days, as the platform counts them.",
    (
        Column("campaign_id", "text", "Id of the campaign.", required=True, example="K-31"),
        Column("date", "date", "The day on which the e-mails were sent.", example="2025-03-01"),
        Column("sent_at", "timestamp", "When the campaign was sent.", example="2025-03-01T08:00:00Z"),
        Column("sent", "integer", "Number of e-mails sent.", required=True, example="1751", unit="e-mails", lowest=0),
        Column(
            "delivered", "integer", "Number of recipients who received it.", example="1742", unit="recipients", lowest=0
        ),
        Column(
            "bounced",
            "integer",
            "Number of recipients to whom it was returned as undeliverable.",
            example="9",
            unit="recipients",
            lowest=0,
        ),
        Column(
            "opened",
            "integer",
            "Number of recipients who opened it, each counted once.",
            example="612",
            unit="recipients",
            lowest=0,
        ),
        Column(
            "clicked",
            "integer",
            "Number of recipients who clicked a link in it, each counted once.",
            example="58",
            unit="recipients",
            lowest=0,
        ),
        Column(
            "unsubscribed",
            "integer",
            "Number of recipients who unsubscribed through it.",
            example="3",
            unit="recipients",
            lowest=0,
        ),
        Column(
            "complained",
            "integer",
            "Number of recipients who reported it as spam.",
            example="0",
            unit="recipients",
            lowest=0,
        ),
    ),
    ("campaign_id", "date", "sent_at"),
    one_of=(("date", "sent_at"),),
)

EXPOSURE = Entity(
    "exposure",
    "A customer's part in an experiment: a treatment, or the control group that gets none.",
    (
        Column("campaign_id", "text", "Id of the campaign that is tested.", required=True, example="K-31"),
        Column("customer_id", "text", "Id of the customer.", required=True, example="C-1042"),
        Column("arm", "text", "`control`, or the name of the treatment.", required=True, example="control"),
        Column(
            "exposed_at",
            "timestamp",
            "When the customer was assigned to the arm.",
            required=True,
            example="2025-03-01T08:00:00Z",
        ),
        Column("visited_at", "timestamp", "When the customer visited afterwards.", example="2025-03-03T12:00:00Z"),
        Column("converted_at", "timestamp", "When the customer bought afterwards.", example="2025-03-04T17:30:00Z"),
        Column(
            "revenue",
            "money",
            "Revenue from the customer afterwards, in the company's currency.",
            example="89.90",
            unit="the company's currency",
        ),
    ),
    ("campaign_id", "customer_id"),
)

TOUCHPOINT = Entity(
    "touchpoint",
    "A contact of a customer or lead with a marketing channel.",
    (
        Column("touchpoint_id", "text", "Id of the touchpoint in the source.", required=True, example="P-77120"),
        Column("customer_id", "text", "Id of the customer.", example="C-1042"),
        Column("lead_id", "text", "Id of the lead.", example="L-2210"),
        Column("channel", "text", "Marketing channel of the contact.", example="paid search"),
        Column("campaign_id", "text", "Id of the campaign.", example="K-31"),
        Column("occurred_at", "timestamp", "When the contact happened.", required=True, example="2025-02-27T20:15:00Z"),
    ),
    ("touchpoint_id",),
    one_of=(("customer_id", "lead_id"),),
)

AD_STAT = Entity(
    "ad_stat",
    "A day of an advertising campaign.",
    (
        Column("date", "date", "The day.", required=True, example="2025-03-01"),
        Column("campaign_id", "text", "Id of the campaign.", required=True, example="K-31"),
        Column(
            "impressions",
            "integer",
            "Number of times that the advertisement was shown.",
            example="18250",
            unit="impressions",
            lowest=0,
        ),
        Column("clicks", "integer", "Number of clicks on the advertisement.", example="412", unit="clicks", lowest=0),
        Column(
            "conversions",
            "number",
            "Number of conversions, as the platform counts them.",
            example="9.5",
            unit="conversions",
            lowest=0,
        ),
        Column(
            "cost",
            "money",
            "Cost of the day, in the company's currency.",
            example="137.60",
            unit="the company's currency",
        ),
    ),
    ("date", "campaign_id"),
)

WEB_STAT = Entity(
    "web_stat",
    "A day of web traffic from one channel.",
    (
        Column("date", "date", "The day.", required=True, example="2025-03-01"),
        Column("channel", "text", "Marketing channel that brought the visitors.", example="organic search"),
        Column("sessions", "integer", "Number of sessions.", example="2140", unit="sessions", lowest=0),
        Column("visitors", "integer", "Number of different visitors.", example="1780", unit="people", lowest=0),
        Column(
            "conversions",
            "number",
            "Number of conversions, as the web statistics count them.",
            example="46",
            unit="conversions",
            lowest=0,
        ),
        Column(
            "revenue",
            "money",
            "Revenue of the sessions, in the company's currency.",
            example="3920.50",
            unit="the company's currency",
        ),
    ),
    ("date", "channel"),
)

SPEND = Entity(
    "spend",
    "Money that was spent on marketing or sales on a day.",
    (
        Column("date", "date", "The day.", required=True, example="2025-03-01"),
        Column(
            "category",
            "text",
            "What the money was spent on.",
            required=True,
            allowed=("marketing", "sales"),
            example="marketing",
        ),
        Column("channel", "text", "Marketing channel that it was spent on.", example="paid search"),
        Column("campaign_id", "text", "Id of the campaign that it was spent on.", example="K-31"),
        Column(
            "amount", "money", "Amount, in its own currency.", required=True, example="500.00", unit="its own currency"
        ),
        Column("currency", "text", "ISO 4217 code of the amount; the company's currency if empty.", example="EUR"),
    ),
    ("date", "category", "channel", "campaign_id"),
)
