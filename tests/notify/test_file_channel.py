"""The file channel: every message once, whole, whatever dies in the middle."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notify_samples import HOSTILE_NAMES, NOW, alert, numbered

from pipelines.notify.deliver import probe, send
from pipelines.notify.outcome import Undeliverable
from pipelines.notify.settings import FileChannel

CHANNEL = FileChannel(type="file", path=Path("out/messages.jsonl"))


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_each_message_is_one_record_a_line_in_the_order_sent(tmp_path: Path) -> None:
    for number in range(3):
        assert "appended" in send(CHANNEL, numbered(number), base=tmp_path, now=NOW).detail
    path = tmp_path / "out" / "messages.jsonl"
    assert records(path) == [numbered(number).to_record(sent_at=NOW) for number in range(3)]
    assert path.read_bytes().endswith(b"}\n")


def test_a_message_is_written_once_however_often_it_is_sent(tmp_path: Path) -> None:
    for _ in range(2):
        for number in range(3):
            send(CHANNEL, numbered(number), base=tmp_path, now=NOW, doubtful=True)
    found = [record["message_id"] for record in records(tmp_path / CHANNEL.path)]
    assert found == [numbered(number).message_id for number in range(3)]


def test_a_line_left_half_written_is_ended_and_its_message_sent_again(tmp_path: Path) -> None:
    path = tmp_path / CHANNEL.path
    send(CHANNEL, numbered(0), base=tmp_path, now=NOW)
    whole = path.read_bytes()
    torn = numbered(1).to_line()[:-40]
    path.write_bytes(whole + torn)
    send(CHANNEL, numbered(1), base=tmp_path, now=NOW)
    assert path.read_bytes() == whole + torn + b"\n" + numbered(1).to_line(sent_at=NOW)


def test_a_whole_record_without_its_newline_counts(tmp_path: Path) -> None:
    path = tmp_path / CHANNEL.path
    send(CHANNEL, numbered(0), base=tmp_path, now=NOW)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    send(CHANNEL, numbered(0), base=tmp_path, now=NOW)
    send(CHANNEL, numbered(1), base=tmp_path, now=NOW)
    assert [record["message_id"] for record in records(path)] == [numbered(n).message_id for n in range(2)]


def test_an_id_in_the_text_of_another_message_does_not_count(tmp_path: Path) -> None:
    for text in (numbered(1).message_id, f'"{numbered(1).message_id}"', f'"message_id": "{numbered(1).message_id}"'):
        quoting = numbered(0).model_copy(update={"text": text, "message_id": text, "title": text})
        send(CHANNEL, quoting, base=tmp_path, now=NOW)
    path = tmp_path / CHANNEL.path
    path.write_bytes(
        path.read_bytes().replace(b'{"message_id": "' + numbered(1).message_id.encode() + b'"', b'{"x": "y"')
    )
    size = len(records(path))
    path.write_bytes(path.read_bytes() + b"[1]\n\xff\xfe not a record\n")
    send(CHANNEL, numbered(1), base=tmp_path, now=NOW)
    assert path.read_bytes().endswith(numbered(1).to_line(sent_at=NOW))
    assert size == 3


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_stay_within_their_record(tmp_path: Path, name: str) -> None:
    message = alert(name)
    send(CHANNEL, message, base=tmp_path, now=NOW)
    text = (tmp_path / CHANNEL.path).read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1
    assert json.loads(text) == message.to_record(sent_at=NOW)


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_one_line_even_for_readers_that_break_at_unusual_marks(tmp_path: Path, text: str) -> None:
    line = numbered(0).model_copy(update={"text": text, "owner": text}).to_line().decode()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == text


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from notify_samples import numbered
from pipelines.notify.file import send
from pipelines.notify.settings import FileChannel

print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    channel = FileChannel(type="file", path=Path("out/messages.jsonl"))
    send(channel, numbered(number), base=Path(sys.argv[2]), now=datetime.now(UTC))
    print(number, flush=True)
"""


def writer(base: Path, first: int, last: int) -> "subprocess.Popen[str]":
    """A process that says it is ready, waits for a line, and sends the messages numbered `first` to `last`."""
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(base), str(first), str(last)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def let_go(*writers: "subprocess.Popen[str]") -> None:
    for process in writers:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in writers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def test_two_processes_that_send_the_same_messages_write_each_once(tmp_path: Path) -> None:
    writers = [writer(tmp_path, 0, 100), writer(tmp_path, 0, 100)]
    let_go(*writers)
    for process in writers:
        process.communicate(timeout=30)
        assert process.returncode == 0
    found = [record["message_id"] for record in records(tmp_path / CHANNEL.path)]
    assert sorted(map(str, found)) == sorted(numbered(number).message_id for number in range(100))


def test_a_writer_waits_for_its_turn_and_then_sees_what_the_other_wrote(tmp_path: Path) -> None:
    path = tmp_path / CHANNEL.path
    send(CHANNEL, numbered(0), base=tmp_path, now=NOW)
    waiting = threading.Thread(target=send, args=(CHANNEL, numbered(1)), kwargs={"base": tmp_path, "now": NOW})
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting.start()
        waiting.join(timeout=0.2)
        assert waiting.is_alive()
        other.write(numbered(1).to_line(sent_at=NOW))
    waiting.join()
    assert [record["message_id"] for record in records(path)] == [numbered(n).message_id for n in range(2)]


def test_what_was_reported_sent_is_there_after_a_kill(tmp_path: Path) -> None:
    process = writer(tmp_path, 0, 1_000_000)
    let_go(process)
    assert process.stdout is not None
    for _ in range(25):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    reported = 25 + len(process.stdout.read().split())
    process.communicate()
    send(CHANNEL, numbered(-1), base=tmp_path, now=NOW)
    found = {record["message_id"] for record in records(tmp_path / CHANNEL.path)}
    assert {numbered(number).message_id for number in (-1, *range(reported))} <= found


def test_a_full_disk_is_worth_another_try() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(Undeliverable, match="No space left") as refused:
        send(FileChannel(type="file", path=Path("/dev/full")), alert(), base=Path(), now=NOW)
    assert refused.value.can_retry


def test_a_folder_in_place_of_the_file_is_not(tmp_path: Path) -> None:
    channel = FileChannel(type="file", path=Path())
    with pytest.raises(Undeliverable, match="Is a directory") as refused:
        send(channel, alert(), base=tmp_path, now=NOW)
    assert not refused.value.can_retry
    assert str(tmp_path) in str(probe(channel, base=tmp_path))


def test_a_probe_leaves_nothing_behind(tmp_path: Path) -> None:
    assert probe(CHANNEL, base=tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    send(CHANNEL, alert(), base=tmp_path, now=NOW)
    before = (tmp_path / CHANNEL.path).read_bytes()
    assert probe(CHANNEL, base=tmp_path) is None
    assert (tmp_path / CHANNEL.path).read_bytes() == before


def test_a_probe_finds_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    assert "Not a directory" in str(probe(CHANNEL, base=tmp_path))
    with pytest.raises(Undeliverable) as refused:
        send(CHANNEL, alert(), base=tmp_path, now=NOW)
    assert not refused.value.can_retry
