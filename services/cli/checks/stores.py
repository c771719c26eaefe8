"""The database: its version, schema, logins and row level security, its clock, and the calendars in it."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from services.cli.checks import Check
from services.cli.console import database
from shared.calendars.definition import CalendarDefinition, years_missing
from shared.cases.policy_editing import policy_in_force
from shared.clock import utc_now
from shared.db.diagnosis import Diagnosis, diagnosing
from shared.db.engine import transaction
from shared.db.manifest import LOGIN_ROLES
from shared.errors import AppError, Unavailable
from shared.settings import (
    DatabaseSettings,
    OwnerDatabaseSettings,
    SettingsError,
    WorkerDatabaseSettings,
)
from shared.tenancy import Scope
from shared.tenants import policies
from shared.tenants.oems import Oem, all_oems
from shared.tenants.policies import PolicyName
from shared.web.health import known_migrations, missing_migrations

_OLDEST_MAJOR = 15
_SKEW_WARNING = timedelta(seconds=1)
_SKEW_FAILED = timedelta(seconds=30)
_MIGRATE = "Run `huiyin migrate`."
_THEN = "then run `huiyin migrate`."
_SHOWN = 5


async def check_owner_login() -> list[Check]:
    """With the owner's login: version, clock, schema, the rights of the other logins, row level security."""
    try:
        settings = OwnerDatabaseSettings.load()
    except SettingsError:
        return []
    try:
        async with diagnosing(settings.url) as diagnosis:
            return [
                _version(diagnosis),
                await _clock(diagnosis),
                await _schema(diagnosis),
                await _login(diagnosis, "app", settings.app_login),
                await _login(diagnosis, "worker", settings.worker_login),
                await _row_security(diagnosis),
                await _separation(diagnosis),
            ]
    except Unavailable as error:
        fix = "Start PostgreSQL, or correct HUIYIN_DATABASE_OWNER_URL."
        return [Check.failed("Database (owner)", f"cannot be reached: {error.params['reason']}", fix)]


async def check_worker_login() -> list[Check]:
    """With the workers' login: it gets in, may sweep, and sees the schema."""
    try:
        async with database(WorkerDatabaseSettings.load()):
            missing = await missing_migrations(Scope.system())
    except SettingsError:
        return []
    except (AppError, asyncpg.PostgresError) as error:
        fix = "Correct HUIYIN_DATABASE_WORKER_URL; the login is made before the first `huiyin migrate`."
        return [Check.failed("Database (worker)", f"does not work: {error}", fix)]
    if missing:
        return [Check.failed("Database (worker)", f"schema is missing {_list(missing)}", _MIGRATE)]
    return [Check.ok("Database (worker)", "reachable, schema is the newest")]


async def check_app_login() -> list[Check]:
    """With the web doors' login: it gets in, sees the schema, and each OEM's calendar knows the year."""
    try:
        async with database(DatabaseSettings.load()):
            missing = await missing_migrations(Scope.auth())
            if missing:
                return [Check.failed("Database (app)", f"schema is missing {_list(missing)}", _MIGRATE)]
            return [
                Check.ok("Database (app)", "reachable, schema is the newest"),
                *[await check_calendar(oem) for oem in await all_oems()],
                *[check for oem in await all_oems() if (check := await check_policy(oem)) is not None],
            ]
    except SettingsError:
        return []
    except (AppError, asyncpg.PostgresError) as error:
        fix = "Correct HUIYIN_DATABASE_URL; the login is made before the first `huiyin migrate`."
        return [Check.failed("Database (app)", f"does not work: {error}", fix)]


def _version(diagnosis: Diagnosis) -> Check:
    major, text = diagnosis.version()
    if major < _OLDEST_MAJOR:
        return Check.failed(
            "Database version", f"PostgreSQL {text}", f"Use PostgreSQL {_OLDEST_MAJOR} or newer."
        )
    return Check.ok("Database version", f"PostgreSQL {text}")


async def _clock(diagnosis: Diagnosis) -> Check:
    before = utc_now()
    there = await diagnosis.clock()
    after = utc_now()
    skew = abs(there - (before + (after - before) / 2))
    found = f"{skew.total_seconds() * 1000:.0f} ms apart from this machine"
    fix = "Let NTP set the clocks of both machines; deadlines go by PostgreSQL's."
    if skew > _SKEW_FAILED:
        return Check.failed("Clock", found, fix)
    return Check.warning("Clock", found, fix) if skew > _SKEW_WARNING else Check.ok("Clock", found)


async def _schema(diagnosis: Diagnosis) -> Check:
    ran = await diagnosis.migrations()
    if missing := known_migrations() - ran:
        return Check.failed("Schema", f"missing {_list(missing)}", _MIGRATE)
    if newer := ran - known_migrations():
        fix = "This program is older than the database; install the newest."
        return Check.warning("Schema", f"unknown here: {_list(newer)}", fix)
    return Check.ok("Schema", f"newest, {len(ran)} migrations")


async def _login(diagnosis: Diagnosis, kind: str, login: str) -> Check:
    name = f"Login {login}"
    strong = await diagnosis.is_strong(login)
    if strong is None:
        return Check.failed(
            name, "does not exist", f"CREATE ROLE {login} LOGIN NOINHERIT PASSWORD …; {_THEN}"
        )
    if strong:
        fix = f"ALTER ROLE {login} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION;"
        return Check.failed(name, "has attributes that break the separation of tenants", fix)
    if tables := await diagnosis.tables_open_to(login):
        fix = f"ALTER ROLE {login} NOINHERIT; REVOKE ALL ON ALL TABLES IN SCHEMA app FROM {login}; own none."
        return Check.failed(name, f"has rights of its own on {_list(tables)}", fix)
    if wrong := await diagnosis.roles_of(login) ^ LOGIN_ROLES[kind]:
        return Check.failed(
            name,
            f"memberships differ: {_list(wrong)}",
            f"GRANT … TO {login} or REVOKE … FROM it, as each stands or lacks.",
        )
    return Check.ok(name, "has no rights of its own")


async def _row_security(diagnosis: Diagnosis) -> Check:
    if tables := await diagnosis.tables_without_row_security():
        fix = "ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; tenants are not separated."
        return Check.failed("Row level security", f"not forced on {_list(tables)}", fix)
    return Check.ok("Row level security", "forced on every table")


async def _separation(diagnosis: Diagnosis) -> Check:
    name = "Policies and grants"
    if await diagnosis.migrations() != known_migrations():
        return Check.warning(name, "not compared: the schema is not the one of this program", _MIGRATE)
    differences = await diagnosis.differences()
    if not differences:
        return Check.ok(name, "as this program foresees them")
    more = f"; and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
    fix = (
        "Somebody has changed them by hand: DROP or REVOKE what is not foreseen, make again what is missing."
    )
    return Check.failed(name, "; ".join(differences[:_SHOWN]) + more, fix)


async def check_calendar(oem: Oem) -> Check:
    """Whether the OEM's calendar knows the holidays of this year and, from mid-November, of the next."""
    name = f"Calendar of {oem.slug}"
    async with transaction(Scope.oem(oem.id), read_only=True) as tx:
        try:
            current = await policies.current(tx, oem.id, PolicyName.CALENDAR)
        except AppError:
            return Check.failed(name, "there is none", "Bring the OEM in with `huiyin oem add`.")
    definition = msgspec.json.decode(current.body, type=CalendarDefinition)
    today = utc_now().astimezone(ZoneInfo(definition.time_zone)).date()
    if missing := years_missing(definition, today):
        years = ", ".join(str(year) for year in missing)
        fix = "Publish a version with that year's holidays; until then its clocks are provisional."
        return Check.warning(name, f"holidays of {years} are not known", fix)
    return Check.ok(name, f"version {current.version}")


async def check_policy(oem: Oem) -> Check | None:
    """What is new in the product since the OEM has published its clock policy; None where nothing is."""
    async with transaction(Scope.oem(oem.id), read_only=True) as tx:
        try:
            present = await policy_in_force(tx, oem.id)
        except AppError:
            return Check.failed(
                f"Clock policy of {oem.slug}", "there is none", "Bring the OEM in with `huiyin oem add`."
            )
    if not present.supplied:
        return None
    fix = "They hold as supplied; the administrator takes them over or changes them at /oem/clocks."
    found = f"version {present.version} does not know {_list(present.supplied)}"
    return Check.warning(f"Clock policy of {oem.slug}", found, fix)


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
