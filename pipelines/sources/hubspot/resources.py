"""The resources of HubSpot."""

from pipelines.sources.hubspot.contacts import CONTACTS

RESOURCES = (CONTACTS,)
