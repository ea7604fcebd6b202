"""`vigie preview` shows what would be loaded, and writes nothing; `vigie doctor` counts the same."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.cli.render.previews import preview_parts
from pipelines.settings import Company
from pipelines.sources.preview import TablePreview

SETTINGS = """
company: {name: Company, timezone: Europe/Paris, currency: EUR}
sources:
  - name: shop
    type: files
    tables:
      - entity: order
        path: orders-*.csv
        where: Type <> 'test'
        columns:
          order_id: Id
          customer_id: Client
          ordered_at: Date
          amount: Total
          channel: {const: web}
          status: {from: State, map: {ok: paid}}
      - {entity: customer, path: customers.csv}
"""
ORDERS = "Id,Client,Date,Total,State,Type\n"


@pytest.fixture
def company(tmp_path: Path) -> Path:
    (tmp_path / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    rows = "".join(f"o{n},c{n % 3},2025-03-{n % 28 + 1:02} 10:00:00,{n}.50,ok,sale\n" for n in range(1, 31))
    (tmp_path / "orders-1.csv").write_text(ORDERS + rows, encoding="utf-8")
    more = "p1,c1,2025-04-02,12.5,ok,sale\np2,c1,2025-04-03,1O,ok,sale\np3,c1,2025-04-04,9,ok,test\np4,c9,2025-04-05,1,nok,sale\n"
    (tmp_path / "orders-2.csv").write_text(ORDERS + more, encoding="utf-8")
    (tmp_path / "customers.csv").write_text("customer_id,name\nc1,ZoÃ©\nc2,Ann\n", encoding="utf-8")
    return tmp_path


def vigie(company: Path, *arguments: str) -> Result:
    places = ["--settings", str(company / "settings.yaml"), "--home", str(company / "var")]
    return CliRunner().invoke(app, [*arguments, *places])


def test_a_table_that_would_be_loaded(company: Path) -> None:
    result = vigie(company, "preview", "shop.order", "--json")
    assert result.exit_code == 0, result.output
    (table,) = json.loads(result.stdout)["tables"]
    assert (table["source"], table["entity"], table["is_whole"]) == ("shop", "order", True)
    assert [file["name"] for file in table["files"]] == ["orders-1.csv", "orders-2.csv"]
    assert (table["rows"], table["quarantined"], table["filtered"]) == (31, 2, 1)
    assert table["columns"] == {
        "order_id": "Id", "customer_id": "Client", "ordered_at": "Date", "amount": "Total", "status": "State",
        "channel": "{const: web}",
    }  # fmt: skip
    assert table["moments"] == {"ordered_at": ["2025-03-01 10:00:00+01", "2025-04-02 00:00:00+02"]}
    assert len(table["sample"]) == 10
    assert table["sample"][0] == {
        "order_id": "p1", "customer_id": "c1", "ordered_at": "2025-04-02 00:00:00+02", "amount": "12.5",
        "status": "paid", "channel": "web",
    }  # fmt: skip
    reasons = {(each["column"], each["file_column"], each["row"]): each["reason"] for each in table["rejections"]}
    assert reasons["amount", "Total", 3] == '"1O" is not a number'
    assert "nok" in reasons["status", "State", 5]
    assert not (company / "var").exists()


def test_everything_in_words(company: Path) -> None:
    result = vigie(company, "preview")
    assert result.exit_code == 0, result.output
    for line in (
        "shop.order  orders-*.csv",
        "  31 rows, 2 quarantined, 1 filtered",
        "shop.customer  customers.csv",
        "  2 rows",
    ):
        assert line in result.output.splitlines(), result.output
    assert '  ! 1 row quarantined, amount: "1O" is not a number (orders-2.csv, row 3)' in result.output
    assert '  ! name: 1 of 2 rows have garbled characters, such as "ZoÃ©"' in result.output


def test_a_table_that_cannot_be_read_fails_and_the_others_are_shown(company: Path) -> None:
    (company / "customers.csv").unlink()
    result = vigie(company, "preview", "shop")
    assert result.exit_code == 1
    assert "  ✗ no file matches customers.csv" in result.output
    assert "  31 rows, 2 quarantined, 1 filtered" in result.output


def test_no_more_is_read_than_takes_a_second_or_two(company: Path) -> None:
    with (company / "orders-3.csv").open("w", encoding="utf-8") as file:
        file.write(ORDERS)
        file.writelines(f"q{n},c1,2025-05-01,1,ok,sale\n" for n in range(120_000))
    (table,) = json.loads(vigie(company, "preview", "shop.order", "--json").stdout)["tables"]
    assert (table["rows"], table["is_whole"], table["looked_at"]) == (100_000, False, ["orders-3.csv"])
    assert "100,000 rows in what was looked at (the newest 1 of 3 files)" in vigie(company, "preview").output


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("shp", "Unknown source shp; did you mean shop? The settings have: shop."),
        ("shop.orders", "Unknown table of shop orders; did you mean order? The settings have: customer, order."),
        ("shop.deal", "Unknown table of shop deal. The settings have: customer, order."),
    ],
)
def test_an_unknown_target_is_refused(company: Path, target: str, answer: str) -> None:
    result = vigie(company, "preview", target)
    assert (result.exit_code, result.output.strip()) == (2, answer)


def test_doctor_counts_the_same(company: Path) -> None:
    result = vigie(company, "doctor", "--json")
    found = {each["subject"]: each for each in json.loads(result.stdout)["findings"]}["source shop"]
    assert (found["problem"], found["counts"]) == (None, "33 rows, 2 quarantined")
    assert len(found["remarks"]) == 3
    (company / "orders-2.csv").write_text(ORDERS + "".join(f"x{n},c,2025-04-02,-,ok,sale\n" for n in range(40)))
    result = vigie(company, "doctor")
    assert result.exit_code == 1
    assert "FAIL source shop: 40 of 70 rows of order would be quarantined" in result.output


@pytest.mark.parametrize("width", [60, 80])
def test_each_block_of_columns_has_the_key_of_its_rows(width: int) -> None:
    columns = ["order_id", "line_number", "product_id", "category", "quantity", "amount", "margin"]
    sample = [
        dict.fromkeys(columns, "a value of 22 letters") | {"order_id": "o1", "line_number": f"{n}"} for n in (1, 2)
    ]
    preview = TablePreview(
        "order_line",
        ["lines.csv"],
        looked_at=["lines.csv"],
        rows=2,
        columns={name: name for name in columns},
        sample=sample,
    )
    console = Console(width=width)
    with console.capture() as capture:
        for part in preview_parts("shop", [preview], Company(name="Lumen"), width=width):
            console.print(part, soft_wrap=isinstance(part, Text))
    lines = capture.get().splitlines()
    headers = [line.split() for line in lines if line.startswith("  order_id  line_number")]
    assert len(headers) > 1
    assert [name for header in headers for name in header[2:]] == columns[2:]
    assert sum(line.startswith("  o1        2 ") for line in lines) == len(headers)
    assert max(map(len, lines)) <= width + 2


def test_of_a_table_with_its_key_alone_the_key_is_shown() -> None:
    preview = TablePreview("agent", ["a.csv"], looked_at=["a.csv"], rows=0, columns={"agent_id": "id"})
    tables = [part for part in preview_parts("team", [preview], Company(name="L"), width=80) if isinstance(part, Table)]
    assert [[column.header for column in table.columns] for table in tables[1:]] == [["  agent_id"]]
