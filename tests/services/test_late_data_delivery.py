"""Late data changes the last week to and fro, or goes missing: what is open in the ledger is open at every receiver."""

from collections.abc import Iterator
from contextlib import ExitStack
from math import nan
from pathlib import Path

import pytest

from pipelines.ledger import Ledger
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


def goes_missing_and_returns(company: Company, ledger: Ledger, value: float, *, times: int) -> Iterator[int]:
    """The last week loses its value and gets it again; yields how many new messages each pass makes."""
    for _ in range(times):
        for each in (nan, value):
            company.values["all", "all"][-1] = each
            company.build()
            messages = evaluate_rules(company.installation, ledger, NOW).messages
            # The same tables give nothing new.
            assert evaluate_rules(company.installation, ledger, NOW).messages == 0
            assert deliver_messages(company.installation, ledger).problems == []
            yield messages


def test_a_value_that_goes_missing_twice_is_two_alerts_each_with_its_messages(company: Company) -> None:
    company.write(rules=[{"name": "csat", "kpi": "csat", "below": 0.8}])
    channels = len(company.settings["channels"])
    with company.installation.ledger() as ledger:
        for _ in range(5):
            company.week(ledger, all={"all": WELL})
        for messages in goes_missing_and_returns(company, ledger, WELL, times=3):
            assert messages == channels
            assert company.triggered() == len(ledger.open_alerts())
        alerts = ledger.every_alert()
        assert len(alerts) == 3
        assert {each["messages_sent"] for each in alerts} == {2 * channels}
        assert [title.split(":")[0] for title in company.roots()] == ["🟢 Data again"] * 3


def test_a_value_that_goes_missing_twice_during_an_alert_is_reported_twice(company: Company) -> None:
    company.write(rules=[{"name": "csat", "kpi": "csat", "below": 0.8}])
    with company.installation.ledger() as ledger:
        for _ in range(5):
            company.week(ledger, all={"all": WELL})
        company.week(ledger, all={"all": LOW})
        company.week(ledger, all={"all": LOW})
        messages = list(goes_missing_and_returns(company, ledger, LOW, times=2))
        channels = len(company.settings["channels"])
        assert messages == [channels, 0, channels, 0]
        [alert] = ledger.open_alerts()
        assert alert["status"] == "firing"
