"""The file channel: each message once and whole, even if a process is killed while it writes."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from notify_samples import HOSTILE_NAMES, NOW, alert, numbered

from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.channels.file import FileChannel
from pipelines.notify.message import Message
from pipelines.notify.outcome import Receipt, Undeliverable

CHANNEL = FileChannel(type="file", path=Path("out/messages.jsonl"))


def send(message: Message, base: Path, channel: FileChannel = CHANNEL) -> Receipt:
    return channel.send(message, ChannelContext(base, NOW))


def probe(base: Path, channel: FileChannel = CHANNEL) -> str | None:
    return channel.probe(ChannelContext(base, NOW))


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_each_message_is_one_record_a_line_in_the_order_of_sending(tmp_path: Path) -> None:
    for number in range(3):
        assert "appended" in send(numbered(number), tmp_path).detail
    path = tmp_path / "out" / "messages.jsonl"
    assert records(path) == [numbered(number).to_record(sent_at=NOW) for number in range(3)]
    assert path.read_bytes().endswith(b"}\n")


def test_a_message_that_is_sent_twice_is_appended_once(tmp_path: Path) -> None:
    for _ in range(2):
        for number in range(3):
            send(numbered(number), tmp_path)
    found = [record["message_id"] for record in records(tmp_path / CHANNEL.path)]
    assert found == [numbered(number).message_id for number in range(3)]


def test_a_half_written_line_is_ended_and_its_message_appended_again(tmp_path: Path) -> None:
    path = tmp_path / CHANNEL.path
    send(numbered(0), tmp_path)
    whole = path.read_bytes()
    torn = numbered(1).to_line()[:-40]
    path.write_bytes(whole + torn)
    send(numbered(1), tmp_path)
    assert path.read_bytes() == whole + torn + b"\n" + numbered(1).to_line(sent_at=NOW)


def test_a_whole_record_without_its_line_break_counts(tmp_path: Path) -> None:
    path = tmp_path / CHANNEL.path
    send(numbered(0), tmp_path)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    send(numbered(0), tmp_path)
    send(numbered(1), tmp_path)
    assert [record["message_id"] for record in records(path)] == [numbered(n).message_id for n in range(2)]


def test_an_id_in_the_text_of_another_message_does_not_count(tmp_path: Path) -> None:
    for text in (numbered(1).message_id, f'"{numbered(1).message_id}"', f'"message_id": "{numbered(1).message_id}"'):
        quoting = numbered(0).model_copy(update={"text": text, "message_id": text, "title": text})
        send(quoting, tmp_path)
    path = tmp_path / CHANNEL.path
    path.write_bytes(
        path.read_bytes().replace(b'{"message_id": "' + numbered(1).message_id.encode() + b'"', b'{"x": "y"')
    )
    size = len(records(path))
    path.write_bytes(path.read_bytes() + b"[1]\n\xff\xfe not a record\n")
    send(numbered(1), tmp_path)
    assert path.read_bytes().endswith(numbered(1).to_line(sent_at=NOW))
    assert size == 3


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_stay_inside_their_record(tmp_path: Path, name: str) -> None:
    message = alert(name)
    send(message, tmp_path)
    text = (tmp_path / CHANNEL.path).read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1
    assert json.loads(text) == message.to_record(sent_at=NOW)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from notify_samples import numbered
from pipelines.notify.channels.base import ChannelContext
from pipelines.notify.channels.file import FileChannel

print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    channel = FileChannel(type="file", path=Path("out/messages.jsonl"))
    channel.send(numbered(number), ChannelContext(Path(sys.argv[2]), datetime.now(UTC)))
    print(number, flush=True)
"""


def writer(base: Path, first: int, last: int) -> "subprocess.Popen[str]":
    """Starts a process that prints `ready`, waits for a line, and sends the messages numbered `first` to `last`."""
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parents[1]), str(base), str(first), str(last)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def start_together(*writers: "subprocess.Popen[str]") -> None:
    for process in writers:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in writers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def test_two_processes_with_the_same_messages_append_each_once(tmp_path: Path) -> None:
    writers = [writer(tmp_path, 0, 100), writer(tmp_path, 0, 100)]
    start_together(*writers)
    for process in writers:
        process.communicate(timeout=30)
        assert process.returncode == 0
    found = [record["message_id"] for record in records(tmp_path / CHANNEL.path)]
    assert sorted(map(str, found)) == sorted(numbered(number).message_id for number in range(100))


def test_a_process_waits_for_the_lock_and_then_finds_what_the_other_appended(tmp_path: Path) -> None:
    path = tmp_path / CHANNEL.path
    send(numbered(0), tmp_path)
    waiting = threading.Thread(target=send, args=(numbered(1), tmp_path))
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting.start()
        waiting.join(timeout=0.2)
        assert waiting.is_alive()
        other.write(numbered(1).to_line(sent_at=NOW))
    waiting.join()
    assert [record["message_id"] for record in records(path)] == [numbered(n).message_id for n in range(2)]


def test_messages_reported_as_sent_are_in_the_file_after_a_kill(tmp_path: Path) -> None:
    process = writer(tmp_path, 0, 1_000_000)
    start_together(process)
    assert process.stdout is not None
    for _ in range(25):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    reported = 25 + len(process.stdout.read().split())
    process.communicate()
    send(numbered(-1), tmp_path)
    found = {record["message_id"] for record in records(tmp_path / CHANNEL.path)}
    assert {numbered(number).message_id for number in (-1, *range(reported))} <= found


def test_a_full_disk_can_be_retried() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(Undeliverable, match="No space left") as refused:
        send(alert(), Path(), FileChannel(type="file", path=Path("/dev/full")))
    assert refused.value.can_retry


def test_a_folder_with_the_name_of_the_file_cannot_be_retried(tmp_path: Path) -> None:
    channel = FileChannel(type="file", path=Path())
    with pytest.raises(Undeliverable, match="Is a directory") as refused:
        send(alert(), tmp_path, channel)
    assert not refused.value.can_retry
    assert str(tmp_path) in str(probe(tmp_path, channel))


def test_a_probe_creates_and_changes_nothing(tmp_path: Path) -> None:
    assert probe(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    send(alert(), tmp_path)
    before = (tmp_path / CHANNEL.path).read_bytes()
    assert probe(tmp_path) is None
    assert (tmp_path / CHANNEL.path).read_bytes() == before


def test_a_probe_finds_a_file_with_the_name_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    assert "Not a directory" in str(probe(tmp_path))
    with pytest.raises(Undeliverable) as refused:
        send(alert(), tmp_path)
    assert not refused.value.can_retry
