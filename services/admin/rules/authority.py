"""The authority limits in the console (R3.2)."""

from typing import Final

import msgspec
from babel.numbers import list_currencies
from litestar import Response, get, post

from services.admin.forms import Fields, fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.rules.form_versions import FormPolicy, Telling, handlers_of
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import authority
from shared.cases.authority import Authority, RoleLimit, default_authority
from shared.cases.work_vocabulary import CompensationKind
from shared.errors import AppError, FieldError, Invalid
from shared.permissions import Role
from shared.tenants.policies import PolicyName
from shared.web.components import FormState
from shared.web.labels import label
from shared.web.locale import msgid, translator
from shared.web.money import major_units, minor_units, money

_PATH: Final = "/oem/authority"
_ROLES: Final = tuple(default_authority().limits)
_ANY: Final = "any"


class AuthorityPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the limits: a field for each role (`<role>.any`) and kind (`<role>.<kind>`)."""

    version: int
    roles: tuple[Role, ...]
    form: FormState


@get(_PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The limits in force."""
    found = await authority.authority_limits(reader.actor)
    return await _page(request, reader, found.version, FormState(values=_typed(found.authority)))


@post(_PATH)
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Let other limits hold."""
    known = await authority.authority_limits(reader.actor)
    version = known.version
    fields = await fields_of(request)
    try:
        version = whole_number(fields, "version")
        await authority.publish(reader.actor, _read(fields, known.authority), version=version)
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, version, form, error.status)
    return go(request, _PATH, "rules_saved")


async def _page(
    request: AnyRequest, reader: Reader, version: int, form: FormState, status: int = 200
) -> Response[str]:
    model = AuthorityPage(version=version, roles=_ROLES, form=form)
    return await policy_page(request, reader, "rules/authority.html", model, status=status)


def _typed(known: Authority) -> dict[str, str]:
    """The limits as the form holds them: a kind without one of its own stays empty."""
    values = {"currency": known.currency}
    for role, limit in known.limits.items():
        values[f"{role.value}.{_ANY}"] = major_units(limit.amount_minor, known.currency)
        for kind, amount in limit.kinds.items():
            values[f"{role.value}.{kind.value}"] = major_units(amount, known.currency)
    return values


def _read(fields: Fields, known: Authority) -> Authority:
    problems: list[FieldError] = []
    currency = fields.get("currency", "").strip().upper()
    if currency not in list_currencies():
        raise Invalid.field("currency", "currency_unknown")
    # What the form does not show stays as it is.
    limits = {role: limit for role, limit in known.limits.items() if role not in _ROLES}
    for role in _ROLES:
        amounts = {
            name: amount
            for name in (_ANY, *CompensationKind)
            if (amount := _amount(fields, f"{role.value}.{name}", currency, problems)) is not None
        }
        if amounts:
            kinds = {kind: amounts[kind] for kind in CompensationKind if kind in amounts}
            limits[role] = RoleLimit(amount_minor=amounts.get(_ANY, 0), kinds=kinds)
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return Authority(currency=currency, limits=limits)


def _amount(fields: Fields, name: str, currency: str, problems: list[FieldError]) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    amount = minor_units(text, currency)
    if amount is None or not 0 <= amount <= authority.MOST_MINOR:
        problems.append(FieldError(name, "amount_not_understood"))
        return None
    return amount


def _told(known: Authority, telling: Telling) -> dict[str, str]:
    speak = telling.speak
    told = {speak.gettext("Currency"): known.currency}
    for role, limit in known.limits.items():
        name = label(speak, "role", role.value)
        told[f"{name} · {speak.gettext('Whatever is given, up to')}"] = money(
            limit.amount_minor, known.currency, telling.locale
        )
        for kind, amount in limit.kinds.items():
            what = label(speak, "compensation_kind", kind.value)
            told[f"{name} · {what}"] = money(amount, known.currency, telling.locale)
    return told


_VERSIONED: Final = FormPolicy(
    _PATH, PolicyName.AUTHORITY, msgid("Authority limits"), Authority, _told, authority.publish
)

HANDLERS = [show, save, *handlers_of(_VERSIONED)]
