"""For all tests: the fixtures of `tests/support`, and no network but loopback (unit tests: none at all)."""

from pathlib import Path

import pytest

pytest_plugins = [
    "tests.support.servers",
    "tests.support.browser",
    "tests.support.postoffice",
    "tests.support.files",
    "tests.support.redis_leftovers",
]

_UNIT = Path(__file__).parent / "unit"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Close all sockets to unit tests; the others may reach loopback (`--allow-hosts` in pyproject.toml)."""
    for item in items:
        if _UNIT in item.path.parents:
            item.add_marker(pytest.mark.disable_socket)
