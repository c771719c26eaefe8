"""Versions of the clock policy: what came with each, the way back, and open cases brought along (R4.1)."""

from collections.abc import Mapping
from typing import Final

from litestar import Response, get, post

from services.admin.clocks.models import KeptLine, MigrationsPage, PolicyComparePage
from services.admin.clocks.views import PATH, words_of
from services.admin.forms import fields_of, refused, whole_number
from services.admin.pages import fragment, go
from services.admin.policy_pages import policy_page, version_asked, versions_page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import policy_editing
from shared.cases.policy_behind import KeptWhy
from shared.clock import utc_now
from shared.errors import AppError, Conflict
from shared.permissions import Permission
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import msgid, translator

_VERSIONS: Final = f"{PATH}/versions"
_MIGRATIONS: Final = f"{PATH}/migrations"
_KEPT: Final[Mapping[KeptWhy, str]] = {
    KeptWhy.MERGED: msgid("Promised to a customer whose complaint is merged into this one"),
    KeptWhy.CALL_FOR_HELP: msgid("Climbs from where somebody called for help"),
    KeptWhy.GRACE: msgid("Runs by the grace period of an earlier change"),
    KeptWhy.EARLIER_ROUND: msgid("Belongs to a round of the case that is over"),
    KeptWhy.BY_HAND: msgid("Its day was given by a person, or follows from no version known here"),
}


@get(_VERSIONS)
async def versions(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Every version, the newest first."""
    reader.actor.require(Permission.TENANT_MANAGE)
    found = await policy_editing.versions(reader.actor)
    current = (await policy_editing.clock_policy(reader.actor)).version
    return await policy_page(request, reader, "clocks/versions.html", versions_page(found, current))


@get(f"{PATH}/compare")
async def compare(request: AnyRequest, reader: FromSession) -> Response[str]:
    """What one version says otherwise than another, and what going back would do to open cases."""
    reader.actor.require(Permission.TENANT_MANAGE)
    since, until = (version_asked(request, name) for name in ("since", "until"))
    return await _compare(request, reader, since, until)


@post(f"{PATH}/take-again")
async def take_again(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Publish an earlier version again, as a new one."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    number, version = whole_number(fields, "number"), whole_number(fields, "version")
    migrate = fields.get("migrate") == "true"
    try:
        await policy_editing.take_again(reader.actor, number, version=version, migrate=migrate)
    except Conflict as error:
        form = refused({}, error, translator(reader.locale))
        newest = (await policy_editing.clock_policy(reader.actor)).version
        return await _compare(request, reader, number, newest, form, status=error.status)
    return go(request, _MIGRATIONS if migrate else _VERSIONS, "rules_saved")


@get(_MIGRATIONS)
async def migrations(request: AnyRequest, reader: FromSession) -> Response[str]:
    """What bringing open cases to the policy in force would do, and how far it is where it goes on."""
    return await _migrations(request, reader)


@get(f"{_MIGRATIONS}/list")
async def migration_list(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The list alone, while a migration goes on."""
    model = await _model(reader, with_effect=False)
    return fragment(request, reader, utc_now(), "clocks/_migrations.html", page=model)


@post(_MIGRATIONS)
async def migrate(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Begin to bring open cases to the policy in force."""
    reader.actor.require(Permission.TENANT_MANAGE)
    try:
        version = whole_number(await fields_of(request), "version")
        await policy_editing.migrate(reader.actor, version=version)
    except AppError as error:
        form = refused({}, error, translator(reader.locale))
        return await _migrations(request, reader, form, status=error.status)
    return go(request, _MIGRATIONS, "migration_started")


async def _compare(
    request: AnyRequest,
    reader: Reader,
    since: int,
    until: int,
    form: FormState = EMPTY_FORM,
    *,
    status: int = 200,
) -> Response[str]:
    found = await policy_editing.compare(reader.actor, since, until)
    newer = await policy_editing.clock_policy(reader.actor, until)
    current = (await policy_editing.clock_policy(reader.actor)).version
    effect = None
    if current == until != since:
        effect = await policy_editing.try_version(reader.actor, since)
    model = PolicyComparePage(
        since=since,
        until=until,
        changes=words_of(reader).changes(found, newer.policy),
        effect=effect,
        form=form,
    )
    return await policy_page(request, reader, "clocks/compare.html", model, status=status)


async def _migrations(
    request: AnyRequest, reader: Reader, form: FormState = EMPTY_FORM, *, status: int = 200
) -> Response[str]:
    model = await _model(reader, with_effect=True, form=form)
    return await policy_page(request, reader, "clocks/migrations.html", model, status=status)


async def _model(reader: Reader, *, with_effect: bool, form: FormState = EMPTY_FORM) -> MigrationsPage:
    found = await policy_editing.migration_status(reader.actor)
    version = (await policy_editing.clock_policy(reader.actor)).version
    working = any(each.finished_at is None for each in found.migrations)
    effect = None
    if with_effect and not working:
        effect = await policy_editing.try_version(reader.actor, version)
    speak = translator(reader.locale)
    return MigrationsPage(
        version=version,
        behind=found.behind,
        kept=found.kept,
        kept_promises=[
            KeptLine(each.case_id, each.number, each.metric, each.due_at, speak.gettext(_KEPT[each.why]))
            for each in found.kept_promises
        ],
        effect=effect,
        migrations=found.migrations,
        form=form,
    )


HANDLERS = [versions, compare, take_again, migrations, migration_list, migrate]
