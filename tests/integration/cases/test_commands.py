from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.cases import detail, service
from shared.cases.commands import (
    Acknowledge,
    AddNote,
    Assign,
    Classify,
    Close,
    ConfirmReceipt,
    ContactChannel,
    Direction,
    Escalate,
    LogContact,
    Resolve,
    Take,
)
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView, ClockView, EscalationView, TimelineEntry
from shared.cases.vocabulary import CaseState, Category, Channel, Kind, Urgency
from shared.cases.work_commands import Plan
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from shared.sla.firing import fire_due_of_case
from shared.tenancy import Actor
from tests.support.tenant import MONDAY, Tenant

SLOW_SERVICE = Intake(
    channel=Channel.IN_STORE,
    customer_phone="13800002345",
    words="预约保养到店后等待超过两小时，无人告知进度。",
)
HALF_HOUR = MONDAY + timedelta(minutes=30)
SPOKEN = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已致歉，了解情况")
MISSED = LogContact(effective=False, channel=ContactChannel.PHONE, summary="无人接听")
TOLD = Resolve(result="已赠送保养一次", told_via=ContactChannel.PHONE)
CAUSE = Close(root_cause="高峰时段工位不足", preventive_measure="推行预约分时")


async def new_case(tenant: Tenant, actor: Actor | None = None, **options: Any) -> CaseView:
    by = actor or tenant.actor(Role.ADVISOR)
    values = {"source": Source.STAFF, "as_of": MONDAY, **options}
    return await service.register(by, values.pop("intake", SLOW_SERVICE), **values)


async def clocks(tenant: Tenant, case_id: UUID) -> dict[str, ClockView]:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        return {each.metric: each for each in await detail.clocks_of(tx, tenant.oem_id, case_id)}


async def history(tenant: Tenant, case_id: UUID) -> list[TimelineEntry]:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        return (await detail.timeline(tx, tenant.oem_id, case_id)).items


async def escalations(tenant: Tenant, case_id: UUID) -> list[EscalationView]:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        return (await detail.escalations_of(tx, tenant.oem_id, case_id)).items


async def tell(tenant: Tenant, case_id: UUID, person: UUID) -> None:
    """What the handler of the events does: the person is told of everything that has fired."""
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        await tx.execute(
            "UPDATE escalations SET recipient_ids = ARRAY[$2::uuid] WHERE case_id = $1", case_id, person
        )


async def refused(error: type[AppError], code: str, work: Any) -> AppError:
    with pytest.raises(error) as caught:
        await work
    assert caught.value.code == code
    return caught.value


async def test_a_case_goes_from_contact_to_closing(tenant: Tenant):
    """R3.3, R3.6, R3.7, R3.9, R4.1."""
    advisor, manager = tenant.actor(Role.ADVISOR), tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    case = await service.log_contact(advisor, case.id, SPOKEN, version=case.version, as_of=HALF_HOUR)
    assert (case.state, case.contacted_at, case.version) == (CaseState.CONTACTED, HALF_HOUR, 2)
    assert case.due_metric == "resolve"
    plan = Plan(plan="安排专人跟进", promised_at=MONDAY + timedelta(days=1))
    case = await service.plan(advisor, case.id, plan, version=2, as_of=HALF_HOUR)
    assert (case.state, case.plan, case.promised_at) == (CaseState.PLANNED, plan.plan, plan.promised_at)
    later = MONDAY + timedelta(hours=5)
    case = await service.resolve(advisor, case.id, TOLD, version=3, as_of=later)
    assert (case.state, case.result_told_at, case.due_at) == (CaseState.RESULT_TOLD, later, None)
    case = await service.close(manager, case.id, CAUSE, version=4, as_of=later)
    assert (case.state, case.closed_at) == (CaseState.CLOSED, later)
    assert (case.root_cause, case.preventive_measure) == (CAUSE.root_cause, CAUSE.preventive_measure)
    found = await clocks(tenant, case.id)
    assert {metric: clock.state for metric, clock in found.items()} == dict.fromkeys(found, "met")
    assert found["first_response"].met_at == HALF_HOUR
    assert found["resolve"].met_at == later
    kinds = [each.kind for each in await history(tenant, case.id)]
    assert kinds == ["register", "log_contact", "plan", "resolve", "close"]


async def test_every_command_leaves_audit_and_event(tenant: Tenant):
    """R9.3."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await service.log_contact(advisor, case.id, SPOKEN, version=None, as_of=HALF_HOUR)
    await service.resolve(advisor, case.id, TOLD, version=None, as_of=HALF_HOUR)
    await service.close(tenant.actor(Role.STATION_HEAD), case.id, CAUSE, version=None, as_of=HALF_HOUR)
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        audit = await tx.values(
            "SELECT action FROM audit_entries WHERE entity_id = $1 ORDER BY at, action", str(case.id)
        )
        events = await tx.values("SELECT kind FROM events WHERE case_id = $1", case.id)
    assert sorted(audit) == ["case.close", "case.log_contact", "case.register", "case.resolve"]
    assert sorted(events) == ["case.closed", "case.contacted", "case.registered", "case.result_told"]


async def test_an_attempt_meets_the_first_contact_but_is_no_answer(tenant: Tenant):
    """R4.1."""
    case = await new_case(tenant)
    case = await service.log_contact(tenant.actor(Role.ADVISOR), case.id, MISSED, version=1, as_of=HALF_HOUR)
    assert (case.state, case.contacted_at) == (CaseState.REGISTERED, None)
    found = await clocks(tenant, case.id)
    assert (found["first_contact"].state, found["first_response"].state) == ("met", "running")


async def test_an_inbound_call_nobody_took_is_no_attempt_of_ours(tenant: Tenant):
    case = await new_case(tenant)
    missed = msgspec.structs.replace(MISSED, direction=Direction.INBOUND)
    await refused(
        Invalid,
        "invalid_input",
        service.log_contact(tenant.actor(Role.ADVISOR), case.id, missed, version=1, as_of=HALF_HOUR),
    )


async def test_what_happens_after_the_due_instant_records_the_breach_first(tenant: Tenant):
    """R4.4: nobody has swept in between."""
    case = await new_case(tenant)
    late = MONDAY + timedelta(hours=2, minutes=1)
    await service.log_contact(tenant.actor(Role.ADVISOR), case.id, SPOKEN, version=1, as_of=late)
    clock = (await clocks(tenant, case.id))["first_contact"]
    assert (clock.state, clock.met_at) == ("met", late)
    assert clock.breached_at == clock.due_at == MONDAY + timedelta(hours=2)
    steps = [(each.metric, each.step) for each in await escalations(tenant, case.id)]
    assert ("first_contact", "level_1") in steps


async def test_a_plan_that_is_told_answers_the_customer(tenant: Tenant):
    """R4.1."""
    case = await new_case(tenant)
    told = Plan(plan="明日上门取车", told_via=ContactChannel.PHONE)
    case = await service.plan(tenant.actor(Role.ADVISOR), case.id, told, version=1, as_of=HALF_HOUR)
    assert (case.state, case.contacted_at, case.planned_at) == (CaseState.PLANNED, HALF_HOUR, HALF_HOUR)
    assert (await clocks(tenant, case.id))["first_response"].state == "met"


async def test_a_promise_in_the_past_is_refused(tenant: Tenant):
    case = await new_case(tenant)
    past = Plan(plan="x", promised_at=MONDAY, told_via=ContactChannel.PHONE)
    error = await refused(
        Invalid,
        "invalid_input",
        service.plan(tenant.actor(Role.ADVISOR), case.id, past, version=1, as_of=HALF_HOUR),
    )
    assert error.fields[0].code == "promised_in_past"


async def test_a_stale_version_is_refused_with_the_current_one(tenant: Tenant):
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    await service.add_note(advisor, case.id, AddNote(text="客户情绪激动"), version=1, as_of=HALF_HOUR)
    error = await refused(
        Conflict,
        "stale_version",
        service.add_note(advisor, case.id, AddNote(text="又一条"), version=1, as_of=HALF_HOUR),
    )
    assert error.params == {"current": 2}


async def test_a_case_of_somebody_else_is_absent_before_anything_is_forbidden(tenant: Tenant):
    """R9.1: 404 before 403."""
    case = await new_case(tenant)
    strangers = [
        tenant.actor(Role.ADVISOR, tenant.sibling),
        tenant.api_key(tenant.far),
    ]
    far = await new_case(tenant, tenant.actor(Role.ADVISOR, tenant.far))
    for actor, case_id in [*((each, case.id) for each in strangers), (strangers[0], uuid4())]:
        await refused(
            NotFound, "case_not_found", service.close(actor, case_id, CAUSE, version=1, as_of=HALF_HOUR)
        )
    manager = tenant.actor(Role.REGIONAL_MANAGER)
    await refused(
        NotFound, "case_not_found", service.take(manager, far.id, Take(), version=1, as_of=HALF_HOUR)
    )


async def test_the_table_speaks_through_the_service(tenant: Tenant):
    """R3.2, R3.9."""
    case = await new_case(tenant)
    advisor, head = tenant.actor(Role.ADVISOR), tenant.actor(Role.STATION_HEAD)
    await refused(
        Forbidden, "not_permitted", service.close(advisor, case.id, CAUSE, version=1, as_of=HALF_HOUR)
    )
    await refused(
        Conflict, "result_not_told", service.close(head, case.id, CAUSE, version=1, as_of=HALF_HOUR)
    )
    await service.resolve(advisor, case.id, TOLD, version=1, as_of=HALF_HOUR)
    blank = Close(root_cause=" \n", preventive_measure="x")
    error = await refused(
        Invalid, "invalid_input", service.close(head, case.id, blank, version=2, as_of=HALF_HOUR)
    )
    assert [(each.field, each.code) for each in error.fields] == [("root_cause", "required")]
    await service.close(head, case.id, CAUSE, version=2, as_of=HALF_HOUR)
    await refused(Conflict, "case_closed", service.take(head, case.id, Take(), version=None, as_of=HALF_HOUR))


async def test_a_text_that_is_too_long_is_refused(tenant: Tenant):
    case = await new_case(tenant)
    error = await refused(
        Invalid,
        "invalid_input",
        service.add_note(
            tenant.actor(Role.ADVISOR), case.id, AddNote(text="长" * 4_001), version=1, as_of=HALF_HOUR
        ),
    )
    assert error.fields[0].code == "too_long"


async def test_a_case_is_taken_and_handed_over(tenant: Tenant):
    """R1.6, R3.1."""
    case = await new_case(tenant)
    head = tenant.actor(Role.STATION_HEAD)
    case = await service.take(head, case.id, Take(), version=1, as_of=HALF_HOUR)
    assert (case.owner_id, case.owner_name) == (head.membership_id, head.name)
    await refused(Conflict, "already_owner", service.take(head, case.id, Take(), version=2, as_of=HALF_HOUR))
    technician = tenant.people[tenant.here, Role.TECHNICIAN]
    case = await service.assign(
        head, case.id, Assign(owner_id=technician, reason="技术问题"), version=2, as_of=HALF_HOUR
    )
    assert case.owner_id == technician
    last = (await history(tenant, case.id))[-1]
    assert (last.text, last.data["owner_before_id"]) == ("技术问题", str(head.membership_id))


async def test_a_case_is_not_handed_to_somebody_who_cannot_own_it(tenant: Tenant):
    case = await new_case(tenant)
    agent = tenant.actor(Role.CAC_AGENT)
    reader = tenant.people[0, Role.READER]
    elsewhere = tenant.people[tenant.sibling, Role.ADVISOR]
    for person, code in ((reader, "person_cannot_handle"), (elsewhere, "person_of_other_dealer")):
        command = Assign(owner_id=person, reason="x")
        error = await refused(
            Invalid, "invalid_input", service.assign(agent, case.id, command, version=1, as_of=HALF_HOUR)
        )
        assert error.fields[0].code == code
    head = tenant.actor(Role.STATION_HEAD)
    for person in (elsewhere, uuid4()):
        command = Assign(owner_id=person, reason="x")
        error = await refused(
            Invalid, "invalid_input", service.assign(head, case.id, command, version=1, as_of=HALF_HOUR)
        )
        assert error.fields[0].code == "unknown_person"


async def test_an_integration_owns_nothing(tenant: Tenant):
    case = await new_case(tenant)
    await refused(
        Forbidden,
        "not_permitted",
        service.take(tenant.api_key(), case.id, Take(), version=1, as_of=HALF_HOUR),
    )
    cli = Actor.cli(tenant.oem_id, "root")
    await refused(Forbidden, "people_only", service.take(cli, case.id, Take(), version=1, as_of=HALF_HOUR))


async def test_staff_confirm_what_came_in_by_itself(tenant: Tenant):
    """R1.4."""
    case = await new_case(tenant, tenant.api_key(tenant.here), source=Source.API)
    advisor = tenant.actor(Role.ADVISOR)
    confirmed = await service.confirm_receipt(advisor, case.id, ConfirmReceipt(), version=1, as_of=HALF_HOUR)
    assert (confirmed.state, confirmed.registered_at) == (CaseState.REGISTERED, HALF_HOUR)
    assert (await clocks(tenant, case.id))["register"].met_at == HALF_HOUR


async def test_raising_the_urgency_counts_from_the_original_start(tenant: Tenant):
    """R2.3, R4.1."""
    case = await new_case(tenant)
    before = await clocks(tenant, case.id)
    case = await service.classify(
        tenant.actor(Role.ADVISOR), case.id, Classify(urgency=Urgency.URGENT), version=1, as_of=HALF_HOUR
    )
    after = await clocks(tenant, case.id)
    assert case.urgency is Urgency.URGENT
    assert after["resolve"].due_at == MONDAY + timedelta(hours=24) < before["resolve"].due_at
    assert after["resolve"].started_at == MONDAY
    assert after["register"] == before["register"]


async def test_lowering_the_urgency_is_a_managers_with_a_reason_and_erases_nothing(tenant: Tenant):
    """R2.3."""
    case = await new_case(tenant, intake=msgspec.structs.replace(SLOW_SERVICE, words="刹车失灵，非常危险"))
    assert case.urgency is Urgency.URGENT
    late = MONDAY + timedelta(hours=26)
    lower = Classify(urgency=Urgency.LOW)
    await refused(
        Forbidden,
        "not_permitted",
        service.classify(tenant.actor(Role.ADVISOR), case.id, lower, version=1, as_of=late),
    )
    manager = tenant.actor(Role.SERVICE_MANAGER)
    await refused(Invalid, "invalid_input", service.classify(manager, case.id, lower, version=1, as_of=late))
    reasoned = msgspec.structs.replace(lower, reason="试车未复现，客户确认")
    case = await service.classify(manager, case.id, reasoned, version=1, as_of=late)
    assert case.urgency is Urgency.LOW
    resolve = (await clocks(tenant, case.id))["resolve"]
    assert resolve.state == "breached"
    assert resolve.breached_at == resolve.due_at == MONDAY + timedelta(hours=24)


async def test_a_lowered_urgency_gives_more_time_before_the_breach(tenant: Tenant):
    case = await new_case(tenant, intake=msgspec.structs.replace(SLOW_SERVICE, words="刹车失灵，非常危险"))
    lower = Classify(urgency=Urgency.LOW, reason="误报")
    manager = tenant.actor(Role.SERVICE_MANAGER)
    await service.classify(manager, case.id, lower, version=1, as_of=HALF_HOUR)
    assert (await clocks(tenant, case.id))["resolve"].due_at > MONDAY + timedelta(days=9)


async def test_a_suggestion_makes_no_promise_of_a_solution_until_it_is_a_complaint(tenant: Tenant):
    """R3.7, R4.1."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    case = await service.classify(
        advisor, case.id, Classify(kind=Kind.SUGGESTION), version=1, as_of=HALF_HOUR
    )
    found = await clocks(tenant, case.id)
    assert (found["resolve"].state, found["first_response"].state) == ("cancelled", "cancelled")
    case = await service.classify(advisor, case.id, Classify(kind=Kind.COMPLAINT), version=2, as_of=HALF_HOUR)
    found = await clocks(tenant, case.id)
    assert (found["resolve"].state, found["first_response"].state) == ("running", "running")
    assert found["resolve"].started_at == MONDAY


async def test_what_the_customer_has_got_already_is_not_promised_again(tenant: Tenant):
    """R4.1: a clock runs only for what can still be done."""
    advisor = tenant.actor(Role.ADVISOR)
    proposal = msgspec.structs.replace(SLOW_SERVICE, words="提个建议：休息区增加充电插座。")
    case = await new_case(tenant, intake=proposal)
    assert case.kind is Kind.SUGGESTION
    await service.log_contact(advisor, case.id, SPOKEN, version=1, as_of=HALF_HOUR)
    await service.classify(advisor, case.id, Classify(kind=Kind.COMPLAINT), version=2, as_of=HALF_HOUR)
    found = await clocks(tenant, case.id)
    assert {metric for metric, clock in found.items() if clock.state == "running"} == {"resolve"}
    await service.classify(advisor, case.id, Classify(kind=Kind.SUGGESTION), version=3, as_of=HALF_HOUR)
    await service.resolve(advisor, case.id, TOLD, version=4, as_of=HALF_HOUR)
    case = await service.classify(advisor, case.id, Classify(kind=Kind.COMPLAINT), version=5, as_of=HALF_HOUR)
    found = await clocks(tenant, case.id)
    assert {metric for metric, clock in found.items() if clock.state == "running"} == set()
    assert case.due_metric is None


async def test_a_correction_is_kept_beside_what_it_corrects(tenant: Tenant):
    """R2.4."""
    case = await new_case(tenant)
    suggested = case.category
    command = Classify(category=Category.PARTS, kind=case.kind)
    case = await service.classify(tenant.actor(Role.ADVISOR), case.id, command, version=1, as_of=HALF_HOUR)
    last = (await history(tenant, case.id))[-1]
    assert last.data == {"category": "SP", "category_before": suggested}
    assert case.classification.category.value == suggested


async def test_a_major_complaint_is_marked_by_hand_with_a_reason(tenant: Tenant):
    """R2.6."""
    case = await new_case(tenant)
    advisor = tenant.actor(Role.ADVISOR)
    await refused(
        Invalid,
        "invalid_input",
        service.classify(advisor, case.id, Classify(major=True), version=1, as_of=HALF_HOUR),
    )
    command = Classify(major=True, reason="要求赔偿超过一万元")
    case = await service.classify(advisor, case.id, command, version=1, as_of=HALF_HOUR)
    assert case.major


async def test_a_call_for_help_is_an_escalation_of_its_own_each_time(tenant: Tenant):
    """R4.2."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    for number, reason in enumerate(("客户要求见经理", "仍未解决"), 1):
        case = await service.escalate(
            advisor, case.id, Escalate(reason=reason), version=number, as_of=HALF_HOUR
        )
    found = await escalations(tenant, case.id)
    assert [(each.metric, each.step, each.reason) for each in found] == [
        ("manual", "manual_1", "客户要求见经理"),
        ("manual", "manual_2", "仍未解决"),
    ]
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        payloads = await tx.values(
            "SELECT payload FROM events WHERE case_id = $1 AND kind = 'case.escalated' ORDER BY id", case.id
        )
    assert {each["escalation_id"] for each in payloads} == {str(each.id) for each in found}


async def test_acknowledging_stops_the_climb(tenant: Tenant):
    """R4.2."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    late = MONDAY + timedelta(hours=2, minutes=1)
    async with transaction(manager.scope, as_of=late) as tx:
        await fire_due_of_case(tx, tenant.oem_id, case.id)
    await refused(
        Conflict,
        "nothing_to_acknowledge",
        service.acknowledge(manager, case.id, Acknowledge(), version=1, as_of=late),
    )
    assert manager.membership_id is not None
    await tell(tenant, case.id, manager.membership_id)
    await service.acknowledge(manager, case.id, Acknowledge(note="我来处理"), version=1, as_of=late)
    clock = (await clocks(tenant, case.id))["first_contact"]
    assert (clock.state, clock.next_at, clock.acknowledged_at) == ("breached", None, late)
    first_contact = [each for each in await escalations(tenant, case.id) if each.metric == "first_contact"]
    assert all(each.acknowledged_name == manager.name for each in first_contact)
    assert (await clocks(tenant, case.id))["resolve"].next_at is not None


async def test_acknowledging_a_warning_does_not_stop_the_breach(tenant: Tenant):
    """R4.2."""
    advisor = tenant.actor(Role.ADVISOR)
    case = await new_case(tenant)
    warned = MONDAY + timedelta(hours=1)
    async with transaction(advisor.scope, as_of=warned) as tx:
        await fire_due_of_case(tx, tenant.oem_id, case.id)
    assert advisor.membership_id is not None
    await tell(tenant, case.id, advisor.membership_id)
    await service.acknowledge(advisor, case.id, Acknowledge(), version=1, as_of=warned)
    clock = (await clocks(tenant, case.id))["first_contact"]
    assert (clock.state, clock.next_at is not None) == ("running", True)


async def test_answering_an_old_warning_does_not_stop_a_breach_that_others_are_told_of(tenant: Tenant):
    """R4.2: the former owner's warning is none of the service manager's business."""
    advisor, manager = tenant.actor(Role.ADVISOR), tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    assert advisor.membership_id is not None
    assert manager.membership_id is not None
    async with transaction(advisor.scope, as_of=MONDAY + timedelta(hours=1)) as tx:
        await fire_due_of_case(tx, tenant.oem_id, case.id)
    await tell(tenant, case.id, advisor.membership_id)
    late = MONDAY + timedelta(hours=2, minutes=1)
    await service.take(manager, case.id, Take(), version=1, as_of=late)
    await service.acknowledge(advisor, case.id, Acknowledge(), version=2, as_of=late)
    clock = (await clocks(tenant, case.id))["first_contact"]
    assert (clock.state, clock.next_at is not None) == ("breached", True)
