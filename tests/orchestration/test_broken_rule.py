"""A rule whose evaluation has a defect: the run fails, after the other rules were evaluated and saved."""

from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration.assets import watch
from pipelines.orchestration.resources import Vigie
from pipelines.services import evaluate
from pipelines.watch.rule import Rule
from tests.services.company_of_weeks import LOW, WELL, Company


def test_the_run_fails_after_the_other_rules_were_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as running:
        company = Company(tmp_path, running)
        with company.installation.ledger() as ledger:
            company.week(ledger, channel={"chat": WELL}, team={"t1": WELL})
        company.values["channel", "chat"].append(LOW)
        company.values["team", "t1"].append(LOW)
        company.build()
        evaluated = evaluate.evaluate_readings

        def broken(rule: Rule, *arguments: object) -> object:
            if rule.name == "csat-by-team":
                raise ZeroDivisionError("a defect")
            return evaluated(rule, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(evaluate, "evaluate_readings", broken)
        installation = company.installation
        vigie = Vigie(settings_path=str(installation.settings_path), home_path=str(installation.home_path))
        asset = watch.alerts_asset(installation.settings())
        result = dg.materialize([asset], resources={"vigie": vigie}, raise_on_error=False)
        assert not result.success
        [failure] = [event for event in result.all_events if event.is_step_failure]
        data = failure.step_failure_data.user_failure_data
        assert data is not None
        assert "csat-by-team: ZeroDivisionError('a defect')" in (data.description or "")
        assert len(result.get_asset_materialization_events()) == 1
        with installation.ledger() as ledger:
            assert [alert["rule"] for alert in ledger.open_alerts()] == ["csat-by-channel"]
            assert len(ledger.undelivered(installation.wall_clock())) == 4
