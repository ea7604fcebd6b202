"""The kinds of channels: a folder is enough for a new one."""

import sys
from pathlib import Path
from typing import Any

import pytest
from notify_samples import NOW, alert
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pipelines.config import load
from pipelines.notify import channels
from pipelines.notify.channels import AnyChannel, channel_types
from pipelines.notify.channels.base import Channel, ChannelContext
from pipelines.notify.channels.email import EmailChannel
from pipelines.notify.channels.file import FileChannel
from pipelines.notify.channels.slack import SlackChannel

WEBHOOK = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"

PRINTER = '''
from typing import Literal

from pipelines.notify.channels.base import Channel
from pipelines.notify.outcome import Receipt


class PrinterChannel(Channel):
    """A printer."""

    type: Literal["printer"]
    tray: int = 1

    def send(self, message, context):
        (context.base / f"tray-{self.tray}.txt").write_text(message.title)
        return Receipt("printed")

    def probe(self, context):
        return None if context.base.exists() else f"{context.base} does not exist"
'''


@pytest.fixture
def printer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Adds a folder to those that the registry discovers."""
    (tmp_path / "printer").mkdir()
    (tmp_path / "printer" / "__init__.py").write_text(PRINTER)
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    yield tmp_path
    sys.modules.pop("pipelines.notify.channels.printer", None)


def validated(**given: Any) -> Channel:
    adapter: TypeAdapter[Channel] = TypeAdapter(AnyChannel)
    return adapter.validate_python(given)


def test_every_folder_is_a_kind_of_channel() -> None:
    [folder] = channels.__path__
    packages = sorted(path.parent.name for path in Path(folder).glob("*/__init__.py"))
    assert [kind.__module__.split(".")[3] for kind in channel_types()] == packages
    assert {EmailChannel, FileChannel, SlackChannel} <= set(channel_types())


def test_the_settings_of_the_specification_are_accepted(tmp_path: Path) -> None:
    class Channels(BaseModel):
        model_config = ConfigDict(extra="forbid")

        channels: dict[str, AnyChannel]

    path = tmp_path / "settings.yaml"
    path.write_text(
        "channels:\n"
        '  support: {type: slack, webhook_url: "${SLACK_WEBHOOK_URL}"}\n'
        "  heads: {type: email, to: [heads@example.com], smtp: {host: localhost, port: 1025}}\n"
        "  log: {type: file, path: messages.jsonl}\n"
    )
    loaded = load(path, Channels, environ={"SLACK_WEBHOOK_URL": WEBHOOK}).channels
    support, heads, log = loaded["support"], loaded["heads"], loaded["log"]
    assert isinstance(support, SlackChannel)
    assert support.webhook_url.get_secret_value() == WEBHOOK
    assert isinstance(heads, EmailChannel)
    assert (heads.smtp.port, heads.smtp.starttls, heads.smtp.tls) == (1025, "auto", False)
    assert log == FileChannel(type="file", path=Path("messages.jsonl"))


def test_a_new_folder_needs_no_other_change(printer: Path) -> None:
    channel = validated(type="printer", tray=2)
    context = ChannelContext(printer, NOW)
    assert channel.probe(context) is None
    assert channel.send(alert(), context).detail == "printed"
    assert (printer / "tray-2.txt").read_text() == alert().title
    with pytest.raises(ValidationError, match="colour"):
        validated(type="printer", colour="red")


def test_a_folder_without_a_channel_is_an_error(printer: Path) -> None:
    (printer / "printer" / "__init__.py").write_text("")
    with pytest.raises(TypeError, match=r"channels\.printer exports 0 subclasses of Channel"):
        channel_types()


def test_a_channel_needs_send_and_probe() -> None:
    class Silent(Channel):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Silent(type="silent")
