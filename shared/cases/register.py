"""Registering a complaint: checked, numbered, classified, owned, its clocks running (R1, R2, R4)."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from shared.cases import detail, numbers, policy_data, promises, repository, reveals
from shared.cases.fresh_view import view_of
from shared.cases.intake import Intake, Source
from shared.cases.intake_checks import checked
from shared.cases.masking import seen_by
from shared.cases.ownership import Owners
from shared.cases.registration import Registration, assignment_facts, classified, write
from shared.cases.views import CaseView
from shared.customers.choices import wants_messages
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Invalid
from shared.idempotency import keys
from shared.idempotency.keys import Once
from shared.ids import new_id
from shared.permissions import Permission
from shared.tenancy import Actor, DbRole
from shared.tenants import dealers
from shared.tenants.dealers import Dealer

Alongside = Callable[[Transaction, UUID], Awaitable[None]]
"""What is written of a new case, by its id, in the transaction that makes it."""


async def register(
    actor: Actor,
    intake: Intake,
    *,
    source: Source,
    idempotency_key: str | None = None,
    as_of: datetime | None = None,
    historical: bool = False,
    alongside: Alongside | None = None,
    once: Once | None = None,
) -> CaseView:
    """See `shared.cases.service.register`."""
    actor.require(Permission.CASE_REGISTER)
    once = once or keys.once(actor, idempotency_key, intake)
    drawn = await numbers.draw(actor.scope, actor.oem_id, as_of)
    complaint = checked(intake, country=drawn.country, now=drawn.at)
    case_id = new_id(drawn.at)
    async with transaction(actor.scope, as_of=drawn.at) as tx:
        first = await keys.first_made(tx, actor.oem_id, once, case_id, drawn.at)
        if first is not None:
            return await reveals.seen(tx, actor, await detail.case_view(tx, actor.oem_id, first))
        dealer = await _dealer(tx, actor, complaint.intake.dealer_id)
        await _refuse_known_reference(tx, actor.oem_id, dealer.id, source, complaint.intake.external_ref)
        terms = await promises.terms(tx, actor.oem_id, dealer.id)
        classification = classified(await policy_data.rule_set(tx, actor.oem_id), complaint.intake)
        facts = assignment_facts(classification, complaint.intake.channel)
        new = Registration(
            actor=actor,
            at=drawn.at,
            case_id=case_id,
            number=drawn.number,
            dealer=dealer,
            owner=await Owners(actor).of_intake(tx, dealer, complaint.intake.owner_id, facts),
            complaint=complaint,
            classification=classification,
            report_code=await policy_data.report_code(tx, actor.oem_id, complaint.intake.channel),
            terms=terms,
            source=source,
            historical=historical,
        )
        [written] = await write(tx, [new])
        if alongside is not None:
            await alongside(tx, case_id)
        wanted = await wants_messages(tx, written.customer.id, case_id)
        return seen_by(actor, view_of(written, wants_messages=wanted))


def dealer_asked_for(actor: Actor, wanted: int | None) -> int | None:
    """The dealer an intake of the actor belongs to; None is the OEM desk.

    Raises `Invalid` for a dealer other than the actor's own, and where one has to be named.
    """
    own = actor.scope.dealer_ids[0] if actor.scope.role is DbRole.DEALER else None
    if own is not None and wanted not in {None, own}:
        raise dealers.unknown_dealer()
    if wanted is None and own is None and actor.scope.role is not DbRole.OEM:
        raise Invalid.field("dealer_id", "required")
    return wanted or own


def active(dealer: Dealer) -> Dealer:
    """The same dealer; raises `Conflict` (`dealer_inactive`) for one that takes no cases any more."""
    if not dealer.active:
        raise Conflict("dealer_inactive", {"dealer": dealer.code})
    return dealer


async def _dealer(tx: Transaction, actor: Actor, wanted: int | None) -> Dealer:
    dealer_id = dealer_asked_for(actor, wanted)
    if dealer_id is None:
        return await dealers.desk(tx, actor.oem_id)
    return active(await dealers.dealer_named(tx, actor.oem_id, dealer_id))


async def _refuse_known_reference(
    tx: Transaction, oem_id: int, dealer_id: int, source: Source, external_ref: str | None
) -> None:
    if external_ref is None:
        return
    known = await repository.by_external_refs(tx, oem_id, source.value, [(dealer_id, external_ref)])
    if known:
        raise reference_exists(known[0])


def reference_exists(case: repository.ReferredCase) -> Conflict:
    """The refusal of an intake whose reference stands for `case` already."""
    return Conflict("external_ref_exists", {"case_id": str(case.id), "number": case.number})
