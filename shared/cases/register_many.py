"""Registering many complaints at once: the same rules and rows as for one, in few statements (R1.8)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from shared.cases import numbers, policy_data, promises, repository
from shared.cases.intake import Intake, Source
from shared.cases.intake_checks import CheckedIntake, checked
from shared.cases.ownership import Owner, Owners
from shared.cases.promises import Terms
from shared.cases.register import active, dealer_asked_for, reference_exists, register
from shared.cases.registration import Registration, assignment_facts, classified, write
from shared.cases.rules import Classification
from shared.cases.vocabulary import Category, ReportCode, Urgency
from shared.db.engine import Transaction, transaction
from shared.errors import AppError, Unavailable
from shared.ids import new_id
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import dealers, oems
from shared.tenants.dealers import Dealer
from shared.tenants.oems import Oem


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an intake; `id` is None and `number` empty where it has only been rehearsed."""

    id: UUID | None
    number: str
    dealer_id: int
    owner_id: UUID
    owner_name: str
    category: Category
    urgency: Urgency
    contactable: bool
    warnings: tuple[str, ...]


Outcome = Registered | AppError
"""A case, or the reason why there is none: `Invalid` and `Conflict`, see `shared.cases.service.register`."""


class _Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An intake with nothing against it, and what its case would be."""

    place: int
    complaint: CheckedIntake
    dealer: Dealer
    owner: Owner
    classification: Classification
    report_code: ReportCode

    def outcome(self, case_id: UUID | None = None, number: str = "") -> Registered:
        return Registered(
            id=case_id,
            number=number,
            dealer_id=self.dealer.id,
            owner_id=self.owner.id,
            owner_name=self.owner.name,
            category=self.classification.category.value,
            urgency=self.classification.urgency.value,
            contactable=self.complaint.contactable,
            warnings=self.complaint.warnings,
        )


class _Examined(msgspec.Struct, frozen=True, kw_only=True):
    oem: Oem
    terms: dict[int, Terms]
    candidates: list[_Candidate]
    refused: dict[int, AppError]

    def outcomes(self, made: Mapping[int, Outcome]) -> list[Outcome]:
        found: dict[int, Outcome] = {**self.refused, **made}
        return [found[place] for place in sorted(found)]


async def register_many(
    actor: Actor,
    intakes: Sequence[Intake],
    *,
    source: Source,
    as_of: datetime | None = None,
    historical: bool = False,
) -> list[Outcome]:
    """See `shared.cases.service.register_many`."""
    examined = await _examine(actor, intakes, source, as_of)
    if not examined.candidates:
        return examined.outcomes({})
    drawn = await numbers.draw_many(actor.scope, actor.oem_id, len(examined.candidates), as_of)
    at = drawn[0].at
    registrations = [
        Registration(
            actor=actor,
            at=at,
            case_id=new_id(at),
            number=number.number,
            dealer=each.dealer,
            owner=each.owner,
            complaint=each.complaint,
            classification=each.classification,
            report_code=each.report_code,
            terms=examined.terms[each.dealer.id],
            source=source,
            historical=historical,
        )
        for each, number in zip(examined.candidates, drawn, strict=True)
    ]
    try:
        async with transaction(actor.scope, as_of=at) as tx:
            await write(tx, registrations)
    except Unavailable:
        raise
    except (AppError, asyncpg.DeadlockDetectedError):
        # Somebody else came between. One by one, each finds out for itself.
        return examined.outcomes(
            {
                each.place: await _register_one(
                    actor, intakes[each.place], source, as_of, historical=historical
                )
                for each in examined.candidates
            }
        )
    return examined.outcomes(
        {
            each.place: each.outcome(new.case_id, new.number)
            for each, new in zip(examined.candidates, registrations, strict=True)
        }
    )


async def rehearse_many(
    actor: Actor, intakes: Sequence[Intake], *, source: Source, as_of: datetime | None = None
) -> list[Outcome]:
    """See `shared.cases.service.rehearse_many`."""
    examined = await _examine(actor, intakes, source, as_of)
    return examined.outcomes({each.place: each.outcome() for each in examined.candidates})


async def _register_one(
    actor: Actor, intake: Intake, source: Source, as_of: datetime | None, *, historical: bool
) -> Outcome:
    try:
        case = await register(actor, intake, source=source, as_of=as_of, historical=historical)
    except Unavailable:
        raise
    except AppError as error:
        return error
    return Registered(
        id=case.id,
        number=case.number,
        dealer_id=case.dealer_id,
        owner_id=case.owner_id,
        owner_name=case.owner_name,
        category=case.category,
        urgency=case.urgency,
        contactable=case.contactable,
        warnings=(),
    )


async def _examine(
    actor: Actor, intakes: Sequence[Intake], source: Source, as_of: datetime | None
) -> _Examined:
    actor.require(Permission.CASE_REGISTER)
    refused: dict[int, AppError] = {}
    candidates: list[_Candidate] = []
    async with transaction(actor.scope, as_of=as_of, read_only=True) as tx:
        oem, now = await oems.oem(tx, actor.oem_id), await tx.now()
        known_dealers = await dealers.dealers(tx, actor.oem_id)
        accepted: dict[int, tuple[CheckedIntake, Dealer]] = {}
        for place, intake in enumerate(intakes):
            try:
                complaint = checked(intake, country=oem.country, now=now)
                accepted[place] = complaint, _dealer_of(actor, intake, known_dealers)
            except AppError as error:
                refused[place] = error
        refused |= await _known_already(tx, actor, source, accepted)
        rules = await policy_data.rule_set(tx, actor.oem_id)
        report_codes = await policy_data.report_codes(tx, actor.oem_id)
        dealer_ids = sorted({dealer.id for _, dealer in accepted.values()})
        terms = await promises.terms_of_dealers(tx, actor.oem_id, dealer_ids)
        owners = Owners(actor)
        await owners.look_up(tx, dealer_ids)
        for place, (complaint, dealer) in accepted.items():
            if place in refused:
                continue
            classification = classified(rules, complaint.intake)
            facts = assignment_facts(classification, complaint.intake.channel)
            try:
                owner = await owners.of_intake(tx, dealer, complaint.intake.owner_id, facts)
            except AppError as error:
                refused[place] = error
                continue
            candidates.append(
                _Candidate(
                    place=place,
                    complaint=complaint,
                    dealer=dealer,
                    owner=owner,
                    classification=classification,
                    report_code=report_codes[complaint.intake.channel],
                )
            )
    return _Examined(oem=oem, terms=terms, candidates=candidates, refused=refused)


def _dealer_of(actor: Actor, intake: Intake, known: Sequence[Dealer]) -> Dealer:
    dealer_id = dealer_asked_for(actor, intake.dealer_id)
    for dealer in known:
        if dealer.id == dealer_id or (dealer_id is None and dealer.is_desk):
            return active(dealer)
    raise dealers.unknown_dealer()


async def _known_already(
    tx: Transaction, actor: Actor, source: Source, accepted: Mapping[int, tuple[CheckedIntake, Dealer]]
) -> dict[int, AppError]:
    references = dict(_references(accepted))
    found = await repository.by_external_refs(tx, actor.oem_id, source.value, list(references.values()))
    cases = {(case.dealer_id, case.external_ref): case for case in found}
    return {
        place: reference_exists(cases[reference])
        for place, reference in references.items()
        if reference in cases
    }


def _references(
    accepted: Mapping[int, tuple[CheckedIntake, Dealer]],
) -> Iterator[tuple[int, tuple[int, str]]]:
    for place, (complaint, dealer) in accepted.items():
        if complaint.intake.external_ref is not None:
            yield place, (dealer.id, complaint.intake.external_ref)
