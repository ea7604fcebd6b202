"""The resources of HubSpot."""

from pipelines.sources.hubspot.access import guarded
from pipelines.sources.hubspot.contacts import CONTACTS
from pipelines.sources.hubspot.deals import DEALS
from pipelines.sources.hubspot.email_events import EMAIL_EVENTS
from pipelines.sources.hubspot.leads import LEADS
from pipelines.sources.hubspot.marketing import CAMPAIGNS, MARKETING_EMAILS
from pipelines.sources.hubspot.owners import OWNERS
from pipelines.sources.hubspot.tickets import TICKETS

RESOURCES = tuple(map(guarded, (OWNERS, CONTACTS, LEADS, DEALS, TICKETS, CAMPAIGNS, MARKETING_EMAILS, EMAIL_EVENTS)))
