"""What a token must be allowed to do for each resource, and what happens where it is not, or where there is none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.rest.errors import CredentialsError, ForbiddenError, MissingError
from pipelines.sources.rest.resource import Batch, Fetch, Resource


@dataclass(frozen=True, slots=True)
class Access:
    """What a resource needs: the scope of a token, and a path that answers whoever has it."""

    scope: str
    path: str


ACCESS: Mapping[str, Access] = {
    "owners": Access("crm.objects.owners.read", "/crm/v3/owners"),
    "contacts": Access("crm.objects.contacts.read", "/crm/v3/objects/contacts"),
    "leads": Access("crm.objects.leads.read", "/crm/v3/objects/leads"),
    "deals": Access("crm.objects.deals.read", "/crm/v3/objects/deals"),
    "tickets": Access("tickets", "/crm/v3/objects/tickets"),
    "calls": Access("crm.objects.contacts.read", "/crm/v3/objects/calls"),
    "feedback_submissions": Access("crm.objects.feedback_submissions.read", "/crm/v3/objects/feedback_submissions"),
    "marketing_emails": Access("content", "/marketing/v3/emails"),
    "email_events": Access("content", "/email/public/v1/events"),
    "campaigns": Access("marketing.campaigns.read", "/marketing/v3/campaigns"),
}
# Every account has contacts: where they are missing, the address is wrong. The others belong to products.
_NEVER_MISSING = frozenset({"contacts"})
# The position behind a resource whose product the account lacks.
_ABSENT = {"is_absent": True}


def missing_scope(resource: str) -> str:
    """Returns in words that a token lacks the scope of a resource."""
    return (
        f"HubSpot refuses {resource}: the token lacks the scope {ACCESS[resource].scope}. Grant it in the private app,"
        " or name the other resources in the settings (resources: [contacts, deals])"
    )


def check(client: RESTClient, resources: Sequence[Resource]) -> Iterator[str]:
    """Yields what the token lacks for resources; raises ApiError if it is not accepted at all."""
    for resource in resources:
        try:
            client.get(ACCESS[resource.name].path, params={"limit": 10})
        except ForbiddenError:
            yield missing_scope(resource.name)
        except MissingError:
            if resource.name in _NEVER_MISSING:
                raise


def guarded(resource: Resource) -> Resource:
    """Returns a resource that says which scope is missing, and has no records where the account lacks the product."""
    return replace(resource, fetch=_guarded(resource.name, resource.fetch))


def _guarded(name: str, read: Callable[[Fetch], Iterator[Batch]]) -> Callable[[Fetch], Iterator[Batch]]:
    def fetch(fetch: Fetch) -> Iterator[Batch]:
        if fetch.position == _ABSENT:
            fetch = replace(fetch, position=None)
        has_answered = fetch.position is not None
        try:
            for batch in read(fetch):
                has_answered = True
                yield batch
        except ForbiddenError as error:
            raise CredentialsError(missing_scope(name)) from error
        except MissingError:
            if has_answered or name in _NEVER_MISSING:
                raise
            yield Batch((), _ABSENT)

    return fetch
