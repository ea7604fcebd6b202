"""The support and sales teams: agents, their time, their training and reviews of their work."""

from pipelines.entities.entity import Column, Entity

AGENT = Entity(
    "agent",
    "A member of a support or sales team.",
    (
        Column("agent_id", "text", "Id of the agent in the source.", required=True),
        Column("name", "text", "Name of the agent."),
        Column("team", "text", "Team of the agent."),
        Column("hired_at", "timestamp", "When the agent began to work for the company."),
        Column("left_at", "timestamp", "When the agent left; empty while the agent stays."),
    ),
    ("agent_id",),
    is_reference=True,
)

AGENT_TIME = Entity(
    "agent_time",
    "The working time of an agent on a day.",
    (
        Column("agent_id", "text", "Id of the agent.", required=True),
        Column("date", "date", "The day.", required=True),
        Column("available_seconds", "number", "Seconds in which the agent was available for customers.", required=True),
        Column("handling_seconds", "number", "Seconds in which the agent worked for customers.", required=True),
    ),
    ("agent_id", "date"),
)

TRAINING = Entity(
    "training",
    "A training that an agent completed.",
    (
        Column("training_id", "text", "Id of the training in the source.", required=True),
        Column("agent_id", "text", "Id of the agent.", required=True),
        Column("completed_at", "timestamp", "When it was completed.", required=True),
    ),
    ("training_id",),
)

QUALITY_REVIEW = Entity(
    "quality_review",
    "A review of the quality of an interaction or ticket.",
    (
        Column("review_id", "text", "Id of the review in the source.", required=True),
        Column("reviewed_at", "timestamp", "When it was reviewed.", required=True),
        Column("interaction_id", "text", "Id of the interaction that was reviewed."),
        Column("ticket_id", "text", "Id of the ticket that was reviewed."),
        Column("agent_id", "text", "Id of the agent whose work was reviewed."),
        Column("errors", "integer", "Number of errors that were found.", required=True),
    ),
    ("review_id",),
    one_of=(("interaction_id", "ticket_id"),),
)
