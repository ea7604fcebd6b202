"""The settings of a Slack channel: what is accepted and what is refused."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from pipelines.config import SettingsError, load
from pipelines.notify.channels.slack import SlackChannel

WEBHOOK = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"


class Channels(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channels: dict[str, SlackChannel]


def test_the_webhook_is_not_shown() -> None:
    assert WEBHOOK not in repr(SlackChannel.model_validate({"type": "slack", "webhook_url": WEBHOOK}))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/services/T0/B0/secret",
        "hooks.slack.com/services/T0/B0/secret",
        "https:///services/T0/B0/secret",
        "https://hooks.slack.com:99999/services/T0/B0/secret",
        "https://hooks.slack.com/services/T0/B0/secret\r\nX: y",
        "https://hooks.slack.com/ services/T0/B0/secret",
        "ftp://hooks.slack.com/services/T0/B0/secret",
        "",
    ],
)
def test_an_invalid_webhook_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("channels:\n  support:\n    type: slack\n    webhook_url: ${HOOK:-}\n")
    with pytest.raises(SettingsError) as refused:
        load(path, Channels, environ={"HOOK": url})
    (problem,) = refused.value.problems
    assert (problem.line, problem.key) == (4, "channels.support.webhook_url")
    assert "secret" not in problem.message
    assert "***" not in problem.message
    assert "B0" not in str(problem)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_webhook_on_this_machine_needs_no_encryption(host: str) -> None:
    SlackChannel.model_validate({"type": "slack", "webhook_url": f"http://{host}:8065/hooks/abc"})
