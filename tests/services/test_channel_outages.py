"""A channel that cannot deliver is an outage: who learns of it, how often, and how it ends."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.ledger import OutboxItem, Undelivered
from pipelines.notify.message import Content, Message
from pipelines.notify.translations.reasons import reason_in_french
from pipelines.services.channel_outages import Attempts, failures_of, operators_problem
from pipelines.services.deliver import DeliveryReport, deliver_messages
from pipelines.services.installation import Installation
from pipelines.services.messages import outbox_item
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.services.try_channels import try_channels
from tests.notify.hostile_server import HostileServer, answering, http_answer

OK, GONE, BUSY = (
    answering(http_answer(*answer)) for answer in ((200, b"ok"), (404, b"no_service"), (503, b"come back"))
)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock(Installation):
    """An installation whose clock a test sets."""

    time = NOW

    def wall_clock(self) -> datetime:
        return Clock.time


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "time", NOW)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    found = HostileServer(OK)
    yield found
    found.close()


def installed(folder: Path, **channels: Any) -> Clock:
    path = folder / "settings.yaml"
    path.write_text(json.dumps({"company": {"name": "Lumen"}, "channels": channels}), encoding="utf-8")
    return Clock(path, folder / "home")


def webhook(server: HostileServer, **more: Any) -> dict[str, Any]:
    return {"type": "slack", "webhook_url": server.url, **more}


def file(name: str) -> dict[str, Any]:
    return {"type": "file", "path": f"{name}.jsonl"}


def shown(folder: Path, name: str) -> list[str]:
    """The titles that a file channel has."""
    path = folder / f"{name}.jsonl"
    return [json.loads(line)["title"] for line in path.read_text().splitlines()] if path.exists() else []


def deliver(installation: Clock, *names: str, channel: str = "team") -> DeliveryReport:
    """Adds messages to a channel and delivers what is due."""
    messages = [
        Message(
            message_id=f"{name} {channel}",
            dedup_key=f"test/{name}/fired/{channel}",
            channel=channel,
            kind="pipeline",
            title=name,
            text="What happened.",
            content=Content.from_text(name, "What happened."),
        )
        for name in names
    ]
    with installation.ledger() as ledger:
        ledger.enqueue([outbox_item(each, alert_id=None, at=installation.wall_clock()) for each in messages])
        return deliver_messages(installation, ledger)


def test_operators_are_informed_once_of_a_channel_that_rejects_and_once_when_it_accepts(
    tmp_path: Path, server: HostileServer
) -> None:
    installation = installed(tmp_path, team=webhook(server, fallback="rest"), rest=file("rest"), operators=file("ops"))
    server.behaviour = GONE
    assert "team" in deliver(installation, "one").failing
    assert "team" in deliver(installation, "two").failing
    assert shown(tmp_path, "ops") == ["Failure: Channel team failed"]
    assert shown(tmp_path, "rest") == ["one", "two"]
    # A later pass with nothing to send still says so.
    Clock.time += timedelta(hours=5)
    [problem] = deliver(installation).problems
    assert problem.startswith("the channel team has not delivered since Monday 2 March 2026, 09:00")
    server.behaviour = OK
    assert deliver(installation, "three", "four").failing == {}
    assert shown(tmp_path, "ops") == ["Failure: Channel team failed", "Recovered: Channel team works again after 5 h"]
    assert deliver(installation, "five").problems == []
    assert len(shown(tmp_path, "ops")) == 2


def test_a_receiver_that_is_down_for_a_while_is_no_outage_before_an_hour(tmp_path: Path, server: HostileServer) -> None:
    installation = installed(tmp_path, team=webhook(server), operators=file("ops"))
    server.behaviour = BUSY
    for minutes in (0, 1, 10, 30, 59):
        Clock.time = NOW + timedelta(minutes=minutes)
        assert deliver(installation, *(["one"] if minutes == 0 else [])).failing == {}
    Clock.time = NOW + timedelta(hours=2)
    assert "team" in deliver(installation).failing
    assert shown(tmp_path, "ops") == ["Failure: Channel team failed"]
    server.behaviour = OK
    Clock.time = NOW + timedelta(hours=5)
    assert deliver(installation).sent == 2
    assert shown(tmp_path, "ops")[1:] == ["Recovered: Channel team works again after 3 h"]


def test_the_operators_channel_does_not_report_itself_and_its_fallback_does(
    tmp_path: Path, server: HostileServer
) -> None:
    installation = installed(tmp_path, operators=webhook(server, fallback="rest"), rest=file("rest"))
    server.behaviour = GONE
    report = deliver(installation, "shop fails", channel="operators")
    assert shown(tmp_path, "rest") == ["shop fails", "Failure: Channel operators failed"]
    assert len(server.requests) == 1
    assert "nobody is informed of failures" in report.failing["operators"]
    assert operators_problem(installation) == report.failing["operators"]
    assert "personne n'est informé des échecs" in (reason_in_french(report.failing["operators"]) or "")
    server.behaviour = OK
    deliver(installation, "again", channel="operators")
    assert shown(tmp_path, "rest")[2:] == ["Recovered: Channel operators works again after 0 s"]
    # What they missed, and for how long.
    assert [b"Recovered" in request for request in server.requests] == [False, False, True]
    assert operators_problem(installation) is None


def test_without_a_fallback_what_fails_is_in_every_later_report(tmp_path: Path, server: HostileServer) -> None:
    installation = installed(tmp_path, operators=webhook(server))
    server.behaviour = GONE
    record_outcomes(installation, [Outcome("run", "transform", "broken")])
    first = deliver(installation)
    assert (first.failed, list(first.failing)) == (1, ["operators"])
    record_outcomes(installation, [Outcome("run", "transform", "broken")])
    assert list(deliver(installation).failing) == ["operators"]
    assert len(server.requests) == 1
    # It is tried once it is corrected; nothing waits that would be tried.
    server.behaviour = OK
    assert [each.delivered for each in try_channels(installation, ["operators"])] == [True]
    assert operators_problem(installation) is None
    assert deliver(installation).sent == 1
    assert b"Recovered" in server.requests[-1]


def test_a_channel_that_was_removed_has_no_outage(tmp_path: Path, server: HostileServer) -> None:
    installation = installed(tmp_path, team=webhook(server), operators=file("ops"))
    server.behaviour = GONE
    deliver(installation, "one")
    installation = installed(tmp_path, operators=file("ops"))
    assert deliver(installation).failing == {}
    # A message to a channel that is not there is given up, and that is no outage of a channel.
    assert deliver(installation, "two").failing == {}
    assert shown(tmp_path, "ops") == ["one", "Failure: Channel team failed", "two"]


def test_two_channels_that_fail_are_two_outages(tmp_path: Path, server: HostileServer) -> None:
    installation = installed(
        tmp_path, a=webhook(server), b=webhook(server), operators=webhook(server, fallback="rest"), rest=file("rest")
    )
    server.behaviour = GONE
    deliver(installation, "one", channel="a")
    deliver(installation, "one", channel="b")
    titles = shown(tmp_path, "rest")
    assert sorted(title for title in titles if title.startswith("Failure")) == [
        "Failure: Channel a failed", "Failure: Channel b failed", "Failure: Channel operators failed",
    ]  # fmt: skip


def waiting(channel: str, hours: float, attempts: int, **more: Any) -> Undelivered:
    item = OutboxItem("m", "k", channel, None, {}, NOW - timedelta(hours=hours), **more)
    return Undelivered(item, "pending", attempts, NOW, "no answer")


@pytest.mark.parametrize(
    ("attempts", "undelivered", "expected"),
    [
        (Attempts(), [], {}),
        (Attempts(accepted={"a"}), [], {"a": None}),
        (Attempts(given_up={"a": "gone"}), [], {"a": "gone"}),
        # What is wrong is the message, not the channel.
        (Attempts(accepted={"a"}, given_up={"a": "too long"}), [waiting("a", 9, 9)], {"a": None}),
        (Attempts(), [waiting("a", 1, 2)], {"a": "no answer"}),
        (Attempts(), [waiting("a", 0.9, 7)], {}),
        # The machine was off: this was the first attempt.
        (Attempts(), [waiting("a", 50, 1)], {}),
        (Attempts(), [waiting("a", 50, 2, not_before=NOW - timedelta(minutes=5))], {}),
        (Attempts(given_up={"removed": "no channel"}), [waiting("removed", 5, 5)], {}),
    ],
)
def test_when_a_channel_cannot_deliver(
    attempts: Attempts, undelivered: list[Undelivered], expected: dict[str, str | None]
) -> None:
    assert failures_of(attempts, undelivered, {"a", "b"}, NOW) == expected
