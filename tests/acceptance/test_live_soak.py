"""Two hundred passes over accounts that change, fail at random and are killed: at the end all is as the vendors have it."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.sources.rest.runner import main
from tests.acceptance.live_accounts import ACCOUNTS, LiveAccount, compared_kpis, settings_of
from tests.acceptance.vigie_run import run_vigie
from tests.vendors.vendor_server import Answer, Asked, Fault

pytestmark = pytest.mark.acceptance

PASSES = 200
FIRST = datetime(2025, 11, 3, 7, tzinfo=UTC)
# What happens to one request in a hundred.
_FAULTS = (
    Fault(Answer("slow down", 429, {"Content-Type": "text/plain"})),
    Fault(Answer({}, 429, {"Retry-After": "0"})),
    Fault(Answer({}, 503)),
    Fault(hangs_up=True),
    Fault(is_cut=True),
)


@pytest.fixture(params=sorted(ACCOUNTS))
def account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveAccount]:
    made = ACCOUNTS[request.param](FIRST - timedelta(minutes=1))
    for name, value in made.secrets.items():
        monkeypatch.setenv(name, value)
    with made.server.running():
        yield made


def test_after_200_passes_all_is_as_the_vendor_has_it(account: LiveAccount, tmp_path: Path) -> None:
    draw = random.Random(7)
    settings, home = tmp_path / "live.yaml", tmp_path / "live"
    settings.write_text(settings_of(account), encoding="utf-8")

    def fail_at_random(_: Asked) -> None:
        if draw.random() < 0.01:
            account.server.faults.append(draw.choice(_FAULTS))

    account.server.before = fail_at_random
    statuses = []
    for number in range(PASSES):
        account.change(draw, FIRST + timedelta(hours=number))
        if draw.random() < 0.2:
            _run_and_kill(account, settings, home, draw.random() * 0.6)
        else:
            statuses.append(main(account.type, ["--settings", str(settings), "--home", str(home)]))
    account.server.before = lambda _: None
    account.server.faults.clear()
    # A pass that was hit again and again may fail; that is rare, and nothing is lost by it.
    assert statuses.count(0) >= 0.95 * len(statuses)

    as_of = FIRST + timedelta(hours=PASSES, minutes=1)
    of_api = run_vigie(settings, home, as_of)
    files = tmp_path / "files.yaml"
    files.write_text(account.write_extracts(tmp_path), encoding="utf-8")
    of_files = run_vigie(files, tmp_path / "files", as_of)
    kpis, differing = compared_kpis(of_api, of_files)
    assert differing == []
    assert account.kpis <= kpis


def _run_and_kill(account: LiveAccount, settings: Path, home: Path, after: float) -> None:
    """Runs a pass in a process of its own that is killed after some seconds, if it takes as long."""
    arguments = ["--settings", str(settings), "--home", str(home)]
    process = multiprocessing.get_context("fork").Process(target=main, args=(account.type, arguments))
    process.start()
    time.sleep(after)
    if process.is_alive() and process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
