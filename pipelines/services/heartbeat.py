"""The heartbeat: after each pass a file is replaced and an address is called, so that silence can be noticed outside.

A pass that fails has a heartbeat as well: it says so. What cannot write or call it is an outage like any other, and
never the failure of the pass.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.config import redact, secrets_of
from pipelines.export.schedule import next_tick
from pipelines.notify import http
from pipelines.notify.network import quote_answer
from pipelines.notify.outcome import Undeliverable
from pipelines.services.channel_outages import operators_problem
from pipelines.services.installation import Installation
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.settings import OPERATORS, Settings
from pipelines.storage.files import StorageError, make_shared_folder, shared_mode, write_atomically

# A monitoring service answers within a second; a pass does not wait for one that hangs.
PING_SECONDS = 10.0
_SIZE_LIMIT = 4 * 1024
# Shorter parts of an address are words, such as "ping".
_SHORTEST_SECRET = 8
_FILE, _PING = "file", "ping_url"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """That a pass ended `at` a moment, with `failed` as the names of what failed in it.

    `as_of` is what counted as now in it. `next_expected` is when another one should begin. All are aware.
    """

    at: datetime
    as_of: datetime
    failed: tuple[str, ...]
    next_expected: datetime

    def to_json(self) -> bytes:
        """Returns the content of the file."""
        content = {
            "at": self.at.isoformat(),
            "as_of": self.as_of.isoformat(),
            "outcome": "failed" if self.failed else "succeeded",
            "failed": list(self.failed),
            "next_expected": self.next_expected.isoformat(),
        }
        return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def beat(installation: Installation, failed: Sequence[str]) -> list[str]:
    """Says that a pass has come to its end; returns what prevented it, in words without secrets.

    Args:
        installation: the settings and the home folder.
        failed: the names of what failed in the pass.
    """
    settings = installation.settings()
    now = installation.wall_clock()
    if operators_problem(installation) is not None:
        # What is outside may be the only one that can still say that something fails.
        failed = [*failed, OPERATORS]
    heartbeat = Heartbeat(
        at=now,
        as_of=installation.now(),
        failed=tuple(failed),
        next_expected=next_tick(settings.schedules.ingest, settings.company.timezone, now),
    )
    outcomes = [
        Outcome("heartbeat", _FILE, _write(heartbeat_file(installation), heartbeat, installation)),
        *_pings(settings, has_failed=bool(failed)),
    ]
    record_outcomes(installation, outcomes)
    return [f"heartbeat {each.name}: {each.reason}" for each in outcomes if each.reason is not None]


def heartbeat_file(installation: Installation) -> Path:
    """Returns the file that each pass replaces: that of the settings, else one in the home folder."""
    given = installation.settings().heartbeat.file
    return installation.home.heartbeat if given is None else installation.base / given


def read_heartbeat(installation: Installation) -> Heartbeat | None:
    """Returns the heartbeat of the last pass; None if there is none that can be read."""
    try:
        found = json.loads(heartbeat_file(installation).read_bytes())
        at, as_of, expected = (datetime.fromisoformat(found[key]) for key in ("at", "as_of", "next_expected"))
        heartbeat = Heartbeat(at, as_of, tuple(map(str, found["failed"])), expected)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    # Somebody may have written the file by hand.
    return None if None in (at.tzinfo, as_of.tzinfo, expected.tzinfo) else heartbeat


def parts_of(settings: Settings) -> Mapping[str, bool]:
    """Returns the parts of a heartbeat, whose outages have their names, and whether the settings have them."""
    return {_FILE: True, _PING: bool(settings.heartbeat.ping_url.get_secret_value())}


def _is_something_else(path: Path) -> bool:
    """Whether there is a file that was not written as a heartbeat: somebody would miss it."""
    try:
        content = path.read_bytes()[:10_000] if path.is_file() else b""
        return (
            path.exists() and bool(content.strip() or not path.is_file()) and "next_expected" not in json.loads(content)
        )
    except (OSError, ValueError, TypeError):
        return True


def _write(path: Path, heartbeat: Heartbeat, installation: Installation) -> str | None:
    """Replaces the file; returns why it could not be."""
    if path != installation.home.heartbeat and _is_something_else(path):
        return f"{path} is there and is no heartbeat: name another file in heartbeat.file"
    try:
        if path.is_relative_to(installation.home.path):
            installation.home.create()
            write_atomically(path, heartbeat.to_json())
        else:
            # The check that reads it may be another user's.
            make_shared_folder(path.parent)
            write_atomically(path, heartbeat.to_json(), mode=shared_mode())
    except OSError as error:
        return f"cannot write {path}: {error.strerror or error}"
    except StorageError as error:
        return str(error)
    return None


def _pings(settings: Settings, *, has_failed: bool) -> Iterator[Outcome]:
    """Calls the address, if there is one."""
    url = settings.heartbeat.ping_url.get_secret_value()
    if not url:
        return
    parts = urlsplit(url)
    if has_failed and settings.heartbeat.ping_failures:
        url = parts._replace(path=f"{parts.path.rstrip('/')}/fail").geturl()
    words = (parts.path.strip("/"), *parts.path.split("/"), parts.query)
    secrets = (*secrets_of(settings), *(word for word in words if len(word) >= _SHORTEST_SECRET))
    try:
        answer = http.request("GET", url, deadline=PING_SECONDS, size_limit=_SIZE_LIMIT)
    except Undeliverable as error:
        reason = redact(error.reason, secrets)
    else:
        if 200 <= answer.status < 300:
            yield Outcome("heartbeat", _PING, None)
            return
        said = quote_answer(answer.body, lambda text: redact(text, secrets))
        what = "redirects elsewhere" if 300 <= answer.status < 400 else "did not accept the ping"
        reason = f"{parts.hostname} {what}: check heartbeat.ping_url (HTTP {answer.status}: {said})"
    yield Outcome("heartbeat", _PING, reason)
