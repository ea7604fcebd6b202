"""Files with lists and objects in their cells: no column of an entity is one of these."""

import json
from typing import Any

import pytest
import yaml

from pipelines.services.propose import propose_settings
from pipelines.sources.files.propose.profile import profile_columns
from pipelines.sources.files.propose.sample import read_sample
from tests.sources.shop import Shop

# Conversations as a helpdesk's interface gives them.
CONVERSATIONS: list[dict[str, Any]] = [
    {
        "id": f"c{number}",
        "created_at": 1738324800 + number,
        "updated_at": 1738324900 + number,
        "state": "open",
        "source": {"type": "conversation", "author": {"type": "user", "id": "u1"}},
        "contact": ["a", "b"],
        "team": "first line" if number % 9 == 0 else {"name": "second line"},
    }
    for number in range(9)
]


def test_objects_and_lists_fill_no_column(shop: Shop) -> None:
    shop.write("conversations.jsonl", "\n".join(map(json.dumps, CONVERSATIONS)) + "\n")
    proposal = propose_settings([shop.base / "conversations.jsonl"], shop.base, {})
    assert proposal.text is not None, proposal.findings
    [table] = yaml.safe_load(proposal.text)["sources"][0]["tables"]
    assert table["entity"] == "ticket"
    assert not {"source", "contact", "team"} & set(map(str, table["columns"].values()))
    assert "# not used: source, contact, team\n" in proposal.text
    assert shop.load(**table).failures == []
    assert len(shop.rows("ticket", "ticket_id")) == len(CONVERSATIONS)


@pytest.mark.parametrize(
    ("cell", "is_nested"),
    [
        ('{"type": "email"}', True),
        ("{}", True),
        ('["a", "b"]', True),
        ("[]", True),
        ("[1, 2]", True),
        ("[Draft] offer", False),
        ("[urgent]", False),
        ("{name}", False),
        ("plain", False),
    ],
)
def test_json_in_a_cell_is_nested(shop: Shop, cell: str, is_nested: bool) -> None:
    quoted = cell.replace('"', '""')
    path = shop.write("tickets.csv", f'Ticket ID,Created,Source\n1,2025-01-31,"{quoted}"\n2,2025-01-31,"{quoted}"\n')
    assert profile_columns(read_sample(path))[2].is_nested is is_nested
