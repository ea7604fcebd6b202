"""Late data changes the last week to and fro: what is open in the ledger is open at every receiver."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipelines.services.deliver import deliver_messages
from pipelines.services.evaluate import evaluate_rules
from tests.services.company_of_weeks import LOW, NOW, WELL, Company


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with ExitStack() as running:
        yield Company(tmp_path, running)


@pytest.mark.parametrize("values", [(WELL, 0.5, 0.91, 0.5), (LOW, 0.5, LOW, 0.5), (WELL, 0.5, WELL, 0.5, WELL)])
def test_every_change_of_an_alert_has_a_message(company: Company, values: tuple[float, ...]) -> None:
    with company.installation.ledger() as ledger:
        company.week(ledger, channel={"chat": WELL})
        company.week(ledger, channel={"chat": 0.5})
        for value in values:
            company.values["channel", "chat"][-1] = value
            company.build()
            assert evaluate_rules(company.installation, ledger, NOW).messages == len(company.settings["channels"])
            assert deliver_messages(company.installation, ledger).problems == []
            is_open = bool(ledger.open_alerts())
            assert company.triggered() == is_open
            [root] = company.roots()
            assert root.startswith("🟢") is not is_open
            if is_open:
                assert root.startswith("🔴" if value == 0.5 else "🟠")
