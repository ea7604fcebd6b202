"""Support: tickets, interactions, calls and surveys."""

from pipelines.entities.entity import Column, Entity, Scale, Scoring

TICKET = Entity(
    "ticket",
    "A customer's request to the helpdesk.",
    (
        Column("ticket_id", "text", "Id of the ticket in the source.", required=True),
        Column("created_at", "timestamp", "When the ticket was created.", required=True),
        Column("customer_id", "text", "Id of the customer who asked."),
        Column("email", "text", "E-mail address of the person who asked."),
        Column("channel", "text", "How the request came in, such as chat, email, phone or web."),
        Column("priority", "text", "Priority, as the source writes it."),
        Column("category", "text", "Subject of the request, as the source writes it."),
        Column("team", "text", "Team that is responsible."),
        Column("agent_id", "text", "Id of the agent who is responsible."),
        Column("first_response_at", "timestamp", "First public reply by a human agent."),
        Column("resolved_at", "timestamp", "Last resolution; empty while the ticket is unresolved."),
        Column("closed_at", "timestamp", "When the ticket was closed for good."),
        Column("status", "text", "Status, as the source writes it."),
        Column("reopen_count", "integer", "Number of times that the ticket was reopened."),
        Column("reassignment_count", "integer", "Number of times that another agent or team became responsible."),
        Column("agent_reply_count", "integer", "Number of public replies by agents."),
        Column("interaction_count", "integer", "Number of messages of customers and agents."),
        Column("is_automated", "boolean", "Whether the ticket was resolved without a human agent."),
        Column("sla_met", "boolean", "Whether the service level agreement was kept; empty if there is none."),
        Column("updated_at", "timestamp", "When the ticket was last changed."),
        Column("merged_into", "text", "Id of the ticket into which the source merged this one."),
    ),
    ("ticket_id",),
    version="updated_at",
)

INTERACTION = Entity(
    "interaction",
    "A message or contact, on a ticket or without one.",
    (
        Column("interaction_id", "text", "Id of the interaction in the source.", required=True),
        Column("occurred_at", "timestamp", "When it happened.", required=True),
        Column("ticket_id", "text", "Id of the ticket."),
        Column("customer_id", "text", "Id of the customer."),
        Column("channel", "text", "How it took place, such as chat, email, phone or web."),
        Column("author", "text", "Who wrote or spoke.", allowed=("customer", "agent", "bot")),
        Column("agent_id", "text", "Id of the agent."),
        Column("is_public", "boolean", "Whether the customer can see it."),
        Column("handling_seconds", "number", "Seconds that an agent spent on it."),
    ),
    ("interaction_id",),
)

CALL = Entity(
    "call",
    "A telephone call.",
    (
        Column("call_id", "text", "Id of the call in the source.", required=True),
        Column("started_at", "timestamp", "When the call began.", required=True),
        Column("direction", "text", "Who called: the customer or an agent.", required=True,
               allowed=("inbound", "outbound")),
        Column("answered_at", "timestamp", "When it was answered; empty if it was not."),
        Column("ended_at", "timestamp", "When it ended."),
        Column("is_abandoned", "boolean", "Whether the caller gave up before an answer."),
        Column("agent_id", "text", "Id of the agent."),
        Column("customer_id", "text", "Id of the customer."),
        Column("queue", "text", "Queue in which the caller waited."),
    ),
    ("call_id",),
)  # fmt: skip

SURVEY_RESPONSE = Entity(
    "survey_response",
    "An answer to a survey of satisfaction, recommendation or effort.",
    (
        Column("response_id", "text", "Id of the answer in the source.", required=True),
        Column(
            "kind", "text", "What it measures: satisfaction, recommendation, effort or satisfaction of employees.",
            required=True, allowed=("csat", "nps", "ces", "employee"),
        ),
        Column("answered_at", "timestamp", "When it was answered.", required=True),
        Column("score", "number", "The score that was given.", required=True),
        Column("scale_min", "number", "Lowest possible score; that of the kind's usual scale if empty."),
        Column("scale_max", "number", "Highest possible score; that of the kind's usual scale if empty."),
        Column("customer_id", "text", "Id of the customer who answered."),
        Column("ticket_id", "text", "Id of the ticket that the survey is about."),
        Column("order_id", "text", "Id of the order that the survey is about."),
        Column("agent_id", "text", "Id of the agent that the survey is about."),
        Column("channel", "text", "Support channel that the survey is about."),
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
)  # fmt: skip
