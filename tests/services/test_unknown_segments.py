"""Rules that name segments which the data does not have."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipelines.services.deliver import deliver_messages
from pipelines.services.removed import close_removed
from pipelines.services.unknown_segments import record_unknown_segments
from tests.services.company_of_weeks import WELL, Company, all_at


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with ExitStack() as running:
        company = Company(tmp_path, running)
        company.settings["channels"]["operators"] = {"type": "file", "path": "operators.jsonl"}
        company.settings["rules"][0] |= {"where": {"channel": ["caht", "email"]}, "notify": ["file"]}
        company.settings["rules"][1] |= {"notify": ["file"]}
        company.write()
        yield company


def titles(company: Company) -> list[str]:
    with company.installation.ledger() as ledger:
        deliver_messages(company.installation, ledger)
    path = company.folder / "operators.jsonl"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def test_the_operators_learn_once_that_a_rule_watches_nothing(company: Company) -> None:
    with company.installation.ledger() as ledger:
        company.week(ledger, channel=all_at(WELL, "chat", "email"), team={"a": WELL})
    said = "csat has never had a value for channel caht (perhaps chat): correct where, or wait for the first value"
    for _ in range(2):
        assert record_unknown_segments(company.installation) == [f"rule csat-by-channel: {said}"]
        [record] = titles(company)
        assert "Failure: Rule csat-by-channel failed" in record
        assert said in record
    company.settings["rules"][0]["where"] = {"channel": ["chat"]}
    company.write()
    assert record_unknown_segments(company.installation) == []
    assert "Rule csat-by-channel works again" in titles(company)[1]


def test_a_dimension_without_any_value_says_nothing(company: Company) -> None:
    with company.installation.ledger() as ledger:
        company.week(ledger, team={"a": WELL})
    assert record_unknown_segments(company.installation) == []


def test_before_the_first_build_nothing_is_said(company: Company) -> None:
    assert record_unknown_segments(company.installation) == []


def test_a_rule_that_was_removed_neither_fails_nor_works(company: Company) -> None:
    with company.installation.ledger() as ledger:
        company.week(ledger, channel=all_at(WELL, "chat"), team={"a": WELL})
    assert len(record_unknown_segments(company.installation)) == 1
    company.write(rules=company.settings["rules"][1:])
    with company.installation.ledger() as ledger:
        close_removed(company.installation, ledger)
        assert ledger.outages("rule") == {}
    assert len(titles(company)) == 1
