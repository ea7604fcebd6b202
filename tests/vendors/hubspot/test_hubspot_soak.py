"""Many passes on an account that changes, fails and lags: in the end raw has what the account has."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.vendors.hubspot.extract import NOW, Extract
from tests.vendors.hubspot.hubspot_server import TOKEN, HubSpotServer
from tests.vendors.vendor_server import Answer, Asked, Fault

FAULTS = [Fault(Answer({}, 503)), Fault(hangs_up=True), Fault(is_cut=True)]
LAG = timedelta(minutes=4)
VALUES = ["one", "two", "three", None]
# A property of each type of record that is fetched, and that with the moment of the last change.
PROPERTIES = {"contacts": ("country", "lastmodifieddate"), "deals": ("dealtype", "hs_lastmodifieddate")}

pytestmark = pytest.mark.acceptance


def _change(server: HubSpotServer, chance: random.Random, kind: str) -> None:
    """Does one thing that happens to records."""
    records = server.objects.setdefault(kind, {})
    alive = [key for key, each in records.items() if each.archived_at is None]
    archived = [key for key, each in records.items() if each.archived_at is not None]
    what = chance.choice(["create", "create", "change", "change", "late", "archive", "restore", "merge"])
    server.now += timedelta(seconds=chance.randrange(90))
    for record in records.values():
        version = record.properties[PROPERTIES[kind][1]]
        if version is not None and datetime.fromisoformat(version) < server.now - LAG:
            record.indexed = None
    if what == "create" or len(alive) < 5:
        server.put(kind, len(records) + 1_000 * chance.randrange(2, 99), **{PROPERTIES[kind][0]: chance.choice(VALUES)})
    elif what in {"change", "late"}:
        record = records[chance.choice(alive)]
        before = dict(record.properties)
        server.put(kind, record.id, **{PROPERTIES[kind][0]: chance.choice(VALUES)})
        record.indexed = before if what == "late" else None
    elif what == "archive":
        server.archive(kind, chance.choice(alive))
    elif what == "restore" and archived:
        records[chance.choice(archived)].archived_at = None
    elif what == "merge":
        survivor, merged = chance.sample(alive, 2)
        server.merge(kind, survivor, merged)


def _truth(server: HubSpotServer, kind: str) -> dict[str, Any]:
    return {
        key: each.properties.get(PROPERTIES[kind][0])
        for key, each in server.objects[kind].items()
        if not each.archived_at
    }


@pytest.mark.parametrize(
    ("kind", "seed"), [("contacts", 0), ("contacts", 1), ("contacts", 2), ("deals", 3), ("deals", 4)]
)
def test_raw_ends_with_what_the_account_has(server: HubSpotServer, extract: Extract, kind: str, seed: int) -> None:
    chance = random.Random(seed)
    server.now = NOW - timedelta(days=2)
    for key in range(1, 450):
        server.put(kind, key, server.now - timedelta(minutes=key), **{PROPERTIES[kind][0]: "one"})

    def while_it_is_read(asked: Asked) -> None:
        if chance.random() < 0.2:
            _change(server, chance, kind)
        if chance.random() < 0.03:
            server.token = "revoked"

    for _ in range(15):
        for _ in range(8):
            _change(server, chance, kind)
        server.faults = [chance.choice(FAULTS)] if chance.random() < 0.3 else []
        server.before = while_it_is_read
        extract.run(kind)
        server.token = TOKEN

    server.before = lambda _: None
    for record in server.objects[kind].values():
        record.indexed = None
    extract.run(kind)
    into = "merged_into" if kind == "contacts" else "NULL"
    rows = extract.rows(kind, f"_version_at, _load_sequence, id, {PROPERTIES[kind][0]}, {into}")
    latest = {key: (value, survivor) for _, _, key, value, survivor in sorted(rows, key=lambda row: row[:2])}
    current = extract.current(kind)
    assert {key: latest[key][0] for key in current if latest[key][1] is None} == _truth(server, kind)
