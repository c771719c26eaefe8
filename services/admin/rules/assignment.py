"""The assignment rules in the console: all of them in their order, and the form of one (R3.1)."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post

from services.admin.forms import Fields, fields_of, identifier, many_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.rules.form_versions import FormPolicy, Telling, handlers_of, telling_to
from services.admin.session import AnyRequest, FromSession, Reader
from shared.accounts.people import members
from shared.cases import assignment_service
from shared.cases.assignment import AssignmentPolicy, AssignmentRule
from shared.cases.assignment_service import AssignmentRules
from shared.cases.rule_set import Bilingual
from shared.cases.texts import clean
from shared.db.engine import Transaction, transaction
from shared.errors import AppError, Conflict, FieldError, Invalid, NotFound
from shared.permissions import Permission, Role, may
from shared.tenants.dealers import regions
from shared.tenants.policies import PolicyName
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.labels import label
from shared.web.locale import msgid, translator

_PATH: Final = "/oem/assignment"
_CHOSEN: Final[Mapping[str, str]] = {
    "departments": "department",
    "categories": "category",
    "kinds": "kind",
    "urgencies": "urgency",
    "channels": "channel",
}
"""The conditions chosen from closed lists, and the group of labels of each."""
_MANY: Final = (*_CHOSEN, "region_ids", "roles")
_YES_OR_NO: Final = ("enabled", "at_oem", "of_department", "on_duty", "even_if_heard")


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in words; `when` and `who` are its conditions."""

    rule_id: str
    name: str
    enabled: bool
    when: list[str]
    who: list[str]


class AssignmentPage(msgspec.Struct, frozen=True, kw_only=True):
    """All rules in their order."""

    rows: list[RuleRow]
    version: int
    form: FormState


class AssignmentRulePage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one rule; `rule_id` is empty for a new one, `chosen` the boxes that are ticked."""

    rule_id: str
    version: int
    conditions: Mapping[str, str]
    regions: list[Choice]
    roles: list[Choice]
    people: list[Choice]
    chosen: Mapping[str, list[str]]
    form: FormState


@get(_PATH)
async def rules(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Every rule, the one that is asked first on top."""
    return await _list(request, reader)


async def _list(
    request: AnyRequest, reader: Reader, form: FormState = EMPTY_FORM, status: int = 200
) -> Response[str]:
    known = await assignment_service.assignment_rules(reader.actor)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        telling = await telling_to(tx, reader)
    rows = [
        RuleRow(
            rule_id=each.id,
            name=reader.named(each.name.zh, each.name.en),
            enabled=each.enabled,
            when=_when(telling, each),
            who=_who(telling, each),
        )
        for each in known.rules
    ]
    model = AssignmentPage(rows=rows, version=known.version, form=form)
    return await policy_page(request, reader, "rules/assignments.html", model, status=status)


@get(f"{_PATH}/edit")
async def edit(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form of one rule, or of a new one."""
    known = await assignment_service.assignment_rules(reader.actor)
    wanted = request.query_params.get("id") or ""
    if not wanted:
        return await _form(request, reader, "", known.version, {}, EMPTY_FORM)
    rule = _rule(known, wanted)
    chosen = {name: [str(each) for each in getattr(rule, name)] for name in _MANY}
    return await _form(request, reader, wanted, known.version, chosen, FormState(values=_typed(rule)))


@post(f"{_PATH}/edit")
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Publish the rules with this one changed or, at the end, added."""
    known = await assignment_service.assignment_rules(reader.actor)
    fields = await fields_of(request)
    chosen = {name: [each for each in await many_of(request, name) if each] for name in _MANY}
    before, version = fields.get("before", ""), known.version
    try:
        version = whole_number(fields, "version")
        changed = _read(fields, chosen)
        kept = [changed if each.id == before else each for each in known.rules]
        wanted = kept if before in {each.id for each in known.rules} else [*kept, changed]
        await assignment_service.publish(reader.actor, AssignmentPolicy(tuple(wanted)), version=version)
    except AppError as error:
        error.fields = tuple(
            FieldError(each.field.rpartition(".")[2], each.code, each.params) for each in error.fields
        )
        form = refused(fields, error, translator(reader.locale))
        return await _form(request, reader, before, version, chosen, form, status=error.status)
    return go(request, _PATH, "rules_saved")


@post(f"{_PATH}/up")
async def move_up(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Ask a rule before the one above it."""
    known = await assignment_service.assignment_rules(reader.actor)
    fields = await fields_of(request)
    rule = _rule(known, fields.get("before", ""))
    ordered, place = list(known.rules), known.rules.index(rule)
    ordered.insert(max(0, place - 1), ordered.pop(place))
    return await _publish(request, reader, ordered, fields)


@post(f"{_PATH}/remove")
async def remove(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Publish the rules without this one."""
    known = await assignment_service.assignment_rules(reader.actor)
    fields = await fields_of(request)
    gone = _rule(known, fields.get("before", ""))
    return await _publish(request, reader, [each for each in known.rules if each.id != gone.id], fields)


async def _publish(
    request: AnyRequest, reader: Reader, wanted: list[AssignmentRule], fields: Fields
) -> Response[str] | Response[None]:
    version = whole_number(fields, "version")
    try:
        await assignment_service.publish(reader.actor, AssignmentPolicy(tuple(wanted)), version=version)
    except Conflict as error:
        return await _list(request, reader, refused({}, error, translator(reader.locale)), error.status)
    return go(request, _PATH, "rules_saved")


async def _form(
    request: AnyRequest,
    reader: Reader,
    rule_id: str,
    version: int,
    chosen: Mapping[str, list[str]],
    form: FormState,
    *,
    status: int = 200,
) -> Response[str]:
    speak = translator(reader.locale)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = AssignmentRulePage(
            rule_id=rule_id,
            version=version,
            conditions=_CHOSEN,
            regions=await _regions(tx, reader),
            roles=[
                Choice(each.value, label(speak, "role", each.value))
                for each in Role
                if each is not Role.INTEGRATION and may(each, Permission.CASE_CONTACT)
            ],
            people=await _people(tx, reader, form.values.get("person_id", "")),
            chosen={name: chosen.get(name, []) for name in _MANY},
            form=form,
        )
    return await policy_page(request, reader, "rules/assignment.html", model, status=status)


async def _regions(tx: Transaction, reader: Reader) -> list[Choice]:
    known = await regions(tx, reader.actor.oem_id)
    return [Choice(str(each.id), reader.named(each.name, each.name_en)) for each in known]


async def _people(tx: Transaction, reader: Reader, also: str = "") -> list[Choice]:
    """Who may own cases, and whom a rule names that was made when he could."""
    speak = translator(reader.locale)
    found: list[Choice] = []
    for each in await members(tx, reader.actor.oem_id):
        is_able = each.active and may(each.role, Permission.CASE_CONTACT)
        what = label(speak, "role", each.role.value) if is_able else speak.gettext("can own no cases now")
        if is_able or str(each.membership_id) == also:
            found.append(Choice(str(each.membership_id), f"{each.name} · {what}"))
    return found


def _rule(known: AssignmentRules, rule_id: str) -> AssignmentRule:
    found = next((each for each in known.rules if each.id == rule_id), None)
    if found is None:
        raise NotFound("not_found")
    return found


def _when(telling: Telling, rule: AssignmentRule) -> list[str]:
    speak = telling.speak
    words = [
        telling.listed(label(speak, group, each.value) for each in getattr(rule, name))
        for name, group in _CHOSEN.items()
    ]
    words.append(telling.listed(telling.regions.get(each, str(each)) for each in rule.region_ids))
    if rule.even_if_heard:
        words.append(speak.gettext("also when a colleague has heard it"))
    return [each for each in words if each]


def _who(telling: Telling, rule: AssignmentRule) -> list[str]:
    speak = telling.speak
    words = [
        speak.gettext("at the OEM") if rule.at_oem else "",
        telling.listed(label(speak, "role", each.value) for each in rule.roles),
        speak.gettext("can: %(skill)s", skill=rule.skill) if rule.skill else "",
        speak.gettext("of the case's department") if rule.of_department else "",
        telling.people.get(rule.person_id, "") if rule.person_id else "",
        speak.gettext("on duty") if rule.on_duty else "",
    ]
    return [each for each in words if each]


def _typed(rule: AssignmentRule) -> dict[str, str]:
    """A rule as its form holds it, but for the boxes of lists."""
    return {
        "id": rule.id,
        "name_zh": rule.name.zh,
        "name_en": rule.name.en,
        "skill": rule.skill,
        "person_id": str(rule.person_id or ""),
        **{name: "true" if getattr(rule, name) else "" for name in _YES_OR_NO},
    }


def _read(fields: Fields, chosen: Mapping[str, list[str]]) -> AssignmentRule:
    person: UUID | None = identifier(fields, "person_id") if fields.get("person_id") else None
    values: dict[str, object] = {
        "id": fields.get("id", "").strip(),
        "name": Bilingual(clean(fields.get("name_zh", "")), clean(fields.get("name_en", ""))),
        "skill": " ".join(clean(fields.get("skill", "")).split()),
        "person_id": person,
        **{name: fields.get(name) == "true" for name in _YES_OR_NO},
        **chosen,
    }
    try:
        return msgspec.convert(values, AssignmentRule, strict=False)
    except msgspec.ValidationError as error:
        name = str(error).rpartition("$.")[2].rstrip("`").split("[")[0]
        raise Invalid.field(name, "unknown_value") from error


def _told(policy: AssignmentPolicy, telling: Telling) -> dict[str, str]:
    speak = telling.speak
    told: dict[str, str] = {}
    for place, rule in enumerate(policy.rules, start=1):
        parts = {
            speak.gettext("Place in the order"): str(place),
            speak.gettext("Name in Chinese"): rule.name.zh,
            speak.gettext("Name in English"): rule.name.en,
            speak.gettext("On"): telling.yes_no(rule.enabled),
            speak.gettext("Which cases"): " · ".join(_when(telling, rule)) or speak.gettext("Every case"),
            speak.gettext("Who gets them"): " · ".join(_who(telling, rule)),
        }
        told |= telling.under(rule.id, parts)
    return told


_VERSIONED: Final = FormPolicy(
    _PATH,
    PolicyName.ASSIGNMENT,
    msgid("Assignment rules"),
    AssignmentPolicy,
    _told,
    assignment_service.publish,
)

HANDLERS = [rules, edit, save, move_up, remove, *handlers_of(_VERSIONED)]
