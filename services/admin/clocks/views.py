"""The clock policy in the console: read, change in the draft, see what it would do, publish (R4.1)."""

from typing import Final

import msgspec
from litestar import Response, get, post

from services.admin.clocks import forms
from services.admin.clocks.models import (
    PausesPage,
    PolicyDraftPage,
    PolicyPage,
    RuleCard,
    RulePage,
    TargetPage,
    TargetRow,
)
from services.admin.clocks.words import Words
from services.admin.forms import fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import policy_drafts, policy_editing
from shared.cases.policy_drafts import Draft
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, NotFound
from shared.permissions import DEALER_ROLES, Permission, Role
from shared.sla.policy import EVERY_CASE, NEVER_PAUSED, ClockPolicy, ClockRule, Metric, Target, in_rank_order
from shared.sla.policy_checks import CHAIN_ROLES, MOST_LEVELS
from shared.sla.policy_edits import Said, said_of
from shared.tenants.dealers import dealers
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.locale import translator

PATH: Final = "/oem/clocks"
DRAFT: Final = f"{PATH}/draft"
_BLANK: Final = Target()
_DESK_ROLES: Final = [
    role.value for role in Role if role in CHAIN_ROLES - DEALER_ROLES - {Role.REGIONAL_MANAGER}
]
ROLES: Final = [role.value for role in Role if role in CHAIN_ROLES]


@get(PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The policy as it would be published, rule by rule."""
    found = await policy_drafts.draft(reader.actor)
    status = await policy_editing.migration_status(reader.actor)
    own = await policy_editing.with_their_own(reader.actor)
    words = words_of(reader)
    model = PolicyPage(
        rules=cards(words, found.policy),
        pauses=words.pauses(found.policy.pauses),
        grace=words.minutes(found.policy.grace_minutes),
        reopening=words.days(found.policy.reopen_days),
        version=found.in_force.version,
        published_at=found.in_force.published_at,
        published_by=found.in_force.published_by,
        changes=found.differences.count,
        stale=found.stale,
        behind=status.behind,
        running=next((each for each in status.migrations if each.finished_at is None), None),
        dealers=await dealer_choices(reader, [each.dealer_id for each in own]),
        problems=_problems(words, found),
        supplied=[words.metric(metric) for metric in found.in_force.supplied],
    )
    return await policy_page(request, reader, "clocks/policy.html", model)


@get(f"{PATH}/rule")
async def edit_rule(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form of whom a rule is for; without a name of a new one."""
    found = await policy_drafts.draft(reader.actor)
    name = request.query_params.get("name") or ""
    if not name:
        return await _rule_form(request, reader, name, EMPTY_FORM)
    rule = next((each for each in found.policy.rules if each.name == name), None)
    if rule is None:
        raise NotFound("not_found")
    form = FormState(values=forms.typed_match(rule.match))
    return await _rule_form(request, reader, name, form, is_last=rule.match == EVERY_CASE)


@post(f"{PATH}/rule")
async def save_rule(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Keep in the draft whom a rule is for."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    name = fields.get("before", "")
    try:
        wanted = name or forms.read_name(fields)
        await policy_drafts.put_rule(reader.actor, wanted, forms.read_match(fields), is_new=not name)
    except AppError as error:
        form = refused(fields, forms.by_name(error), translator(reader.locale))
        return await _rule_form(request, reader, name, form, status=error.status)
    return go(request, f"{PATH}#{wanted}" if wanted.isascii() else PATH, "rule_kept")


@post(f"{PATH}/remove")
async def remove_rule(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Leave a rule out in the draft."""
    reader.actor.require(Permission.TENANT_MANAGE)
    await policy_drafts.remove_rule(reader.actor, (await fields_of(request)).get("name", ""))
    return go(request, PATH, "rule_kept")


@post(f"{PATH}/move")
async def move_rule(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Ask a rule one place earlier or later."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    places = 1 if fields.get("way") == "later" else -1
    await policy_drafts.move_rule(reader.actor, fields.get("name", ""), places)
    return go(request, PATH, "rule_kept")


@get(f"{PATH}/target")
async def edit_target(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form of what a rule says of a metric."""
    found = await policy_drafts.draft(reader.actor)
    name, metric = asked_cell(request.query_params.get("rule"), request.query_params.get("metric"))
    said = said_of(found.policy, name, metric)
    values = forms.typed_target(said) if said else _offered(found.policy, name, metric)
    return await _target_form(request, reader, found.policy, name, metric, FormState(values=values))


@post(f"{PATH}/target")
async def save_target(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Keep in the draft what a rule says of a metric."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    name, metric = asked_cell(fields.get("rule"), fields.get("metric"))
    try:
        await policy_drafts.put_target(reader.actor, name, metric, forms.read_target(fields))
    except NotFound:
        raise
    except AppError as error:
        policy = (await policy_drafts.draft(reader.actor)).policy
        form = refused(fields, forms.by_name(error), translator(reader.locale))
        return await _target_form(request, reader, policy, name, metric, form, status=error.status)
    return go(request, PATH, "rule_kept")


@get(f"{PATH}/pauses")
async def edit_pauses(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form of pauses and grace."""
    found = (await policy_drafts.draft(reader.actor)).policy
    form = FormState(values=forms.typed_whole(found))
    return await _pauses_form(request, reader, form)


@post(f"{PATH}/pauses")
async def save_pauses(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Keep pauses and grace in the draft."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    try:
        await policy_drafts.put_whole(reader.actor, *forms.read_whole(fields))
    except AppError as error:
        form = refused(fields, forms.by_name(error), translator(reader.locale))
        return await _pauses_form(request, reader, form, status=error.status)
    return go(request, PATH, "rule_kept")


@get(DRAFT)
async def draft(request: AnyRequest, reader: FromSession) -> Response[str]:
    """What is changed, and what it would do to open cases."""
    return await _draft(request, reader)


@post(f"{PATH}/discard")
async def discard(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Take all changes back that were looked at."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    try:
        await policy_drafts.discard(reader.actor, revision=fields.get("revision", ""))
    except Conflict as error:
        form = refused({}, error, translator(reader.locale))
        return await _draft(request, reader, form, status=error.status)
    return go(request, PATH, "draft_discarded")


@post(f"{PATH}/publish")
async def publish(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Put the draft that was looked at in force, for open cases too where that is wanted."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    migrate = fields.get("migrate") == "true"
    try:
        version, revision = whole_number(fields, "version"), fields.get("revision", "")
        await policy_drafts.publish_draft(reader.actor, version=version, revision=revision, migrate=migrate)
    except AppError as error:
        form = refused({}, error, translator(reader.locale))
        return await _draft(request, reader, form, status=error.status)
    return go(request, f"{PATH}/migrations" if migrate else PATH, "rules_saved")


@post(f"{PATH}/supplied")
async def take_supplied(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Take the promises that are new in the product into the policy, as they are supplied."""
    reader.actor.require(Permission.TENANT_MANAGE)
    version = whole_number(await fields_of(request), "version")
    present = await policy_editing.clock_policy(reader.actor)
    await policy_editing.publish(reader.actor, present.policy, version=version)
    return go(request, PATH, "rules_saved")


def words_of(reader: Reader) -> Words:
    """The reader's words for policies."""
    return Words(translator(reader.locale))


def cards(words: Words, policy: ClockPolicy, of_oem: ClockPolicy | None = None) -> list[RuleCard]:
    """The rules as they are asked; beside `of_oem` what a dealer says otherwise is marked."""
    ordered = in_rank_order(policy)
    return [
        RuleCard(
            name=rule.name,
            title=words.rule(rule),
            place=place,
            is_first=place == 1,
            is_last=place == len(ordered),
            rows=[_row(words, rule, metric, of_oem) for metric in Metric if metric in rule.targets],
            silent=[
                Choice(metric.value, words.metric(metric.value))
                for metric in Metric
                if metric not in rule.targets
            ],
        )
        for place, rule in enumerate(ordered, 1)
    ]


def _row(words: Words, rule: ClockRule, metric: Metric, of_oem: ClockPolicy | None) -> TargetRow:
    said = Said(rule.targets[metric])
    theirs = said_of(of_oem, rule.name, metric) if of_oem else None
    if theirs is not None and theirs != said:
        return words.row(rule.name, metric, theirs, said)
    return words.row(rule.name, metric, said)


def asked_cell(rule: str | None, metric: str | None) -> tuple[str, Metric]:
    """The rule and the metric that an address or a form names; raises `NotFound`."""
    if not rule or metric not in set(Metric):
        raise NotFound("not_found")
    return rule, Metric(metric)


async def dealer_choices(reader: Reader, dealer_ids: list[int] | None = None) -> list[Choice]:
    """The dealers of the OEM, or those of `dealer_ids`."""
    async with transaction(reader.actor.scope, read_only=True) as tx:
        known = await dealers(tx, reader.actor.oem_id)
    return [
        Choice(str(each.id), reader.named(each.name, each.name_en))
        for each in known
        if not each.is_desk and (dealer_ids is None or each.id in dealer_ids)
    ]


async def _rule_form(
    request: AnyRequest,
    reader: Reader,
    name: str,
    form: FormState,
    *,
    is_last: bool = False,
    status: int = 200,
) -> Response[str]:
    model = RulePage(name=name, is_last=is_last, form=form)
    return await policy_page(request, reader, "clocks/rule.html", model, status=status)


async def _target_form(
    request: AnyRequest,
    reader: Reader,
    policy: ClockPolicy,
    name: str,
    metric: Metric,
    form: FormState,
    *,
    status: int = 200,
) -> Response[str]:
    rule = next((each for each in policy.rules if each.name == name), None)
    if rule is None:
        raise NotFound("not_found")
    model = TargetPage(
        name=name,
        title=words_of(reader).rule(rule),
        metric=metric.value,
        form=form,
        places=list(range(1, MOST_LEVELS + 1)),
        roles=ROLES,
        may_be_silent=rule != in_rank_order(policy)[-1],
    )
    return await policy_page(request, reader, "clocks/target.html", model, status=status)


async def _pauses_form(
    request: AnyRequest, reader: Reader, form: FormState, *, status: int = 200
) -> Response[str]:
    words = words_of(reader)
    metrics = [
        Choice(metric.value, words.metric(metric.value)) for metric in Metric if metric not in NEVER_PAUSED
    ]
    model = PausesPage(metrics=metrics, desk_places=forms.DESK_PLACES, desk_roles=_DESK_ROLES, form=form)
    return await policy_page(request, reader, "clocks/pauses.html", model, status=status)


async def _draft(
    request: AnyRequest, reader: Reader, form: FormState = EMPTY_FORM, *, status: int = 200
) -> Response[str]:
    found, effect = await policy_drafts.try_draft(reader.actor)
    words = words_of(reader)
    model = PolicyDraftPage(
        changes=words.changes(found.differences, found.policy),
        problems=_problems(words, found),
        effect=effect,
        version=found.in_force.version,
        revision=found.revision,
        stale=found.stale,
        changed_at=found.changed_at,
        changed_by=found.changed_by,
        form=form,
    )
    return await policy_page(request, reader, "clocks/draft.html", model, status=status)


def _problems(words: Words, found: Draft) -> list[str]:
    return list(dict.fromkeys(words.problem(each, found.policy) for each in found.problems))


def _offered(policy: ClockPolicy, name: str, metric: Metric) -> dict[str, str]:
    """What the form of a metric holds that the rule leaves to the last: what that one says, as a promise."""
    last = in_rank_order(policy)[-1]
    said = said_of(policy, last.name, metric) if name != last.name else None
    if said is None or said.target is None:
        known = next((each for each in last.targets.values() if each is not None), None)
        chain = known.chain if known else ()
        said = None if not chain else Said(msgspec.structs.replace(_BLANK, chain=chain))
    return {**forms.typed_target(said), "says": forms.PROMISE}


HANDLERS = [
    show,
    edit_rule,
    save_rule,
    remove_rule,
    move_rule,
    edit_target,
    save_target,
    edit_pauses,
    save_pauses,
    draft,
    discard,
    publish,
    take_supplied,
]
