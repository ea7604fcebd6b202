"""The path of a new user: from exports of 100,000 rows to the first scorecard, with one script."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sources.propose.products import PRODUCTS

ROOT = Path(__file__).resolve().parents[2]
ROWS = {"hubspot-deals": 40_000, "zendesk": 40_000, "shopify": 19_000, "mailchimp": 1_000}
MOST_SECONDS = 120


@pytest.mark.slow
@pytest.mark.acceptance
def test_the_first_scorecard_of_100000_rows_takes_less_than_two_minutes(tmp_path: Path) -> None:
    exports = []
    for product in PRODUCTS:
        if product.name in ROWS:
            exports.append(tmp_path / f"{product.name}.csv")
            exports[-1].write_bytes(replace(product, rows=ROWS[product.name]).content()[0])
    ended = subprocess.run(
        ["bash", str(ROOT / "examples/first-scorecard.sh"), str(tmp_path / "mine"), *map(str, exports)],
        env={**os.environ, "VIGIE": str(Path(sys.executable).with_name("vigie"))},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    scorecard = ended.stdout[ended.stdout.index("Scorecard") :]
    for label in ("Revenue", "Win rate", "Ticket volume", r"Customer satisfaction \(CSAT\)", "E-mail open rate"):
        assert re.search(rf"\n +{label} +\d{{4}}-\d\d", scorecard), label
    [seconds] = re.findall(r"All steps took (\d+) s", ended.stdout)
    assert int(seconds) < MOST_SECONDS
    text = (tmp_path / "mine/settings.yaml").read_text(encoding="utf-8")
    assert text.count("# EDIT") <= 3 * len(exports)
