"""What registering writes: prepared for each complaint, written for one or many by the same statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases import major_rows, promises, repository, search, work_rows
from shared.cases.assignment import AssignmentFacts
from shared.cases.intake import Intake, Source
from shared.cases.intake_checks import CheckedIntake
from shared.cases.majors import Finding, found_in_words
from shared.cases.ownership import Owner
from shared.cases.promises import Terms
from shared.cases.repository import NewCase, NewTimelineEntry
from shared.cases.rule_set import RuleSet
from shared.cases.rules import Classification, ComplaintFacts, classify
from shared.cases.search import SearchedCase
from shared.cases.vocabulary import CaseState, Channel, ReportCode
from shared.cases.work_rows import NewPoint
from shared.customers.repository import (
    Customer,
    CustomerFacts,
    Vehicle,
    VehicleFacts,
    find_or_create_customer,
    find_or_create_vehicle,
)
from shared.db.engine import Transaction
from shared.outbox.events import EventKind, NewEvent, emit
from shared.sla import repository as clocks
from shared.sla.clock import PlannedClock
from shared.sla.firing import fire_due_of_cases
from shared.sla.policy import CaseFacts, Metric
from shared.sla.repository import ClockHome, StartedClocks
from shared.tenancy import Actor, ActorKind
from shared.tenants.dealers import Dealer

_FIRST_CYCLE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Everything that is known before the rows are written."""

    actor: Actor
    at: datetime
    case_id: UUID
    number: str
    dealer: Dealer
    owner: Owner
    complaint: CheckedIntake
    classification: Classification
    report_code: ReportCode
    terms: Terms
    source: Source
    historical: bool

    @property
    def state(self) -> CaseState:
        """What another system or the customer sends has to be confirmed by staff (R1.4)."""
        by_key = self.actor.kind is ActorKind.API_KEY and self.source is Source.API
        by_itself = by_key or self.source is Source.PORTAL
        return CaseState.RECEIVED if by_itself else CaseState.REGISTERED

    @property
    def is_heard_by_staff(self) -> bool:
        """What nobody has confirmed yet changes nothing that is known of customers and cars."""
        return self.state is CaseState.REGISTERED


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a registered case, and what they refer to."""

    dealer: Dealer
    customer: Customer
    vehicle: Vehicle | None
    case: NewCase
    clocks: StartedClocks
    late: bool
    points: list[NewPoint]
    entries: list[NewTimelineEntry]
    audit: AuditEntry
    events: list[NewEvent]
    findings: list[Finding]


def classified(rules: RuleSet, intake: Intake) -> Classification:
    """What the rules make of a complaint."""
    facts = ComplaintFacts(
        words=intake.words,
        description=intake.description,
        demand=intake.demand,
        fault_label=intake.fault_label,
        channel=intake.channel,
    )
    return classify(rules, facts)


def assignment_facts(classification: Classification, channel: Channel) -> AssignmentFacts:
    """What the assignment rules look at."""
    return AssignmentFacts(
        department=classification.department.value,
        category=classification.category.value,
        kind=classification.kind.value,
        urgency=classification.urgency.value,
        channel=channel,
    )


async def write(tx: Transaction, registrations: Sequence[Registration]) -> list[Written]:
    """Write the cases of one actor and instant with their clocks, timeline, audit and events.

    What is late already is recorded as late. Raises `Conflict` (`external_ref_exists`) when another
    transaction has just brought a case with the same reference.
    """
    first = registrations[0]
    actor, oem_id, at = first.actor, first.actor.oem_id, first.at
    rows = [await _rows(tx, each) for each in registrations]
    with repository.known_references_refused():
        async with tx.together():
            await repository.insert(tx, [each.case for each in rows])
            await search.insert(tx, oem_id, [_searched(each) for each in rows])
            await clocks.insert_all(tx, at, [each.clocks for each in rows])
            await work_rows.insert_points(tx, oem_id, at, [point for each in rows for point in each.points])
            entries = (entry for each in rows for entry in each.entries)
            await repository.append_to_timeline(tx, actor, at, *entries)
            await append(tx, actor, at, *(each.audit for each in rows))
            await emit(tx, oem_id, at, *(event for each in rows for event in each.events))
            found = [
                (each.case.id, each.case.dealer_id, finding) for each in rows for finding in each.findings
            ]
            await major_rows.add(tx, oem_id, at, found)
    await _record_what_is_late(tx, oem_id, at, [each.case for each in rows if each.late])
    await _tell_search_of_earlier_cases(tx, oem_id, rows)
    return rows


async def _rows(tx: Transaction, new: Registration) -> Written:
    oem_id = new.actor.oem_id
    planned = promises.plan(new.terms, _case_facts(new), new.complaint.received_at)
    met = _met_by_registering(new, planned)
    home = ClockHome(
        oem_id=oem_id,
        dealer_id=new.dealer.id,
        case_id=new.case_id,
        cycle=_FIRST_CYCLE,
        policy_version=new.terms.policy_version,
        policy_dealer_id=new.terms.policy_dealer_id,
        calendar_version=new.terms.calendar_version,
        calendar_dealer_id=new.terms.calendar_dealer_id,
    )
    customer, vehicle = await _customer(tx, new), await _vehicle(tx, new)
    findings = found_in_words(new.classification)
    return Written(
        dealer=new.dealer,
        customer=customer,
        vehicle=vehicle,
        case=_case_row(new, customer, vehicle, _still_to_keep(new, planned)),
        clocks=StartedClocks(home, planned, met),
        late=any(each.metric not in met and each.schedule[0] <= new.at for each in planned),
        points=[
            NewPoint(
                dealer_id=new.dealer.id,
                case_id=new.case_id,
                position=position,
                text=text,
                created_by=new.actor.name,
            )
            for position, text in enumerate(new.complaint.intake.points, 1)
        ],
        entries=_entries(new),
        audit=_audit(new),
        events=_events(new, findings),
        findings=findings,
    )


def _case_facts(new: Registration) -> CaseFacts:
    return CaseFacts(
        kind=new.classification.kind.value,
        category=new.classification.category.value,
        urgency=new.classification.urgency.value,
        channel=new.complaint.intake.channel,
    )


def _met_by_registering(new: Registration, planned: Sequence[PlannedClock]) -> frozenset[Metric]:
    """The promise to register is kept at once; one that is late already has to be recorded as late first."""
    if new.state is CaseState.RECEIVED:
        return frozenset()
    return frozenset(
        each.metric for each in planned if each.metric is Metric.REGISTER and new.at < each.due_at
    )


def _still_to_keep(new: Registration, planned: Sequence[PlannedClock]) -> list[PlannedClock]:
    kept = None if new.state is CaseState.RECEIVED else Metric.REGISTER
    return [each for each in planned if each.metric is not kept]


def _case_row(
    new: Registration, customer: Customer, vehicle: Vehicle | None, unmet: Sequence[PlannedClock]
) -> NewCase:
    intake, classification = new.complaint.intake, new.classification
    due = min(unmet, key=lambda each: (each.due_at, each.metric), default=None)
    return NewCase(
        oem_id=new.actor.oem_id,
        id=new.case_id,
        dealer_id=new.dealer.id,
        number=new.number,
        state=new.state.value,
        channel=intake.channel.value,
        report_code=new.report_code.value,
        category=classification.category.value.value,
        kind=classification.kind.value.value,
        subject=classification.subject.value.value,
        urgency=classification.urgency.value.value,
        nature=classification.nature.value.value,
        department=classification.department.value.value,
        major_candidate=bool(classification.major_candidates or classification.major_criteria),
        classification=classification,
        title=intake.title,
        words=intake.words,
        description=intake.description,
        fault_label=intake.fault_label,
        demand=intake.demand,
        conditions=intake.conditions,
        background=intake.background,
        language=new.complaint.language,
        customer_id=customer.id,
        vehicle_id=vehicle.id if vehicle else None,
        mileage_km=intake.mileage_km,
        contactable=new.complaint.contactable,
        points=len(intake.points),
        open_points=len(intake.points),
        owner_id=new.owner.id,
        owner_name=new.owner.name,
        received_at=new.complaint.received_at,
        registered_at=new.at,
        due_at=due.due_at if due else None,
        due_metric=due.metric.value if due else None,
        due_started_at=due.started_at if due else None,
        historical=new.historical,
        source=new.source.value,
        external_ref=intake.external_ref,
        created_by=new.actor.name,
        updated_at=new.at,
    )


async def _customer(tx: Transaction, new: Registration) -> Customer:
    intake = new.complaint.intake
    facts = CustomerFacts(
        name=intake.customer_name,
        phone=intake.customer_phone,
        phone_kind=intake.customer_phone_kind.value,
        email=intake.customer_email,
        locale=new.complaint.customer_locale,
    )
    return await find_or_create_customer(
        tx, new.actor.oem_id, new.dealer.id, new.at, facts, may_change=new.is_heard_by_staff
    )


async def _vehicle(tx: Transaction, new: Registration) -> Vehicle | None:
    intake = new.complaint.intake
    facts = VehicleFacts(
        vin=intake.vehicle_vin,
        plate=intake.vehicle_plate,
        brand=intake.vehicle_brand,
        series=intake.vehicle_series,
        model=intake.vehicle_model,
        purchased_on=intake.vehicle_purchased_on,
    )
    return await find_or_create_vehicle(
        tx, new.actor.oem_id, new.dealer.id, new.at, facts, may_change=new.is_heard_by_staff
    )


async def _record_what_is_late(tx: Transaction, oem_id: int, at: datetime, late: Sequence[NewCase]) -> None:
    """A complaint received long ago is registered with its breaches."""
    if not late:
        return
    await fire_due_of_cases(tx, oem_id, [case.id for case in late])
    registered = [case.id for case in late if case.state == CaseState.REGISTERED]
    await clocks.meet_metric(tx, oem_id, registered, Metric.REGISTER, at)


def _searched(new: Written) -> SearchedCase:
    case, customer, vehicle = new.case, new.customer, new.vehicle
    return SearchedCase(
        case_id=case.id,
        dealer_id=case.dealer_id,
        received_at=case.received_at,
        number=case.number,
        title=case.title,
        words=case.words,
        description=case.description,
        fault_label=case.fault_label,
        demand=case.demand,
        customer_name=customer.name,
        customer_phone=customer.phone,
        vehicle_plate=vehicle.plate if vehicle else "",
        vehicle_vin=vehicle.vin if vehicle else "",
        vehicle_name=f"{vehicle.brand} {vehicle.series} {vehicle.model}" if vehicle else "",
        external_ref=case.external_ref or "",
    )


async def _tell_search_of_earlier_cases(tx: Transaction, oem_id: int, rows: Sequence[Written]) -> None:
    """A nameless customer who gives a name, or a car with a new plate, is found by it in every case."""
    for customer_id in {each.customer.id for each in rows if each.customer.changed}:
        await search.refresh_of_customer(tx, oem_id, customer_id)
    for vehicle_id in {each.vehicle.id for each in rows if each.vehicle and each.vehicle.changed}:
        await search.refresh_of_vehicle(tx, oem_id, vehicle_id)


def _entries(new: Registration) -> list[NewTimelineEntry]:
    dealer_id, case_id = new.dealer.id, new.case_id
    registered = NewTimelineEntry(
        dealer_id=dealer_id,
        case_id=case_id,
        kind="register",
        internal=False,
        data={"source": new.source.value, "warnings": list(new.complaint.warnings)},
    )
    entries = [registered]
    if reason := new.complaint.intake.backdating_reason:
        entries.append(
            NewTimelineEntry(
                dealer_id=dealer_id, case_id=case_id, kind="backdate", internal=True, text=reason
            )
        )
    if rule := new.owner.rule:
        entries.append(
            NewTimelineEntry(
                dealer_id=dealer_id,
                case_id=case_id,
                kind="assigned_by_rule",
                internal=True,
                data={"owner": new.owner.name, "rule": rule.id, "zh": rule.name.zh, "en": rule.name.en},
            )
        )
    return entries


def _audit(new: Registration) -> AuditEntry:
    filled = [name for name in Intake.__struct_fields__ if getattr(new.complaint.intake, name)]
    return AuditEntry(
        action="case.register",
        entity="case",
        entity_id=new.case_id,
        dealer_id=new.dealer.id,
        fields=filled,
    )


def _events(new: Registration, findings: Sequence[Finding]) -> list[NewEvent]:
    dealer_id, case_id = new.dealer.id, new.case_id
    by_id = str(new.actor.membership_id) if new.actor.membership_id else None
    registered = NewEvent(
        kind=EventKind.CASE_REGISTERED, dealer_id=dealer_id, case_id=case_id, payload={"by_id": by_id}
    )
    if not findings:
        return [registered]
    codes = [finding.code.value for finding in findings]
    found = NewEvent(
        kind=EventKind.MAJOR_FOUND, dealer_id=dealer_id, case_id=case_id, payload={"codes": codes}
    )
    return [registered, found]
