"""The support and sales teams: agents, their time, their training and reviews of their work."""

from pipelines.entities.entity import Column, Entity

AGENT = Entity(
    "agent",
    "A member of a support or sales team.",
    (
        Column("agent_id", "text", "Id of the agent in the source.", required=True, example="A-12"),
        Column("name", "text", "Name of the agent.", example="Grace Hopper"),
        Column("team", "text", "Team of the agent.", example="E-mail desk"),
        Column(
            "hired_at", "timestamp", "When the agent began to work for the company.", example="2023-09-01T00:00:00Z"
        ),
        Column(
            "left_at", "timestamp", "When the agent left; empty while the agent stays.", example="2025-12-31T00:00:00Z"
        ),
    ),
    ("agent_id",),
    is_reference=True,
)

AGENT_TIME = Entity(
    "agent_time",
    "The working time of an agent on a day.",
    (
        Column("agent_id", "text", "Id of the agent.", required=True, example="A-12"),
        Column("date", "date", "The day.", required=True, example="2025-05-12"),
        Column(
            "available_seconds",
            "number",
            "Seconds in which the agent was available for customers.",
            required=True,
            example="25200",
            unit="seconds",
            lowest=0,
        ),
        Column(
            "handling_seconds",
            "number",
            "Seconds in which the agent worked for customers.",
            required=True,
            example="19800",
            unit="seconds",
            lowest=0,
        ),
    ),
    ("agent_id", "date"),
)

TRAINING = Entity(
    "training",
    "A training that an agent completed.",
    (
        Column("training_id", "text", "Id of the training in the source.", required=True, example="F-19"),
        Column("agent_id", "text", "Id of the agent.", required=True, example="A-12"),
        Column("completed_at", "timestamp", "When it was completed.", required=True, example="2025-02-10T16:00:00Z"),
    ),
    ("training_id",),
)

QUALITY_REVIEW = Entity(
    "quality_review",
    "A review of the quality of an interaction or ticket.",
    (
        Column("review_id", "text", "Id of the review in the source.", required=True, example="Q-204"),
        Column("reviewed_at", "timestamp", "When it was reviewed.", required=True, example="2025-05-20T11:00:00Z"),
        Column("interaction_id", "text", "Id of the interaction that was reviewed.", example="I-70011"),
        Column("ticket_id", "text", "Id of the ticket that was reviewed.", example="T-5093"),
        Column("agent_id", "text", "Id of the agent whose work was reviewed.", example="A-12"),
        Column(
            "errors",
            "integer",
            "Number of errors that were found.",
            required=True,
            example="1",
            unit="errors",
            lowest=0,
        ),
    ),
    ("review_id",),
    one_of=(("interaction_id", "ticket_id"),),
)
