"""The comments among the events of tickets: who wrote when, publicly or not; never what. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

# How Zendesk calls what its rules and bots do, as a word or as a number.
_MACHINES = frozenset({"rule", "8", "automatic_solution_suggestions", "22", "trigger", "automation"})


def comments_of(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields a record for each comment of an event.

    An event is one update of a ticket with all that it changed. Who wrote a comment is who made the update, except
    where the comment names its author itself.
    """
    given = event.get("child_events")
    children = [child for child in (given if isinstance(given, list) else ()) if isinstance(child, Mapping)]
    is_creation = any(child.get("event_type") == "Create" for child in children)
    for number, child in enumerate(children):
        is_public = _is_public_comment(child)
        if is_public is None:
            continue
        yield {
            "id": child.get("id") or f"{event.get('id')}-{number}",
            "ticket_id": event.get("ticket_id"),
            "created_at": event.get("created_at") or event.get("timestamp"),
            "author_id": child.get("author_id") or event.get("updater_id"),
            "is_public": is_public,
            "is_machine": _is_machine(event.get("via")) or _is_machine(child.get("via")),
            "is_creation": is_creation,
        }


def _is_public_comment(child: Mapping[str, Any]) -> bool | None:
    """Returns whether a comment is public, None for what is no comment."""
    if "comment_present" in child:
        return bool(child.get("comment_public")) if child["comment_present"] else None
    return bool(child.get("public")) if child.get("event_type") == "Comment" else None


def _is_machine(via: Any) -> bool:
    """Whether a rule or a bot acted: `via` is an object with a channel, or its name, such as `Answer Bot`."""
    channel = via.get("channel") if isinstance(via, Mapping) else via
    word = str(channel).strip().lower().replace(" ", "_").replace("-", "_")
    return word in _MACHINES or "bot" in word.split("_")
