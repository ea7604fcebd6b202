"""What all tests share."""

import pytest
from hypothesis import settings

# A busy machine is no defect: examples have no deadline of their own, the suite as a whole has one.
settings.register_profile("vigie", deadline=None)
settings.load_profile("vigie")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the slow tests last."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
