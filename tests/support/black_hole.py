"""A loopback proxy before a server that can fall silent: what is sent is swallowed, nothing is closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from infra.dev.ports import HOST


class Proxy:
    """Passes bytes on, until told to swallow them."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._passing = asyncio.Event()
        self._passing.set()
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    def fall_silent(self) -> None:
        """From now on nobody hears anything, on connections old and new."""
        self._passing.clear()

    def cut(self) -> None:
        """Close what was swallowed, and let new connections through."""
        for each in self._open:
            each.transport.abort()
        self._passing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._open.add(writer)
        try:
            await self._passing.wait()
            answers, asks = await asyncio.open_connection(*self._target)
            self._open.add(asks)
            try:
                async with asyncio.TaskGroup() as ways:
                    ways.create_task(self._pass_on(reader, asks))
                    ways.create_task(self._pass_on(answers, writer))
            finally:
                self._open.discard(asks)
                asks.close()
        except* OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self._passing.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError


@asynccontextmanager
async def proxy_to(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy to the server of `url`, and the same address by the proxy."""
    parts = urlsplit(url)
    proxy = Proxy(parts.hostname or HOST, parts.port or 0)
    server = await asyncio.start_server(proxy.serve, HOST, 0)
    proxy.port = server.sockets[0].getsockname()[1]
    login = parts.netloc.rpartition("@")[0]
    try:
        yield proxy, parts._replace(netloc=f"{login}@{HOST}:{proxy.port}").geturl()
    finally:
        proxy.cut()
        server.close()
