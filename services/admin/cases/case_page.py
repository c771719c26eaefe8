"""The page model of one case, read in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.admin.cases.cautions import cautions_of
from services.admin.cases.chips import chip_of_clock
from services.admin.cases.counted_by import counted_by
from services.admin.cases.forms import form_lines
from services.admin.cases.history import history_page
from services.admin.cases.models import Action, CasePage, ClockLine, EscalationLine, FileLine
from services.admin.follow_up.survey_pages import case_follow_up
from services.admin.reasons import reasons_of
from services.admin.session import Reader
from shared.accounts import people
from shared.attachments.repository import Attachment, Contact, attachments, contacts
from shared.cases import queries, reveals, tags
from shared.cases.authority import Authority, authority, up_to
from shared.cases.linking import linked_to
from shared.cases.masking import doer_seen, work_seen
from shared.cases.merging import merged_here
from shared.cases.standing import unmet
from shared.cases.states import Command, Condition, available
from shared.cases.views import CaseView, ClockView, EscalationView
from shared.cases.waits import waits_of
from shared.cases.work_views import CaseWork
from shared.cases.work_vocabulary import CompensationState
from shared.db.engine import Transaction
from shared.inbound.calls import calls_of
from shared.permissions import Permission, may
from shared.sla.clock import level_of
from shared.sla.pause import paused_until, spans_of
from shared.tenants import dealers
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.formatting import Formats
from shared.web.labels import label
from shared.web.locale import Locale, translator

_AT_OEM: Final = 0
_NAMING_PEOPLE: Final = frozenset({Action.ASSIGN, Action.TASK, Action.NOTE})
_ACTIONS: Final = {
    Command.CONFIRM_RECEIPT: Action.CONFIRM,
    Command.TAKE: Action.TAKE,
    Command.ASSIGN: Action.ASSIGN,
    Command.CLASSIFY: Action.CLASSIFY,
    Command.LOG_CONTACT: Action.CONTACT,
    Command.ADD_NOTE: Action.NOTE,
    Command.ADD_TAG: Action.TAG,
    Command.REMOVE_TAG: Action.UNTAG,
    Command.PLAN: Action.PLAN,
    Command.TELL_PLAN: Action.PLAN,
    Command.RESOLVE: Action.RESOLVE,
    Command.CLOSE: Action.CLOSE,
    Command.ESCALATE: Action.ESCALATE,
    Command.REQUEST_FROM_CUSTOMER: Action.REQUEST,
    Command.ADD_POINTS: Action.POINTS,
    Command.DIAGNOSE: Action.DIAGNOSE,
    Command.AGREE: Action.AGREE,
    Command.CONFIRM_VISIT: Action.VISIT,
    Command.EXECUTE_STEP: Action.STEP,
    Command.VERIFY: Action.VERIFY,
    Command.JUDGE_SUGGESTION: Action.VERDICT,
    Command.JUDGE_EXPERIENCE: Action.VERDICT,
    Command.CLOSE_JUDGED: Action.CLOSE,
    Command.COMPENSATE: Action.COMPENSATE,
    Command.APPROVE: Action.APPROVE,
    Command.DECLINE: Action.DECLINE,
    Command.GIVE_COMPENSATION: Action.GIVE,
    Command.DROP_COMPENSATION: Action.DROP,
    Command.ADD_TASK: Action.TASK,
    Command.FINISH_TASK: Action.FINISH_TASK,
    Command.CANCEL_TASK: Action.CANCEL_TASK,
    Command.RENEW_LINK: Action.RENEW_LINK,
    Command.CHOOSE_MESSAGES: Action.CHOOSE,
    Command.WAIT: Action.WAIT,
    Command.END_WAIT: Action.END_WAIT,
    Command.HOLD: Action.HOLD,
    Command.RESUME: Action.RESUME,
    Command.WITHDRAW: Action.WITHDRAW,
    Command.REOPEN: Action.REOPEN,
    Command.TAKE_OVER: Action.TAKE_OVER,
    Command.HAND_BACK: Action.HAND_BACK,
    Command.ASK_TRANSFER: Action.ASK_TRANSFER,
    Command.REFUSE_TRANSFER: Action.REFUSE_TRANSFER,
    Command.TRANSFER: Action.TRANSFER,
    Command.MERGE: Action.MERGE,
    Command.UNMERGE: Action.UNMERGE,
    Command.LINK: Action.LINK,
    Command.UNLINK: Action.UNLINK,
}
# The form itself names the points: what stands open is no reason not to show it.
_ASKED_IN_THE_FORM: Final = frozenset({Condition.POINTS_KNOWN, Condition.POINTS_CONFIRMED})


async def case_page(
    tx: Transaction,
    reader: Reader,
    case_id: UUID,
    *,
    refused: Action | None = None,
    refused_form: FormState = EMPTY_FORM,
    reveal_form: FormState = EMPTY_FORM,
) -> CasePage:
    """Everything about a case; raises `NotFound`. `refused` shows that form again as it was typed.

    `reveal_form` is the form that asks for personal data, where it was just refused.
    """
    oem_id = reader.actor.oem_id
    case = await reveals.seen(tx, reader.actor, await queries.case_view(tx, oem_id, case_id))
    now = await tx.now()
    clocks = await queries.clocks_of(tx, oem_id, case_id)
    escalations = (await queries.escalations_of(tx, oem_id, case_id)).items
    entries = await queries.timeline(tx, oem_id, case_id)
    may_attach = reader.actor.may(Permission.CASE_CONTACT)
    linked = await linked_to(tx, oem_id, case_id)
    actions = _actions(case, reader) - (frozenset() if linked else {Action.UNLINK})
    present = await tags.tags_of(tx, oem_id, case_id)
    work = work_seen(await queries.work_of(tx, oem_id, case_id), masked=case.masked)
    limits = await authority(tx, oem_id)
    return CasePage(
        id=case.id,
        version=case.version,
        number=case.number,
        title=case.title,
        words=case.words,
        description=case.description,
        demand=case.demand,
        conditions=case.conditions,
        background=case.background,
        state=case.state,
        category=case.category,
        kind=case.kind,
        urgency=case.urgency,
        is_major=case.major,
        may_be_major=case.major_candidate and not case.major,
        escalation_level=max((level_of(each.step) or 0 for each in escalations), default=0),
        times_reopened=case.cycle - 1,
        channel=case.channel,
        received_at=case.received_at,
        registered_at=case.registered_at,
        dealer=reader.named(case.dealer_name, case.dealer_name_en),
        owner=case.owner_name,
        customer=case.customer_name,
        phone=case.customer_phone,
        phone_link="" if case.masked else case.customer_phone,
        is_masked=case.masked,
        shown_until=await reveals.shown_until(tx, reader.actor, case_id),
        reveal_form=reveal_form,
        email=case.customer_email,
        wants_messages=case.wants_messages,
        vehicle=" ".join(
            part for part in (case.vehicle_brand, case.vehicle_series, case.vehicle_model) if part
        ),
        plate=case.vehicle_plate or "",
        vin=case.vehicle_vin or "",
        mileage_km=case.mileage_km,
        plan=case.plan,
        promised_at=case.promised_at,
        found=case.found,
        result=case.result,
        advice=case.advice,
        root_cause=case.root_cause,
        preventive_measure=case.preventive_measure,
        reasons=_reasons(case, reader.locale),
        clocks=clock_lines(case, clocks, now),
        counted_by=counted_by(case, clocks),
        escalations=[_escalation_line(each, case, reader) for each in escalations if _is_told_up(each)],
        history=history_page(case, entries, reader),
        actions=actions,
        merged_into=case.merged_into,
        merged_into_number=await _number_of(tx, oem_id, case.merged_into),
        merged_here=await merged_here(tx, oem_id, case_id),
        linked=linked,
        follow_up=await case_follow_up(tx, reader, case),
        staff=await _staff(tx, reader, case) if actions & _NAMING_PEOPLE else [],
        files=[_file_line(each, masked=case.masked) for each in await attachments(tx, oem_id, case_id)],
        may_attach=may_attach,
        contacts=_contacts(await contacts(tx, oem_id, case_id), reader) if may_attach else [],
        tags=present,
        tags_offered=[each for each in await tags.in_use(tx, oem_id) if each not in present],
        calls=await calls_of(tx, oem_id, case_id),
        cautions=await cautions_of(tx, reader, case),
        forms=await form_lines(tx, reader, case),
        work=work,
        plan_in_force=work.plan_of(case.cycle),
        currency=limits.currency,
        dealers=await _dealers(tx, reader, case) if Action.TRANSFER in actions else [],
        waiting_for=case.waiting_for,
        waits=await waits_of(tx, oem_id, case_id),
        waiting_since=case.waiting_since,
        answer_by=case.answer_by,
        paused_until=paused_until(spans_of(case.pauses), now),
        transfer_asked_at=case.transfer_asked_at,
        visit_unconfirmed=case.visit_unconfirmed,
        verdict=case.verdict,
        may_decide=_may_decide(case, work, limits, reader) if Action.APPROVE in actions else frozenset(),
        refused=refused,
        refused_form=refused_form,
    )


async def _number_of(tx: Transaction, oem_id: int, case_id: UUID | None) -> str:
    return "" if case_id is None else (await queries.case_view(tx, oem_id, case_id)).number


def _actions(case: CaseView, reader: Reader) -> frozenset[Action]:
    actor = reader.actor
    open_conditions = unmet(case, actor.membership_id) - _ASKED_IN_THE_FORM
    offered = available(case.state, actor.role, case.kind, open_conditions)
    possible = {_ACTIONS[each] for each in offered if each in _ACTIONS}
    pointless = {
        Action.TAKE: case.owner_id == actor.membership_id,
        Action.TAKE_OVER: case.owner_id == actor.membership_id,
        Action.ASK_TRANSFER: case.transfer_asked or Action.TRANSFER in possible,
        Action.VISIT: not case.visit_unconfirmed,
    }
    return frozenset(each for each in possible if not pointless.get(each, False))


def _may_decide(case: CaseView, work: CaseWork, limits: Authority, reader: Reader) -> frozenset[UUID]:
    actor = reader.actor
    return frozenset(
        each.id
        for each in work.compensations
        if each.state is CompensationState.ASKED
        and (each.asked_by is None or each.asked_by != actor.membership_id)
        and limits.allows(actor.role, each.kind, up_to(work.compensations, each, case.reopened_at))
    )


async def _dealers(tx: Transaction, reader: Reader, case: CaseView) -> list[Choice]:
    """Where the case can go."""
    return [
        Choice(str(each.id), f"{reader.named(each.name, each.name_en)} · {each.code}")
        for each in await dealers.dealers(tx, reader.actor.oem_id)
        if each.active and each.id != case.dealer_id
    ]


def _file_line(file: Attachment, *, masked: bool) -> FileLine:
    return FileLine(
        id=file.id,
        name=file.name,
        size_bytes=file.size_bytes,
        added_by=doer_seen(file.actor_kind, file.actor_name, masked=masked),
        added_at=file.created_at,
        is_visible_to_customer=file.visible_to_customer,
        is_recording=file.entry_id is not None,
    )


def _contacts(found: Sequence[Contact], reader: Reader) -> list[Choice]:
    """The contacts that a recording may belong to, newest first."""
    formats = Formats(translator(reader.locale), reader.zone)
    return [Choice(str(each.id), f"{formats.full_moment(each.at)} · {each.text}") for each in found]


def _reasons(case: CaseView, locale: Locale) -> list[str]:
    """Each decision with the sentence and the words behind it; where no rule applied, nothing is claimed."""
    speak = translator(locale)
    found = case.classification
    lines: list[str] = []
    for group, decision in (
        ("urgency", found.urgency),
        ("category", found.category),
        ("kind", found.kind),
    ):
        value = label(speak, group, decision.value)
        between = ": " if locale is Locale.EN else "："
        lines += [f"{words}{value}{between}{why}" for words, why in reasons_of(decision, locale)]
    return lines


def clock_lines(case: CaseView, clocks: Sequence[ClockView], now: datetime) -> list[ClockLine]:
    """The promises of this round: the open ones first, each group by its time."""
    lines = [
        ClockLine(
            chip=chip_of_clock(each, now),
            started_at=each.started_at,
            met_at=each.met_at,
            provisional=each.provisional and each.met_at is None,
        )
        for each in clocks
        if each.cycle == case.cycle and each.state != "cancelled"
    ]
    return sorted(lines, key=lambda line: (line.met_at is not None, line.met_at or line.chip.due_at))


def _is_told_up(escalation: EscalationView) -> bool:
    # Warnings go to the owner alone and wait for nobody.
    return escalation.suppressed is None and not escalation.step.startswith("warn_")


def _escalation_line(escalation: EscalationView, case: CaseView, reader: Reader) -> EscalationLine:
    actor = reader.actor
    waits = escalation.acknowledged_at is None and actor.membership_id in escalation.recipient_ids
    is_open = Command.ACKNOWLEDGE in available(case.state, actor.role)
    return EscalationLine(
        id=escalation.id,
        metric=escalation.metric,
        level=level_of(escalation.step),
        reason=escalation.reason,
        raised_at=escalation.fired_at,
        told=escalation.recipient_names,
        acknowledged_by=escalation.acknowledged_name or "",
        acknowledged_at=escalation.acknowledged_at,
        may_acknowledge=waits and is_open,
    )


async def _staff(tx: Transaction, reader: Reader, case: CaseView) -> list[Choice]:
    """Whom the case can be handed to: those of its dealer and of the OEM who speak with customers."""
    speak = translator(reader.locale)
    return [
        Choice(str(each.membership_id), f"{each.name} · {label(speak, 'role', each.role.value)}")
        for each in await people.members(tx, reader.actor.oem_id)
        if each.active
        and each.dealer_id in {_AT_OEM, case.dealer_id}
        and each.membership_id != case.owner_id
        and may(each.role, Permission.CASE_CONTACT)
    ]
