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
    SmsSettings,
    WebSettings,
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


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"HUIYIN_SMS_PROVIDER": "pigeon"}, {"HUIYIN_SMS_PROVIDER"}),
        ({"HUIYIN_SMS_URL": "http://gateway.example.com"}, {"HUIYIN_SMS_SECRET"}),
        ({"HUIYIN_SMS_PROVIDER": "aliyun"}, {"HUIYIN_SMS_KEY_ID", "HUIYIN_SMS_SECRET"}),
        (
            {"HUIYIN_SMS_PROVIDER": "tencent", "HUIYIN_SMS_KEY_ID": "id", "HUIYIN_SMS_SECRET": "secret"},
            {"HUIYIN_SMS_APP_ID"},
        ),
        (
            {"HUIYIN_SMS_PROVIDER": "twilio", "HUIYIN_SMS_KEY_ID": "id", "HUIYIN_SMS_SECRET": "secret"},
            {"HUIYIN_SMS_SENDER"},
        ),
    ],
)
def test_a_provider_of_sms_without_what_it_needs_is_refused_at_the_start(
    environ: dict[str, str], missing: set[str]
):
    with pytest.raises(SettingsError) as refused:
        SmsSettings.load(environ)
    assert {problem.split()[0] for problem in refused.value.problems} == missing


def test_without_any_setting_sms_are_off_and_secrets_are_never_shown():
    assert not SmsSettings.load({}).is_on
    settings = SmsSettings(provider="aliyun", key_id="id", secret="hidden")
    assert settings.is_on
    assert "hidden" not in repr(settings)


_WRONG = {
    "DATABASE_URL": [
        "mysql://h/d",
        "h:5432",
        "postgresql://u:pa@h:port/d",
        "postgresql://h:0/d",
        "postgresql://[h",
    ],
    "DATABASE_POOL": ["0", "-1", "1001", "many"],
    "DATABASE_ACQUIRE_TIMEOUT": ["0", "1.5", "9" * 30],
    "REDIS_URL": [
        "localhost:6379",
        "http://h",
        "redis://h:70000/0",
        "redis://h:6379/first",
        "redis://h?socket_timeout=soon",
    ],
    "API_PORT": ["0", "65536", "http"],
    "ADMIN_PORT": ["0"],
    "WORKER_PORT": ["70000"],
    "REPORTS_WORKER_PORT": ["70000"],
    "SMTP_PORT": ["0"],
    "SMTP_HOST": ["smtp://mail.example.com", "mail.example.com:25", "mail example"],
    "SMTP_SENDER": ["nobody", "Huiyin <huiyin@example.com>"],
    "HOST": ["http://0.0.0.0", "0.0.0.0:80"],
    "SESSION_IDLE": ["0"],
    "SESSION_LIFETIME": ["0"],
    "SEND_TIMEOUT": ["0"],
    "PUBLIC_URL": [
        "huiyin.example.com",
        "ftp://huiyin.example.com",
        "https://",
        "https://huiyin.example.com/console",
        "https://huiyin.example.com?a=b",
        "https://huiyin.example.com:99999",
        "https://user:secret@huiyin.example.com",
    ],
    "PORTAL_URL": ["https://huiyin.example.com/t/"],
}
_RIGHT = {
    "DATABASE_URL": [
        "postgresql:///huiyin?host=/run",
        "postgres://u:p%2F@a:5432,[::1]:5433/d",
        "postgresql://h",
    ],
    "REDIS_URL": ["redis://:pass@h:6379/0", "rediss://h?socket_timeout=0.5", "unix:///run/valkey.sock?db=1"],
    "SMTP_HOST": ["mail.example.com", "::1", "10.0.0.1"],
    "HOST": ["0.0.0.0", "::"],
    "PUBLIC_URL": ["https://huiyin.example.com", "http://127.0.0.1:8001"],
}
_NEEDED = {
    "DATABASE_URL": "postgresql://h",
    "DATABASE_WORKER_URL": "postgresql://h",
    "DATABASE_OWNER_URL": "postgresql://h",
    "REDIS_URL": "redis://h",
    "SECRET": "x" * 32,
}


def _environ(name: str, value: str) -> dict[str, str]:
    return {PREFIX + known: text for known, text in (_NEEDED | {name: value}).items()}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in _WRONG for value in _WRONG[name]])
def test_a_value_that_cannot_work_is_refused_at_the_start_by_its_name(name: str, value: str):
    with pytest.raises(SettingsError) as refused:
        check_all(*ALL_SETTINGS, environ=_environ(name, value))
    assert [problem.split()[0] for problem in refused.value.problems] == [PREFIX + name]
    assert "secret" not in str(refused.value)
    assert "pa@" not in str(refused.value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in _RIGHT for value in _RIGHT[name]])
def test_what_can_work_is_let_through(name: str, value: str):
    check_all(*ALL_SETTINGS, environ=_environ(name, value))


def test_an_idle_time_longer_than_any_session_lives_is_refused():
    """It would never hold, and whoever set it would not learn why."""
    environ = _environ("SESSION_IDLE", "7200") | {PREFIX + "SESSION_LIFETIME": "3600"}
    with pytest.raises(SettingsError) as refused:
        WebSettings.load(environ)
    expected = "SESSION_IDLE is wrong: 7200 s is longer than HUIYIN_SESSION_LIFETIME (3600 s)"
    assert [expected in problem for problem in refused.value.problems] == [True]
    WebSettings.load(environ | {PREFIX + "SESSION_IDLE": "3600"})


def test_a_slash_after_a_public_address_falls_away():
    settings = WebSettings.load(_environ("PUBLIC_URL", "https://huiyin.example.com/"))
    assert settings.public_url == "https://huiyin.example.com"
