"""Runs the product's processes side by side: one log file each, started again when they die, ended together.

Every service leads a process group of its own, so Ctrl-C reaches only us and everything a service started
ends with it. When we are killed, the tether (`infra.dev.tether`) ends the groups.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from infra.dev.places import CHECKOUT, make_folder
from infra.dev.tether import end_groups

STOP_S = 15.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0
# A service that lived this long starts its next life without a pause.
STEADY_S = 30.0
LARGEST_LOG_BYTES = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Service:
    """One process: its name (also its log's), its program with arguments, and its whole environment."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]


class Supervisor:
    """The services and their logs; `report` is told in one sentence when a service dies."""

    def __init__(
        self, services: Sequence[Service], log_folder: Path, report: Callable[[str], None] = print
    ) -> None:
        self.services = services
        self.log_folder = make_folder(log_folder)
        self._report = report
        self._tether = _Tether()
        self._pids: dict[str, int] = {}

    def log_of(self, name: str) -> Path:
        """The log file of a service."""
        return self.log_folder / f"{name}.log"

    def pid_of(self, name: str) -> int | None:
        """The present process of a service; None between two lives."""
        return self._pids.get(name)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep all services running for the length of the block, then stop them and wait for their end."""
        keepers = [asyncio.create_task(self._keep(service)) for service in self.services]
        try:
            yield
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            groups = set(self._pids.values())
            await asyncio.to_thread(end_groups, groups, STOP_S)
            self._tether.close()

    async def _keep(self, service: Service) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            code = await self._live(service)
            steady = time.monotonic() - started > STEADY_S
            pause_s = FIRST_PAUSE_S if steady else min(pause_s * 2, LONGEST_PAUSE_S)
            ending = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            self._report(f"{service.name} {ending}; it starts again (log: {self.log_of(service.name)})")
            await asyncio.sleep(pause_s)

    async def _live(self, service: Service) -> int:
        with self._open_log(service.name) as log:
            process = await asyncio.create_subprocess_exec(
                *service.argv,
                env=dict(service.environment),
                cwd=CHECKOUT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._pids[service.name] = process.pid
        self._tether.add(process.pid)
        code = await process.wait()
        # What the dead process had started must not meet its successor.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        del self._pids[service.name]
        self._tether.remove(process.pid)
        return code

    def _open_log(self, name: str) -> BinaryIO:
        log = self.log_of(name)
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size > LARGEST_LOG_BYTES:
                log.rename(log.with_suffix(".log.1"))
        return log.open("ab")


class _Tether:
    """The process that outlives us just long enough to end our services."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._process = self._start()

    def add(self, group: int) -> None:
        self._groups.add(group)
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        self._groups.discard(group)
        self._tell(f"-{group}\n")

    def close(self) -> None:
        for group in list(self._groups):
            self.remove(group)
        assert self._process.stdin is not None  # noqa: S101  # it was asked for
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101  # it was asked for
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError:
            # It was killed: its successor is told everything.
            self._process.wait()
            self._process = self._start()
            for group in self._groups:
                self._tell(f"+{group}\n")

    @staticmethod
    def _start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-S", "-m", "infra.dev.tether"],
            stdin=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            start_new_session=True,
        )


async def until_told_to_stop(parent: int | None = None) -> None:
    """Return at SIGINT or SIGTERM, or, with `parent` given, when that is no longer our parent process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        while not stop.is_set() and parent in {None, os.getppid()}:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
