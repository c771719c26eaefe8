"""The rules editor: find a rule, change it in the draft, see what it would have done, publish (R2)."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post

from services.admin.forms import Fields, fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.rules import rule_form
from services.admin.rules.models import (
    DefaultsPage,
    DraftPage,
    RuleGroup,
    RulePage,
    RulesPage,
    Words,
    otherwise,
)
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import rule_drafts
from shared.cases.normalise import fold
from shared.cases.rule_editing import Trial
from shared.cases.rule_set import Decides, Defaults, Rule
from shared.errors import AppError, Conflict, FieldError, Invalid, NotFound
from shared.permissions import Permission
from shared.web.components import EMPTY_FORM, FormState, Tab
from shared.web.labels import label
from shared.web.locale import translator

PATH: Final = "/oem/rules"
DRAFT: Final = f"{PATH}/draft"
_FIRST: Final = Decides.URGENCY
_ORDER: Final = (_FIRST, *(each for each in Decides if each is not _FIRST))
_NEW: Final = FormState(
    values={
        "weight": "2",
        "enabled": "true",
        "fields.words": "true",
        "fields.description": "true",
        "fields.demand": "true",
    }
)
_DEFAULTS: Final = tuple(Defaults.__struct_fields__)


@get(PATH)
async def rules(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The rules of one decision, or all that hold a word."""
    found = await rule_drafts.draft(reader.actor)
    text = (request.query_params.get("q") or "").strip()[:100]
    wanted = request.query_params.get("decides") or ""
    shown = Decides(wanted) if wanted in set(Decides) else _FIRST
    words = words_of(reader)
    marks = {each.rule_id: each.kind for each in found.differences}
    matching = [each for each in found.rule_set.rules if not text or _holds(each, text)]
    groups = [
        RuleGroup(
            decides=decides,
            otherwise=otherwise(words, found.rule_set, decides),
            rows=[words.row(each, marks) for each in _heaviest_first(matching, decides)],
        )
        for decides in _ORDER
        if text or decides is shown
    ]
    model = RulesPage(
        tabs=_tabs(reader, matching, None if text else shown),
        groups=[each for each in groups if each.rows] if text else groups,
        text=text,
        version=found.rules.version,
        published_at=found.rules.published_at,
        published_by=found.rules.published_by,
        changes=len(found.differences),
    )
    return await policy_page(request, reader, "rules/rules.html", model)


@get(f"{PATH}/edit")
async def edit(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form of one rule, or of a new one."""
    found = await rule_drafts.draft(reader.actor)
    wanted = request.query_params.get("id") or ""
    if not wanted:
        return await _form(request, reader, "", _NEW)
    rule = next((each for each in found.rule_set.rules if each.id == wanted), None)
    if rule is None:
        raise NotFound("not_found")
    return await _form(request, reader, wanted, FormState(values=rule_form.typed(rule)))


@post(f"{PATH}/edit")
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Keep a rule in the draft."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    before = fields.get("before", "")
    try:
        rule = rule_form.read({**fields, "id": before} if before else fields)
        await rule_drafts.put_rule(reader.actor, rule, is_new=not before)
    except Invalid as error:
        form = refused(fields, rule_form.by_name(error), translator(reader.locale))
        return await _form(request, reader, before, form, error.status)
    return go(request, DRAFT, "rule_kept")


@post(f"{PATH}/switch")
async def switch(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Switch a rule on or off in the draft."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    enabled = fields.get("enabled") == "true"
    await rule_drafts.switch_rule(reader.actor, fields.get("id", ""), enabled=enabled)
    return go(request, DRAFT, "rule_kept")


@post(f"{PATH}/remove")
async def remove(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Leave a rule out in the draft."""
    reader.actor.require(Permission.TENANT_MANAGE)
    await rule_drafts.remove_rule(reader.actor, (await fields_of(request)).get("id", ""))
    return go(request, DRAFT, "rule_kept")


@get(f"{PATH}/defaults")
async def defaults(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form of what holds where no rule speaks."""
    found = (await rule_drafts.draft(reader.actor)).rule_set.defaults
    form = FormState(values={name: getattr(found, name).value for name in _DEFAULTS})
    return await policy_page(request, reader, "rules/defaults.html", DefaultsPage(form=form))


@post(f"{PATH}/defaults")
async def save_defaults(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Keep it in the draft."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    try:
        await rule_drafts.put_defaults(reader.actor, _read_defaults(fields))
    except Invalid as error:
        form = refused(fields, error, translator(reader.locale))
        model = DefaultsPage(form=form)
        return await policy_page(request, reader, "rules/defaults.html", model, status=error.status)
    return go(request, DRAFT, "rule_kept")


@get(DRAFT)
async def draft(request: AnyRequest, reader: FromSession) -> Response[str]:
    """What is changed, and what it would have made of the newest cases."""
    return await _draft(request, reader)


@post(f"{PATH}/undo")
async def undo(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Take one change back."""
    reader.actor.require(Permission.TENANT_MANAGE)
    await rule_drafts.undo(reader.actor, (await fields_of(request)).get("id", ""))
    return go(request, DRAFT, "rule_undone")


@post(f"{PATH}/discard")
async def discard(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Take all changes back that were looked at."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    try:
        await rule_drafts.discard(reader.actor, revision=fields.get("revision", ""))
    except Conflict as error:
        form = refused({}, error, translator(reader.locale))
        return await _draft(request, reader, form, error.status)
    return go(request, PATH, "draft_discarded")


@post(f"{PATH}/publish")
async def publish(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Put the draft that was looked at in force."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    try:
        version, revision = whole_number(fields, "version"), fields.get("revision", "")
        await rule_drafts.publish_draft(reader.actor, version=version, revision=revision)
    except AppError as error:
        form = refused({}, error, translator(reader.locale))
        return await _draft(request, reader, form, error.status)
    return go(request, f"{PATH}/versions", "rules_saved")


def words_of(reader: Reader) -> Words:
    """The reader's words for rules."""
    return Words(translator(reader.locale), reader.locale)


async def _form(
    request: AnyRequest, reader: Reader, rule_id: str, form: FormState, status: int = 200
) -> Response[str]:
    model = RulePage(
        rule_id=rule_id,
        results=rule_form.results(translator(reader.locale)),
        form=form,
        is_more_open=rule_form.has_more(form.values, form.errors),
    )
    return await policy_page(request, reader, "rules/rule.html", model, status=status)


async def _draft(
    request: AnyRequest, reader: Reader, form: FormState = EMPTY_FORM, status: int = 200
) -> Response[str]:
    words = words_of(reader)
    trial: Trial | None = None
    try:
        found, trial = await rule_drafts.try_draft(reader.actor)
    except Invalid as error:
        found = await rule_drafts.draft(reader.actor)
        form = refused({}, error, translator(reader.locale))
    model = DraftPage(
        changes=[words.change(each, PATH) for each in found.differences],
        impact=words.impact(trial.impact) if trial else None,
        version=found.rules.version,
        revision=found.revision,
        changed_at=found.changed_at,
        changed_by=found.changed_by,
        form=form,
    )
    return await policy_page(request, reader, "rules/draft.html", model, status=status)


def _heaviest_first(found: Sequence[Rule], decides: Decides) -> list[Rule]:
    """By result and weight, those that are off last."""
    mine = [each for each in found if each.decides is decides]
    places = {value: place for place, value in enumerate(dict.fromkeys(each.value for each in mine))}
    return sorted(mine, key=lambda each: (places[each.value], not each.enabled, -each.weight, each.id))


def _holds(rule: Rule, text: str) -> bool:
    """Whether a rule's words, reasons, patterns or short name hold a text, as the rules read texts."""
    wanted = fold(text).folded
    keywords = (rule.any_of, rule.all_of, rule.none_of, rule.unless)
    texts = [rule.id, rule.reason.zh, rule.reason.en, *rule.patterns]
    texts += [word for each in keywords for word in each.every()]
    return any(wanted in fold(each).folded for each in texts)


def _tabs(reader: Reader, matching: Sequence[Rule], shown: Decides | None) -> list[Tab]:
    return [
        Tab(
            text=label(translator(reader.locale), "decides", decides.value),
            href=f"{PATH}?{urlencode({'decides': decides.value})}",
            count=sum(each.decides is decides for each in matching),
            is_current=decides is shown,
        )
        for decides in _ORDER
    ]


def _read_defaults(fields: Fields) -> Defaults:
    types = {each.name: each.type for each in msgspec.structs.fields(Defaults)}
    problems = [
        FieldError(name, "unknown_value")
        for name in _DEFAULTS
        if fields.get(name) not in {each.value for each in types[name]}
    ]
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return Defaults(**{name: types[name](fields[name]) for name in _DEFAULTS})


HANDLERS = [rules, edit, save, switch, remove, defaults, save_defaults, draft, undo, discard, publish]
