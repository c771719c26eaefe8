"""Substitutes for a time away."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases.schemas import example
from shared.accounts.absences import Absence
from shared.onboarding import absences
from shared.onboarding.absences import NewAbsence
from shared.tenancy import Actor

_TAGS = ["Absences"]


class AbsenceWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From the first to the last day, both included, in the person's time zone; oneself unless named."""

    substitute_id: UUID
    first_day: date
    last_day: date
    membership_id: UUID | None = None


class Absences(msgspec.Struct, frozen=True):
    """Present and coming absences, by their beginning."""

    items: list[Absence]


@get("/absences", tags=_TAGS, summary="Absences", operation_id="listAbsences")
async def list_absences(actor: NamedDependency[Actor]) -> Absences:
    """One's own; whoever keeps staff sees those of all within reach."""
    return Absences(await absences.known_absences(actor))


@post("/absences", tags=_TAGS, summary="Name a substitute", operation_id="addAbsence")
async def add_absence(
    actor: NamedDependency[Actor],
    data: Annotated[
        AbsenceWanted,
        example(
            "A week",
            substitute_id="01970000-0000-7000-8000-000000000001",
            first_day="2030-05-01",
            last_day="2030-05-07",
        ),
    ],
) -> Absence:
    """Meanwhile the substitute is told and given new cases instead."""
    new = NewAbsence(
        substitute_id=data.substitute_id,
        first_day=data.first_day,
        last_day=data.last_day,
        membership_id=data.membership_id,
    )
    return await absences.add_absence(actor, new)


@delete("/absences/{absence_id:uuid}", tags=_TAGS, summary="Take it back", operation_id="endAbsence")
async def end_absence(actor: NamedDependency[Actor], absence_id: FromPath[UUID]) -> None:
    """The person is back at once."""
    await absences.end_absence(actor, absence_id)


HANDLERS = [list_absences, add_absence, end_absence]
