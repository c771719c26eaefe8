"""Planning calls: who makes one, on which day, and what is promised of it (R5.2, R5.3)."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.accounts import people
from shared.accounts.answering import answering
from shared.cases import afterwards, promises
from shared.cases.handling import Handling
from shared.follow_up import call_rows
from shared.follow_up.call_rows import NewCall
from shared.follow_up.vocabulary import METRICS, CallKind
from shared.permissions import Permission, Role, may
from shared.sla.working_time import UnknownYear
from shared.tenants import oems

# Who is asked when nobody has the role: those above first.
_INSTEAD: Final = (Role.SERVICE_MANAGER, Role.STATION_HEAD, Role.CUSTOMER_RELATIONS, Role.ADVISOR)


async def plan_call(
    work: Handling,
    kind: CallKind,
    role: Role,
    started_at: datetime,
    call_on: date,
    reason: str = "",
    since: datetime | None = None,
) -> UUID | None:
    """Put a call on the list and promise it; its id, None when this round has had one of the kind.

    One from before `since` does not count: it was about an earlier result.
    """
    turn = await call_rows.next_turn(work, kind, since)
    if turn is None:
        return None
    caller_id, caller_name = await caller_for(work, role)
    begin = afterwards.begin if turn == 1 else afterwards.begin_turn
    clock = await begin(work, METRICS[kind], started_at)
    new = NewCall(
        kind=kind,
        caller_id=caller_id,
        caller_name=caller_name,
        call_on=call_on,
        due_at=clock.due_at if clock else None,
        reason=reason,
    )
    return await call_rows.insert(work, new, turn)


async def working_day(work: Handling, at: datetime, days: int) -> date:
    """The local date of the n-th working day after the one of `at`."""
    terms = await promises.terms(work.tx, work.oem_id, work.case.dealer_id)
    zone = await zone_of(work)
    try:
        closing = terms.hours.calendar.add_working_days(at, days)
    except UnknownYear:
        closing = terms.hours.fallback.add_working_days(at, days)
    # Closing time is outside: an evening that ends at midnight belongs to its own day.
    return (closing - timedelta.resolution).astimezone(zone).date()


async def local_day(work: Handling, at: datetime) -> date:
    """The date of an instant in the OEM's time zone."""
    return at.astimezone(await zone_of(work)).date()


async def zone_of(work: Handling) -> ZoneInfo:
    """The OEM's time zone."""
    return ZoneInfo((await oems.oem(work.tx, work.oem_id)).time_zone)


async def caller_for(work: Handling, role: Role) -> tuple[UUID, str]:
    """Who makes a call: the owner if he has the role, else the longest there who has it, or who stands in.

    Nobody who has it is there: those asked instead, at last the case's owner.
    """
    staff = await people.staff_of_dealer(work.tx, work.oem_id, work.case.dealer_id)
    for wanted in (role, *_INSTEAD):
        meant = sorted(
            (each for each in staff if each.role is wanted),
            key=lambda each: each.membership_id != work.case.owner_id,
        )
        for found in await answering(work.tx, work.oem_id, meant):
            if may(found.role, Permission.CASE_CONTACT):
                return found.membership_id, found.name
    return work.case.owner_id, work.case.owner_name
