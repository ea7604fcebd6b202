from datetime import timedelta

import pytest
from ledger_samples import NOW, at

from pipelines.ledger import Ledger, Outage, OutboxItem


def test_an_outage_is_returned_when_it_begins_and_when_it_ends(ledger: Ledger) -> None:
    def outcome(hours: float, *, failed: bool) -> Outage | None:
        return ledger.record_outcome("source", "crm", failed=failed, now=at(hours))

    assert outcome(-1, failed=False) is None
    assert outcome(0, failed=True) == Outage(f"source:crm:{NOW.isoformat()}", NOW, 1)
    assert outcome(1, failed=True) is None
    assert outcome(2, failed=False) == Outage(f"source:crm:{NOW.isoformat()}", NOW, 2)
    assert outcome(3, failed=False) is None
    second = outcome(4, failed=True)
    assert second == Outage(f"source:crm:{at(4).isoformat()}", at(4), 1)


def test_outages_of_different_parts_are_independent(ledger: Ledger) -> None:
    assert ledger.record_outcome("source", "crm", failed=True, now=NOW) is not None
    assert ledger.record_outcome("source", "helpdesk", failed=True, now=NOW) is not None
    assert ledger.record_outcome("export", "crm", failed=False, now=NOW) is None
    ended = ledger.record_outcome("source", "helpdesk", failed=False, now=at(1))
    assert ended is not None
    assert ended.incident == f"source:helpdesk:{NOW.isoformat()}"
    assert ledger.record_outcome("source", "crm", failed=True, now=at(1)) is None


def test_an_outage_and_its_message_are_recorded_both_or_not_at_all(ledger: Ledger) -> None:
    def interrupted(_: Outage) -> list[OutboxItem]:
        raise KeyboardInterrupt

    def messages_of(change: Outage) -> list[OutboxItem]:
        return [OutboxItem(change.incident, change.incident, "operators", None, {"kind": "pipeline"}, NOW)]

    with pytest.raises(KeyboardInterrupt):
        ledger.record_outcome("source", "crm", failed=True, now=NOW, messages_of=interrupted)
    assert ledger.outages("source") == {}

    ledger.record_outcome("source", "crm", failed=True, now=at(1), messages_of=messages_of)
    assert list(ledger.outages("source")) == ["crm"]
    claimed = ledger.claim(at(1), timedelta(minutes=5), 8)
    assert [item.message_id for item in claimed] == [f"source:crm:{at(1).isoformat()}"]
