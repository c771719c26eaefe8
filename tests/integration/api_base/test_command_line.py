"""The command `huiyin`."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import asyncpg
import click
import pytest
from click.testing import CliRunner

from services.cli.main import COMMANDS, huiyin
from tests.support.servers import Database

PASSWORD = "long enough password"
_ADD_OEM = ["oem", "add", "--name", "甲", "--admin-name", "管理员", "--password-stdin"]
_ADD_USER = ["user", "add", "--name", "李娜", "--password-stdin"]
CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def environment(database: Database, redis_url: str) -> dict[str, str]:
    return {
        "HUIYIN_DATABASE_OWNER_URL": database.owner_url,
        "HUIYIN_DATABASE_URL": database.app_url,
        "HUIYIN_DATABASE_WORKER_URL": database.worker_url,
        "HUIYIN_REDIS_URL": redis_url,
        "HUIYIN_SECRET": "0123456789" * 4,
        "HUIYIN_SMTP_PORT": "1",
        "LANG": "en_US.UTF-8",
    }


class Shown(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def _run(environment: dict[str, str], *arguments: str, stdin: str | None = None) -> Shown:
    unset = {name: None for name in os.environ if name.startswith(("HUIYIN_", "LC_"))}
    result = CliRunner().invoke(huiyin, arguments, input=stdin, env=unset | environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Shown(result.exit_code, result.stdout, result.stderr)


def test_help_lists_what_is_there_and_loads_nothing_of_it() -> None:
    loaded = (
        "import sys; sys.argv = ['huiyin', '--help']\ntry:\n    from services.cli.main import main; main()\n"
    )
    loaded += (
        "finally:\n    print([name for name in sys.modules if name in ('asyncpg', 'litestar', 'weasyprint')])"
    )

    shown = subprocess.run(
        [sys.executable, "-c", loaded], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=60
    )

    for name in COMMANDS:
        assert f"\n  {name} " in shown.stdout
    assert shown.stdout.endswith("\n[]\n")


def _all_commands(command: click.Command = huiyin, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    found = {" ".join(path): command}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found |= _all_commands(inner, (*path, name))
    return found


@pytest.mark.parametrize(("path", "command"), _all_commands().items())
def test_every_command_and_every_option_explains_itself(path: str, command: click.Command) -> None:
    shown = _run({}, *path.split(), "--help")

    assert shown.returncode == 0
    assert f"Usage: huiyin {path}".rstrip() in shown.stdout
    assert command.help
    # A first line that is too long for the list of commands ends in dots.
    assert "...\n" not in shown.stdout.partition("\nCommands:\n")[2]
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("command", [["api"], ["admin"], ["migrate"], ["oem", "list"]])
def test_missing_settings_are_told_all_at_once_without_a_traceback(command: list[str]) -> None:
    shown = _run({"HUIYIN_LOG_LEVEL": "loud"}, *command)

    assert shown.returncode == 1
    if command == ["api"]:
        for name in ("HUIYIN_SECRET", "HUIYIN_DATABASE_URL", "HUIYIN_REDIS_URL", "HUIYIN_LOG_LEVEL"):
            assert name in shown.stderr


def test_a_database_that_is_away_is_told_without_a_traceback(environment: dict[str, str]) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    gone = {"HUIYIN_DATABASE_URL": nowhere, "HUIYIN_DATABASE_OWNER_URL": nowhere}

    for command in (["migrate"], ["oem", "list"], ["doctor"]):
        shown = _run(environment | gone, *command)
        assert shown.returncode == 1, command


def test_migrate_can_be_repeated(environment: dict[str, str]) -> None:
    shown = _run(environment, "migrate")

    assert (shown.returncode, shown.stdout) == (0, "Nothing to do: the schema is the newest.\n")


def test_an_oem_its_dealer_and_its_people_are_brought_in(environment: dict[str, str]) -> None:
    steps = [
        [*_ADD_OEM, "acme", "--name-en", "Acme", "--admin-email", "admin@example.com"],
        ["oem", "add-region", "N", "--oem", "acme", "--name", "北", "--name-en", "North"],
        ["oem", "add-region", "N1", "--oem", "acme", "--name", "北一", "--name-en", "North 1", "--area", "N"],
        ["oem", "add-dealer", "D1", "--oem", "acme", "--name", "店", "--name-en", "Shop", "--district", "N1"],
        [*_ADD_USER, "advisor@example.com", "--oem", "acme", "--role", "advisor", "--dealer", "D1"],
        [*_ADD_USER, "region@example.com", "--oem", "acme", "--role", "regional_manager", "--region", "N"],
        ["user", "add-operator", "operator@example.com", "--name", "平台", "--password-stdin"],
        ["user", "password", "advisor@example.com", "--password-stdin"],
    ]
    for step in steps:
        shown = _run(environment, *step, stdin=PASSWORD + "\n")
        assert shown.returncode == 0, shown.stderr

    listed = _run(environment, "user", "list", "--oem", "acme").stdout
    for email in ("admin@example.com", "advisor@example.com", "region@example.com"):
        assert email in listed
    assert "acme" in _run(environment, "oem", "list").stdout


def test_a_key_is_shown_once_and_revoked(environment: dict[str, str]) -> None:
    _run(
        environment,
        *_ADD_OEM,
        "keys",
        "--name-en",
        "Keys",
        "--admin-email",
        "keys@example.com",
        stdin=PASSWORD,
    )
    key = _run(environment, "user", "key", "[/DMS]", "--oem", "keys").stdout.strip()
    prefix = key[:11]

    assert key.startswith("hk_")
    listed = _run(environment, "user", "keys", "--oem", "keys").stdout
    assert prefix in listed
    assert "[/DMS]" in listed
    assert key not in listed
    assert _run(environment, "user", "revoke-key", prefix, "--oem", "keys").returncode == 0
    assert _run(environment, "user", "revoke-key", "hk_none", "--oem", "keys").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["user", "list", "--oem", "nobody"], "nobody"),
        ([*_ADD_OEM, "Bad Slug", "--name-en", "A", "--admin-email", "a@example.com"], "slug"),
        (["user", "password", "nobody@example.com", "--password-stdin"], ""),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    environment: dict[str, str], arguments: list[str], told: str
) -> None:
    shown = _run(environment, *arguments, stdin=PASSWORD)

    assert shown.returncode == 1
    assert told in shown.stderr


def test_the_doctor_finds_a_healthy_database_and_a_missing_mail_server(environment: dict[str, str]) -> None:
    shown = _run(environment, "doctor")

    lines = shown.stdout.splitlines()
    for name in (
        "Settings",
        "Database version",
        "Clock",
        "Schema",
        "Row level security",
        "Policies and grants",
        "Database (app)",
        "Database (worker)",
        "Redis",
    ):
        assert any(line.startswith("OK") and name in line for line in lines), shown.stdout
    assert any(line.startswith("failed") and "SMTP" in line for line in lines)
    assert any("HUIYIN_SMTP_HOST" in line for line in lines)
    assert shown.returncode == 1


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def test_the_doctor_sees_what_separates_tenants_no_more(
    environment: dict[str, str], fresh_database: Database
) -> None:
    login = fresh_database.owner_settings().app_login
    asyncio.run(
        _execute(
            fresh_database.owner_url,
            f'GRANT SELECT ON app.customers TO "{login}"',
            "ALTER TABLE app.vehicles NO FORCE ROW LEVEL SECURITY",
            "DELETE FROM migration WHERE name = '0006_identity'",
        )
    )
    urls = {
        "HUIYIN_DATABASE_OWNER_URL": fresh_database.owner_url,
        "HUIYIN_DATABASE_URL": fresh_database.app_url,
    }

    shown = _run(environment | urls, "doctor")

    failed = [line for line in shown.stdout.splitlines() if line.startswith("failed")]
    assert any(f"Login {login}" in line and "customers" in line for line in failed), shown.stdout
    assert any("Row level security" in line and "vehicles" in line for line in failed)
    assert any("Schema" in line and "0006_identity" in line for line in failed)
    assert shown.returncode == 1


def test_the_doctor_tells_a_policy_and_a_grant_that_nobody_foresaw(
    environment: dict[str, str], fresh_database: Database
) -> None:
    asyncio.run(
        _execute(
            fresh_database.owner_url,
            "CREATE POLICY wide ON app.cases TO t_dealer USING (true)",
            "GRANT DELETE ON app.cases TO t_dealer",
        )
    )
    gone = "postgresql://nobody@127.0.0.1:1/nothing"
    urls = {"HUIYIN_DATABASE_OWNER_URL": fresh_database.owner_url, "HUIYIN_DATABASE_WORKER_URL": gone}

    shown = _run(environment | urls, "doctor")

    failed = [line for line in shown.stdout.splitlines() if line.startswith("failed")]
    (told,) = [line for line in failed if "Policies and grants" in line]
    assert "policy of t_dealer on cases" in told
    assert "DELETE on cases for t_dealer" in told
    assert any("Database (worker)" in line for line in failed)


async def test_an_oem_is_opened_and_filled_from_files(environment: dict[str, str], tmp_path: Path) -> None:
    """R9.1: the administrator is invited; dealers and staff come in once, wrong rows say why."""

    def run(*arguments: str) -> Shown:
        return _run(environment, *arguments)

    opened = await asyncio.to_thread(
        run,
        *("oem", "add", "filled", "--name", "乙", "--name-en", "Filled", "--invite"),
        *("--admin-name", "管理员", "--admin-email", "filled@example.com"),
    )
    assert opened.returncode == 0, opened.stderr
    assert "has been invited" in opened.stdout
    dealers, staff = tmp_path / "dealers.csv", tmp_path / "staff.csv"
    dealers.write_text("code,name,area_code,district_code\nd1,一店,N,N1\nd2,,N,N1\n", encoding="utf-8")
    staff.write_text("email,name,role,dealer_code\nfirst@example.com,王测试,advisor,d1\n", encoding="utf-8")
    for rehearsed in (["--dry-run"], []):
        shown = await asyncio.to_thread(
            run, "oem", "import-dealers", str(dealers), "--oem", "filled", *rehearsed
        )
        assert shown.returncode == 1
        assert "1 created, 0 known, 1 rejected" in shown.stdout
        assert "Please fill this in." in shown.stdout
    for created in ("1 created", "0 created"):
        shown = await asyncio.to_thread(run, "user", "import", str(staff), "--oem", "filled")
        assert shown.returncode == 0, shown.stderr
        assert created in shown.stdout
