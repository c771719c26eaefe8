"""The launcher of the embedded servers, with real processes killed for real."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis

from infra.dev import kept, places, postgres, sharing, valkey
from infra.dev.locks import is_free
from infra.dev.ports import HOST
from infra.dev.ports import is_free as port_is_free
from tests.support.waiting import eventually, wait_until


@pytest.fixture
def place() -> Iterator[str]:
    """The name of a data folder of this test's own, removed afterwards."""
    name = f"test-launcher-{os.getpid()}"
    yield name
    remove(name)


@pytest.fixture(scope="module")
def quiet_place() -> Iterator[str]:
    """A data folder whose PostgreSQL and Valkey run for all tests that only look at them."""
    name = f"test-quiet-{os.getpid()}"
    with postgres.running("test", place=name), valkey.running("test", place=name):
        yield name
    remove(name)


def remove(place: str) -> None:
    folder = places.data_folder(place, places.unprivileged_account())
    for server in folder.iterdir():
        sharing.stop(server)
    shutil.rmtree(folder)


def folder_of(place: str, server: str = "postgres-18") -> Path:
    return places.data_folder(place, places.unprivileged_account()) / server


def pid_of(file: Path) -> int:
    return int(file.read_text(encoding="ascii"))


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


class User:
    """Another process that uses a server."""

    def __init__(self, server: str, place: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.server_user", server, place],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=places.CHECKOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.urls: list[str] = json.loads(self.process.stdout.readline())

    def leave(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


async def count_after_adding_a_row(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS public.kept (id int GENERATED ALWAYS AS IDENTITY)"
        )
        await connection.execute("INSERT INTO public.kept DEFAULT VALUES")
        return await connection.fetchval("SELECT count(*) FROM public.kept")
    finally:
        await connection.close()


async def answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


async def test_a_killed_postmaster_comes_back_at_the_same_address_with_its_rows(place: str) -> None:
    with postgres.running("test", place=place) as urls:
        assert await count_after_adding_a_row(urls.owner) == 1
        killed = pid_of(folder_of(place) / "server.pid")
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: pid_of(folder_of(place) / "server.pid") != killed, "a new postmaster")
        await eventually(lambda: answers(urls.owner), "the new postmaster answers")
        assert await count_after_adding_a_row(urls.owner) == 2


async def test_when_its_only_user_is_killed_the_server_ends_and_leaves_its_port(place: str) -> None:
    user = User("postgres", place)
    port = port_of(user.urls[0])
    assert not port_is_free(port)
    user.kill()
    wait_until(lambda: is_free(folder_of(place) / "server.lock"), "the server and its children are gone")
    assert port_is_free(port)


def test_two_processes_share_a_server_and_the_last_one_out_stops_it(place: str) -> None:
    first, second = User("valkey", place), User("valkey", place)
    assert first.urls == second.urls
    first.leave()
    assert valkey_answers(second.urls[0])
    second.leave()
    assert is_free(folder_of(place, "valkey") / "server.lock")
    assert port_is_free(port_of(second.urls[0]))


def test_a_shared_server_outlives_the_killed_process_that_started_it(place: str) -> None:
    first = User("valkey", place)
    with valkey.running("test", place=place) as url:
        first.kill()
        second = User("valkey", place)
        assert second.urls == [url]
        second.leave()
        assert valkey_answers(url)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
async def test_a_server_does_not_outlive_its_keeper_and_starts_again_with_its_rows(place: str) -> None:
    user = User("postgres", place)
    assert await count_after_adding_a_row(user.urls[0]) == 1
    os.kill(pid_of(folder_of(place) / "keeper.lock"), signal.SIGKILL)
    wait_until(lambda: is_free(folder_of(place) / "server.lock"), "the server has followed its keeper")
    user.kill()
    with postgres.running("test", place=place) as urls:
        assert await count_after_adding_a_row(urls.owner) == 2


async def test_everything_killed_at_once_starts_again_with_its_rows(place: str) -> None:
    user = User("postgres", place)
    assert await count_after_adding_a_row(user.urls[0]) == 1
    for file in ("keeper.lock", "server.pid"):
        os.kill(pid_of(folder_of(place) / file), signal.SIGKILL)
    user.kill()
    with postgres.running("test", place=place) as urls:
        assert await count_after_adding_a_row(urls.owner) == 2


def test_a_port_taken_by_a_stranger_is_chosen_again(place: str) -> None:
    with valkey.running("test", place=place) as url:
        first = port_of(url)
    with socket.create_server((HOST, first)), valkey.running("test", place=place) as url:
        assert port_of(url) != first
        assert valkey_answers(url)


async def test_the_port_is_kept_from_run_to_run(place: str) -> None:
    with valkey.running("test", place=place) as first:
        pass
    with valkey.running("test", place=place) as second:
        assert first == second


async def test_an_interrupted_initialisation_is_begun_again(place: str) -> None:
    half_made = places.make_folder(folder_of(place) / "db.new")
    (half_made / "PG_VERSION").write_text("18", encoding="ascii")
    with postgres.running("test", place=place) as urls:
        assert await answers(urls.owner)
    assert not half_made.exists()


def test_no_password_shows_in_the_list_of_processes(quiet_place: str) -> None:
    secrets = [
        password
        for server in ("postgres-18", "valkey")
        if (known := kept.read(folder_of(quiet_place, server)))
        for password in known.passwords.values()
    ]
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert len(secrets) == 5
    assert not [password for password in secrets if password in shown]
    assert (folder_of(quiet_place) / "kept.json").stat().st_mode & 0o077 == 0


async def test_a_wrong_password_is_refused_on_loopback(quiet_place: str) -> None:
    with postgres.running("test", place=quiet_place) as urls:
        wrong = (
            urlsplit(urls.owner)._replace(netloc=f"huiyin_owner:wrong@{HOST}:{port_of(urls.owner)}").geturl()
        )
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)


async def test_the_owner_is_no_superuser_and_the_other_logins_are_its_own_to_administer(
    quiet_place: str,
) -> None:
    with postgres.running("test", place=quiet_place) as urls:
        connection = await asyncpg.connect(urls.owner)
        assert await connection.fetchval("SHOW is_superuser") == "off"
        await connection.execute("CREATE ROLE t_example; GRANT t_example TO huiyin_app")
        await connection.execute("ALTER ROLE huiyin_worker SET statement_timeout = '1s'")
        await connection.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")
def test_root_runs_no_server_as_root(quiet_place: str) -> None:
    for server in ("postgres-18", "valkey"):
        process = Path("/proc", str(pid_of(folder_of(quiet_place, server) / "server.pid")))
        assert process.stat().st_uid != 0


@pytest.mark.parametrize("version", [15, 16])
async def test_it_runs_each_supported_version(version: int, place: str) -> None:
    system = Path(f"/usr/lib/postgresql/{version}/bin")
    programs = postgres.packaged_programs(version) if version > 15 else system
    if not programs.is_dir():
        pytest.skip(f"there is no PostgreSQL {version} here")
    with postgres.running("test", place=place, programs=programs) as urls:
        connection = await asyncpg.connect(urls.owner)
        assert connection.get_server_version().major == version
        assert await connection.fetchval("SELECT lower('Ä')") == "ä"
        await connection.close()


def test_a_killed_valkey_comes_back_at_the_same_address(place: str) -> None:
    with valkey.running("test", place=place) as url, redis.Redis.from_url(url) as client:
        client.set("gone", "with the process")
        killed = pid_of(folder_of(place, "valkey") / "server.pid")
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: pid_of(folder_of(place, "valkey") / "server.pid") != killed, "a new server")
        wait_until(lambda: valkey_answers(url), "the new server answers")
        assert client.dbsize() == 0


def valkey_answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return client.ping() is True
        except redis.ConnectionError:
            return False


@pytest.fixture
def private_checkout(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder only root can enter, standing for the checkout, beside one that stands for the system's."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        parent = Path(name)
        parent.chmod(0o755)
        private = parent / "private"
        private.mkdir(mode=0o700)
        monkeypatch.setattr(places, "STATE", private / ".huiyin")
        monkeypatch.setattr(places, "system_folders", lambda: [parent / "system"])
        yield private


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")
def test_programs_in_a_private_folder_are_copied_to_where_the_account_can_run_them(
    private_checkout: Path,
) -> None:
    installed = postgres.packaged_programs(18).parent
    package, libraries = installed.parent, installed.parent.with_name(f"{installed.parent.name}.libs")
    bundle = shutil.copytree(installed, private_checkout / package.name / installed.name, symlinks=True)
    companion = shutil.copytree(libraries, private_checkout / libraries.name)
    account = places.unprivileged_account()

    copied = places.reachable_program(bundle / "bin/initdb", bundle, [companion], account)
    assert private_checkout not in copied.parents
    assert places.run_as(account, [copied, "--version"], folder=Path("/")).returncode == 0
    assert places.reachable_program(bundle / "bin/initdb", bundle, [companion], account) == copied


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")
async def test_a_checkout_that_the_account_cannot_enter_works_all_the_same(private_checkout: Path) -> None:
    with (
        postgres.running("test", place="elsewhere") as urls,
        valkey.running("test", place="elsewhere") as url,
    ):
        assert await count_after_adding_a_row(urls.owner) == 1
        assert valkey_answers(url)
    assert (private_checkout.parent / "system/elsewhere/postgres-18/db").is_dir()
