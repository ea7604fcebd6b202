"""Sends one message with Apprise, in a process of its own that the channel ends at its deadline.

It reads a JSON object from its standard input and writes one as the last line of its standard output. It imports
nothing of Vigie: a process of its own starts in half a second.
"""

import json
import logging
import resource
import sys
from contextlib import suppress
from typing import Any

import apprise

# A receiver that answers without end must not fill the memory of the machine: Apprise reads answers whole.
MEMORY_LIMIT = 1024**3

# What services call the key that ties the messages of an incident together.
_KEYS = ("dedup", "alias", "entity_id")


class _Lines(logging.Handler):
    """Keeps the warnings that Apprise logs: it has no other way to say why a message was not sent."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage()[:2_000])


def prepare(url: str, incident: str) -> Any:
    """Returns Apprise's object for a URL, None if it knows none.

    Where the service has incidents, and the URL does not say otherwise, they get a key that stays the same, and a
    message of success resolves them.
    """
    asset = apprise.AppriseAsset(
        app_id="Vigie",
        app_desc="Vigie",
        async_mode=False,
        http_redirects=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    found: Any = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if found is None:
        return None
    for name in _KEYS:
        if hasattr(found, name) and f"{name}=" not in url:
            setattr(found, name, incident)
            break
    actions = found.template_args.get("action", {}).get("values", ()) if hasattr(found, "action") else ()
    if "map" in actions and "action=" not in url:
        found.action = "map"
    return found


def send(asked: dict[str, str]) -> dict[str, Any]:
    """Sends what is asked for; with an empty body it only reads the URL."""
    lines = _Lines()
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [lines], False
    service = prepare(asked["url"], asked["incident"])
    if service is None:
        return {"known": False, "sent": False, "said": []}
    sent = False
    if asked["body"]:
        sent = bool(
            service.notify(
                body=asked["body"],
                title=asked["title"],
                notify_type=apprise.NotifyType(asked["type"]),
                body_format=apprise.NotifyFormat.TEXT,
            )
        )
    return {"known": True, "sent": sent, "said": lines.lines[-5:]}


if __name__ == "__main__":
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    sys.stdout.write(json.dumps(send(json.load(sys.stdin))) + "\n")
