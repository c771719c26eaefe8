"""Every process says at its start what is wrong with its environment, all at once."""

from dataclasses import fields

import pytest

from services.worker import main as worker
from shared.settings import (
    ALL_SETTINGS,
    PREFIX,
    DatabaseSettings,
    FileSettings,
    FromEnvironment,
    OwnerDatabaseSettings,
    SettingsError,
    WorkerDatabaseSettings,
    check_all,
)


def test_all_problems_are_told_at_once():
    environ = {"HUIYIN_DATABASE_POOL": "many"}
    with pytest.raises(SettingsError) as refused:
        check_all(DatabaseSettings, WorkerDatabaseSettings, environ=environ)
    variables = [problem.split()[0] for problem in refused.value.problems]
    assert variables == ["HUIYIN_DATABASE_URL", "HUIYIN_DATABASE_POOL", "HUIYIN_DATABASE_WORKER_URL"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (DatabaseSettings, "DATABASE_URL"),
        (WorkerDatabaseSettings, "DATABASE_WORKER_URL"),
        (OwnerDatabaseSettings, "DATABASE_OWNER_URL"),
    ],
)
def test_an_address_that_is_no_postgresql_is_refused_by_its_own_name(
    kind: type[DatabaseSettings | OwnerDatabaseSettings], name: str
):
    with pytest.raises(SettingsError, match=f"^{PREFIX}{name} is wrong"):
        kind.load({f"{PREFIX}{name}": "mysql://somewhere"})
    assert kind.load({f"{PREFIX}{name}": "postgresql://somewhere"}).url == "postgresql://somewhere"


def test_files_are_kept_in_a_folder_or_a_bucket():
    for url in ("file:///var/lib/files", "s3://bucket/prefix"):
        assert FileSettings(url).url == url
    with pytest.raises(SettingsError, match="HUIYIN_FILES_URL"):
        FileSettings("ftp://somewhere")


@pytest.mark.parametrize("reports", [True, False])
def test_a_worker_checks_where_files_are_kept_before_it_starts(
    monkeypatch: pytest.MonkeyPatch, *, reports: bool
):
    monkeypatch.setenv("HUIYIN_DATABASE_WORKER_URL", "postgresql://somewhere")
    monkeypatch.setenv("HUIYIN_REDIS_URL", "redis://somewhere")
    monkeypatch.setenv("HUIYIN_SECRET", "x" * 32)
    monkeypatch.setenv("HUIYIN_FILES_URL", "ftp://somewhere")
    with pytest.raises(SettingsError) as refused:
        worker.run(reports=reports)
    assert [problem.split()[0] for problem in refused.value.problems] == ["HUIYIN_FILES_URL"]


@pytest.mark.parametrize("kind", ALL_SETTINGS, ids=lambda kind: kind.__name__)
def test_secrets_are_not_shown_with_the_settings(kind: type[FromEnvironment]):
    secrets = [item for item in fields(kind) if item.metadata["secret"]]  # type: ignore[arg-type]
    assert not any(item.repr for item in secrets)
