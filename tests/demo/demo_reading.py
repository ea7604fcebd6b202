"""The exports as DuckDB reads them, without any of the product's own code."""

from pathlib import Path


def csv(folder: Path, pattern: str, delimiter: str = ",", encoding: str = "utf-8", skip: int = 0) -> str:
    """DuckDB's reading of CSV files with every cell as text; empty cells are NULL."""
    return (
        f"read_csv('{folder / pattern}', all_varchar = true, header = true, delim = '{delimiter}', quote = '\"',"
        f" escape = '\"', encoding = '{encoding}', skip = {skip})"
    )
