"""`python -m demo`: generates the files of the demo company."""

import argparse
import sys
from pathlib import Path

from demo import CUSTOMERS, SEED, DemoError, write
from pipelines.storage.files import make_files_private


def main(arguments: list[str] | None = None) -> int:
    """Writes the demo company and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--to", type=Path, default=Path("var/demo"), metavar="DIR", help="the target folder (default: %(default)s)"
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="S",
        help=f"the size; 1 (the default) is {CUSTOMERS:,} customers",
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help="the seed of the random data (default: %(default)s)"
    )
    given = parser.parse_args(arguments)
    try:
        facts = write(given.to, seed=given.seed, customers=round(CUSTOMERS * given.scale))
    except DemoError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        f"{facts.folder}: {facts.customers:,} customers, {sum(facts.rows.values()):,} valid rows,"
        f" {sum(facts.quarantined.values())} invalid; {len(facts.open_incidents)} incidents are open on"
        f" {facts.now:%d %B %Y}\n"
    )
    return 0


if __name__ == "__main__":
    # The folder may be within a home folder that does not exist yet, which is for its owner alone.
    make_files_private()
    sys.exit(main())
