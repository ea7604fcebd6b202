"""Which hosts are this machine, and how answers of servers are quoted."""

import time

import pytest

from pipelines.config import redact
from pipelines.notify.network import is_loopback, quote_answer


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("mail.example.com", False),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_secret_that_the_limit_would_cut_is_not_quoted() -> None:
    def redacted(text: str) -> str:
        return text.replace("verysecret", "***")

    for before in range(8_180, 8_200):
        assert "very" not in quote_answer(" " * before + "verysecret" + "x" * 9_000, redacted)
    assert quote_answer(b"no: verysecret", redacted) == "no: ***"


def test_a_long_answer_of_any_kind_is_quoted_at_once() -> None:
    began = time.monotonic()
    for piece in ("x", "a://:", "@", "%25", "&#", "\\", "http://u:p", "="):
        assert len(quote_answer(piece * 60_000, lambda text: redact(text, ["a%5=&\\secret of mine"]))) <= 200
    assert time.monotonic() - began < 20
