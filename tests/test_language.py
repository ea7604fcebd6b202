"""Texts that users read do not have the retired words; CONTRIBUTING.md has the table of words to use instead.

The texts are string literals and comments in Python, comments in SQL, YAML files, Markdown pages and the Makefile.
Names in code, such as the JSON key `periods_judged`, are not texts: an underscore joins the words of a name.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# The retired words with their inflections, and what to write instead. A space also matches a line break.
RETIRED = {
    # Data comes in; it is loaded again.
    r"(take|takes|taken|taking|took) in": "load, ingest, sync, extract",
    r"read(s|ing)? ahead": "load, ingest, sync, extract",
    r"anew|afresh": "reload, rebuild, replay, again",
    r"rows win": "upsert, replace, keep the latest",
    r"left as (it|they) (was|were)": "unchanged, up to date",
    # Rows that fail validation; messages that are not sent.
    r"left out|(keeps?|kept|keeping|holds?|held|holding) back": "quarantined, rejected; omitted, skipped; silenced, muted",
    # Tables are built; rules are evaluated.
    r"laid(?!\.json)": "built, materialized; written",
    r"judg(e|es|ed|ing|ement|ements|ment|ments)": "evaluate",
    r"bounds? passed|beyond (a|its|the|their) bounds?": "threshold, breach",
    # Messages are sent; alerts are resolved.
    r"tells?|telling|told": "send, notify, report, say",
    r"(hand|hands|handed|handing) (in|on|out|over)": "send, deliver, pass, return",
    r"(alert|incident|outage|silence)s? (is|are|was|were) over": "resolved, ended",
    r"(falls?|fell|fallen|falling) silent": "silenced, muted",
    # What a user must do.
    r"mend(s|ed|ing)?": "fix, set, check",
    r"(makes?|gives? (it|them)) room": "free disk space",
    # Where something is; how fresh it is.
    r"(lie|lies|lain|lying)": "is in, is stored in, path",
    r"(stand|stands|stood|standing)(?! for\b)(?!-)": "is in, is stored in, path",
    r"(has|have) told of|covers? until": "loaded_until, freshness, lag",
    # Deleted at the source; failures.
    r"retir(e|es|ing)|vanish(es|ed|ing)?": "delete, tombstone, replace, no longer exist",
    r"troubles?|misfits?": "failure, error, outage, incident",
    # Parts of the code and of the tests.
    r"rooms?|houses?|strangers?": "package, module, layer",
    r"stor(y|ies)": "scenario, end to end",
    r"(?<!circuit.)breakers?": "regression",
    # Personification and archaisms.
    r"at work": "running, active",
    r"(give|gives|gave|given|giving) way": "yield, be replaced",
    r"(thereof|whereof|wherein|whereby|amid)": "of it, in which, by which, during",
}
_PATTERN = re.compile(
    "|".join(rf"(?P<w{number}>\b(?:{words})\b)".replace(" ", r"\s+") for number, words in enumerate(RETIRED)),
    re.IGNORECASE,
)

# Texts that need a retired word, by file: a term of the domain, or a name that another system chose.
ALLOWED: dict[str, tuple[str, ...]] = {
    # The subject of a newsletter, and a customer's project: data of the demo company.
    "demo": ("A lamp and its story", "Rooms 1 to 40"),
    # The name that the table of outages had in the first ledgers: migrations read it.
    "pipelines/ledger/migrations/versions": ("trouble",),
}


@dataclass(frozen=True)
class Text:
    """A text and the line on which it begins, from 1."""

    line: int
    text: str


def texts_of(path: Path, content: str) -> Iterator[Text]:
    """Yields the texts of a file, by its suffix."""
    match path.suffix:
        case ".py":
            yield from _python_strings(content)
            yield from _python_comments(content)
        case ".sql":
            for comment in re.finditer(r"(?:--[^\n]*\n?[ \t]*)+|/\*.*?\*/|\{#.*?#\}", content, re.DOTALL):
                yield _without_marks(content.count("\n", 0, comment.start()) + 1, comment[0])
        case ".md":
            yield Text(1, _without_tables_of_words(content))
        case _:
            yield _without_marks(1, content)


def _python_strings(content: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Text(node.lineno, node.value)


def _python_comments(content: str) -> Iterator[Text]:
    """Yields comments, consecutive lines as one text."""
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(io.StringIO(content).readline)
        if token.type == tokenize.COMMENT
    }
    for line in comments:
        if line - 1 not in comments:
            last = line
            while last + 1 in comments:
                last += 1
            yield _without_marks(line, "\n".join(comments[number] for number in range(line, last + 1)))


def _without_marks(line: int, text: str) -> Text:
    """Returns a text without the marks of comments, so that a phrase may continue on the next line."""
    return Text(line, re.sub(r"^[ \t]*(?:#+|--+)", "", text, flags=re.MULTILINE))


def _without_tables_of_words(content: str) -> str:
    """Returns a page without tables whose last column has the words not to write."""
    table = r"^\|[^\n]*\| not \|\n(?:\|[^\n]*\n)*"
    return re.sub(table, lambda found: "\n" * found[0].count("\n"), content, flags=re.MULTILINE)


def findings(texts: Iterable[Text], allowed: Iterable[str] = ()) -> Iterator[str]:
    """Yields each retired word with its line and what to write instead."""
    instead = list(RETIRED.values())
    for text in texts:
        plain = text.text
        for phrase in allowed:
            plain = plain.replace(phrase, " " * len(phrase))
        for found in _PATTERN.finditer(plain):
            line = text.line + plain.count("\n", 0, found.start())
            number = int(str(found.lastgroup)[1:])
            yield f"line {line}: “{' '.join(found[0].split())}”; write {instead[number]}"


def _files() -> list[Path]:
    folders = ("pipelines", "demo", "benchmarks", "dbt_project", "docs", "settings", "examples")
    suffixes = {".py", ".sql", ".md", ".yaml", ".yml"}
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    generated = {"target", "logs", "dbt_packages", "__pycache__"}
    files = [path for path in found if not generated & set(path.relative_to(ROOT).parts)]
    return sorted([*files, *ROOT.glob("*.md"), ROOT / "Makefile"])


def _is_below(path: Path, entries: Iterable[str]) -> bool:
    return any((ROOT / entry) in (path, *path.parents) for entry in entries)


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_texts_have_no_retired_words(path: Path) -> None:
    allowed = [phrase for entry, phrases in ALLOWED.items() if _is_below(path, [entry]) for phrase in phrases]
    assert list(findings(texts_of(path, path.read_text(encoding="utf-8")), allowed)) == []


@pytest.mark.parametrize("entry", sorted(ALLOWED))
def test_exceptions_exist(entry: str) -> None:
    assert (ROOT / entry).exists()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.py", '"""Takes in files."""', ["line 1: “Takes in”; write load, ingest, sync, extract"]),
        ("a.py", "x = 1\nraise E(f'{x}: mend the cell')", ["line 2: “mend”; write fix, set, check"]),
        ("a.py", "# Rows that are left\n# out of it.", ["line 1: “left out”; write quarantined, rejected; omitted"]),
        ("a.py", "judged = told(story)", []),
        ("a.py", "x['periods_judged'] = 'rows_left_out'", []),
        ("a.sql", "select 1 as told -- what was told\n", ["line 1: “told”; write send, notify, report, say"]),
        ("a.sql", "select 1\n-- is judged\n", ["line 2: “judged”; write evaluate"]),
        ("a.sql", "/* a\n   story */ select 'a story'", ["line 2: “story”; write scenario, end to end"]),
        ("a.yaml", "rules: [] # who judges\n", ["line 1: “judges”; write evaluate"]),
        ("a.yml", "description: It lies in a folder.", ["line 1: “lies”; write is in, is stored in, path"]),
        ("a.md", "Text\n\nRetire it.\n", ["line 3: “Retire”; write delete, tombstone, replace, no longer exist"]),
        ("a.md", "| write | not |\n| --- | --- |\n| fix | mend |\n\nIt tells.\n", ["line 5: “tells”; write send"]),
        ("a.md", "`$X` stands for a warehouse, a stand-in and a history.", []),
        ("Makefile", "clean: ## remove troubles\n", ["line 1: “troubles”; write failure, error, outage, incident"]),
    ],
)
def test_retired_words_are_found_in_texts_only(name: str, content: str, expected: list[str]) -> None:
    found = list(findings(texts_of(Path(name), content)))
    assert len(found) == len(expected)
    for message, start in zip(found, expected, strict=True):
        assert message.startswith(start)


def test_allowed_phrase_is_not_a_finding() -> None:
    texts = [Text(1, "A lamp and its story, and another story")]
    assert len(list(findings(texts, ["A lamp and its story"]))) == 1
