"""When customers are called after the work, and by whom, edited in the console (R5.2, R5.3)."""

from collections.abc import Collection
from typing import Final

import msgspec
from litestar import Response, get, post

from services.admin.forms import Fields, fields_of, many_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases.vocabulary import Kind
from shared.errors import AppError, FieldError, Invalid
from shared.follow_up import policy_data
from shared.follow_up.policy import CALLERS, CallPolicy, FollowUpPolicy, problems_of_calls
from shared.follow_up.vocabulary import Moment
from shared.permissions import Permission, Role
from shared.web.components import Choice, FormState
from shared.web.labels import label
from shared.web.locale import translator

_PATH: Final = "/oem/follow-up-calls"
_NUMBERS: Final = ("second_after_days", "latest_days", "most_attempts")
_ROLES: Final = ("caller_role", "callback_role")
_ANY: Final = CallPolicy()
"""Stands for what was not understood, so that all that is wrong is told at once."""


class FollowUpCallsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the calls; `kinds` are those that get a second one."""

    version: int
    roles: list[Choice]
    kinds: frozenset[str]
    form: FormState


@get(_PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The calls as they are planned now."""
    reader.actor.require(Permission.TENANT_MANAGE)
    version, policy = await policy_data.in_force(reader.actor)
    calls = policy.calls
    values = {name: str(getattr(calls, name)) for name in ("after", *_ROLES, *_NUMBERS)}
    return await _page(request, reader, version, calls.second_kinds, FormState(values=values))


@post(_PATH)
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Plan calls otherwise from now on."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields, kinds = await fields_of(request), await many_of(request, "second_kinds")
    version, policy = await policy_data.in_force(reader.actor)
    try:
        version = whole_number(fields, "version")
        wanted = FollowUpPolicy(survey=policy.survey, calls=_read(fields, kinds))
        await policy_data.publish(reader.actor, wanted, version=version)
    except AppError as error:
        error.fields = tuple(
            msgspec.structs.replace(each, field=each.field.removeprefix("calls.")) for each in error.fields
        )
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, version, kinds, form, error.status)
    return go(request, _PATH, "rules_saved")


async def _page(
    request: AnyRequest,
    reader: Reader,
    version: int,
    kinds: Collection[str],
    form: FormState,
    status: int = 200,
) -> Response[str]:
    speak = translator(reader.locale)
    model = FollowUpCallsPage(
        version=version,
        roles=[Choice(each.value, label(speak, "role", each.value)) for each in CALLERS],
        kinds=frozenset(kinds),
        form=form,
    )
    return await policy_page(request, reader, "rules/follow_up_calls.html", model, status=status)


def _read(fields: Fields, kinds: Collection[str]) -> CallPolicy:
    """The calls that were typed; raises `Invalid` naming all that is wrong."""
    problems: list[FieldError] = []
    numbers: dict[str, int] = {}
    for name in _NUMBERS:
        try:
            numbers[name] = whole_number(fields, name)
        except Invalid as error:
            problems += error.fields
            numbers[name] = getattr(_ANY, name)
    after, roles = fields.get("after", ""), {name: fields.get(name, "") for name in _ROLES}
    if after not in set(Moment):
        problems.append(FieldError("after", "unknown_value"))
        after = _ANY.after
    for name, role in roles.items():
        if role not in CALLERS:
            problems.append(FieldError(name, "unknown_value"))
            roles[name] = getattr(_ANY, name)
    read = CallPolicy(
        after=Moment(after),
        caller_role=Role(roles["caller_role"]),
        callback_role=Role(roles["callback_role"]),
        second_kinds=tuple(each.value for each in Kind if each.value in kinds),
        **numbers,
    )
    if problems:
        raise Invalid("invalid_input", fields=[*problems, *problems_of_calls(read)])
    return read


HANDLERS = [show, save]
