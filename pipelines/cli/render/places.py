"""Where things are: paths and addresses as the command line shows them."""

from pathlib import Path

from rich.table import Table

from pipelines.config import redact
from pipelines.notify.channels.file import FileChannel
from pipelines.settings import Settings, channels_of
from pipelines.storage.home import Home


def places(settings: Settings, home: Home, base: Path) -> Table:
    """Returns where the tables, messages and exports of an installation are."""
    table = Table(title="Where things are", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0),
                  show_header=False)  # fmt: skip
    if settings.publish.duckdb:
        table.add_row("tables for BI tools", str(home.published / "kpi.duckdb"))
    if settings.publish.parquet:
        table.add_row("the same as Parquet", f"{home.published / 'parquet'}/")
    messages: dict[str, list[str]] = {}
    for name, channel in channels_of(settings, home.path).items():
        if isinstance(channel, FileChannel):
            messages.setdefault(shown(str(base / channel.path)), []).append(name)
    for path, names in messages.items():
        table.add_row(f"messages to {', '.join(names)}", path)
    exports: dict[str, list[str]] = {}
    for export in settings.exports:
        exports.setdefault(shown(export.to.resolved(base)), []).append(export.name)
    for path, names in exports.items():
        table.add_row(f"exports {', '.join(names)}", path)
    table.add_row("quarantine", f"{home.quarantine}/")
    is_usual = (home.path.absolute(), base) == (Path("var").absolute(), Path("settings").absolute())
    table.add_row("runs and assets", "make dev, then 127.0.0.1:3000" if is_usual else "docs/operations.md")
    return table


def shown(place: str) -> str:
    """A place as short as it can be said from here; an address of a remote store as it is."""
    if "://" in place:
        return redact(place, ())
    path = Path(place).resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
