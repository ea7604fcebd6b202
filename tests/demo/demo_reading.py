"""Reads the demo company's exports with DuckDB alone, independently of the product's code."""

from pathlib import Path


def csv(folder: Path, pattern: str, delimiter: str = ",", encoding: str = "utf-8", skip: int = 0) -> str:
    """Returns a DuckDB expression that reads CSV files with all cells as text; empty cells are NULL."""
    return (
        f"read_csv('{folder / pattern}', all_varchar = true, header = true, delim = '{delimiter}', quote = '\"',"
        f" escape = '\"', encoding = '{encoding}', skip = {skip})"
    )
