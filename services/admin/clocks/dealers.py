"""What a dealer promises that is more than its OEM's: target by target, only stricter (R4.1)."""

from typing import Final

from litestar import Response, get, post

from services.admin.clocks import forms
from services.admin.clocks.models import DealerPolicyPage, TargetPage
from services.admin.clocks.views import PATH, ROLES, asked_cell, cards, dealer_choices, words_of
from services.admin.forms import digits, fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import policy_editing
from shared.cases.policy_editing import PolicyInForce
from shared.cases.policy_effect import PolicyEffect
from shared.errors import AppError, Invalid, NotFound
from shared.permissions import Permission
from shared.sla.policy import Metric, StricterTarget
from shared.sla.policy_checks import MOST_LEVELS
from shared.sla.policy_edits import Said, differences, said_of
from shared.tenants.policies import OF_OEM
from shared.web.components import Choice, FormState
from shared.web.locale import translator

_DEALER: Final = f"{PATH}/dealer"


@get(_DEALER)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """What a dealer promises; without one the choice of a dealer."""
    reader.actor.require(Permission.TENANT_MANAGE)
    dealer_id = _number(request.query_params.get("dealer") or "0")
    oem = await policy_editing.clock_policy(reader.actor)
    found = await policy_editing.clock_policy(reader.actor, dealer_id=dealer_id)
    choices = await dealer_choices(reader)
    words = words_of(reader)
    is_own = found.dealer_id != OF_OEM
    model = DealerPolicyPage(
        dealer_id=dealer_id,
        dealer=_name(choices, dealer_id),
        dealers=choices,
        rules=cards(words, found.policy, oem.policy) if dealer_id else [],
        own=len(found.policy.stricter),
        changes=words.changes(differences(oem.policy, found.policy), found.policy),
        version=found.version if is_own else 0,
        published_at=found.published_at if is_own else None,
        published_by=found.published_by if is_own else "",
    )
    return await policy_page(request, reader, "clocks/dealer.html", model)


@get(f"{_DEALER}/target")
async def edit(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form of what a dealer promises instead of what the OEM's rule says of a metric."""
    reader.actor.require(Permission.TENANT_MANAGE)
    dealer_id = _number(request.query_params.get("dealer") or "")
    rule, metric = asked_cell(request.query_params.get("rule"), request.query_params.get("metric"))
    found = await _of_dealer(reader, dealer_id)
    form = FormState(values=forms.typed_target(said_of(found.policy, rule, metric)) | {"says": forms.PROMISE})
    return await _form(request, reader, found, dealer_id, rule, metric, form)


@post(f"{_DEALER}/target")
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Try it on the dealer's open cases, publish it, or promise as the OEM does again."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    dealer_id = _number(fields.get("dealer", ""))
    rule, metric = asked_cell(fields.get("rule"), fields.get("metric"))
    found = await _of_dealer(reader, dealer_id)
    effect: PolicyEffect | None = None
    try:
        version = whole_number(fields, "from")
        wanted = [each for each in found.policy.stricter if (each.rule, each.metric) != (rule, metric)]
        if fields.get("do") != "remove":
            said = forms.read_target(fields)
            if said is None or said.target is None:
                raise Invalid.field("amount", "required")
            wanted = [StricterTarget(rule, metric, said.target), *wanted]
        if fields.get("do") == "try":
            effect = await policy_editing.try_stricter(reader.actor, dealer_id, wanted)
        else:
            await policy_editing.publish_stricter(reader.actor, dealer_id, wanted, version=version)
            return go(request, f"{_DEALER}?dealer={dealer_id}", "rules_saved")
    except NotFound:
        raise
    except AppError as error:
        form = refused(fields, forms.by_name(error), translator(reader.locale))
        return await _form(request, reader, found, dealer_id, rule, metric, form, status=error.status)
    form = FormState(values=dict(fields))
    return await _form(request, reader, found, dealer_id, rule, metric, form, effect=effect)


async def _form(
    request: AnyRequest,
    reader: Reader,
    found: PolicyInForce,
    dealer_id: int,
    rule: str,
    metric: Metric,
    form: FormState,
    *,
    effect: PolicyEffect | None = None,
    status: int = 200,
) -> Response[str]:
    oem = await policy_editing.clock_policy(reader.actor)
    words = words_of(reader)
    known = next((each for each in oem.policy.rules if each.name == rule), None)
    if known is None or metric not in known.targets:
        raise NotFound("not_found")
    model = TargetPage(
        name=rule,
        title=words.rule(known),
        metric=metric.value,
        form=form,
        places=list(range(1, MOST_LEVELS + 1)),
        roles=ROLES,
        may_be_silent=False,
        dealer_id=dealer_id,
        dealer=_name(await dealer_choices(reader, [dealer_id]), dealer_id),
        of_oem=words.said(Said(known.targets[metric])),
        is_own=any((each.rule, each.metric) == (rule, metric) for each in found.policy.stricter),
        version=found.version if found.dealer_id else 0,
        effect=effect,
    )
    return await policy_page(request, reader, "clocks/target.html", model, status=status)


async def _of_dealer(reader: Reader, dealer_id: int) -> PolicyInForce:
    if not dealer_id:
        raise NotFound("not_found")
    return await policy_editing.clock_policy(reader.actor, dealer_id=dealer_id)


def _number(text: str) -> int:
    number = digits(text)
    if number is None:
        raise NotFound("not_found")
    return number


def _name(choices: list[Choice], dealer_id: int) -> str:
    return next((each.text for each in choices if each.value == str(dealer_id)), "")


HANDLERS = [show, edit, save]
