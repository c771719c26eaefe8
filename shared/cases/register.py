"""Registering a complaint: checked, numbered, classified, owned, its clocks running (R1, R2, R4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases import detail, numbers, policy_data, promises, repository
from shared.cases.intake import Intake, Source
from shared.cases.intake_checks import CheckedIntake, checked
from shared.cases.ownership import owner_of_new_case
from shared.cases.repository import NewCase, NewTimelineEntry
from shared.cases.rules import Classification, ComplaintFacts, classify
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState
from shared.customers.repository import (
    Customer,
    CustomerFacts,
    Vehicle,
    VehicleFacts,
    find_or_create_customer,
    find_or_create_vehicle,
)
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.outbox.events import EventKind, NewEvent, emit
from shared.permissions import Permission
from shared.sla import repository as clocks
from shared.sla.clock import PlannedClock
from shared.sla.firing import fire_due_of_case
from shared.sla.policy import CaseFacts, Metric
from shared.sla.repository import ClockHome
from shared.tenancy import Actor, ActorKind, DbRole
from shared.tenants import dealers
from shared.tenants.dealers import Dealer

_LONGEST_KEY: Final = 255
_FIRST_CYCLE: Final = 1


async def register(
    actor: Actor,
    intake: Intake,
    *,
    source: Source,
    idempotency_key: str | None = None,
    as_of: datetime | None = None,
    historical: bool = False,
) -> CaseView:
    """See `shared.cases.service.register`."""
    actor.require(Permission.CASE_REGISTER)
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= _LONGEST_KEY:
        raise Invalid.field("Idempotency-Key", "out_of_range", least=1, most=_LONGEST_KEY)
    drawn = await numbers.draw(actor.scope, actor.oem_id, as_of)
    complaint = checked(intake, country=drawn.oem.country, now=drawn.at)
    case_id = new_id(drawn.at)
    async with transaction(actor.scope, as_of=drawn.at) as tx:
        if idempotency_key is not None:
            first = await _first_of_key(tx, actor, idempotency_key, intake, case_id, drawn.at)
            if first is not None:
                return await detail.case_view(tx, actor.oem_id, first)
        dealer = await _dealer(tx, actor, complaint.intake.dealer_id)
        await _refuse_known_reference(tx, actor.oem_id, dealer.id, source, complaint.intake.external_ref)
        await _write(
            _Registration(
                tx=tx,
                actor=actor,
                at=drawn.at,
                case_id=case_id,
                number=drawn.number,
                dealer=dealer,
                complaint=complaint,
                source=source,
                historical=historical,
            )
        )
        return await detail.case_view(tx, actor.oem_id, case_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Registration:
    """Everything that is known when the rows are written."""

    tx: Transaction
    actor: Actor
    at: datetime
    case_id: UUID
    number: str
    dealer: Dealer
    complaint: CheckedIntake
    source: Source
    historical: bool

    @property
    def state(self) -> CaseState:
        """What another system sends has to be confirmed by staff (R1.4)."""
        by_itself = self.actor.kind is ActorKind.API_KEY and self.source is Source.API
        return CaseState.RECEIVED if by_itself else CaseState.REGISTERED


async def _write(new: _Registration) -> None:
    oem_id, tx = new.actor.oem_id, new.tx
    classification = classify(await policy_data.rule_set(tx, oem_id), _complaint_facts(new.complaint.intake))
    terms = await promises.terms(tx, oem_id, new.dealer.id)
    planned = promises.plan(terms, _case_facts(classification, new), new.complaint.received_at)
    met = _met_by_registering(new, planned)
    case = await _case_row(new, classification, [each for each in planned if each.metric not in met])
    await repository.insert(tx, case)
    home = ClockHome(
        oem_id=oem_id,
        dealer_id=new.dealer.id,
        case_id=new.case_id,
        cycle=_FIRST_CYCLE,
        policy_version=terms.policy_version,
        calendar_version=terms.calendar_version,
    )
    await clocks.insert(tx, home, new.at, planned, met)
    await _record_what_is_late(new, planned, met)
    await _tell(new)


async def _first_of_key(
    tx: Transaction, actor: Actor, key: str, intake: Intake, case_id: UUID, at: datetime
) -> UUID | None:
    """The case that this key has made before; None when it is new."""
    digest = sha256(msgspec.json.encode(intake)).digest()
    whose = f"{actor.kind.value}:{actor.id or actor.name}"
    known = await repository.remember_key(tx, actor.oem_id, whose, key, digest, case_id, at)
    if known is None:
        return None
    if known.request_hash != digest:
        raise Conflict("idempotency_key_reused")
    return known.case_id


async def _dealer(tx: Transaction, actor: Actor, wanted: int | None) -> Dealer:
    own = actor.scope.dealer_ids[0] if actor.scope.role is DbRole.DEALER else None
    if own is not None and wanted not in {None, own}:
        raise NotFound("dealer_not_found")
    dealer_id = wanted or own
    if dealer_id is None:
        if actor.scope.role is not DbRole.OEM:
            raise Invalid.field("dealer_id", "required")
        return await dealers.desk(tx, actor.oem_id)
    dealer = await dealers.dealer(tx, actor.oem_id, dealer_id)
    if not dealer.active:
        raise Conflict("dealer_inactive", {"dealer": dealer.code})
    return dealer


async def _refuse_known_reference(
    tx: Transaction, oem_id: int, dealer_id: int, source: Source, external_ref: str | None
) -> None:
    if external_ref is None:
        return
    known = await repository.by_external_ref(tx, oem_id, dealer_id, source.value, external_ref)
    if known is not None:
        raise Conflict("external_ref_exists", {"case_id": str(known.id), "number": known.number})


def _complaint_facts(intake: Intake) -> ComplaintFacts:
    return ComplaintFacts(
        words=intake.words,
        description=intake.description,
        demand=intake.demand,
        fault_label=intake.fault_label,
        channel=intake.channel,
    )


def _case_facts(classification: Classification, new: _Registration) -> CaseFacts:
    return CaseFacts(
        kind=classification.kind.value,
        category=classification.category.value,
        urgency=classification.urgency.value,
        channel=new.complaint.intake.channel,
    )


def _met_by_registering(new: _Registration, planned: Sequence[PlannedClock]) -> frozenset[Metric]:
    """The promise to register is kept at once; one that is late already has to be recorded as late first."""
    if new.state is CaseState.RECEIVED:
        return frozenset()
    return frozenset(
        each.metric for each in planned if each.metric is Metric.REGISTER and new.at < each.due_at
    )


async def _case_row(
    new: _Registration, classification: Classification, unmet: Sequence[PlannedClock]
) -> NewCase:
    oem_id, intake = new.actor.oem_id, new.complaint.intake
    report_code = await policy_data.report_code(new.tx, oem_id, intake.channel)
    owner = await owner_of_new_case(new.tx, new.actor, new.dealer)
    customer = await _customer(new)
    vehicle = await _vehicle(new)
    due = min(unmet, key=lambda each: (each.due_at, each.metric), default=None)
    return NewCase(
        oem_id=oem_id,
        id=new.case_id,
        dealer_id=new.dealer.id,
        number=new.number,
        state=new.state.value,
        channel=intake.channel.value,
        report_code=report_code.value,
        category=classification.category.value.value,
        kind=classification.kind.value.value,
        subject=classification.subject.value.value,
        urgency=classification.urgency.value.value,
        nature=classification.nature.value.value,
        department=classification.department.value.value,
        major_candidate=bool(classification.major_candidates),
        classification=classification,
        title=intake.title,
        words=intake.words,
        description=intake.description,
        fault_label=intake.fault_label,
        demand=intake.demand,
        language=new.complaint.language,
        customer_id=customer.id,
        vehicle_id=vehicle.id if vehicle else None,
        mileage_km=intake.mileage_km,
        contactable=new.complaint.contactable,
        owner_id=owner.id,
        owner_name=owner.name,
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


async def _customer(new: _Registration) -> Customer:
    intake = new.complaint.intake
    facts = CustomerFacts(
        name=intake.customer_name,
        phone=intake.customer_phone,
        phone_kind=intake.customer_phone_kind.value,
        email=intake.customer_email,
        locale=new.complaint.customer_locale,
    )
    return await find_or_create_customer(new.tx, new.actor.oem_id, new.dealer.id, new.at, facts)


async def _vehicle(new: _Registration) -> Vehicle | None:
    intake = new.complaint.intake
    facts = VehicleFacts(
        vin=intake.vehicle_vin,
        plate=intake.vehicle_plate,
        brand=intake.vehicle_brand,
        series=intake.vehicle_series,
        model=intake.vehicle_model,
        purchased_on=intake.vehicle_purchased_on,
    )
    return await find_or_create_vehicle(new.tx, new.actor.oem_id, new.dealer.id, new.at, facts)


async def _record_what_is_late(
    new: _Registration, planned: Sequence[PlannedClock], met: frozenset[Metric]
) -> None:
    """A complaint received long ago is registered with its breaches."""
    oem_id = new.actor.oem_id
    if all(each.metric in met or new.at < each.schedule[0] for each in planned):
        return
    await fire_due_of_case(new.tx, oem_id, new.case_id)
    if new.state is CaseState.REGISTERED:
        late = await clocks.lock(new.tx, oem_id, new.case_id, _FIRST_CYCLE)
        registered = [each.id for each in late if each.metric is Metric.REGISTER and each.is_open]
        await clocks.meet(new.tx, oem_id, registered, new.at)


async def _tell(new: _Registration) -> None:
    """Timeline, audit and event."""
    tx, actor, case_id, dealer_id = new.tx, new.actor, new.case_id, new.dealer.id
    entry = NewTimelineEntry(
        dealer_id=dealer_id,
        case_id=case_id,
        kind="register",
        internal=False,
        data={"source": new.source.value, "warnings": list(new.complaint.warnings)},
    )
    await repository.append_to_timeline(tx, actor, new.at, entry)
    reason = new.complaint.intake.backdating_reason
    if reason:
        backdated = NewTimelineEntry(
            dealer_id=dealer_id, case_id=case_id, kind="backdate", internal=True, text=reason
        )
        await repository.append_to_timeline(tx, actor, new.at, backdated)
    filled = [name for name in Intake.__struct_fields__ if getattr(new.complaint.intake, name)]
    audit = AuditEntry(
        action="case.register", entity="case", entity_id=case_id, dealer_id=dealer_id, fields=filled
    )
    await append(tx, actor, new.at, audit)
    by_id = str(actor.membership_id) if actor.membership_id else None
    event = NewEvent(
        kind=EventKind.CASE_REGISTERED, dealer_id=dealer_id, case_id=case_id, payload={"by_id": by_id}
    )
    await emit(tx, actor.oem_id, new.at, event)
