"""PagerDuty and Opsgenie: one incident from its first message to its end, against servers on loopback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_server import HostileServer, answering, http_answer
from notify_samples import ENGLISH, HOSTILE_NAMES, NOW, RULE, alert, event, kpi

from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.channels.opsgenie import OpsgenieChannel
from pipelines.notify.channels.pagerduty import PagerdutyChannel
from pipelines.notify.compose import compose, compose_test
from pipelines.notify.message import Message, thread_id
from pipelines.notify.outcome import Undeliverable

Start = Callable[..., HostileServer]

KEY = "verysecretkey0123456789abcdef012"
CONTEXT = ChannelContext(Path(), NOW)
SUCCESS = b'{"status": "success", "message": "Event processed", "dedup_key": "x"}'
RESOLVED = compose(event({"value": 0.9}, kind="resolved"), RULE, kpi(), "support", ENGLISH)
WARNED = compose(event(severity="warn"), RULE, kpi(), "support", ENGLISH)


def pagerduty(url: str, **more: Any) -> PagerdutyChannel:
    return PagerdutyChannel.model_validate({"type": "pagerduty", "routing_key": KEY, "url": url, "timeout": 5} | more)


def opsgenie(url: str, **more: Any) -> OpsgenieChannel:
    return OpsgenieChannel.model_validate({"type": "opsgenie", "api_key": KEY, "url": url, "timeout": 5} | more)


def sent(server: HostileServer) -> list[tuple[str, dict[str, Any]]]:
    """The path and the JSON body of each request."""
    found = []
    for request in server.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        found.append((head.split(b" ")[1].decode(), json.loads(body)))
    return found


def test_pagerduty_gets_one_incident_that_is_resolved(hostile: Start) -> None:
    server = hostile(answering(http_answer(202, SUCCESS)))
    channel = pagerduty(server.url)
    for message in (alert(), WARNED, RESOLVED):
        receipt = channel.send(message, CONTEXT)
        assert receipt.ids == {"dedup_key": thread_id(alert().dedup_key)}
    first, second, last = [body for _, body in sent(server)]
    assert [each["event_action"] for each in (first, second, last)] == ["trigger", "trigger", "resolve"]
    assert {each["dedup_key"] for each in (first, second, last)} == {thread_id(alert().dedup_key)}
    assert (first["payload"]["severity"], second["payload"]["severity"]) == ("critical", "warning")
    assert first["payload"]["summary"] == alert().title
    assert first["payload"]["custom_details"]["rule"] == "csat-floor"
    assert first["routing_key"] == KEY


def test_opsgenie_gets_one_alert_that_is_closed(hostile: Start) -> None:
    server = hostile(answering(http_answer(202, b'{"result": "Request will be processed"}')))
    channel = opsgenie(server.url)
    for message in (alert(), WARNED, RESOLVED):
        channel.send(message, CONTEXT)
    alias = thread_id(alert().dedup_key)
    (path, first), (_, second), (close, _) = sent(server)
    assert (first["alias"], second["alias"]) == (alias, alias)
    assert (first["priority"], second["priority"]) == ("P1", "P3")
    assert close == f"{path}/{alias}/close?identifierType=alias"
    assert f"Authorization: GenieKey {KEY}".encode() in server.requests[0]


@pytest.mark.parametrize("build", [pagerduty, opsgenie])
def test_what_is_no_incident_is_an_event_of_its_own(hostile: Start, build: Callable[..., Channel]) -> None:
    server = hostile(answering(http_answer(202, SUCCESS)))
    message = compose_test("pager", NOW, ENGLISH)
    build(server.url).send(message, CONTEXT)
    [(_, body)] = sent(server)
    assert message.message_id in (body.get("dedup_key"), body.get("alias"))


@pytest.mark.parametrize("build", [pagerduty, opsgenie])
@pytest.mark.parametrize(
    ("answer", "can_retry", "may_have_arrived", "wait"),
    [
        (http_answer(200, SUCCESS), True, True, None),
        (http_answer(204), True, True, None),
        (http_answer(302, b"", b"Location: http://127.0.0.1:1/"), True, False, None),
        (http_answer(400, b'{"status": "invalid event"}'), False, False, None),
        (http_answer(403, KEY.encode()), False, False, None),
        (http_answer(429, b"", b"Retry-After: 60"), True, False, 60.0),
        (http_answer(429, b"", b"Retry-After: 999999999999999999999999999999"), True, False, 21_600.0),
        (http_answer(500), True, True, None),
        (b"", True, True, None),
    ],
)
def test_other_answers_decide_about_a_retry(
    hostile: Start,
    build: Callable[..., Channel],
    answer: bytes,
    can_retry: bool,
    may_have_arrived: bool,
    wait: float | None,
) -> None:
    server = hostile(answering(answer))
    with pytest.raises(Undeliverable) as refused:
        build(server.url).send(alert(), CONTEXT)
    assert (refused.value.can_retry, refused.value.may_have_arrived) == (can_retry, may_have_arrived)
    assert refused.value.retry_after == wait
    assert "verysecret" not in refused.value.reason


@pytest.mark.parametrize("body", [b"", b"[]", b'{"status": "invalid event"}', b"<html>", b"[" * 60_000])
def test_pagerduty_says_success_or_nothing_was_accepted(hostile: Start, body: bytes) -> None:
    with pytest.raises(Undeliverable) as refused:
        pagerduty(hostile(answering(http_answer(202, body))).url).send(alert(), CONTEXT)
    assert refused.value.can_retry


@pytest.mark.parametrize("build", [pagerduty, opsgenie])
def test_hostile_names_stay_data(hostile: Start, build: Callable[..., Channel]) -> None:
    server = hostile(answering(http_answer(202, SUCCESS)))
    messages: list[Message] = [alert(name) for name in HOSTILE_NAMES]
    for message in messages:
        build(server.url).send(message, CONTEXT)
    assert len(sent(server)) == len(messages)


@pytest.mark.parametrize("build", [pagerduty, opsgenie])
def test_a_probe_sends_no_event(hostile: Start, closed_port: int, build: Callable[..., Channel]) -> None:
    server = hostile(answering(http_answer(404)))
    assert build(server.url).probe(CONTEXT) is None
    assert server.requests[0].startswith(b"HEAD / ")
    assert "connection refused" in str(build(f"http://127.0.0.1:{closed_port}/").probe(CONTEXT))


@pytest.mark.parametrize(
    ("build", "settings"),
    [
        (pagerduty, {"url": "http://events.pagerduty.com/v2/enqueue"}),
        (pagerduty, {"routing_key": "short"}),
        (opsgenie, {"url": "ftp://127.0.0.1/"}),
        (opsgenie, {"timeout": 0}),
    ],
)
def test_settings_that_are_refused(build: Callable[..., Channel], settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        build(settings.pop("url", "https://127.0.0.1/"), **settings)
