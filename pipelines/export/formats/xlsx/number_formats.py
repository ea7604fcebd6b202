"""How Excel shows numbers and dates: format codes by unit, grain and language."""

import pandas as pd
from babel.numbers import get_currency_precision, get_currency_symbol

from pipelines.export.content import Company
from pipelines.export.formats.xlsx.words import word
from pipelines.kpis import Grain, Unit


def value_format(unit: Unit, values: pd.Series, company: Company) -> str:
    """Returns the format code for the values of a KPI.

    Args:
        unit: the unit of the KPI.
        values: all numbers that are shown in this format; small shares and whole counts have formats of their own.
        company: the company, for its currency and language.
    """
    numbers = values.dropna()
    match unit:
        case "ratio":
            return "0.00%" if len(numbers) and numbers.abs().max() < 0.1 else "0.0%"
        case "score":
            return "0.0"
        case "seconds":
            return "[h]:mm:ss"
        case "days":
            return f'#,##0.0" {word("days", company.language)}"'
        case "count":
            return "#,##0" if (numbers % 1 == 0).all() else "#,##0.00"
        case "currency":
            return _currency_format(company)


def change_format(unit: Unit, language: str) -> str:
    """Returns the format code for the changes of a KPI, which `changes` computes."""
    match unit:
        case "ratio":
            mark = f'" {word("points", language)}"'
            return f"+0.0{mark};-0.0{mark};0.0{mark}"
        case "score":
            return "+0.0;-0.0;0.0"
        case _:
            return "+0.0%;-0.0%;0.0%"


def period_format(grain: Grain, language: str) -> str:
    """Returns the format code for the first days of periods."""
    match grain:
        case "year":
            return "yyyy"
        case "month" | "quarter":
            return "mmm yyyy"
        case _:
            return "dd/mm/yyyy" if language == "fr" else "yyyy-mm-dd"


def _currency_format(company: Company) -> str:
    code = company.currency
    symbol = get_currency_symbol(code, locale=company.language)
    # In a format code, brackets and hyphens would end the symbol.
    symbol = code if any(mark in symbol for mark in "[]-") else symbol
    decimals = get_currency_precision(code)
    number = "#,##0" + ("." + "0" * decimals if decimals else "")
    gap = " " if symbol == code or company.language == "fr" else ""
    return f"{number}{gap}[${symbol}]" if company.language == "fr" else f"[${symbol}]{gap}{number}"
