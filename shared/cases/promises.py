"""What is promised on a case: its clocks, by the policy and the calendar of its dealer (R4.1, R4.3)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from shared.calendars.definition import CalendarDefinition, build, fallback
from shared.cases.repository import LockedCase
from shared.db.engine import Transaction
from shared.sla import clock
from shared.sla.clock import PlannedClock
from shared.sla.default_policy import completed
from shared.sla.pause import pauses_of
from shared.sla.policy import (
    BEGUN_LATER,
    CaseFacts,
    ClockPolicy,
    Metric,
    target_of,
    targets_for,
)
from shared.sla.repository import ClockHome, Versions
from shared.sla.working_time import Span, WorkingCalendar
from shared.tenants import policies
from shared.tenants.policies import OF_OEM, PolicyName


class Hours(msgspec.Struct, frozen=True):
    """A calendar, and the same hours with every year taken as known."""

    calendar: WorkingCalendar
    fallback: WorkingCalendar


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The policy and the calendar in force for a dealer, each with its version.

    `policy_dealer_id`, `calendar_dealer_id`: whose they are, the dealer's own or the OEM's (0).
    """

    policy_version: int
    policy_dealer_id: int
    policy: ClockPolicy
    calendar_version: int
    calendar_dealer_id: int
    hours: Hours

    @property
    def versions(self) -> Versions:
        """What is promised by these terms is made by these versions."""
        return Versions(
            policy_version=self.policy_version,
            policy_dealer_id=self.policy_dealer_id,
            calendar_version=self.calendar_version,
            calendar_dealer_id=self.calendar_dealer_id,
        )


async def terms(tx: Transaction, oem_id: int, dealer_id: int) -> Terms:
    """The terms that new promises of the dealer are made by."""
    policy_version, policy = await policies.decoded(tx, oem_id, PolicyName.CLOCKS, policy_of, dealer_id)
    calendar_version, hours = await policies.decoded(tx, oem_id, PolicyName.CALENDAR, stored_hours, dealer_id)
    return Terms(
        policy_version=policy_version,
        policy_dealer_id=await policies.whose(tx, oem_id, PolicyName.CLOCKS, dealer_id),
        policy=policy,
        calendar_version=calendar_version,
        calendar_dealer_id=await policies.whose(tx, oem_id, PolicyName.CALENDAR, dealer_id),
        hours=hours,
    )


def home_of(oem_id: int, case: LockedCase, terms: Terms) -> ClockHome:
    """Where clocks of the case's present cycle belong that are made by these terms."""
    return ClockHome(
        oem_id=oem_id,
        dealer_id=case.dealer_id,
        case_id=case.id,
        cycle=case.cycle,
        policy_version=terms.policy_version,
        policy_dealer_id=terms.policy_dealer_id,
        calendar_version=terms.calendar_version,
        calendar_dealer_id=terms.calendar_dealer_id,
    )


async def terms_of_dealers(tx: Transaction, oem_id: int, dealer_ids: Sequence[int]) -> dict[int, Terms]:
    """The terms of each of these dealers."""
    names = [PolicyName.CLOCKS, PolicyName.CALENDAR]
    own = await policies.dealers_with_their_own(tx, oem_id, names)
    common = await terms(tx, oem_id, OF_OEM)
    return {
        dealer_id: await terms(tx, oem_id, dealer_id) if dealer_id in own else common
        for dealer_id in dealer_ids
    }


def plan(
    terms: Terms, facts: CaseFacts, started_at: datetime, pauses: Sequence[Span] = ()
) -> list[PlannedClock]:
    """The clocks of a case received at `started_at`; provisional where a year's holidays are not known."""
    return [
        clock.plan(
            promise,
            terms.hours.calendar,
            started_at,
            pauses_of(promise.metric, pauses, terms.policy.pauses),
            terms.hours.fallback,
        )
        for promise in targets_for(terms.policy, facts)
        if promise.metric not in BEGUN_LATER
    ]


def plan_one(
    terms: Terms, facts: CaseFacts, metric: Metric, started_at: datetime, pauses: Sequence[Span] = ()
) -> PlannedClock | None:
    """The clock of one metric that begins at `started_at`; None where the policy promises nothing."""
    promise = target_of(terms.policy, facts, metric)
    if promise is None:
        return None
    waited = pauses_of(metric, pauses, terms.policy.pauses)
    return clock.plan(promise, terms.hours.calendar, started_at, waited, terms.hours.fallback)


def plan_again(
    terms: Terms, facts: CaseFacts, reopened_at: datetime, pauses: Sequence[Span] = ()
) -> list[PlannedClock]:
    """The clocks of a case reopened at `reopened_at`, which is registered already."""
    return [each for each in plan(terms, facts, reopened_at, pauses) if each.metric is not Metric.REGISTER]


def hours_of(definition: CalendarDefinition) -> Hours:
    """What counts by a definition."""
    return Hours(build(definition), build(fallback(definition)))


def policy_of(body: bytes) -> ClockPolicy:
    """The policy that a version is stored as, with our targets for metrics it could not know of."""
    return completed(msgspec.json.decode(body, type=ClockPolicy))


def stored_hours(body: bytes) -> Hours:
    """What counts by a calendar as its version is stored."""
    return hours_of(msgspec.json.decode(body, type=CalendarDefinition))
