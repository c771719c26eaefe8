"""Regular word to the customer while a case is open, and at a share of the promised time (R3.7).

The promise is a clock like any other (metric `progress`), where the OEM's policy has a target for it. Its
warning is the moment the customer is told by a message, by default at 80 % of the time; then the promise is
kept, and the next turn begins. Whoever speaks with the customer keeps it as well: the next turn begins then.
A plan he was told brings a word at the same share of its promised time, where that comes before the next
regular one. Only a customer whom no message reaches is left to the case's owner, who is warned and escalated
as of any clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from shared.cases import afterwards
from shared.cases import repository as cases
from shared.cases.handling import Handling, held
from shared.cases.merging import merged_here
from shared.cases.promises import policy_of, terms
from shared.cases.repository import Data, NewTimelineEntry, append_to_timeline
from shared.cases.vocabulary import CaseState
from shared.customers.choices import wants_messages
from shared.db.engine import Transaction
from shared.escalation import repository
from shared.escalation.repository import Firing
from shared.escalation.suppression import Suppression
from shared.notifications.facts import CaseFacts, case_facts
from shared.notifications.links import Links
from shared.notifications.recipients import customer
from shared.notifications.render import Value
from shared.notifications.rules import Template
from shared.notifications.unreached import ways_in_vain, ways_of
from shared.notifications.writing import Notice, tell
from shared.outbox import keys
from shared.outbox.events import Event
from shared.outbox.vocabulary import MessageState
from shared.sla.clock import PlannedClock, level_of
from shared.sla.policy import Metric
from shared.sla.repository import ClockState
from shared.sla.working_time import UnknownYear
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import PolicyName

_OVER: Final = frozenset(
    {
        CaseState.RESULT_TOLD,
        CaseState.SURVEYED,
        CaseState.CLOSED,
        CaseState.WITHDRAWN,
        CaseState.MERGED,
    }
)
_FOUND: Final = """
SELECT findings FROM case_diagnoses WHERE oem_id = $1 AND case_id = $2 AND cycle = $3
ORDER BY id DESC LIMIT 1
"""
_PLAN_TOLD: Final = """
SELECT max(at) FROM timeline_entries WHERE oem_id = $1 AND case_id = $2 AND kind = 'tell_plan'
"""
_SHORTEST: Final = timedelta(minutes=1)
_SAID: Final = """
SELECT EXISTS (
    SELECT FROM timeline_entries
    WHERE oem_id = $1 AND case_id = $2 AND kind = 'customer_not_told' AND data = $3
)
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """The reactions that keep the customer informed; each may run again without doing anything twice."""

    links: Links

    async def on_opened(self, tx: Transaction, event: Event) -> None:
        """A case that is registered or reopened is told of from now on."""
        if not await _is_promised(tx, event):
            return
        work = await _work(tx, event)
        if work.case.state not in _OVER and not work.case.historical:
            await afterwards.begin(work, Metric.PROGRESS, event.occurred_at)

    async def on_planned(self, tx: Transaction, event: Event) -> None:
        """A plan the customer was told: his next word comes in time, or at a share of the promised time."""
        if event.payload.get("told"):
            await self._spoken(tx, event)

    async def on_contacted(self, tx: Transaction, event: Event) -> None:
        """Somebody has spoken with the customer: no message needs to say the same tonight."""
        if event.payload.get("effective"):
            await self._spoken(tx, event)

    async def on_asked(self, tx: Transaction, event: Event) -> None:
        """Whoever was asked for something has heard of his case."""
        await self._spoken(tx, event)

    async def on_result_told(self, tx: Transaction, event: Event) -> None:
        """Who knows the result waits for no progress."""
        if await _is_promised(tx, event):
            await afterwards.drop(await _work(tx, event), Metric.PROGRESS)

    async def told(self, tx: Transaction, event: Event) -> bool:
        """Whether this firing was a word to the customer, who has been told; any other firing is not ours."""
        await cases.lock(tx, event.oem_id, event.about_case())
        firing = await repository.firing(tx, event.oem_id, event.uuid("escalation_id"))
        is_ours = firing.metric == Metric.PROGRESS.value and level_of(firing.step) is None
        if not is_ours or firing.told_at is not None or firing.suppressed is not None:
            return False
        facts = await case_facts(tx, event.oem_id, event.about_case())
        if firing.clock_state not in {ClockState.RUNNING, ClockState.BREACHED} or facts.historical:
            return False
        work = await _work(tx, event)
        if work.case.state in _OVER:
            return False
        was_told = await self._tell(work, facts, firing)
        if not await wants_messages(tx, facts.customer_id, facts.id):
            await _do_without(work, firing)
            return True
        if not was_told:
            return False
        await repository.record_told(tx, event.oem_id, firing.id, [], work.at)
        await _begin_next(work, facts, work.at)
        return True

    async def on_unreached(self, tx: Transaction, event: Event) -> None:
        """A word that no way has brought to the customer was none: it is owed still, due when it was (R4.1).

        Its turn tells him no second time by itself: its owner speaks with him, or is escalated.
        """
        ways = await ways_in_vain(tx, event)
        if not ways or ways[0].template != Template.PROGRESS.value:
            return
        work = await _work(tx, event)
        begun = afterwards.open_turn_of(work, Metric.PROGRESS)
        # Whoever has spoken with him since has begun a later turn.
        if work.case.state not in _OVER and begun is not None and begun.started_at <= ways[0].created_at:
            await afterwards.take_back_turn(work, Metric.PROGRESS)

    async def on_reached(self, tx: Transaction, event: Event) -> None:
        """A word that was sent again, or has arrived after all, keeps the turn that was owed still."""
        sent = [each for each in await ways_of(tx, event) if each.state is MessageState.SENT]
        if not sent or sent[0].template != Template.PROGRESS.value:
            return
        work = await _work(tx, event)
        owed = afterwards.open_turn_of(work, Metric.PROGRESS)
        latest = afterwards.clock_of(work, Metric.PROGRESS)
        if owed is None or latest is None or latest.turn == owed.turn or work.case.state in _OVER:
            return
        if owed.started_at < sent[0].created_at:
            facts = await case_facts(tx, event.oem_id, event.about_case())
            await _begin_next(work, facts, work.at)

    async def _spoken(self, tx: Transaction, event: Event) -> None:
        """The promise is kept by the word the customer has had, and its next turn begins with it."""
        if not await _is_promised(tx, event):
            return
        work = await _work(tx, event)
        known = afterwards.open_turn_of(work, Metric.PROGRESS)
        if work.case.state in _OVER or known is None:
            return
        if known.started_at < event.occurred_at:
            facts = await case_facts(tx, event.oem_id, event.about_case())
            await _begin_next(work, facts, event.occurred_at)

    async def _tell(self, work: Handling, facts: CaseFacts, firing: Firing) -> bool:
        """Every complainant, by the own number; whether the case's own customer was told (R1.7)."""
        found: str | None = await work.tx.value(_FOUND, work.oem_id, facts.id, work.case.cycle)
        told = {
            "state": work.case.state.value,
            "found": found or "",
            "plan": facts.plan if facts.plan_told else "",
            "promised_at": _still_promised(facts, work.at),
        }
        fired = keys.Fired(facts.id, firing.metric, firing.cycle, firing.turn, firing.step)
        reached = False
        merged = await merged_here(work.tx, work.oem_id, facts.id)
        for about in (facts, *[await case_facts(work.tx, work.oem_id, each.id) for each in merged]):
            if not about.historical and await wants_messages(work.tx, about.customer_id, about.id):
                was_told = await self._tell_one(work, about, told, fired)
                reached |= was_told and about.id == facts.id
        return reached

    async def _tell_one(
        self, work: Handling, facts: CaseFacts, told: Mapping[str, Value], fired: keys.Fired
    ) -> bool:
        notice = Notice(
            template=Template.PROGRESS,
            values={**facts.for_customer(), **told},
            time_zone=facts.time_zone,
            link=self.links.customer.tracking(work.oem_id, facts.id, facts.link_generation),
            key=partial(keys.escalation, fired),
            dealer_id=facts.dealer_id,
            case_id=facts.id,
            choice_link=self.links.customer.choice(work.oem_id, facts.id, facts.link_generation),
        )
        to = customer(facts)
        if not await tell(work.tx, work.oem_id, notice, [to]):
            return False
        entry = NewTimelineEntry(
            dealer_id=facts.dealer_id,
            case_id=facts.id,
            kind="customer_told",
            internal=True,
            data={
                "template": Template.PROGRESS.value,
                "channels": sorted(each.value for each in to.addresses),
            },
        )
        await append_to_timeline(work.tx, work.actor, work.at, entry)
        return True


async def _when_open(work: Handling, since: datetime, at: datetime) -> datetime:
    """The instant, or the dealer's closing before it: nobody is told of a repair at midnight."""
    hours = (await terms(work.tx, work.oem_id, work.case.dealer_id)).hours
    try:
        return hours.calendar.due(since, hours.calendar.elapsed(since, at))
    except UnknownYear:
        return hours.fallback.due(since, hours.fallback.elapsed(since, at))


def _still_promised(facts: CaseFacts, now: datetime) -> datetime | None:
    """When the work is to be done, as the customer was told; a time that has passed is promised to nobody."""
    if not facts.plan_told or facts.promised_at is None or facts.promised_at <= now:
        return None
    return facts.promised_at


async def _begin_next(work: Handling, facts: CaseFacts, at: datetime) -> None:
    """The turn is kept; in the next, a word comes at the same share of the promised time if that is earlier.

    What is left of the turn follows from it, so that the share of the turn is that instant.
    """
    known = afterwards.open_turn_of(work, Metric.PROGRESS)
    turn = await afterwards.plan_turn(work, Metric.PROGRESS, at)
    if known is None or turn is None:
        await afterwards.keep(work, Metric.PROGRESS)
        return
    sooner = await _by_promised_time(work, facts, turn)
    await afterwards.turn_over(work, known, sooner or turn)


async def _by_promised_time(work: Handling, facts: CaseFacts, turn: PlannedClock) -> PlannedClock | None:
    if facts.promised_at is None or not facts.plan_told:
        return None
    share = next(
        (int(step.removeprefix("warn_")) / 100 for step in turn.steps if level_of(step) is None), 1.0
    )
    told_at: datetime | None = await work.tx.value(_PLAN_TOLD, work.oem_id, facts.id)
    if told_at is None or facts.promised_at <= told_at:
        return None
    word_at = await _when_open(work, told_at, told_at + share * (facts.promised_at - told_at))
    left = (word_at - turn.started_at) / share
    # Turns are of whole minutes: the word may leave a little early, and is not due again for that.
    if left < _SHORTEST or word_at >= turn.schedule[0]:
        return None
    return await afterwards.plan_until(work, Metric.PROGRESS, turn.started_at, turn.started_at + left)


async def _do_without(work: Handling, firing: Firing) -> None:
    """The customer wants no word: nobody owes him one, which the timeline says once a round.

    The turns go on, so that he is told again when he wants it.
    """
    await repository.suppress(work.tx, work.oem_id, firing.id, Suppression.NOT_WANTED)
    await afterwards.drop(work, Metric.PROGRESS)
    await afterwards.begin_turn(work, Metric.PROGRESS, work.at)
    data: Data = {"template": Template.PROGRESS.value, "cycle": work.case.cycle}
    if await work.tx.value(_SAID, work.oem_id, work.case.id, data):
        return
    entry = NewTimelineEntry(
        dealer_id=work.case.dealer_id,
        case_id=work.case.id,
        kind="customer_not_told",
        internal=True,
        data=data,
    )
    await append_to_timeline(work.tx, work.actor, work.at, entry)


async def _is_promised(tx: Transaction, event: Event) -> bool:
    """Whether any rule of the policy promises it: most events need to ask no more than that."""
    _, policy = await policies.decoded(tx, event.oem_id, PolicyName.CLOCKS, policy_of, event.dealer_id)
    return any(rule.targets.get(Metric.PROGRESS) for rule in policy.rules)


async def _work(tx: Transaction, event: Event) -> Handling:
    return await held(tx, Actor.system(event.oem_id), event.about_case(), version=None)
