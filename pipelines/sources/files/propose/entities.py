"""The entities for which settings are proposed."""

from pipelines.entities import ENTITIES, Column, Entity

# Totals of campaigns, as long as they are not among the canonical entities: such a table is proposed as a comment.
_CAMPAIGN_STAT = Entity(
    "campaign_stat",
    "The totals of an e-mail campaign, as its platform counts them.",
    (
        Column("campaign_id", "text", "Id of the campaign.", required=True),
        Column("date", "date", "The day of the totals."),
        Column("sent_at", "timestamp", "When the campaign was sent."),
        Column("sent", "integer", "Number of recipients.", required=True),
        Column("delivered", "integer", "Number of recipients who received it."),
        Column("bounced", "integer", "Number of recipients to whom it was returned as undeliverable."),
        Column("opened", "integer", "Number of recipients who opened it."),
        Column("clicked", "integer", "Number of recipients who clicked a link in it."),
        Column("unsubscribed", "integer", "Number of recipients who unsubscribed."),
        Column("complained", "integer", "Number of recipients who reported it as spam."),
    ),
    ("campaign_id",),
    one_of=(("date", "sent_at"),),
)
PROPOSED: dict[str, Entity] = {_CAMPAIGN_STAT.name: _CAMPAIGN_STAT, **ENTITIES}


def entity_of(name: str) -> Entity:
    """Returns an entity by its name."""
    return PROPOSED[name]


def is_known(name: str) -> bool:
    """Returns whether the settings accept an entity."""
    return name in ENTITIES
