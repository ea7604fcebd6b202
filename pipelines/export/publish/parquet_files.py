"""The published copy as Parquet files, one for each table and view."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from pipelines.export.publish.relations import open_relations
from pipelines.export.publish.source import PublishSource
from pipelines.export.publish.staging import make_published_folder, staging_folder, take_over_rights
from pipelines.storage.files import sync
from pipelines.storage.sql import literal


def publish_parquet(source: PublishSource, target: Path) -> dict[str, int]:
    """Replaces the files `target`/<table>/<table>.parquet and removes those of others; returns rows by table and view.

    All files are made before the first one is replaced, from one snapshot; each is replaced by a rename.

    Raises:
        PublishError: as in `publish_duckdb`. Unless the disk itself fails between two renames, all files are unchanged.
    """
    counts: dict[str, int] = {}
    with (
        staging_folder(target) as staging,
        open_relations(source, spill_folder=staging / "spill") as (connection, relations),
    ):
        connection.execute("begin")
        queries = {relation.name: relation.query for relation in relations}
        for name, query in {**queries, **{view.name: view.query for view in source.views}}.items():
            new = staging / f"{name}.parquet"
            copied = connection.execute(
                f"copy ({query}) to {literal(str(new))} (format parquet, compression zstd)"
            ).fetchone()
            counts[name] = copied[0] if copied else 0
            sync(new)
        connection.execute("commit")
        make_published_folder(target)
        for name in counts:
            folder = target / name
            make_published_folder(folder)
            new = staging / f"{name}.parquet"
            take_over_rights(new, folder / new.name)
            new.replace(folder / new.name)
            sync(folder)
        _remove_others(target, counts)
    return counts


def _remove_others(target: Path, published: Collection[str]) -> None:
    """Removes the files of tables that are no longer published; folders with anything else in them stay."""
    for folder in target.iterdir():
        file = folder / f"{folder.name}.parquet"
        if folder.name not in published and file.is_file():
            file.unlink()
            with suppress(OSError):
                folder.rmdir()
