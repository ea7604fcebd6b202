"""Support: tickets, interactions, calls and surveys."""

from pipelines.entities.entity import Column, Entity, Scale, Scoring

TICKET = Entity(
    "ticket",
    "A customer's request to the helpdesk.",
    (
        Column("ticket_id", "text", "Id of the ticket in the source.", required=True, example="T-5093"),
        Column(
            "created_at", "timestamp", "When the ticket was created.", required=True, example="2025-05-12T08:44:00Z"
        ),
        Column("customer_id", "text", "Id of the customer who asked.", example="C-1042"),
        Column("email", "text", "E-mail address of the person who asked.", example="ada@example.com"),
        Column("channel", "text", "How the request came in, such as chat, email, phone or web.", example="email"),
        Column("priority", "text", "Priority, as the source writes it.", example="high"),
        Column("category", "text", "Subject of the request, as the source writes it.", example="delivery"),
        Column("team", "text", "Team that is responsible.", example="E-mail desk"),
        Column("agent_id", "text", "Id of the agent who is responsible.", example="A-12"),
        Column(
            "first_response_at", "timestamp", "First public reply by a human agent.", example="2025-05-12T09:20:00Z"
        ),
        Column(
            "resolved_at",
            "timestamp",
            "Last resolution; empty while the ticket is unresolved.",
            example="2025-05-13T15:02:00Z",
        ),
        Column("closed_at", "timestamp", "When the ticket was closed for good.", example="2025-05-17T15:02:00Z"),
        Column("status", "text", "Status, as the source writes it.", example="solved"),
        Column(
            "reopen_count",
            "integer",
            "Number of times that the ticket was reopened.",
            example="0",
            unit="reopenings",
            lowest=0,
        ),
        Column(
            "reassignment_count",
            "integer",
            "Number of times that another agent or team became responsible.",
            example="1",
            unit="reassignments",
            lowest=0,
        ),
        Column(
            "agent_reply_count", "integer", "Number of public replies by agents.", example="2", unit="replies", lowest=0
        ),
        Column(
            "interaction_count",
            "integer",
            "Number of messages of customers and agents.",
            example="5",
            unit="messages",
            lowest=0,
        ),
        Column("is_automated", "boolean", "Whether the ticket was resolved without a human agent.", example="false"),
        Column(
            "sla_met",
            "boolean",
            "Whether the service level agreement was kept; empty if there is none.",
            example="true",
        ),
        Column("updated_at", "timestamp", "When the ticket was last changed.", example="2025-05-17T15:02:00Z"),
        Column("merged_into", "text", "Id of the ticket into which the source merged this one.", example="T-5088"),
    ),
    ("ticket_id",),
    version="updated_at",
)

INTERACTION = Entity(
    "interaction",
    "A message or contact, on a ticket or without one.",
    (
        Column("interaction_id", "text", "Id of the interaction in the source.", required=True, example="I-70011"),
        Column("occurred_at", "timestamp", "When it happened.", required=True, example="2025-05-12T09:20:00Z"),
        Column("ticket_id", "text", "Id of the ticket.", example="T-5093"),
        Column("customer_id", "text", "Id of the customer.", example="C-1042"),
        Column("channel", "text", "How it took place, such as chat, email, phone or web.", example="email"),
        Column("author", "text", "Who wrote or spoke.", allowed=("customer", "agent", "bot"), example="agent"),
        Column("agent_id", "text", "Id of the agent.", example="A-12"),
        Column("is_public", "boolean", "Whether the customer can see it.", example="true"),
        Column(
            "handling_seconds", "number", "Seconds that an agent spent on it.", example="240", unit="seconds", lowest=0
        ),
    ),
    ("interaction_id",),
)

CALL = Entity(
    "call",
    "A telephone call.",
    (
        Column("call_id", "text", "Id of the call in the source.", required=True, example="T-88121"),
        Column("started_at", "timestamp", "When the call began.", required=True, example="2025-05-12T10:00:00Z"),
        Column(
            "direction",
            "text",
            "Who called: the customer or an agent.",
            required=True,
            allowed=("inbound", "outbound"),
            example="inbound",
        ),
        Column(
            "answered_at", "timestamp", "When it was answered; empty if it was not.", example="2025-05-12T10:00:35Z"
        ),
        Column("ended_at", "timestamp", "When it ended.", example="2025-05-12T10:06:10Z"),
        Column("is_abandoned", "boolean", "Whether the caller gave up before an answer.", example="false"),
        Column("agent_id", "text", "Id of the agent.", example="A-12"),
        Column("customer_id", "text", "Id of the customer.", example="C-1042"),
        Column("queue", "text", "Queue in which the caller waited.", example="billing"),
    ),
    ("call_id",),
)

SURVEY_RESPONSE = Entity(
    "survey_response",
    "An answer to a survey of satisfaction, recommendation or effort.",
    (
        Column("response_id", "text", "Id of the answer in the source.", required=True, example="R-4410"),
        Column(
            "kind",
            "text",
            "What it measures: satisfaction, recommendation, effort or satisfaction of employees.",
            required=True,
            allowed=("csat", "nps", "ces", "employee"),
            example="csat",
        ),
        Column("answered_at", "timestamp", "When it was answered.", required=True, example="2025-05-13T18:30:00Z"),
        Column("score", "number", "The score that was given.", required=True, example="4", unit="points"),
        Column(
            "scale_min",
            "number",
            "Lowest possible score; that of the kind's usual scale if empty.",
            example="1",
            unit="points",
        ),
        Column(
            "scale_max",
            "number",
            "Highest possible score; that of the kind's usual scale if empty.",
            example="5",
            unit="points",
        ),
        Column("customer_id", "text", "Id of the customer who answered.", example="C-1042"),
        Column("ticket_id", "text", "Id of the ticket that the survey is about.", example="T-5093"),
        Column("order_id", "text", "Id of the order that the survey is about.", example="O-20417"),
        Column("agent_id", "text", "Id of the agent that the survey is about.", example="A-12"),
        Column("channel", "text", "Support channel that the survey is about.", example="email"),
    ),
    ("response_id",),
    version="answered_at",
    scoring=Scoring(
        score="score",
        kind="kind",
        lowest="scale_min",
        highest="scale_max",
        defaults={"csat": Scale(1, 5), "nps": Scale(0, 10), "ces": Scale(0, 7), "employee": Scale(1, 5)},
        # Zendesk's satisfaction ratings.
        words={"good": 1, "bad": 0},
    ),
)
