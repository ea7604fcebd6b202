from ledger_samples import NOW, at

from pipelines.ledger import Ledger, OutageChange


def test_an_outage_is_returned_when_it_begins_and_when_it_ends(ledger: Ledger) -> None:
    def outcome(hours: float, *, failed: bool) -> OutageChange | None:
        return ledger.record_outcome("source", "crm", failed=failed, now=at(hours))

    assert outcome(-1, failed=False) is None
    assert outcome(0, failed=True) == OutageChange(f"source:crm:{NOW.isoformat()}", NOW, 1)
    assert outcome(1, failed=True) is None
    assert outcome(2, failed=False) == OutageChange(f"source:crm:{NOW.isoformat()}", NOW, 2)
    assert outcome(3, failed=False) is None
    second = outcome(4, failed=True)
    assert second == OutageChange(f"source:crm:{at(4).isoformat()}", at(4), 1)


def test_outages_of_different_parts_are_independent(ledger: Ledger) -> None:
    assert ledger.record_outcome("source", "crm", failed=True, now=NOW) is not None
    assert ledger.record_outcome("source", "helpdesk", failed=True, now=NOW) is not None
    assert ledger.record_outcome("export", "crm", failed=False, now=NOW) is None
    ended = ledger.record_outcome("source", "helpdesk", failed=False, now=at(1))
    assert ended is not None
    assert ended.incident == f"source:helpdesk:{NOW.isoformat()}"
    assert ledger.record_outcome("source", "crm", failed=True, now=at(1)) is None
