"""Where the results of a pass are, paths and addresses; and the marks of what works and what does not."""

from pathlib import Path

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.words import word
from pipelines.config import redact
from pipelines.kpis.formatting import Language
from pipelines.notify.channels.file import FileChannel
from pipelines.settings import Settings, channels_of
from pipelines.storage.home import Home


def results_table(settings: Settings, home: Home, base: Path) -> Table:
    """Returns a table of the paths of tables, messages, exports and quarantined rows, as far as they exist."""
    language = settings.company.language
    title = word("results", language)
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), show_header=False
    )
    if settings.publish.duckdb and (home.published / "kpi.duckdb").exists():
        table.add_row(word("tables", language), escape(str(home.published / "kpi.duckdb")))
    if settings.publish.parquet and (home.published / "parquet").exists():
        table.add_row(word("parquet", language), escape(f"{home.published / 'parquet'}/"))
    if settings.publish.postgres.get_secret_value():
        schema = settings.publish.schema_
        table.add_row(word("postgres", language), word("schema_of", language, schema=schema))
    channels: dict[str, list[str]] = {}
    for name, channel in channels_of(settings, home.path).items():
        if isinstance(channel, FileChannel):
            channels.setdefault(short_path(str(base / channel.path)), []).append(name)
    for path, names in channels.items():
        table.add_row(word("messages_to", language, names=", ".join(names)), escape(path))
    exports: dict[str, list[str]] = {}
    for export in settings.exports:
        address = export.to.resolved(base)
        place = (
            word("through", language, names=", ".join(export.to.channels)) if address is None else short_path(address)
        )
        exports.setdefault(place, []).append(export.name)
    for path, names in exports.items():
        table.add_row(word("exports", language, names=", ".join(names)), escape(path))
    if home.quarantine.exists():
        table.add_row(word("quarantine", language), escape(f"{home.quarantine}/"))
    is_default = (home.path.absolute(), base) == (Path("var").absolute(), Path("settings").absolute())
    table.add_row(word("runs", language), word("make_dev", language) if is_default else _operations(language))
    return table


def _operations(language: Language) -> str:
    """Returns where it is written how to look at runs: in the clone, else in the source that was installed."""
    page = Path(__file__).resolve().parents[3] / "docs" / "operations.md"
    return short_path(str(page)) if page.exists() else word("in_the_source", language, page="docs/operations.md")


def outcome(language: Language, *, is_good: bool) -> Text:
    """Returns the mark of what works, or of what does not; both are equally wide."""
    marks = word("passed", language), word("failed", language)
    return Text(marks[not is_good].ljust(max(map(len, marks))), style="green" if is_good else "red")


def short_path(location: str) -> str:
    """Returns a path relative to the current folder if it is below it, else absolute; a remote address unchanged.

    Passwords in addresses are hidden.
    """
    if "://" in location:
        return redact(location, ())
    path = Path(location).resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
