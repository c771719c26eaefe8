"""Connections that only reach where `Outbound` lets them: names are looked up here, and looked at."""

import socket
from collections.abc import Callable

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from shared.notifications.outbound import Outbound


class _GuardedResolver(AbstractResolver):
    """Leaves out addresses that may not be reached; a connection goes to one that is left, or nowhere."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        reached = [each for each in found if self._outbound.reaches(host, each["host"])]
        if not reached:
            raise OSError(None, "address not allowed")
        return reached

    async def close(self) -> None:
        await self._names.close()


def guarded(outbound: Outbound) -> Callable[[], TCPConnector]:
    """Makes connectors of a channel; an address written as numbers has to be checked before (`check`)."""
    # The lanes bound how many there are at once; a bound here those that hang could take up.
    return lambda: TCPConnector(limit=0, resolver=_GuardedResolver(outbound), family=socket.AF_UNSPEC)
