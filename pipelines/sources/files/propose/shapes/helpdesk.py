# ruff: noqa: E501 - lists of headers are read best on few lines
"""Zendesk, Freshdesk, Freshservice and Intercom."""

from pipelines.sources.files.propose.shapes.shape import (
    After,
    Col,
    Const,
    Fill,
    Filled,
    Rule,
    Rules,
    Score,
    Shape,
    Sql,
    Words,
    col,
)
from pipelines.sources.files.propose.value_words import UNANSWERED
from pipelines.storage.sql import literals

# Answers are compared as letters and digits alone: `No response`, `no-response` and `NoResponse` are one.
_NO_ANSWERS = sorted({"", *(word.replace(" ", "") for word in UNANSWERED)})
_RATED = (
    "regexp_replace(strip_accents(lower(coalesce(cast({0} as varchar), ''))), '[^\\p{{L}}\\p{{N}}]+', '', 'g')"
    f" not in {literals(_NO_ANSWERS)}"
)
_NOT_DELETED = ("lower(trim(coalesce({0}, ''))) <> 'deleted'", ("Status",))
_HAPPY = {
    "Extremely Happy": 5, "Very Happy": 5, "Happy": 4, "Neutral": 3, "Unhappy": 2, "Very Unhappy": 1, "Extremely Unhappy": 1,
}  # fmt: skip


def _answered(dates: tuple[str, ...], done: str) -> tuple[Rule, ...]:
    """The date of an answer where the export has none: when the ticket was `done`, else an earlier date of it."""
    why = f"the export has no date of the answer: the day on which the ticket was {done}"
    return Filled(dates, why=why), Col(tuple(name for names in dates for name in names.split("|")), why)


_ZENDESK = Shape(
    product="Zendesk",
    kind="tickets",
    source="zendesk",
    marks=(
        "Summation column",
        "Requester id",
        "Requester email",
        "Assignee",
        "Group",
        "Via",
        "Ticket type",
        "Solved at",
        "Satisfaction Score",
        "Group stations",
        "Assignee stations",
        "Reopens",
        "Replies",
        "First reply time in minutes",
        "Full resolution time in minutes",
        "Initially assigned at",
        "Requester",
    ),
    must=("Assignee stations|First reply time in minutes|Summation column|Group stations|Requester id",),
    zone="Zendesk exports in the time zone of the account",
    fills=(
        Fill(
            "ticket",
            {
                "ticket_id": col("Id", "Ticket ID", "Ticket Id"),
                "created_at": col("Created at"),
                "customer_id": col("Requester id", "Requester ID"),
                "email": col("Requester email"),
                "channel": col("Via", "Channel"),
                "priority": col("Priority"),
                "category": col("Ticket type", "Type"),
                "team": col("Group"),
                "agent_id": col("Assignee"),
                "first_response_at": After(("First reply time in minutes",), "created_at", "minutes"),
                "resolved_at": (col("Solved at"), After(("Full resolution time in minutes",), "created_at", "minutes")),
                "status": col("Status"),
                "reopen_count": col("Reopens"),
                "reassignment_count": Sql(
                    "greatest({0} - 1, 0)",
                    ("Assignee stations",),
                    "the first assignee is no reassignment",
                ),
                "agent_reply_count": col("Replies"),
                "updated_at": col("Updated at"),
            },
            where=(_NOT_DELETED,),
        ),
        Fill(
            "survey_response",
            {
                "response_id": col("Id", "Ticket ID"),
                "kind": Const("csat"),
                "answered_at": _answered(("Solved at", "Updated at", "Created at"), "solved"),
                "score": Score(("Satisfaction Score",)),
                "customer_id": col("Requester id"),
                "ticket_id": col("Id", "Ticket ID"),
                "agent_id": col("Assignee"),
                "channel": col("Via"),
            },
            needs=("Satisfaction Score",),
            where=((_RATED, ("Satisfaction Score",)), _NOT_DELETED),
        ),
    ),
)

_FRESHDESK_RULES: dict[str, Rules] = {
    "ticket_id": col("Ticket ID", "Ticket Id", "ID du ticket", "Ticket-ID"),
    "created_at": col("Created time", "Created Time", "Heure de création"),
    "customer_id": col("Contact ID", "Requester ID"),
    "email": col("Requester Email", "Email", "Contact Email"),
    "channel": col("Source"),
    "priority": col("Priority", "Priorité"),
    "category": col("Category", "Type"),
    "team": col("Group", "Groupe"),
    "agent_id": col("Agent"),
    "first_response_at": (
        col("Initial response time", "Initial Response Time"),
        After(("First response time (in hrs)", "First Response Time (in Hrs)"), "created_at", "hours"),
    ),
    "resolved_at": (
        col("Resolved time", "Resolved Time"),
        After(("Resolution time (in hrs)", "Resolution Time (in Hrs)"), "created_at", "hours"),
    ),
    "closed_at": col("Closed time", "Closed Time"),
    "status": col("Status", "Statut"),
    "agent_reply_count": col("Agent interactions"),
    "sla_met": Words(("Resolution status", "Resolution Status"), {
        "Within SLA": True, "SLA Violated": False, "SLA violated": False, "Dans les délais du SLA": True,
    }),
    "updated_at": col("Last update time", "Last Updated Time", "Last Update Time"),
}  # fmt: skip


def _fresh_survey(score: str) -> Fill:
    return Fill(
        "survey_response",
        {
            "response_id": col("Ticket ID", "Ticket Id"),
            "kind": Const("csat"),
            "answered_at": _answered(
                ("Resolved time", "Closed time", "Last update time|Last Updated Time", "Created time"), "resolved"
            ),
            "score": Words((score,), _HAPPY, "positive answers are 4 and 5"),
            "scale_min": Const(1),
            "scale_max": Const(5),
            "customer_id": col("Contact ID"),
            "ticket_id": col("Ticket ID", "Ticket Id"),
            "agent_id": col("Agent"),
            "channel": col("Source"),
        },
        needs=(score,),
        where=((_RATED, (score,)),),
    )  # fmt: skip


_FRESHDESK = Shape(
    product="Freshdesk",
    kind="tickets",
    source="freshdesk",
    marks=("Ticket ID", "Created time", "Due by Time", "Resolved time", "Closed time", "Last update time", "Initial response time",
           "Time tracked", "First response time (in hrs)", "Resolution time (in hrs)", "Agent interactions", "Customer interactions",
           "Resolution status", "First response status", "Survey results", "Every response status"),
    must=("Ticket ID", "Created time"),
    never=("Urgency", "Experience Score"),
    zone="Freshdesk exports in the time zone of the account",
    fills=(Fill("ticket", _FRESHDESK_RULES), _fresh_survey("Survey results")),
)  # fmt: skip
_FRESHSERVICE = Shape(
    product="Freshservice",
    kind="tickets",
    source="freshservice",
    marks=(
        "Ticket Id",
        "Urgency",
        "Impact",
        "Requester VIP",
        "Approval Status",
        "Experience Score",
        "Sub-Category",
        "Item",
        "Requester Email",
        "Created Time",
        "Due by Time",
        "Resolution Note",
        "Initial Response Time",
    ),
    must=("Ticket Id", "Created Time", "Urgency|Impact|Approval Status|Requester VIP|Experience Score"),
    zone="Freshservice exports in the time zone of the account",
    fills=(Fill("ticket", _FRESHDESK_RULES), _fresh_survey("Survey Result")),
)
_INTERCOM_CREATED = ("Conversation started at", "Conversation created at", "Conversation started", "Created at")
_INTERCOM_CLOSED = ("Last closed at", "Conversation last closed at", "Closed at")
_INTERCOM = Shape(
    product="Intercom",
    kind="conversations",
    source="intercom",
    marks=(
        "Conversation ID",
        "Conversation started at",
        "Conversation created at",
        "First response time",
        "Teammate assigned",
        "Team assigned",
        "Conversation rating",
        "First teammate replied",
        "Number of replies",
        "Conversation state",
        "User ID",
        "Conversation tags",
        "Teammate replied",
        "Time to first response",
        "Last closed at",
        "Channel",
        "Conversation rating value",
    ),
    must=("Conversation ID", "|".join(_INTERCOM_CREATED)),
    fills=(
        Fill(
            "ticket",
            {
                "ticket_id": col("Conversation ID"),
                "created_at": Col(_INTERCOM_CREATED),
                "customer_id": col("User ID", "Contact ID", "User id"),
                "email": col("User email", "Email", "Contact email"),
                "channel": col("Channel", "Conversation channel", "Source"),
                "priority": col("Priority", "Conversation priority"),
                "category": col("Conversation topic", "Topic", "Ticket type"),
                "team": col("Team assigned", "Team currently assigned", "Team"),
                "agent_id": col("Teammate assigned", "Teammate currently assigned", "Teammate replied", "Teammate"),
                "first_response_at": (
                    col("First teammate reply at", "First responded at"),
                    After(
                        (
                            "First response time (seconds)",
                            "Time to first response (seconds)",
                            "First response time",
                            "Time to first response",
                            "First teammate response time",
                        ),
                        "created_at",
                        "seconds",
                    ),
                ),
                "resolved_at": (
                    Col(_INTERCOM_CLOSED),
                    After(
                        ("Time to close (seconds)", "Time to last close (seconds)", "Time to close"),
                        "created_at",
                        "seconds",
                    ),
                ),
                "closed_at": Col(_INTERCOM_CLOSED),
                "status": col("Conversation state", "State", "Current state"),
                "reopen_count": col("Number of reopens", "Reopens"),
                "reassignment_count": col("Number of reassignments", "Teammate reassignments"),
                "agent_reply_count": col("Number of replies", "Teammate replies", "Replies"),
                "updated_at": col("Updated at", "Last updated at"),
            },
        ),
        Fill(
            "survey_response",
            {
                "response_id": col("Conversation ID"),
                "kind": Const("csat"),
                "answered_at": (
                    col("Conversation rated at", "Rating created at", "Conversation rating created at"),
                    *_answered(("|".join(_INTERCOM_CLOSED), "|".join(_INTERCOM_CREATED)), "closed"),
                ),
                "score": Score(("Conversation rating", "Conversation rating value", "CSAT score", "Rating")),
                "customer_id": col("User ID", "Contact ID"),
                "ticket_id": col("Conversation ID"),
                "agent_id": col("Teammate rated", "Teammate assigned", "Teammate currently assigned"),
                "channel": col("Channel"),
            },
            needs=("Conversation rating|Conversation rating value|CSAT score|Rating",),
            where=((_RATED, ("Conversation rating|Conversation rating value|CSAT score|Rating",)),),
        ),
    ),
)

HELPDESK = (_ZENDESK, _FRESHDESK, _FRESHSERVICE, _INTERCOM)
