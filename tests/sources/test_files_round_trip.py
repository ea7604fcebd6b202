"""Any rows that are written to a well-formed CSV file are loaded again, each with its number."""

import csv
import io
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.sources.shop import Shop

# Without what files may not hold, and without outer blanks, which are not kept.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12).map(
    lambda text: text.strip(" \t\r\n\u00a0\ufeff")
)
NAME = TEXT.filter(bool)
MOMENT = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
AMOUNT = st.decimals(-999_999_999_999, 999_999_999_999, places=6, allow_nan=False)
ORDER = st.tuples(NAME, NAME, MOMENT, AMOUNT, TEXT)
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(
    rows=st.lists(ORDER, max_size=20),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    final_end=st.booleans(),
)
def test_rows_are_loaded_as_they_were_written(
    rows: list[tuple[str, str, datetime, Decimal, str]],
    delimiter: str,
    end: str,
    quoting: int,
    encoding: str,
    final_end: bool,
) -> None:
    # Outside quotes a carriage return is a line end, but Python writes it without quotes.
    assume(quoting == csv.QUOTE_ALL or not any("\r" in text for row in rows for text in (row[0], row[1], row[4])))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["order_id", "customer_id", "ordered_at", "amount", "channel"])
    writer.writerows(
        (order, customer, moment.isoformat(), amount, channel) for order, customer, moment, amount, channel in rows
    )
    text = out.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        shop.write("orders.csv", text if final_end else text.removesuffix(end), encoding=encoding)
        report = shop.load("order", path="orders.csv")
        assert (report.failures, report.deferred, shop.quarantine("order")) == ([], [], [])
        expected = [
            (order, customer, moment, amount, channel or None, number)
            for number, (order, customer, moment, amount, channel) in enumerate(rows, start=2)
        ]
        assert shop.rows("order", "order_id", "customer_id", "ordered_at", "amount", "channel", "_row") == expected


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(
    st.lists(
        st.sampled_from(["good", "bad", "blank", "short", "long", "quoted", "stray", "empty"]), min_size=1, max_size=25
    )
)
def test_every_record_is_loaded_rejected_or_blank(kinds: list[str]) -> None:
    """Wherever in the file it is."""
    lines = {
        "good": "{},2024-01-31,web",
        "bad": "{},no date,web",
        "blank": "",
        "short": "{}",
        "long": "{},2024-01-31,web,more",
        "quoted": '{},2024-01-31,"one\ntwo, \n\nthree"',
        "stray": '{},2024-01-31,"web"x',
        "empty": ",,",
    }
    body = "\n".join(lines[kind].format(number) for number, kind in enumerate(kinds, start=2))
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        shop.write("leads.csv", f"lead_id,created_at,channel\n{body}\n")
        report = shop.load(path="leads.csv")
        assert report.failures == []
        loaded = [number for number, kind in enumerate(kinds, start=2) if kind in ("good", "quoted")]
        rejected = [number for number, kind in enumerate(kinds, start=2) if kind in ("bad", "short", "long", "stray")]
        assert shop.rows("lead", "lead_id", "_row") == [(str(number), number) for number in loaded]
        assert [record["row"] for record in shop.quarantine()] == rejected
        (load,) = report.new_loads
        assert (load.rows, load.quarantined, load.blank) == (
            len(loaded),
            len(rejected),
            len(kinds) - len(loaded) - len(rejected),
        )
