"""The connections of one channel: who finds none free in time has not been tried."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Slots:
    """So many tries at the same time; the others wait for a connection. None: as many as there are."""

    def __init__(self, connections: int | None) -> None:
        self._free = None if connections is None else asyncio.Semaphore(connections)

    @asynccontextmanager
    async def one(self, deadline: float) -> AsyncGenerator[bool]:
        """A connection to use until `deadline`, by the event loop's clock; False where none was free.

        Half the time at most goes by with waiting: what is begun has time to end.
        """
        if self._free is None:
            yield True
            return
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at((now + deadline) / 2):
                await self._free.acquire()
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            self._free.release()
