"""The console script."""

import gc

from pipelines.cli.application import app


def main() -> None:
    """Runs the command line."""
    from pipelines.storage.files import make_files_private

    make_files_private()
    try:
        app()
    finally:
        # Without this, the interpreter searches all objects of Dagster for garbage at its end, which takes a second.
        gc.freeze()


if __name__ == "__main__":
    main()
