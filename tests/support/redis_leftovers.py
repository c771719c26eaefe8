"""What redis-py was connecting when it was cut it leaves to the collector: here, and in no later test."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

LEFT_TO_THE_COLLECTOR = [
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("collected_here"),
]


@pytest.fixture
async def collected_here() -> AsyncIterator[None]:
    """Collects when the test is over."""
    yield
    await asyncio.sleep(0)
    gc.collect()
