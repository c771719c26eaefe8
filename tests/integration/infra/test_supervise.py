"""The supervisor of the demo's processes, with real processes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from infra.dev import supervise
from infra.dev.places import CHECKOUT
from infra.dev.supervise import Service, Supervisor
from tests.support.waiting import wait_until

Value = TypeVar("Value")

# A service that has a child of its own and tells both process ids.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("pids", os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("bye", flush=True), sys.exit(0)))
print("ready", flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


def service(name: str, script: str) -> Service:
    return Service(name, (sys.executable, "-c", script), os.environ)


def lines(log: Path) -> list[str]:
    try:
        return log.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def pids(log: Path, start: int = 0) -> list[int]:
    """The process ids of the newest life that `PARENT` told, once it is not the `start`-th one."""
    told = [line.split() for line in lines(log) if line.startswith("pids")]
    return [int(word) for word in told[-1][1:]] if len(told) > start else []


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that only waits to be collected has."""
    try:
        state = Path("/proc", str(pid), "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except OSError:
        return True
    return state in "ZX"


async def wait(condition: Callable[[], Value], what: str) -> Value:
    return await asyncio.to_thread(wait_until, condition, what)


async def until_ready(supervisor: Supervisor, name: str) -> int:
    """Wait until the service has told its readiness and the supervisor knows its process; gives that."""
    await wait(lambda: "ready" in lines(supervisor.log_of(name)), f"{name} is ready")
    return await wait(lambda: supervisor.pid_of(name) or 0, f"the supervisor knows {name}")


async def test_a_killed_service_starts_again_and_its_children_do_not_linger(tmp_path: Path) -> None:
    told: list[str] = []
    supervisor = Supervisor([service("parent", PARENT)], tmp_path, told.append)
    log = supervisor.log_of("parent")
    async with supervisor.running():
        first = await wait(lambda: pids(log), "the first life")
        os.kill(first[0], signal.SIGKILL)
        second = await wait(lambda: pids(log, 1), "the second life")
        await wait(lambda: is_gone(first[1]), "the child of the first life ends")
        await wait(lambda: supervisor.pid_of("parent") == second[0], "the supervisor knows the second life")
        assert second[0] != first[0]
    assert all(is_gone(pid) for pid in second)
    assert len(told) == 1
    assert told[0].startswith("parent was killed by signal 9")


async def test_services_are_asked_to_stop_and_waited_for(tmp_path: Path) -> None:
    supervisor = Supervisor([service("polite", POLITE)], tmp_path)
    async with supervisor.running():
        await until_ready(supervisor, "polite")
    assert lines(supervisor.log_of("polite")) == ["ready", "bye"]


async def test_a_service_that_will_not_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "STOP_S", 0.2)
    supervisor = Supervisor([service("stubborn", STUBBORN)], tmp_path)
    async with supervisor.running():
        pid = await until_ready(supervisor, "stubborn")
    await wait(lambda: is_gone(pid), "the service is killed")


async def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "LARGEST_LOG_BYTES", 4)
    (tmp_path / "polite.log").write_text("an earlier run", encoding="utf-8")
    supervisor = Supervisor([service("polite", POLITE)], tmp_path)
    async with supervisor.running():
        await until_ready(supervisor, "polite")
    assert lines(tmp_path / "polite.log.1") == ["an earlier run"]


@pytest.fixture
def supervising(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that supervises one service, `parent`."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.supervised", tmp_path, "parent", PARENT],
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
    ) as process:
        yield process
        process.kill()


def test_when_the_supervisor_is_killed_everything_it_started_ends(
    supervising: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    started = wait_until(lambda: pids(tmp_path / "parent.log"), "the service has started")
    supervising.kill()
    wait_until(lambda: all(is_gone(pid) for pid in started), "the service and its child have ended")


@pytest.mark.skipif(sys.platform != "linux", reason="finds the tether through /proc")
def test_a_killed_tether_is_replaced(supervising: subprocess.Popen[bytes], tmp_path: Path) -> None:
    first = wait_until(lambda: pids(tmp_path / "parent.log"), "the service has started")
    os.kill(tether_of(supervising.pid), signal.SIGKILL)
    os.kill(first[0], signal.SIGKILL)
    second = wait_until(lambda: pids(tmp_path / "parent.log", 1), "the service has started again")
    # The service writes its line a moment before the supervisor tells the new tether about it.
    wait_until(lambda: tether_of(supervising.pid), "a new tether")
    supervising.kill()
    wait_until(lambda: all(is_gone(pid) for pid in second), "the service and its child have ended")


def tether_of(parent: int) -> int:
    told = subprocess.run(
        ["ps", "-eo", "pid,ppid,stat,args"], capture_output=True, text=True, check=True
    ).stdout
    for line in told.splitlines()[1:]:
        pid, ppid, state, arguments = line.split(None, 3)
        if int(ppid) == parent and "infra.dev.tether" in arguments and not state.startswith("Z"):
            return int(pid)
    return 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_polite_end_stop_everything(
    supervising: subprocess.Popen[bytes], tmp_path: Path, number: signal.Signals
) -> None:
    started = wait_until(lambda: pids(tmp_path / "parent.log"), "the service has started")
    supervising.send_signal(number)
    assert supervising.wait(20) == 0
    assert all(is_gone(pid) for pid in started)
