"""Outages of what the settings no longer have: it neither fails nor works, so they end without a message.

Otherwise nobody would be informed if it came back and failed.
"""

from pipelines.ledger import Ledger
from pipelines.services.heartbeat import parts_of
from pipelines.services.ingest import streams_of
from pipelines.services.installation import Installation


def close_removed(installation: Installation, ledger: Ledger) -> None:
    """Ends the outages of sources, streams, exports and heartbeats that were removed from the settings."""
    settings = installation.settings()
    present = {
        "source": {
            *(source.name for source in settings.sources),
            *(f"{source.name} {stream.name}" for source, stream in streams_of(installation)),
        },
        "export": {export.name for export in settings.exports},
        "heartbeat": {name for name, is_wanted in parts_of(settings).items() if is_wanted},
    }
    for subject, names in present.items():
        for name in ledger.outages(subject).keys() - names:
            ledger.record_outcome(subject, name, failed=False, now=installation.wall_clock())
