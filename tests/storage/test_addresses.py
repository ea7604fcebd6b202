"""Addresses: which are local, which protocols are known, and errors of drivers without secrets."""

import shlex
import sys
import tomllib
from pathlib import Path

import pytest

from pipelines.storage.addresses import (
    AddressError,
    driver_errors,
    is_remote,
    local_path,
    open_filesystem,
    protocol_of,
    validate_address,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("address", "remote"),
    [("s3://bucket/a.csv", True), ("exports/", False), ("/data/a.csv", False), ("file:///data/a.csv", False)],
)
def test_remote_addresses_have_a_protocol_other_than_file(address: str, remote: bool) -> None:
    assert is_remote(address) is remote


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("exports/a.csv", "exports/a.csv"),
        ("file:///data/two%20words/100%25.csv", "/data/two words/100%.csv"),
        ("100%25.csv", "100%25.csv"),
    ],
)
def test_local_paths_are_unescaped_only_in_file_addresses(address: str, path: str) -> None:
    assert local_path(address) == Path(path)


def test_a_home_directory_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert local_path("~/extracts") == Path("/home/ada/extracts")


def test_the_protocol_of_a_chain_is_the_outermost() -> None:
    assert [protocol_of(each) for each in ("s3://bucket", "simplecache::s3://bucket")] == ["s3", "simplecache"]


@pytest.mark.parametrize("address", ["exports/", "file:///data", "s3://bucket/a", "simplecache::sftp://u:p@host/a"])
def test_known_addresses_are_returned_as_they_are(address: str) -> None:
    assert validate_address(address) == address


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("gopher://host/a", "'gopher://' is not known"),
        ("simplecache::gopher://host/a", "'gopher://' is not known"),
        ("sftp://user:pa/ss@host/a", "write the characters"),
    ],
)
def test_unknown_protocols_and_ambiguous_passwords_are_refused(address: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        validate_address(address)
    assert "host" not in str(refused.value)


def test_a_file_system_keeps_no_listings() -> None:
    filesystem, path = open_filesystem("memory://reports/weekly")
    assert path == "/reports/weekly"
    assert filesystem.storage_options["use_listings_cache"] is False


def test_an_error_of_a_driver_is_one_line_without_secrets() -> None:
    address = "sftp://ada:s3cr%65t@host/a?sig=abcdef"
    with pytest.raises(AddressError) as failed, driver_errors(address, "write"):
        raise ConnectionError(f"no route to {address}\n(password s3cret, key abcdef)")
    assert str(failed.value) == (
        "cannot write sftp://host/a: ConnectionError: no route to sftp://host/a (password ***, key ***)"
    )
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


def test_an_error_without_a_message_is_named_by_its_kind() -> None:
    with (
        pytest.raises(AddressError, match=r"^cannot list s3://bucket: TimeoutError$"),
        driver_errors("s3://bucket", "list"),
    ):
        raise TimeoutError


@pytest.mark.parametrize(
    ("address", "package"),
    [("gs://bucket", f"-e '{ROOT}[gcs]'"), ("https://host", "aiohttp"), ("dropbox://a", "dropbox")],
)
def test_a_missing_driver_is_named(address: str, package: str) -> None:
    with pytest.raises(AddressError) as failed, driver_errors(address, "read"):
        raise ImportError("no module")
    command = f"{sys.executable} -m pip install {package}"
    assert str(failed.value) == f"cannot read {address}: its driver is not installed; run `{command}`"


def test_the_extra_of_a_missing_driver_is_one_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for protocol in ("s3", "gs", "az", "abfs", "sftp"):
        with pytest.raises(AddressError) as failed, driver_errors(f"{protocol}://bucket", "read"):
            raise ImportError("no module")
        command = shlex.split(str(failed.value).split("`")[1])
        place, _, extra = command[-1].partition("[")
        assert (command[0], command[1:-1], place) == (sys.executable, ["-m", "pip", "install", "-e"], str(ROOT))
        assert extra.removesuffix("]") in project["optional-dependencies"]
