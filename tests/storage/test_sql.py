"""SQL quoting: DuckDB reads exactly the file that a path names, whatever characters the path has."""

from pathlib import Path

import duckdb
import pytest

from pipelines.storage.files import StorageError
from pipelines.storage.sql import file_literal, identifier, like_pattern, literal, literals

ODD_NAMES = [
    "100%", "a;b", "channel=web", "2024[1]", "a[b", "a]b", "a*b", "**", "a?b", "it's", 'say "hi"', "[!a]", "[*]", "{a,b}",
    "a#b", "~a", "two words", "é東", "a:b", "a\\b", "$HOME", "line\nbreak",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_literal_names_one_file(tmp_path: Path, name: str) -> None:
    """The neighbours are files that the name would match if DuckDB took it for a pattern."""
    folder = tmp_path / name
    for each in (folder, tmp_path / "axb", tmp_path / "20241", tmp_path / "a"):
        each.mkdir()
        (each / "rows.csv").write_text(f"{each.name!r}\n", newline="")
        (each / "rows.json").write_text('{"a": 1}\n')
    csv = folder / f"{name}.csv"
    csv.write_text("a\n1\n")
    (folder / f"{name}.json").write_text('{"a": 1}\n')
    with duckdb.connect() as connection:
        parquet = folder / f"{name}.parquet"
        connection.execute(f"COPY (SELECT 1 AS a) TO {literal(str(parquet))} (FORMAT parquet)")
        for query in (
            f"FROM read_csv({file_literal(csv)}, filename = true)",
            f"FROM read_json({file_literal(folder / f'{name}.json')}, filename = true)",
            f"FROM read_parquet({file_literal(parquet)}, hive_partitioning = false, filename = true)",
        ):
            rows = connection.execute(f"SELECT a, filename {query}").fetchall()
            assert [(a, Path(filename).parent) for a, filename in rows] == [(1, folder)]


def test_a_path_that_duckdb_cannot_name_is_refused() -> None:
    with pytest.raises(StorageError, match="rename the file or folder"):
        file_literal(Path("/data/a\\b/2024[1].csv"))


def test_no_content_is_taken_for_sql() -> None:
    with duckdb.connect() as connection:
        text = 'it\'s \0 "quoted"; DROP TABLE x; --'
        query = f"SELECT {literal(text)} AS {identifier(text.replace(chr(0), ''))}, 'b' IN {literals(['a', chr(39)])}"
        cursor = connection.execute(query)
        assert cursor.description is not None
        assert cursor.description[0][0] == text.replace("\0", "")
        assert cursor.fetchall() == [(text.replace("\0", "\ufffd"), False)]


def test_a_pattern_matches_whole_texts_and_only_the_star_is_special() -> None:
    with duckdb.connect() as connection:
        for pattern, text, expected in (
            ("NoReply@*", "noreply@example.com", True),
            ("noreply@*", "a-noreply@example.com", False),
            ("*@shop.example", "a@shop.example", True),
            ("no_reply@*", "noxreply@example.com", False),
            ("100%!@*", "100%!@example.com", True),
            ("100%!@*", "100 and more!@example.com", False),
        ):
            query = "SELECT $text LIKE $pattern ESCAPE '!'"
            found = connection.execute(query, {"text": text, "pattern": like_pattern(pattern)}).fetchone()
            assert found == (expected,)
