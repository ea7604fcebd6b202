"""`python -m pipelines.transform.prepare`: parses the dbt project into its own `target/` folder, for homes to copy.

It also keeps the file of the project current that is written from the semantic models.
"""

import sys

from pipelines.transform.manifest import TransformError, parse
from pipelines.transform.measured_models import write_measured_models
from pipelines.transform.project import project_folder


def main() -> None:
    """Parses the project; ends with status 1 and dbt's own words if it cannot be parsed."""
    project = project_folder()
    target = project / "target"
    try:
        if write_measured_models(project, parse(target)):
            parse(target)
    except TransformError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
