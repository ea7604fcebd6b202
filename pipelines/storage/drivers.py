"""Optional drivers: how a missing one is installed."""

import shlex
import sys
from pathlib import Path

_PACKAGE = "vigie-kpi"
_ROOT = Path(__file__).resolve().parents[2]


def missing_driver(extra: str) -> str:
    """Returns the words for a missing driver that an extra of this package installs."""
    if (_ROOT / "pyproject.toml").is_file():
        # This is the repository: no registry has the package.
        return missing_package(f"-e {shlex.quote(f'{_ROOT}[{extra}]')}")
    return missing_package(f"'{_PACKAGE}[{extra}]'")


def missing_package(package: str) -> str:
    """Returns the words for a missing driver that a package of another project has."""
    return f"its driver is not installed; run `{shlex.quote(sys.executable)} -m pip install {package}`"
