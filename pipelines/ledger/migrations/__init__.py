"""The history of the ledger's tables, as Alembic migrations.

To change a table: change `pipelines/ledger/tables.py`, add a module to `versions/` whose `down_revision` is `HEAD`, and
set `HEAD` to its `revision`. The tests of the migrations compare the result with the tables. A migration does not
import `tables.py`: it has to do the same after later changes.
"""

HEAD = "0007"

# Not Alembic's usual name: Dagster's own tables, which may be in the same PostgreSQL database, use that one.
VERSION_TABLE = "ledger_version"

# Versions of Vigie before the migrations counted formats, in the table `meta`.
REVISION_OF_FORMAT = {"1": "0001", "2": "0002"}
