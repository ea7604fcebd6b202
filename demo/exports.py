"""The company's files: the exports of its systems with their paths and formats, and how they are written."""

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import xlsxwriter

from demo.scenario import END_DAY, FIRST_DAY
from pipelines.storage.sql import literal

_CREATED_AT = datetime(2026, 1, 5, 5)  # noqa: DTZ001 - a workbook's properties have no time zone

GA4_PREAMBLE = "".join(
    f"# {line}\n"
    for line in (
        "----------------------------------------",
        "Traffic acquisition: Session default channel group",
        "Account: Atelier Lumen",
        "Property: atelier-lumen.example",
        "----------------------------------------",
        "",
        "All Users",
        f"Start date: {FIRST_DAY:%Y%m%d}",
        f"End date: {END_DAY:%Y%m%d}",
    )
)


@dataclass(frozen=True, slots=True)
class Export:
    """One file: `relation` is its content, the suffix of `path` its format.

    `is_quoted` puts every field of a CSV file in quotes, `preamble` is the text before its header.
    """

    path: str
    relation: str
    delimiter: str = ","
    is_quoted: bool = False
    encoding: str = "utf-8"
    preamble: str = ""


@dataclass(frozen=True, slots=True)
class Workbook:
    """An Excel workbook: the name and the relation of each sheet. Columns called Score hold numbers, others text."""

    path: str
    sheets: tuple[tuple[str, str], ...]


def _quarters() -> tuple[tuple[int, int, date, date], ...]:
    starts = [date(year, month, 1) for year in range(FIRST_DAY.year, END_DAY.year + 1) for month in (1, 4, 7, 10)]
    return tuple(
        (start.year, (start.month + 2) // 3, start, until) for start, until in pairwise(starts) if start < END_DAY
    )


_YEARS = range(FIRST_DAY.year, END_DAY.year + 1)

EXPORTS: tuple[Export, ...] = (
    Export("hubspot/contacts.csv", "hubspot_contacts", is_quoted=True, encoding="utf-8-sig"),
    Export("hubspot/deals.csv", "hubspot_deals", is_quoted=True),
    Export("hubspot/leads.csv", "hubspot_leads"),
    *(Export(f"shop/orders-{year}.csv", f"shop_orders({year})", delimiter=";") for year in _YEARS),
    *(Export(f"shop/order_lines-{year}.csv", f"shop_order_lines({year})", delimiter=";") for year in _YEARS),
    Export("shop/fx_rates.csv", "shop_fx_rates"),
    *(Export(f"zendesk/tickets-{year}.csv", f"zendesk_tickets({year})", is_quoted=True) for year in _YEARS),
    *(Export(f"zendesk/ticket_events-{year}.jsonl.gz", f"zendesk_events({year})") for year in _YEARS),
    *(Export(f"calls/calls-{year}.json", f"aircall_calls({year})") for year in _YEARS),
    Export("mailchimp/campaigns.csv", "mailchimp_campaigns"),
    *(
        Export(f"mailchimp/activity-{year}-Q{quarter}.csv.gz", f"mailchimp_activity(DATE '{since}', DATE '{until}')")
        for year, quarter, since, until in _quarters()
    ),
    Export("ads/campaigns.csv", "ads_campaigns"),
    Export("ads/stats.csv", "ads_stats"),
    Export("finance/spend.csv", "finance_spend"),
    Export("web/ga4.csv", "ga4_traffic", preamble=GA4_PREAMBLE),
    Export("web/touchpoints.parquet", "web_touchpoints"),
    Export("experiments/winback.csv", "winback_test"),
    Export("surveys/csat.csv", "survey_csat", delimiter=";", encoding="latin-1"),
    Export("hr/agents.csv", "hr_agents", delimiter=";", encoding="latin-1"),
    Export("hr/agent_time.csv", "hr_agent_time", delimiter=";"),
    Export("hr/training.csv", "hr_training"),
    Export("quality/reviews.csv", "quality_reviews"),
    Export("quality/errors.csv", "quality_errors"),
)

WORKBOOKS: tuple[Workbook, ...] = (
    Workbook("surveys/answers.xlsx", (("NPS", "survey_nps"), ("CES", "survey_ces"), ("Team pulse", "survey_pulse"))),
)


def write_export(connection: duckdb.DuckDBPyConnection, export: Export, folder: Path) -> None:
    """Writes one file below `folder`; the file's own folder must exist."""
    target = folder / export.path
    connection.execute(f"COPY (FROM {export.relation}) TO {literal(str(target))} ({_options(export)})")
    if export.encoding != "utf-8" or export.preamble:
        _reencode(target, export)


def _options(export: Export) -> str:
    match Path(export.path).suffixes:
        case [".parquet"]:
            return "FORMAT parquet"
        case [".json"]:
            return "FORMAT json, ARRAY true"
        case [".jsonl", ".gz"]:
            return "FORMAT json, COMPRESSION gzip"
        case [".csv", ".gz"]:
            return "FORMAT csv, HEADER, COMPRESSION gzip"
        case [".csv"]:
            quoting = ", FORCE_QUOTE *" if export.is_quoted else ""
            return f"FORMAT csv, HEADER, DELIMITER '{export.delimiter}'{quoting}"
        case suffixes:
            raise ValueError(f"{export.path}: the format {''.join(suffixes)} is not supported")


def _reencode(target: Path, export: Export) -> None:
    """Writes the file again with its own encoding and preamble; DuckDB writes UTF-8 without a byte order mark."""
    plain = target.with_name(f"{target.name}.utf-8")
    target.rename(plain)
    with (
        plain.open(encoding="utf-8", newline="") as lines,
        target.open("w", encoding=export.encoding, newline="") as out,
    ):
        out.write(export.preamble)
        shutil.copyfileobj(lines, out)
    plain.unlink()


def write_workbook(connection: duckdb.DuckDBPyConnection, workbook: Workbook, folder: Path) -> None:
    """Writes one workbook below `folder`; the workbook's own folder must exist."""
    with xlsxwriter.Workbook(str(folder / workbook.path), {"constant_memory": True}) as book:
        # With the current time, two workbooks with the same content would have different bytes.
        book.set_properties({"created": _CREATED_AT, "author": "Atelier Lumen"})
        for name, relation in workbook.sheets:
            sheet = book.add_worksheet(name)
            found = connection.execute(f"FROM {relation}")
            header = [column[0] for column in found.description or ()]
            sheet.write_row(0, 0, header)
            scores = {position for position, column in enumerate(header) if column == "Score"}
            for number, row in enumerate(found.fetchall(), start=1):
                _write_row(sheet, number, row, scores)


def _write_row(sheet: "xlsxwriter.worksheet.Worksheet", number: int, row: Sequence[str], scores: set[int]) -> None:
    for position, value in enumerate(row):
        if position in scores:
            with contextlib.suppress(ValueError):
                sheet.write_number(number, position, float(value))
                continue
        sheet.write_string(number, position, value)
