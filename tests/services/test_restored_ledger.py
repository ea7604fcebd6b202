"""An older copy of the ledger takes the place of the one that the last delivery wrote."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services.company_of_weeks import LOW, WELL, Company


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with ExitStack() as running:
        yield Company(tmp_path, running)


def week(company: Company, value: float) -> None:
    """A week of one segment, evaluated and delivered by a process of its own."""
    with company.installation.ledger() as ledger:
        company.week(ledger, channel={"chat": value})


def passes_again(company: Company) -> None:
    """A pass on the same tables."""
    company.weeks -= 1
    with company.installation.ledger() as ledger:
        company.week(ledger)


@pytest.mark.parametrize("has_new_home", [False, True])
def test_what_was_sent_does_not_arrive_twice_where_receivers_can_be_asked(
    company: Company, tmp_path: Path, has_new_home: bool
) -> None:
    home = company.installation.home
    week(company, WELL)
    week(company, LOW)
    shutil.copy(home.ledger, tmp_path / "backup.db")
    week(company, 0.5)
    week(company, WELL)
    sent = company.workspace.ids(), company.records(), company.pager.incidents.copy()
    assert company.roots() == ["🟢 Resolved: Customer satisfaction (CSAT) by chat back to 90% after 2 weeks"]

    shutil.copy(tmp_path / "backup.db", home.ledger)
    if has_new_home:
        home.ledger_position.unlink()
    passes_again(company)

    assert (company.workspace.ids(), company.records()) == sent[:2]
    assert company.triggered() == 0
    # A mail server cannot be asked: what it gets again has the same Message-ID, with which mail programs show it once.
    mails = [mail["Message-ID"] for mail in company.mailbox.mails]
    assert len(mails) == len(set(mails)) + 2
    assert company.roots() == ["🟢 Resolved: Customer satisfaction (CSAT) by chat back to 90% after 2 weeks"]


def test_what_follows_a_restored_ledger_is_sent_and_not_doubted(company: Company, tmp_path: Path) -> None:
    home = company.installation.home
    week(company, WELL)
    shutil.copy(home.ledger, tmp_path / "backup.db")
    week(company, LOW)
    shutil.copy(tmp_path / "backup.db", home.ledger)
    passes_again(company)
    week(company, 0.5)
    assert len(company.workspace.ids()) == len(company.records()) == 2
    last = list(company.workspace.messages.values())[-1]
    assert "arrived before" not in json.dumps(last["blocks"])
