"""The versions of the rules: who published them, what came with each, and the way back (R2)."""

from typing import Final

from litestar import Response, get, post

from services.admin.forms import fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page, version_asked, versions_page
from services.admin.rules.models import ComparePage
from services.admin.rules.views import PATH, words_of
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import rule_editing
from shared.errors import Conflict
from shared.permissions import Permission
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.locale import translator

_VERSIONS: Final = f"{PATH}/versions"


@get(_VERSIONS)
async def versions(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Every version, the newest first."""
    found = await rule_editing.rule_versions(reader.actor)
    current = (await rule_editing.rules(reader.actor)).version
    return await policy_page(request, reader, "rules/versions.html", versions_page(found, current))


@get(f"{PATH}/compare")
async def compare(request: AnyRequest, reader: FromSession) -> Response[str]:
    """What one version says otherwise than another, and what going back would have done."""
    reader.actor.require(Permission.TENANT_MANAGE)
    since, until = (version_asked(request, name) for name in ("since", "until"))
    return await _compare(request, reader, since, until)


async def _compare(
    request: AnyRequest,
    reader: Reader,
    since: int,
    until: int,
    form: FormState = EMPTY_FORM,
    status: int = 200,
) -> Response[str]:
    words = words_of(reader)
    found = await rule_editing.compare(reader.actor, since, until)
    trial = None
    if (await rule_editing.rules(reader.actor)).version == until != since:
        trial = await rule_editing.try_version(reader.actor, since)
    speak = translator(reader.locale)
    model = ComparePage(
        since=since,
        until=until,
        versions=[
            Choice(str(each.version), speak.gettext("Version %(number)s", number=each.version))
            for each in await rule_editing.rule_versions(reader.actor)
        ],
        changes=[words.change(each, "") for each in found],
        impact=words.impact(trial.impact) if trial else None,
        form=form,
    )
    return await policy_page(request, reader, "rules/compare.html", model, status=status)


@post(f"{PATH}/take-again")
async def take_again(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Publish an earlier version again, as a new one."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    number, version = whole_number(fields, "number"), whole_number(fields, "version")
    try:
        await rule_editing.take_again(reader.actor, number, version=version)
    except Conflict as error:
        form = refused({}, error, translator(reader.locale))
        newest = (await rule_editing.rules(reader.actor)).version
        return await _compare(request, reader, number, newest, form, error.status)
    return go(request, _VERSIONS, "rules_saved")


HANDLERS = [versions, compare, take_again]
