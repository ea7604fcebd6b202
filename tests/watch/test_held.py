"""Rules that wait for a source that fails."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from watch_samples import CSAT, rule

from pipelines.kpis import Input, Need
from pipelines.watch.held import FailingSource, Hold, holds, overdue_period
from pipelines.watch.no_data import Periods

KPI = replace(CSAT, needs=(Need(((Input("survey_response", "score"),), (Input("ticket"), Input("order")))),))
HELPDESK = FailingSource(
    "helpdesk", frozenset({"ticket", "agent"}), "source:helpdesk", datetime(2024, 1, 1, tzinfo=UTC)
)
PEOPLE = FailingSource("people", frozenset({"agent"}), "source:people", datetime(2024, 1, 2, tzinfo=UTC))


def weeks(*days: str) -> Periods:
    return np.array(days, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("complete", "today", "maturity_days", "expected"),
    [
        pytest.param(weeks("2024-01-01"), date(2024, 1, 8), 0, None, id="the last week is evaluated"),
        pytest.param(weeks("2024-01-01"), date(2024, 1, 14), 0, None, id="this week is not over"),
        pytest.param(weeks("2024-01-01"), date(2024, 1, 15), 0, date(2024, 1, 8), id="a week is missing"),
        pytest.param(weeks("2024-01-01"), date(2024, 2, 15), 0, date(2024, 1, 8), id="several are, since the first"),
        pytest.param(weeks("2024-01-01"), date(2024, 1, 17), 3, None, id="a week is not mature"),
        pytest.param(weeks("2024-01-01"), date(2024, 1, 18), 3, date(2024, 1, 8), id="it is"),
        pytest.param(weeks(), date(2024, 1, 18), 0, None, id="a KPI that never had a value waits for nothing"),
    ],
)
def test_a_period_that_should_have_been_evaluated(
    complete: Periods, today: date, maturity_days: int, expected: date | None
) -> None:
    assert overdue_period(rule(), replace(KPI, maturity_days=maturity_days), complete, today) == expected


def test_a_channel_has_the_rules_that_wait_for_a_source() -> None:
    first, second = rule(name="first"), rule(name="second", notify=["support"])
    found = holds([first, second], {"csat": KPI}, [HELPDESK, PEOPLE], ["support", "log"])
    assert found == [Hold(HELPDESK, "support", ("first", "second")), Hold(HELPDESK, "log", ("first",))]
    assert holds([], {"csat": KPI}, [HELPDESK], ["support"]) == []
