"""The stages of pipelines, and what they mean: pipelines of one's own have stages whose ids say nothing."""

from collections.abc import Mapping
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from pipelines.sources.rest.errors import MissingError


def read_stages(client: RESTClient, kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Returns the metadata of the stages of a type of record by their ids.

    Args:
        client: HubSpot's API.
        kind: the type, such as deals.
    """
    try:
        answer = client.get(f"/crm/v3/pipelines/{kind}").json()
    except MissingError:
        return {}
    pipelines = (answer or {}).get("results") or ()
    return {
        str(stage["id"]): stage.get("metadata") or {}
        for pipeline in pipelines
        for stage in pipeline.get("stages") or ()
    }
