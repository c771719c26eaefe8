"""What another calendar does to promises where complaints are merged (R1.7, R4.3).

What was promised to anybody who is merged, or by the case itself behind an earlier promise, stays as it was
promised. Only provisional promises, planned on weekly hours because a year was missing, are counted again.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from shared.calendars.service import CalendarInForce
from shared.cases.handling import Handling
from shared.cases.joint_promises import complainants, keep_earliest, own_plans, remember
from shared.cases.made_by import Plans, made_by, versions_of
from shared.cases.promises import Hours
from shared.cases.recount import plan_anew
from shared.db.engine import Transaction
from shared.sla.clock import PlannedClock
from shared.sla.pause import spans_of
from shared.sla.policy import CaseFacts
from shared.sla.working_time import Span

_HOLDERS: Final = """
SELECT DISTINCT merged_into FROM cases
WHERE oem_id = $1 AND merged_into = ANY ($2::uuid[]) ORDER BY merged_into
"""
_BY_CALENDAR: Final = (
    "UPDATE clocks SET calendar_version = $3, calendar_dealer_id = $4 WHERE oem_id = $1 AND id = $2"
)


async def holders(tx: Transaction, oem_id: int, case_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these cases that others are handled in."""
    found: list[UUID] = await tx.values(_HOLDERS, oem_id, case_ids)
    return found


async def count_again(work: Handling, hours: Hours, calendar: CalendarInForce) -> None:
    """Count what is provisional by `hours`, and let each promise run by the earliest again.

    The caller says anew what is due next; the version of the case stays, for no form has become stale by it.
    """
    for each in await complainants(work):
        own = await _counted(
            work, each.facts(), each.merged_clocks.own, spans_of(each.pauses), hours, calendar
        )
        await remember(work, each, own, each.pauses)
    case = work.case
    found = await complainants(work)
    own_of_case = own_plans(found)
    behind = [(clock_id, plan) for clock_id, plan in own_of_case.items() if plan is not None]
    again = await _counted(work, case.facts(), behind, spans_of(case.pauses), hours, calendar)
    await keep_earliest(work, case, found, {**own_of_case, **dict(again)})


async def _counted(
    work: Handling,
    facts: CaseFacts,
    plans: Sequence[tuple[UUID, PlannedClock]],
    pauses: Sequence[Span],
    hours: Hours,
    calendar: CalendarInForce,
) -> Plans:
    versions = await versions_of(work.tx, work.oem_id, [clock_id for clock_id, _ in plans])
    counted: Plans = []
    for clock_id, plan in plans:
        again = None
        if plan.provisional:
            then = await made_by(work.tx, work.oem_id, work.case.dealer_id, versions[clock_id])
            again = plan_anew(plan, facts, pauses, then, hours, work.at)
        if again is not None:
            await work.tx.execute(_BY_CALENDAR, work.oem_id, clock_id, calendar.version, calendar.whose)
        counted.append((clock_id, again or plan))
    return counted
