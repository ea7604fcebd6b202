"""What receivers confirmed: their own ids, and the steps of attempts that did not finish."""

from dataclasses import replace
from datetime import timedelta

from ledger_samples import LEASE, NOW, notice

from pipelines.ledger import Ledger, OutboxItem, StoredReceipt


def about(incident: str, name: str, channel: str = "operators") -> OutboxItem:
    return replace(notice(name, channel=channel), incident=incident)


def test_receipts_of_an_incident_are_kept_by_channel_in_order(ledger: Ledger) -> None:
    ledger.enqueue(
        [about("run", "failed"), about("run", "recovered"), about("run", "copy", "log"), about("x", "other")]
    )
    while items := ledger.claim(NOW, LEASE, 10):
        for item in items:
            ledger.mark_sent(item.message_id, NOW, receipt={"ts": f"ts of {item.dedup_key}"})
    assert ledger.receipts("run", "operators") == [
        StoredReceipt("id of failed", "failed", {"ts": "ts of failed"}),
        StoredReceipt("id of recovered", "recovered", {"ts": "ts of recovered"}),
    ]
    assert [each.dedup_key for each in ledger.receipts("run", "log")] == ["copy"]
    assert ledger.receipts("nothing", "log") == []


def test_a_message_without_receipt_is_no_receipt(ledger: Ledger) -> None:
    ledger.enqueue([about("run", "failed")])
    ledger.claim(NOW, LEASE, 10)
    ledger.mark_sent("id of failed", NOW)
    assert ledger.receipts("run", "operators") == []


def test_the_steps_of_an_unfinished_attempt_are_there_in_the_next_one(ledger: Ledger) -> None:
    ledger.enqueue([about("run", "failed")])
    [item] = ledger.claim(NOW, LEASE, 10)
    assert item.receipt is None
    ledger.keep_receipt(item.message_id, {"accepted": ["a@example.com"]})
    # An attempt that has not ended gives later messages nothing to refer to.
    assert ledger.receipts("run", "operators") == []
    [again] = ledger.claim(NOW + LEASE, LEASE, 10)
    assert again == replace(item, doubtful=True, receipt={"accepted": ["a@example.com"]})
    ledger.mark_sent(again.message_id, NOW + LEASE)
    assert [each.receipt for each in ledger.receipts("run", "operators")] == [{"accepted": ["a@example.com"]}]
    # A process that was taken for dead does not overwrite it.
    ledger.keep_receipt(again.message_id, {"accepted": []})
    ledger.mark_sent(again.message_id, NOW + LEASE, receipt={"accepted": []})
    assert [each.receipt for each in ledger.receipts("run", "operators")] == [{"accepted": ["a@example.com"]}]


def test_the_recovery_of_an_incident_waits_for_its_beginning(ledger: Ledger) -> None:
    ledger.enqueue([about("run", "failed"), about("run", "recovered"), about("run", "copy", "log"), notice("free")])
    assert [item.dedup_key for item in ledger.claim(NOW, LEASE, 10)] == ["failed", "copy", "free"]
    ledger.mark_failed("id of failed", NOW, "busy", can_retry=True)
    assert ledger.claim(NOW, LEASE, 10) == []
    assert [item.dedup_key for item in ledger.claim(NOW + timedelta(minutes=1), LEASE, 10)] == ["failed"]


def test_one_channel_is_claimed_apart_from_the_others(ledger: Ledger) -> None:
    ledger.enqueue([notice("a"), notice("b", channel="log"), notice("c"), notice("d", NOW + LEASE, channel="later")])
    assert ledger.due_channels(NOW) == ["operators", "log", "later"]
    assert [item.dedup_key for item in ledger.claim(NOW, LEASE, 10, channel="operators")] == ["a", "c"]
    assert ledger.due_channels(NOW) == ["log", "later"]
    assert ledger.claim(NOW, LEASE, 10, channel="operators") == []


def test_a_picture_is_claimed_with_its_message(ledger: Ledger) -> None:
    png = bytes(range(256)) * 100
    drawn = replace(notice("a"), picture=png)
    ledger.enqueue([drawn, notice("b")])
    assert ledger.enqueue([drawn]) == 0
    assert ledger.claim(NOW, LEASE, 10) == [drawn, notice("b")]
    # Lists of messages do not read it.
    assert [waiting.item.picture for waiting in ledger.undelivered(NOW)] == [None, None]


def test_who_was_refused_for_good_goes_to_the_fallback_once(ledger: Ledger) -> None:
    ledger.enqueue([notice("a")])
    ledger.claim(NOW, LEASE, 10)
    for _ in range(2):
        ledger.mark_sent("id of a", NOW, fallback=notice("elsewhere", channel="log"))
    assert [item.dedup_key for item in ledger.claim(NOW, LEASE, 10)] == ["elsewhere"]
