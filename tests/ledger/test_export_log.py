from datetime import datetime, timedelta, timezone

import pytest
from ledger_samples import NOW

from pipelines.ledger import Ledger, LedgerError


def test_an_export_is_recorded_once_a_tick(ledger: Ledger) -> None:
    def record(tick: datetime, path: str) -> bool:
        return ledger.record_export("weekly", tick, written_at=NOW, path=path, rows=12, sha256="ab12")

    assert not ledger.export_is_done("weekly", NOW)
    assert record(NOW, "exports/weekly.xlsx")
    assert ledger.export_is_done("weekly", NOW.astimezone(timezone(timedelta(hours=2))))
    assert not record(NOW, "exports/again.xlsx")
    assert not ledger.export_is_done("weekly", NOW + timedelta(weeks=1))
    assert not ledger.export_is_done("monthly", NOW)


def test_an_export_without_a_path_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match=r"NOT NULL|not-null"):
        ledger.record_export("odd", NOW, written_at=NOW, path=None, rows=1, sha256="")  # type: ignore[arg-type]
