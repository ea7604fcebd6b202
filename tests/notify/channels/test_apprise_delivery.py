"""The Apprise channel: its process against servers on loopback."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_server import Client, HostileServer, answering, http_answer
from notify_samples import ENGLISH, HOSTILE_NAMES, NOW, RULE, alert, event, kpi
from pydantic import SecretStr

from pipelines.config import SettingsError
from pipelines.notify.channels.apprise import AppriseChannel, worker
from pipelines.notify.channels.apprise.channel import inert
from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.compose import compose
from pipelines.notify.outcome import Undeliverable
from pipelines.services.installation import Installation

Start = Callable[..., HostileServer]

CONTEXT = ChannelContext(Path(), NOW)
RESOLVED = compose(event({"value": 0.9}, kind="resolved"), RULE, kpi(), "support", ENGLISH)
WARNED = compose(event(severity="warn"), RULE, kpi(), "support", ENGLISH)


def channel(server: HostileServer, **more: Any) -> AppriseChannel:
    url = f"json://user:verysecretpass@127.0.0.1:{server.port}/verysecretpath?-token=verysecretvalue"
    return AppriseChannel.model_validate({"type": "apprise", "url": url, "timeout": 20} | more)


def bodies(server: HostileServer) -> list[dict[str, Any]]:
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests]


def refusal(through: AppriseChannel) -> Undeliverable:
    with pytest.raises(Undeliverable) as refused:
        through.send(alert(), CONTEXT)
    assert "verysecret" not in refused.value.reason
    return refused.value


def test_a_message_arrives_with_its_kind(hostile: Start) -> None:
    server = hostile(answering(http_answer(200)))
    for message in (alert(), WARNED, RESOLVED):
        assert channel(server).send(message, CONTEXT).ids is None
    assert [body["type"] for body in bodies(server)] == ["failure", "warning", "success"]
    first = bodies(server)[0]
    assert first["title"] == alert().title
    assert first["message"].startswith("Fell from 83% the week before to 64%.")
    assert "- channel chat: \N{MINUS SIGN}5 points, because its own rate fell from 50% to 25%" in first["message"]
    assert first["message"].endswith('Silence: vigie silence 5e1f0c2a9b77 --for 7d --reason "why"')
    # The operator's own link is one.
    assert "https://wiki.example.com/csat?team=chat&step=1" in first["message"]


@pytest.mark.parametrize(
    ("answer", "can_retry"),
    [
        (http_answer(302, b"", b"Location: /elsewhere"), True),
        (http_answer(404, b"verysecretpath"), False),
        (http_answer(429), True),
        (http_answer(500), True),
        (b"", True),
        (b"not HTTP\r\n\r\n", True),
    ],
)
def test_what_the_service_answers_decides_about_a_retry(hostile: Start, answer: bytes, can_retry: bool) -> None:
    server = hostile(answering(answer))
    assert refusal(channel(server)).can_retry is can_retry
    assert len(server.requests) == 1


def test_a_service_that_does_not_answer_in_time_is_abandoned(hostile: Start) -> None:
    server = hostile(lambda client: client.send_forever(b"H", pause=0.05))
    began = time.monotonic()
    refused = refusal(channel(server, timeout=2))
    assert time.monotonic() - began < 10
    assert refused.reason == "the service did not answer within 2 s"
    assert (refused.can_retry, refused.may_have_arrived) == (True, True)
    # The process is gone, and its connection with it.
    server.finish()


def test_an_answer_without_end_does_not_fill_the_memory(hostile: Start) -> None:
    def endless(client: Client) -> int:
        client.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        return client.send_forever(b"x" * 1_048_576)

    server = hostile(endless)
    assert refusal(channel(server, timeout=6)).can_retry
    server.finish()
    assert server.results[0] < 2 * worker.MEMORY_LIMIT  # type: ignore[operator]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_from_data_have_no_effect(name: str) -> None:
    shown = inert(name)
    assert not set("<>*`~") & set(shown)
    for mention in ("@everyone", "@here", "http://", "](", "[click"):
        assert mention not in shown


def test_the_url_is_checked_and_never_repeated(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("company: {name: Lumen}\nchannels: {team: {type: apprise, url: not-an-address-verysecret}}\n")
    with pytest.raises(SettingsError) as refused:
        Installation(settings, tmp_path / "home").settings()
    assert "verysecret" not in str(refused.value)
    unknown = AppriseChannel(type="apprise", url=SecretStr("nosuchthing://verysecret"))
    assert "does not know this URL" in str(unknown.probe(CONTEXT))
    assert not refusal(unknown).can_retry
    assert AppriseChannel(type="apprise", url=SecretStr("discord://1234567890/verysecret")).probe(CONTEXT) is None


def test_no_log_contains_the_url(hostile: Start, caplog: pytest.LogCaptureFixture) -> None:
    server = hostile(answering(http_answer(404)))
    with caplog.at_level("DEBUG"):
        refusal(channel(server))
    assert "verysecret" not in caplog.text


@pytest.mark.parametrize(
    ("url", "key", "action"),
    [
        ("pagerduty://0123456789abcdef0123456789abcdef@source/component", "dedup", "trigger"),
        ("opsgenie://0123456789abcdef", "alias", "close"),
        ("splunk://apikey@routing_key", "entity_id", "critical"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_services_with_incidents_get_a_key_that_stays_the_same(url: str, key: str, action: str) -> None:
    found = worker.prepare(url, "the incident")
    assert getattr(found, key) == "the incident"
    assert found.action == "map"
    own = worker.prepare(f"{url}?action={action}&{key}=own", "the incident")
    assert (own.action != "map", getattr(own, key)) == (True, "own")


def test_the_process_needs_nothing_of_vigie() -> None:
    asked = {"url": "json://127.0.0.1:1/", "title": "", "body": "", "type": "info", "incident": "x"}
    done = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", worker.__file__],
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1])["known"]
    assert "pipelines" not in done.stderr
