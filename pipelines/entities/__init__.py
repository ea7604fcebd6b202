"""The canonical entities: what every source is mapped to.

One module a family declares them. Staging models, quarantine checks, settings and docs are derived from these
declarations, so that a column, an allowed value or a scale is written once.
"""

from pipelines.entities.customers import CUSTOMER
from pipelines.entities.delivery import EVALUATED, evaluated_columns
from pipelines.entities.entity import DUCKDB_TYPES, FALSE_WORDS, TRUE_WORDS, Column, Entity, Kind, Scale, Scoring
from pipelines.entities.finance import FX_RATE
from pipelines.entities.marketing import (
    AD_STAT,
    CAMPAIGN,
    CAMPAIGN_STAT,
    EMAIL_EVENT,
    EMAIL_SEND,
    EXPOSURE,
    SPEND,
    TOUCHPOINT,
    WEB_STAT,
)
from pipelines.entities.sales import DEAL, LEAD, ORDER, ORDER_LINE
from pipelines.entities.support import CALL, INTERACTION, SURVEY_RESPONSE, TICKET
from pipelines.entities.team import AGENT, AGENT_TIME, QUALITY_REVIEW, TRAINING

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        CUSTOMER,
        LEAD, DEAL, ORDER, ORDER_LINE,
        CAMPAIGN, EMAIL_SEND, EMAIL_EVENT, CAMPAIGN_STAT, EXPOSURE, TOUCHPOINT, AD_STAT, WEB_STAT, SPEND,
        TICKET, INTERACTION, CALL, SURVEY_RESPONSE,
        AGENT, AGENT_TIME, TRAINING, QUALITY_REVIEW,
        FX_RATE,
    )
}  # fmt: skip

__all__ = [
    "DUCKDB_TYPES",
    "ENTITIES",
    "EVALUATED",
    "FALSE_WORDS",
    "TRUE_WORDS",
    "Column",
    "Entity",
    "Kind",
    "Scale",
    "Scoring",
    "evaluated_columns",
]
