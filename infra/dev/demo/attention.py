"""Who answers an escalation in the demo's past, and when: most soon, some too late, some never."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Final, NamedTuple

from infra.dev.demo.people import DemoDealer
from infra.dev.demo.plan import working
from infra.dev.demo.tick import Told
from shared.permissions import Role
from shared.tenancy import Actor


class _Habit(NamedTuple):
    """How people of a level answer: the share that does, and after how many working hours most often."""

    share: float
    hours: float


_HABITS: Final = {1: _Habit(0.86, 0.2), 2: _Habit(0.8, 0.3), 3: _Habit(0.85, 2.5)}
# In the last days the first area is short of people: whoever signs in there finds something to take.
_SHORT: Final = timedelta(days=6)
_SHORT_HABITS: Final = {1: _Habit(0.5, 0.3), 2: _Habit(0.35, 0.4), 3: _Habit(0.2, 2.5)}


@dataclass(frozen=True, slots=True, order=True)
class Answer:
    """Somebody takes what waits for him on a case."""

    at: datetime
    story_index: int
    level: int


@dataclass
class Attention:
    """The answers still to come, earliest first."""

    managers: list[Actor]
    now: datetime
    _coming: list[Answer] = field(default_factory=list[Answer])

    def answerer(self, dealer: DemoDealer, level: int) -> Actor:
        """Whom the chain tells at a level."""
        if level == 1:
            return dealer.staff[Role.SERVICE_MANAGER]
        return dealer.staff[Role.STATION_HEAD] if level == 2 else self.managers[dealer.area - 1]

    def notice(self, told: Told, story_index: int, dealer: DemoDealer) -> None:
        """Decide, by the escalation alone, whether and when it is answered."""
        is_short = dealer.area == 1 and told.at > self.now - _SHORT
        habit = (_SHORT_HABITS if is_short else _HABITS)[told.level]
        luck = Random(f"{story_index} {told.metric} {told.level} {told.turn}")  # an invented past, no secret
        hours = habit.hours * dealer.pace * luck.lognormvariate(0, math.log(2.5))
        if luck.random() < habit.share and self.answerer(dealer, told.level).id in told.recipient_ids:
            at = working(told.at, timedelta(hours=hours)).replace(microsecond=0)
            heappush(self._coming, Answer(at, story_index, told.level))

    def next_at(self) -> datetime | None:
        """When the next answer comes; None when none does."""
        return self._coming[0].at if self._coming else None

    def take(self) -> Answer:
        """The next answer."""
        return heappop(self._coming)
