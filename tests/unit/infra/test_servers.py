"""Which servers are used: our own, or those of the environment (an address given means: start nothing)."""

import itertools

import pytest

from infra.dev import postgres, servers, valkey
from infra.dev.places import ServerError

NAMES = ("HUIYIN_DATABASE_OWNER_URL", "HUIYIN_DATABASE_URL", "HUIYIN_DATABASE_WORKER_URL")
SOME = [set(given) for count in (1, 2) for given in itertools.combinations(NAMES, count)]


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HUIYIN_REDIS_URL", "redis://nowhere.example.com/0")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a server of ours was started")

    monkeypatch.setattr(postgres, "running", refuse)
    monkeypatch.setattr(valkey, "running", refuse)


@pytest.mark.parametrize("given", SOME, ids=lambda given: " ".join(sorted(given)))
def test_one_address_of_a_database_means_all_three(given: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in given:
        monkeypatch.setenv(name, f"postgresql://{name.lower()}.example.com/x")
    with pytest.raises(ServerError) as refused, servers.running("demo"):
        pass
    told = str(refused.value)
    assert told.split("as well: ")[1].split(", ") == [name for name in NAMES if name not in given]
    assert all(name in told for name in given)


def test_three_addresses_are_used_and_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, f"postgresql://{name.lower()}.example.com/x")
    with servers.running("demo") as running:
        used = running.environment()
    assert not running.postgres_embedded
    assert [used[name] for name in NAMES] == [f"postgresql://{name.lower()}.example.com/x" for name in NAMES]


def test_without_any_our_own_is_started() -> None:
    with pytest.raises(AssertionError, match="started"), servers.running("demo"):
        pass


def test_an_empty_address_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")
    with pytest.raises(AssertionError, match="started"), servers.running("demo"):
        pass
