"""`python -m pipelines.transform.prepare`: parses the dbt project into its own `target/` folder, for homes to copy."""

import sys

from pipelines.transform.manifest import TransformError, parse
from pipelines.transform.project import project_folder


def main() -> None:
    """Parses the project; ends with status 1 and dbt's own words if it cannot be parsed."""
    try:
        parse(project_folder() / "target")
    except TransformError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
