"""`python -m tests.file_length`: refuses files of code that are longer than 400 lines. `make lint` runs it."""

import subprocess
import sys
from pathlib import Path

LONGEST = 400
ROOT = Path(__file__).resolve().parents[1]
_CODE = (".py", ".sql", ".yml", ".yaml", ".j2")


def too_long() -> list[tuple[int, str]]:
    """Returns the files of code under version control that are too long, with their lines."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = [name for name in listed.splitlines() if name.endswith(_CODE) and (ROOT / name).is_file()]
    counted = [(len((ROOT / name).read_text(encoding="utf-8").splitlines()), name) for name in files]
    return sorted(entry for entry in counted if entry[0] > LONGEST)


def main() -> None:
    """Ends with status 1 and the names if there are such files."""
    found = too_long()
    for lines, name in found:
        sys.stderr.write(f"{name} has {lines} lines, more than {LONGEST}: split it by responsibility\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
