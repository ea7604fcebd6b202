"""Which loads of a stream of extracts make up its table. Pure: decides on log entries alone."""

from collections.abc import Collection, Iterable, Sequence

from pipelines.raw.load import Load


def active_loads(loads: Sequence[Load], fingerprints: Collection[str]) -> list[Load]:
    """Returns the loads that make up a table of extracts under the settings that have `fingerprints`, in order.

    - The last load of one content under one fingerprint represents all of them.
    - A load under a former fingerprint counts as long as some of its content has not been loaded under a current one:
      the file may be gone, its rows are not.
    - Of snapshots, each a full copy, the newest of its table counts alone; one under a former fingerprint is replaced
      by a newer one under a current fingerprint. A table is identified by its fingerprint and its pattern.
    """
    latest = {(load.fingerprint, load.contents, load.table): load for load in sorted(loads, key=_sequence)}
    current = [load for load in latest.values() if load.fingerprint in fingerprints]
    reloaded = {content for load in current for content in load.contents}
    snapshots = sorted((load for load in latest.values() if load.mode == "snapshot"), key=_sequence)
    newest = {(load.fingerprint, load.table): load for load in snapshots}
    current_snapshots = {load.table: load for load in snapshots if load.fingerprint in fingerprints}

    def is_active(load: Load) -> bool:
        is_current = load.fingerprint in fingerprints
        if load.mode == "snapshot":
            if newest[load.fingerprint, load.table] is not load:
                return False
            successor = current_snapshots.get(load.table)
            if not is_current and successor is not None and successor.sequence > load.sequence:
                return False
        return is_current or not reloaded.issuperset(load.contents)

    return sorted(filter(is_active, latest.values()), key=_sequence)


def counted_loads(loads: Sequence[Load], fingerprints: Collection[str]) -> list[Load]:
    """Returns the loads of a stream of extracts whose records were delivered, each once, in order.

    Of what was read more than once, under other settings or in another time zone, the last reading counts, and a load
    under former settings no longer counts once its file was loaded under current ones. Each full copy counts, replaced
    by a newer one or not: it was delivered.
    """
    latest = {(load.fingerprint, load.contents, load.table): load for load in sorted(loads, key=_sequence)}
    current = [load for load in latest.values() if load.fingerprint in fingerprints]
    contents = {content for load in current for content in load.contents}
    names = {load.file_names for load in current}
    return sorted(
        (
            load
            for load in latest.values()
            if load.fingerprint in fingerprints or not (contents.issuperset(load.contents) or load.file_names in names)
        ),
        key=_sequence,
    )


def last_by_file(active: Iterable[Load], fingerprints: Collection[str]) -> list[Load]:
    """Returns, of the active loads, the last one of each file; loads under former settings only of files not reloaded.

    What these loads quarantined is what is missing from the table now.
    """
    last = {(load.fingerprint, load.file_names): load for load in sorted(active, key=_sequence)}
    reloaded = {names for fingerprint, names in last if fingerprint in fingerprints}
    return [load for (fingerprint, names), load in last.items() if fingerprint in fingerprints or names not in reloaded]


def _sequence(load: Load) -> int:
    return load.sequence
