"""The e-mail channel against mail servers that say too much, too little, too slowly or nonsense."""

import base64
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_server import Behaviour, Client, HostileServer
from notify_receivers import PASSWORD, USERNAME
from notify_samples import NOW, alert

from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.channels.email import EmailChannel
from pipelines.notify.outcome import Undeliverable

Start = Callable[..., HostileServer]

PATIENCE = 10.0
CONTEXT = ChannelContext(Path(), NOW)


def channel(server: HostileServer, *, login: bool = False, **smtp: Any) -> EmailChannel:
    credentials = {"username": USERNAME, "password": PASSWORD} if login else {}
    given = {"host": "127.0.0.1", "port": server.port, "timeout": 0.5, "starttls": "never", **credentials, **smtp}
    settings = {"type": "email", "to": ["a@example.com", "b@example.com"], "deadline": "1s", "smtp": given}
    return EmailChannel.model_validate(settings)


def dialogue(*lines: bytes, then: Behaviour = lambda client: client.connection.recv(65_536)) -> Behaviour:
    """Greets, answers each command with the next of `lines`, then behaves as given."""

    def behave(client: Client) -> object:
        client.connection.sendall(b"220 hello\r\n")
        for line in lines:
            if not client.connection.recv(65_536):
                return None
            client.connection.sendall(line)
        return then(client)

    return behave


def challenge(text: bytes) -> Behaviour:
    return dialogue(b"250-host\r\n250 AUTH CRAM-MD5\r\n", b"334 " + text + b"\r\n", b"535 no\r\n")


ENDLESS = {
    "banner": lambda client: client.send_forever(b"220-" + b"x" * 500 + b"\r\n"),
    "banner without a line break": lambda client: client.send_forever(b"x" * 65_536),
    "banner, a byte at a time": lambda client: client.send_forever(b"2", pause=0.02),
    "banner, a line at a time": lambda client: client.send_forever(b"220-\r\n", pause=0.02),
    "nothing": lambda client: client.connection.recv(1),
    "greeting of the client": dialogue(then=lambda client: client.send_forever(b"250-x\r\n")),
    "answer to the sender": dialogue(b"250 host\r\n", then=lambda client: client.send_forever(b"250-x\r\n", pause=0.01)),
}  # fmt: skip


@pytest.mark.parametrize("behaviour", ENDLESS.values(), ids=ENDLESS)
def test_a_server_that_does_not_end_is_left_in_time_and_within_memory(hostile: Start, behaviour: Behaviour) -> None:
    server = hostile(behaviour, reads_request=False)
    began = time.monotonic()
    tracemalloc.start()
    try:
        with pytest.raises(Undeliverable) as refused:
            channel(server).send(alert(), CONTEXT)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < PATIENCE
    assert refused.value.can_retry
    server.finish()
    assert channel(server).probe(CONTEXT)


def test_the_deadline_includes_the_tls_handshake(hostile: Start) -> None:
    server = hostile(lambda client: client.send_forever(b"\x16", pause=0.02), reads_request=False)
    with pytest.raises(Undeliverable):
        channel(server, tls=True, timeout=5).send(alert(), CONTEXT)
    server.finish()


@pytest.mark.parametrize(
    "text",
    [b"", b"x", b"QQ", b"QQ=", b"====", b"\xff\xfe", "é".encode(), base64.b64encode(b"<1@host>"), b"Q" * 9_000],
)
def test_an_odd_challenge_for_the_login_is_a_failure_in_words(hostile: Start, text: bytes) -> None:
    server = hostile(challenge(text), reads_request=False)
    with pytest.raises(Undeliverable) as refused:
        channel(server, login=True).send(alert(), CONTEXT)
    assert PASSWORD not in refused.value.reason


@pytest.mark.parametrize(
    "answers",
    [
        (b"hello\r\n",),
        (b"999 what\r\n",),
        (b"25\r\n",),
        (b"250\r\n", b"\r\n"),
        (b"\xff\xfe\x00\r\n",),
        (b"250-SIZE many\r\n250 SIZE\r\n", b"250 ok\r\n", b"2 5 0\r\n"),
        (b"250-AUTH\r\n250 AUTH=\r\n", b"250 ok\r\n", b"421 bye\r\n"),
        (b"421 too busy\r\n",),
        (b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n", b""),
    ],
)
@pytest.mark.parametrize("login", [False, True])
def test_an_odd_answer_is_a_failure_in_words(hostile: Start, answers: tuple[bytes, ...], login: bool) -> None:
    server = hostile(dialogue(*answers, then=lambda client: None), reads_request=False)
    with pytest.raises(Undeliverable) as refused:
        channel(server, login=login).send(alert(), CONTEXT)
    assert len(refused.value.reason) < 700


def test_a_server_that_is_gone_after_the_content_may_have_the_message(hostile: Start) -> None:
    answers = (b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")
    server = hostile(dialogue(*answers, then=lambda client: client.connection.recv(65_536)), reads_request=False)
    with pytest.raises(Undeliverable) as refused:
        channel(server).send(alert(), CONTEXT)
    assert refused.value.may_have_arrived


@pytest.mark.parametrize(
    "spelled",
    [
        PASSWORD.encode(),
        base64.b64encode(f"\0{USERNAME}\0{PASSWORD}".encode()),
        PASSWORD.encode().hex().encode(),
        PASSWORD.swapcase().encode(),
        "".join(f"%{octet:02X}" for octet in PASSWORD.encode()).encode(),
        b"x" * 190 + PASSWORD.encode(),
    ],
)
def test_a_password_that_the_server_repeats_is_hidden(hostile: Start, spelled: bytes) -> None:
    answers = (b"250-host\r\n250 AUTH PLAIN\r\n", b"535 no login with " + spelled + b"\r\n")
    server = hostile(dialogue(*answers), reads_request=False)
    with pytest.raises(Undeliverable) as refused:
        channel(server, login=True).send(alert(), CONTEXT)
    reason = refused.value.reason.lower()
    assert PASSWORD.lower() not in reason
    assert PASSWORD.encode().hex() not in reason
    # Neither is a beginning of it that the limit of a quotation would leave.
    assert PASSWORD.lower()[:5] not in reason
    assert base64.b64encode(PASSWORD.encode()).decode()[3:12].lower() not in reason


def test_a_name_that_cannot_be_resolved_ends_in_time() -> None:
    settings = {"type": "email", "to": ["a@example.com"], "smtp": {"host": "name.invalid", "starttls": "never"}}
    assert "name.invalid" in str(EmailChannel.model_validate(settings | {"deadline": "2s"}).probe(CONTEXT))
