"""`python -m demo`: writes the demo company's files."""

import argparse
import sys
from pathlib import Path

from demo import CUSTOMERS, SEED, DemoError, write


def main(arguments: list[str] | None = None) -> int:
    """Writes the company; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--to", type=Path, default=Path("var/demo"), metavar="DIR", help="the folder (default: %(default)s)"
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="S",
        help=f"1 is a company with {CUSTOMERS:,} customers (the default)",
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help="another number, another company (default: %(default)s)"
    )
    given = parser.parse_args(arguments)
    try:
        facts = write(given.to, seed=given.seed, customers=round(CUSTOMERS * given.scale))
    except DemoError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    rows = sum(facts.rows.values())
    sys.stdout.write(
        f"{facts.folder}: {facts.customers:,} customers, {rows:,} rows in order, "
        f"{sum(facts.quarantined.values())} broken; {len(facts.incidents)} incidents are open on {facts.now:%d %B %Y}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
