"""The criteria of major complaints in the console (R2.6)."""

from typing import Final

import msgspec
from babel.numbers import list_currencies
from litestar import Response, get, post

from services.admin.forms import Fields, fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.rules.form_versions import FormPolicy, Telling, handlers_of
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import major_criteria
from shared.cases.majors import Amount, MajorPolicy, Procedure, Repeated, Risk
from shared.cases.rule_set import Bilingual
from shared.cases.texts import clean_line
from shared.cases.vocabulary import Nature
from shared.errors import AppError, FieldError, Invalid
from shared.permissions import Permission
from shared.tenants.policies import PolicyName
from shared.web.components import FormState
from shared.web.labels import label
from shared.web.locale import msgid, translator
from shared.web.money import major_units, minor_units, money

_PATH: Final = "/oem/major-criteria"
_PARTS: Final = ("repeated", "amount", "procedure", "risk")
_TITLES: Final = {
    "repeated": msgid("The same fault again"),
    "amount": msgid("Amount"),
    "procedure": msgid("No agreement"),
    "risk": msgid("Risk"),
}
_NUMBERS: Final = {"cases": (2, 100), "within_days": (1, 3650), "level": (1, 9)}
_MOST: Final = 10**15


class MajorCriteriaPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the criteria."""

    version: int
    form: FormState


@get(_PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The criteria in force."""
    reader.actor.require(Permission.TENANT_MANAGE)
    found = await major_criteria.criteria(reader.actor)
    return await _page(request, reader, found.version, FormState(values=_typed(found.policy)))


@post(_PATH)
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Let other criteria hold."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    version = (await major_criteria.criteria(reader.actor)).version
    try:
        version = whole_number(fields, "version")
        await major_criteria.publish(reader.actor, _read(fields), version=version)
    except AppError as error:
        error.fields = tuple(msgspec.structs.replace(each, field=_name(each.field)) for each in error.fields)
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, version, form, error.status)
    return go(request, _PATH, "rules_saved")


async def _page(
    request: AnyRequest, reader: Reader, version: int, form: FormState, status: int = 200
) -> Response[str]:
    model = MajorCriteriaPage(version=version, form=form)
    return await policy_page(request, reader, "rules/majors.html", model, status=status)


def _typed(policy: MajorPolicy) -> dict[str, str]:
    amount = policy.amount
    values = {
        "cases": str(policy.repeated.cases),
        "within_days": str(policy.repeated.within_days),
        "limit": major_units(amount.limit_minor, amount.currency),
        "currency": amount.currency,
        "level": str(policy.procedure.level),
    }
    for part in _PARTS:
        reason: Bilingual = getattr(policy, part).reason
        values |= {f"{part}_zh": reason.zh, f"{part}_en": reason.en}
    return values | {f"nature.{each.value}": "true" for each in policy.risk.natures}


def _read(fields: Fields) -> MajorPolicy:
    """The criteria that were typed; raises `Invalid` by the names of the form."""
    problems: list[FieldError] = []
    numbers: dict[str, int] = {}
    for name, (least, most) in _NUMBERS.items():
        try:
            numbers[name] = whole_number(fields, name)
        except Invalid:
            numbers[name] = -1
        if not least <= numbers[name] <= most:
            problems.append(FieldError(name, "out_of_range", {"least": least, "most": most}))
    currency = fields.get("currency", "").strip().upper()
    limit: int | None = None
    if currency not in list_currencies():
        problems.append(FieldError("currency", "currency_unknown"))
    else:
        limit = minor_units(fields.get("limit", ""), currency)
        if limit is None or not 1 <= limit <= _MOST:
            problems.append(FieldError("limit", "amount_not_understood"))
    if problems or limit is None:
        raise Invalid("invalid_input", fields=problems)
    reasons = {
        part: Bilingual(clean_line(fields.get(f"{part}_zh", "")), clean_line(fields.get(f"{part}_en", "")))
        for part in _PARTS
    }
    natures = tuple(each for each in Nature if fields.get(f"nature.{each.value}") == "true")
    return MajorPolicy(
        repeated=Repeated(numbers["cases"], numbers["within_days"], reasons["repeated"]),
        amount=Amount(limit, currency, reasons["amount"]),
        procedure=Procedure(numbers["level"], reasons["procedure"]),
        risk=Risk(natures, reasons["risk"]),
    )


def _name(field: str) -> str:
    """A path of the policy ("repeated.reason.zh") as the form has it."""
    return field.replace(".reason.", "_").removeprefix("amount.")


def _told(policy: MajorPolicy, telling: Telling) -> dict[str, str]:
    speak = telling.speak
    repeated, amount, procedure, risk = (speak.gettext(_TITLES[part]) for part in _PARTS)
    told = {
        f"{repeated} · {speak.gettext('Complaints')}": str(policy.repeated.cases),
        f"{repeated} · {speak.gettext('Within days')}": str(policy.repeated.within_days),
        f"{amount} · {speak.gettext('More than')}": money(
            policy.amount.limit_minor, policy.amount.currency, telling.locale
        ),
        f"{procedure} · {speak.gettext('Level of the chain')}": str(policy.procedure.level),
        f"{risk} · {speak.gettext('Nature')}": telling.listed(
            label(speak, "nature", each.value) for each in policy.risk.natures
        ),
    }
    for part, title in zip(_PARTS, (repeated, amount, procedure, risk), strict=True):
        reason: Bilingual = getattr(policy, part).reason
        told[f"{title} · {speak.gettext('Reason in Chinese')}"] = reason.zh
        told[f"{title} · {speak.gettext('Reason in English')}"] = reason.en
    return told


_VERSIONED: Final = FormPolicy(
    _PATH, PolicyName.MAJOR, msgid("Criteria of major complaints"), MajorPolicy, _told, major_criteria.publish
)

HANDLERS = [show, save, *handlers_of(_VERSIONED)]
