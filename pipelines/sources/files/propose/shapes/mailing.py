"""Mailchimp, Klaviyo, Brevo and MailerLite: totals of campaigns, and lists of contacts."""

from pipelines.sources.files.propose.shapes.shape import Col, Const, Fill, Rules, Shape, Sql, Sum, col

_TITLE = ("Title", "Campaign Name", "Campaign name", "Name", "Nom de la campagne", "Campaign", "Campagne", "Nom")


def _campaigns(identity: tuple[str, ...], sent_at: tuple[str, ...], channel: tuple[str, ...] = ()) -> Fill:
    return Fill(
        "campaign",
        {
            "campaign_id": Col((*identity, *_TITLE)),
            "name": Col((*_TITLE, "Subject", "Subject Line")),
            "channel": (Col(channel), Const("email")) if channel else Const("email"),
            "started_at": Col(sent_at),
            "cost": col("Campaign Cost"),
        },
    )


_AGGREGATE = Shape(
    product="Mailchimp",
    kind="campaign report",
    source="mailchimp",
    marks=(
        "Title",
        "Subject",
        "List",
        "Audience",
        "Send Date",
        "Send Weekday",
        "Total Recipients",
        "Successful Deliveries",
        "Soft Bounces",
        "Hard Bounces",
        "Total Bounces",
        "Times Forwarded",
        "Unique Opens",
        "Abuse Complaints",
        "Folder Id",
        "Unique Id",
    ),
    must=("Title|Campaign Name", "Send Date", "Total Recipients", "Abuse Complaints|Times Forwarded|Folder Id"),
    habit="month first",
    zone="Mailchimp exports in the time zone of the account",
    fills=(
        _campaigns(("Unique Id",), ("Send Date",)),
        Fill(
            "campaign_stat",
            {
                "campaign_id": Col(("Unique Id", *_TITLE)),
                "sent_at": col("Send Date"),
                "sent": col("Total Recipients"),
                "delivered": col("Successful Deliveries"),
                "bounced": col("Total Bounces"),
                "opened": col("Unique Opens"),
                "clicked": col("Unique Clicks"),
                "unsubscribed": col("Unsubscribes"),
                "complained": col("Abuse Complaints"),
            },
        ),
    ),
)
_AUDIENCE_RULES: dict[str, Rules] = {
    "email": col("Email Address"),
    "name": col("Name", "Last Name", "LNAME"),
    "country": col("CC", "Country"),
    "created_at": (Sql("coalesce({0}, {1})", ("CONFIRM_TIME", "OPTIN_TIME")), col("CONFIRM_TIME", "OPTIN_TIME")),
    "updated_at": col("LAST_CHANGED"),
}
_MAILCHIMP_MARKS = (
    "Email Address",
    "MEMBER_RATING",
    "OPTIN_TIME",
    "OPTIN_IP",
    "CONFIRM_TIME",
    "CONFIRM_IP",
    "LEID",
    "EUID",
    "LAST_CHANGED",
)
_AUDIENCE = Shape(
    product="Mailchimp",
    kind="audience",
    source="mailchimp",
    marks=_MAILCHIMP_MARKS,
    must=("Email Address", "LEID|EUID|MEMBER_RATING"),
    never=("UNSUB_TIME", "CLEAN_TIME"),
    zone="=UTC Mailchimp's lists of contacts are in GMT",
    fills=(Fill("customer", {"customer_id": col("EUID", "LEID", "Email Address"), **_AUDIENCE_RULES}),),
)
_UNSUBSCRIBED = Shape(
    product="Mailchimp",
    kind="unsubscribed contacts",
    source="mailchimp",
    marks=(*_MAILCHIMP_MARKS, "UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "UNSUB_REASON"),
    must=("Email Address", "UNSUB_TIME"),
    zone="=UTC Mailchimp's lists of contacts are in GMT",
    fills=(
        Fill("customer", {"customer_id": col("EUID", "LEID", "Email Address"), **_AUDIENCE_RULES}),
        Fill(
            "email_event",
            {
                "event_id": Sql("'unsubscribe-' || coalesce({0}, {1})", ("EUID|LEID", "Email Address")),
                "campaign_id": col("UNSUB_CAMPAIGN_ID", "UNSUB_CAMPAIGN_TITLE"),
                "email": col("Email Address"),
                "event": Const("unsubscribe"),
                "occurred_at": col("UNSUB_TIME"),
            },
            needs=("UNSUB_CAMPAIGN_ID|UNSUB_CAMPAIGN_TITLE",),
            where=(("{0} is not null and {1} is not null", ("UNSUB_CAMPAIGN_ID|UNSUB_CAMPAIGN_TITLE", "UNSUB_TIME")),),
        ),
    ),
)
# A campaign without a channel is from before the product had others.
_IS_EMAIL = ("coalesce(nullif(lower(trim({0})), ''), 'email') in ('email', 'e-mail')", ("Campaign Channel",))
_KLAVIYO = Shape(
    product="Klaviyo",
    kind="campaigns",
    source="klaviyo",
    marks=(
        "Campaign Name",
        "Tags",
        "Subject",
        "List",
        "Send Time",
        "Send Weekday",
        "Total Recipients",
        "Unique Placed Order",
        "Placed Order Rate",
        "Unique Opens",
        "Unsubscribes",
        "Spam Complaints",
        "Successful Deliveries",
        "Campaign ID",
        "Campaign Channel",
    ),
    must=("Campaign Name", "Send Time", "Total Recipients"),
    zone="Klaviyo exports in the time zone of the account",
    fills=(
        _campaigns(("Campaign ID",), ("Send Time",), ("Campaign Channel",)),
        Fill(
            "campaign_stat",
            {
                "campaign_id": Col(("Campaign ID", *_TITLE)),
                "sent_at": col("Send Time"),
                "sent": col("Total Recipients"),
                "delivered": col("Successful Deliveries"),
                "bounced": col("Bounces"),
                "opened": col("Unique Opens"),
                "clicked": col("Unique Clicks"),
                "unsubscribed": col("Unsubscribes"),
                "complained": col("Spam Complaints"),
            },
            where=(_IS_EMAIL,),
            note="Only campaigns by e-mail: the totals of text messages and push messages are no e-mails.",
        ),
    ),
)
_BREVO = Shape(
    product="Brevo",
    kind="contacts",
    source="brevo",
    marks=(
        "CONTACT ID",
        "EMAIL",
        "LASTNAME",
        "FIRSTNAME",
        "WHATSAPP",
        "SMS",
        "DOUBLE_OPT-IN",
        "OPT_IN",
        "EXT_ID",
        "ADDED_TIME",
        "MODIFIED_TIME",
        "NOM",
        "PRENOM",
        "CONTACT_TIMEZONE",
        "LANDLINE_NUMBER",
    ),
    must=("EMAIL", "ADDED_TIME|DOUBLE_OPT-IN|MODIFIED_TIME|WHATSAPP"),
    habit="day first",
    fills=(
        Fill(
            "customer",
            {
                "customer_id": col("CONTACT ID", "EXT_ID", "EMAIL"),
                "email": col("EMAIL"),
                "name": col("LASTNAME", "NOM"),
                "created_at": col("ADDED_TIME"),
                "updated_at": col("MODIFIED_TIME"),
            },
        ),
    ),
)
_BREVO_SENT_AT = (
    "Send date",
    "Sent date",
    "Sent at",
    "Date sent",
    "Date of sending",
    "Sending date",
    "Scheduled at",
    "Date d'envoi",
    "Date de l'envoi",
    "Envoyé le",
)
_BREVO_ID = ("Campaign ID", "ID de la campagne", "ID campagne")
_BREVO_SENT = ("Recipients", "Sent", "Total sent", "Destinataires", "Envoyés", "E-mails envoyés")
_BREVO_DELIVERED = ("Delivered", "Délivrés", "Livrés")
_BREVO_OPENED = (
    "Unique opens",
    "Openers",
    "Estimated opens",
    "Trackable opens",
    "Ouvertures uniques",
    "Ouvreurs",
    "Ouvertures estimées",
    "Ouvertures traçables",
)
_BREVO_CLICKED = ("Unique clicks", "Clickers", "Clicks", "Clics uniques", "Cliqueurs", "Clics")
_BREVO_UNSUBSCRIBED = (
    "Unsubscribed",
    "Unsubscriptions",
    "Unsubscribes",
    "Désabonnés",
    "Désabonnements",
    "Désinscrits",
    "Désinscriptions",
)
_BREVO_COMPLAINED = ("Complaints", "Spam complaints", "Plaintes", "Plaintes pour spam")
_BREVO_CAMPAIGNS = Shape(
    product="Brevo",
    kind="campaigns",
    source="brevo",
    marks=(
        *_BREVO_ID,
        *_TITLE,
        "Subject",
        "Objet",
        *_BREVO_SENT_AT,
        *_BREVO_SENT,
        *_BREVO_DELIVERED,
        "Hard bounces",
        "Soft bounces",
        *_BREVO_OPENED,
        *_BREVO_CLICKED,
        *_BREVO_UNSUBSCRIBED,
        *_BREVO_COMPLAINED,
    ),
    must=(
        "|".join((*_BREVO_ID, "Campaign Name", "Nom de la campagne", "Campagne", "Nom")),
        "|".join((*_BREVO_DELIVERED, "Recipients", "Destinataires")),
        "|".join((*_BREVO_OPENED, "Ouvertures")),
        "Hard bounces|Soft bounces|Unsubscribed|Désabonnés|Désinscrits",
    ),
    never=("Total Recipients", "Type"),
    fills=(
        _campaigns(_BREVO_ID, _BREVO_SENT_AT),
        Fill(
            "campaign_stat",
            {
                "campaign_id": Col((*_BREVO_ID, *_TITLE)),
                "sent_at": Col(_BREVO_SENT_AT),
                "sent": Col(_BREVO_SENT),
                "delivered": Col(_BREVO_DELIVERED),
                "bounced": (
                    Sum(("Hard bounces|Hardbounces", "Soft bounces|Softbounces")),
                    col("Bounces", "Rebonds"),
                ),
                "opened": (Col(_BREVO_OPENED), col("Ouvertures", why="if it counts each recipient once")),
                "clicked": Col(_BREVO_CLICKED),
                "unsubscribed": Col(_BREVO_UNSUBSCRIBED),
                "complained": Col(_BREVO_COMPLAINED),
            },
            where=(("{0} is not null", ("|".join(_BREVO_SENT_AT),)),),
            note="Only campaigns that were sent: drafts have no date and no recipients.",
        ),
    ),
)
_MAILERLITE = Shape(
    product="MailerLite",
    kind="subscribers",
    source="mailerlite",
    marks=(
        "Email",
        "Subscriber",
        "Subscribed",
        "Signup date",
        "Opt-in date",
        "Opens",
        "Clicks",
        "Sent",
        "Signup IP",
        "Location",
        "Unsubscribed",
        "Confirmation IP",
    ),
    must=("Email|Subscriber", "Subscribed|Signup date", "Signup IP|Opt-in date|Confirmation IP|Opens"),
    least=4,
    fills=(
        Fill(
            "customer",
            {
                "customer_id": col("Id", "Subscriber ID", "Email", "Subscriber"),
                "email": col("Email", "Subscriber"),
                "name": col("Name", "Last name"),
                "country": col("Country", "Location"),
                "created_at": col("Subscribed", "Signup date", "Opt-in date"),
                "updated_at": col("Updated", "Last updated"),
            },
        ),
    ),
)

MAILING = (_AGGREGATE, _AUDIENCE, _UNSUBSCRIBED, _KLAVIYO, _BREVO, _BREVO_CAMPAIGNS, _MAILERLITE)
