"""Files are delivered whole or not at all, to folders and addresses; errors have no secrets."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
from export_receivers import SftpFolder
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.export.destination import destination, probe
from pipelines.export.errors import ExportError


def test_a_file_in_a_folder_is_replaced_as_a_whole_without_leftovers(tmp_path: Path) -> None:
    place = destination(str(tmp_path / "new" / "exports"))
    address = place.put("weekly.csv", b"one")
    with Path(address).open("rb") as reader:
        assert place.put("weekly.csv", b"two") == address
        assert reader.read() == b"one"
    assert Path(address).read_bytes() == b"two"
    assert place.names() == ["weekly.csv"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(Path(address).stat().st_mode) == 0o666 & ~umask
    place.remove("weekly.csv")
    place.remove("weekly.csv")
    assert place.names() == []


def test_temporary_files_of_killed_writers_are_removed_after_a_day_and_other_files_stay(tmp_path: Path) -> None:
    old = tmp_path / ".weekly.csv.0123456789abcdef.tmp"
    young = tmp_path / ".weekly.csv.fedcba9876543210.tmp"
    foreign = tmp_path / ".notes.tmp"
    for path in (old, young, foreign):
        path.write_bytes(b"half")
    two_days_ago = young.stat().st_mtime - 2 * 86_400
    for path in (old, foreign):
        os.utime(path, (two_days_ago, two_days_ago))
    destination(str(tmp_path)).put("weekly.csv", b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [foreign.name, young.name, "weekly.csv"]


def test_a_folder_that_cannot_be_created_is_named(tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("a file")
    with pytest.raises(ExportError, match=r"cannot write .*exports/weekly\.csv: "):
        destination(str(tmp_path / "exports")).put("weekly.csv", b"")
    (tmp_path / "folder" / "weekly.csv").mkdir(parents=True)
    with pytest.raises(ExportError, match=r"cannot write .*folder/weekly\.csv: "):
        destination(str(tmp_path / "folder")).put("weekly.csv", b"")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["weekly.csv"]


def test_a_probe_leaves_no_file(tmp_path: Path) -> None:
    probe(str(tmp_path / "exports"))
    assert [path.name for path in (tmp_path / "exports").iterdir()] == []
    (tmp_path / "file").touch()
    with pytest.raises(ExportError):
        probe(str(tmp_path / "file"))


@pytest.fixture
def memory() -> Iterator[str]:
    yield "memory://reports/vigie"
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def test_files_at_an_fsspec_address_have_their_final_names(memory: str) -> None:
    place = destination(memory + "/")
    assert place.names() == []
    assert place.put("weekly.csv", b"one") == "memory://reports/vigie/weekly.csv"
    place.put("weekly.csv", b"two")
    assert MemoryFileSystem.store["/reports/vigie/weekly.csv"].getvalue() == b"two"
    assert place.names() == ["weekly.csv"]
    probe(memory)
    place.remove("weekly.csv")
    place.remove("weekly.csv")
    assert place.names() == []


@pytest.fixture(scope="module")
def s3(s3_environment: None) -> str:
    boto3.client("s3").create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    return "s3://reports/vigie"


def test_files_in_a_bucket_have_their_final_names(s3: str) -> None:
    place = destination(s3)
    assert place.names() == []
    assert place.put("weekly.csv", b"one") == "s3://reports/vigie/weekly.csv"
    place.put("weekly.csv", b"two")
    probe(s3)
    found = boto3.client("s3").list_objects_v2(Bucket="reports")["Contents"]
    assert [item["Key"] for item in found] == ["vigie/weekly.csv"]
    assert boto3.client("s3").get_object(Bucket="reports", Key="vigie/weekly.csv")["Body"].read() == b"two"
    assert place.names() == ["weekly.csv"]
    place.remove("weekly.csv")
    assert place.names() == []


def test_a_bucket_that_does_not_exist_is_named_and_not_created(s3: str) -> None:
    with pytest.raises(ExportError, match="cannot write s3://reprots/vigie: ") as failed:
        destination("s3://reprots/vigie").put("weekly.csv", b"")
    assert "hunter2" not in str(failed.value)
    assert "reprots" not in [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]


def test_sftp_files_are_moved_into_place(tmp_path: Path) -> None:
    with SftpFolder(tmp_path, user="vigie", password="hunter2") as server:
        place = destination(f"sftp://vigie:hunter2@127.0.0.1:{server.port}/reports")
        assert place.put("weekly.csv", b"one") == f"sftp://127.0.0.1:{server.port}/reports/weekly.csv"
        place.put("weekly.csv", b"two")
        assert (tmp_path / "reports" / "weekly.csv").read_bytes() == b"two"
        assert place.names() == ["weekly.csv"]
        writes = [name for name in server.opened_for_writing if name != "weekly.csv"]
        assert len(writes) == len(server.opened_for_writing) == 2
        place.remove("weekly.csv")
        assert [path.name for path in (tmp_path / "reports").iterdir()] == []


def test_errors_of_an_sftp_server_do_not_have_the_password(tmp_path: Path) -> None:
    with SftpFolder(tmp_path, user="vigie", password="other") as server:
        refused = f"sftp://vigie:hunter2@127.0.0.1:{server.port}/reports"
        with pytest.raises(ExportError, match=rf"cannot write sftp://127\.0\.0\.1:{server.port}/reports: ") as failed:
            destination(refused).put("weekly.csv", b"")
        assert "hunter2" not in str(failed.value)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        absent = f"sftp://vigie:hunter2@127.0.0.1:{nobody.getsockname()[1]}/reports"
        with pytest.raises(ExportError, match="cannot list sftp://127") as failed:
            destination(absent).names()
        assert "hunter2" not in str(failed.value)
        assert failed.value.__cause__ is None


def test_a_driver_that_is_not_installed_is_named() -> None:
    with pytest.raises(
        ExportError,
        match=r"cannot write gs://reports: its driver is not installed; run `.* install -e '.*\[gcs\]'`",
    ):
        destination("gs://reports").put("weekly.csv", b"")
