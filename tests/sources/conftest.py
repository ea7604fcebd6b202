"""Fixtures of the tests of sources."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sources.shop import NOW, Aged, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def aged() -> Aged:
    """Returns a function that sets the last change of a file to so long before NOW."""

    def set_age(path: Path, age: timedelta) -> None:
        moment = (NOW - age).timestamp()
        os.utime(path, (moment, moment))

    return set_age
