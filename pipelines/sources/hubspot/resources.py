"""The resources of HubSpot."""

from pipelines.sources.hubspot.access import guarded
from pipelines.sources.hubspot.contacts import CONTACTS
from pipelines.sources.hubspot.deals import DEALS
from pipelines.sources.hubspot.email_events import EMAIL_EVENTS
from pipelines.sources.hubspot.leads import LEADS
from pipelines.sources.hubspot.marketing import CAMPAIGNS, MARKETING_EMAILS
from pipelines.sources.hubspot.owners import OWNERS
from pipelines.sources.hubspot.service import CALLS, FEEDBACK_SUBMISSIONS
from pipelines.sources.hubspot.tickets import TICKETS

RESOURCES = tuple(
    guarded(resource)
    for resource in (
        OWNERS,
        CONTACTS,
        LEADS,
        DEALS,
        TICKETS,
        CALLS,
        FEEDBACK_SUBMISSIONS,
        CAMPAIGNS,
        MARKETING_EMAILS,
        EMAIL_EVENTS,
    )
)
