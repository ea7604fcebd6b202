"""Credentials never show: neither in addresses, nor in the errors that quote them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage.credentials import redact_credentials, validate_credentials, without_credentials


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sftp://user:p@ss@host/a.csv", "sftp://host/a.csv"),
        ("https://host/a.csv?sig=x&y=z#f", "https://host/a.csv"),
        ("s3://bucket/a?.csv", "s3://bucket/a?.csv"),
        ("extracts/orders-?.csv", "extracts/orders-?.csv"),
        ("sftp://vigie:hunter2@files.example.com:2222/reports?key=hunter2", "sftp://files.example.com:2222/reports"),
        ("simplecache::s3://key:secret@bucket/reports", "simplecache::s3://bucket/reports"),
        ("exports/", "exports/"),
    ],
)
def test_addresses_are_shown_without_credentials(address: str, shown: str) -> None:
    assert without_credentials(address) == shown
    assert without_credentials(f"cannot read {address} now") == f"cannot read {shown} now"


@pytest.mark.parametrize(
    "address", ["s3://bucket/a@b.csv", "sftp://user:p%2Fss@host/a", "sftp://host:22/a@b", "exports/a@b.csv"]
)
def test_unambiguous_addresses_are_accepted(address: str) -> None:
    assert validate_credentials(address) == address


@pytest.mark.parametrize("address", ["sftp://user:p/ss@host/a", "sftp://user:p#ss@host/a", "sftp://us er:pass@host/a"])
def test_a_password_that_may_belong_to_the_path_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="%2F %3F %23 %40 %3A and %20"):
        validate_credentials(address)


SECRETS = st.text("abcXYZ0189-_~", min_size=3, max_size=20).map("Qq{}".format)


@given(user=SECRETS, password=SECRETS, key=SECRETS)
def test_no_credential_is_left_in_an_error(user: str, password: str, key: str) -> None:
    address = f"sftp://{user}:{password}@host/folder?sig={key}"
    error = f"{address} refused {user} with {password} and {key}: sftp://{user}:{password}@host/other"
    redacted = redact_credentials(error, address)
    assert not [secret for secret in (user, password, key) if secret in redacted]
    assert redacted.startswith("sftp://host/folder refused ***")


def test_a_malformed_address_is_redacted_too() -> None:
    address = "sftp://user:password@[host/a"
    assert redact_credentials(f"bad host in {address}", address) == "bad host in sftp://[host/a"
