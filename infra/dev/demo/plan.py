"""When who does what in the demo's history: decided beforehand, from a seed and an instant alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, IntEnum
from functools import cache
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from infra.dev.demo import network, scenarios
from infra.dev.demo.people import DemoDealer
from infra.dev.demo.scenarios import Scenario
from shared.calendars.china import china
from shared.calendars.definition import build, fallback
from shared.cases.vocabulary import Channel
from shared.sla.working_time import WorkingCalendar

DAYS: Final = 120
CASES: Final = 1200
ZONE: Final = ZoneInfo("Asia/Shanghai")


class Moment(Enum):
    """What comes over an urgent case so long after it was received: a day is promised, day and night."""

    WARNING = timedelta(hours=21, minutes=36)
    """Nine tenths of the time are gone."""
    BREACH = timedelta(hours=24)
    """The promise breaks; the service manager is told."""
    MANAGER = timedelta(hours=25)
    """Nobody has acknowledged for an hour; the regional manager is told."""


class Turn(NamedTuple):
    """What comes over a case of the showcase, in how many minutes from now."""

    minutes: float
    moment: Moment


SHOWCASE: Final = (
    Turn(2, Moment.MANAGER),
    Turn(2.5, Moment.WARNING),
    Turn(3, Moment.BREACH),
    Turn(5, Moment.WARNING),
    Turn(7, Moment.MANAGER),
    Turn(9, Moment.BREACH),
    Turn(14, Moment.WARNING),
    Turn(16, Moment.BREACH),
    Turn(20, Moment.MANAGER),
    Turn(27, Moment.BREACH),
)
"""What a viewer sees happen after he has started the demo."""

_CHANNELS: Final = (
    (Channel.PHONE, 36),
    (Channel.IN_STORE, 24),
    (Channel.APP, 12),
    (Channel.WEB_FORM, 8),
    (Channel.CHAT, 6),
    (Channel.OEM_FORWARDED, 7),
    (Channel.PLATFORM, 4),
    (Channel.OTHER_ORGANISATION, 2),
)
# Complaints per hour of the local day, relative.
_HOURS: Final = (1, 1, 0, 0, 0, 1, 2, 4, 9, 14, 15, 13, 8, 9, 12, 12, 11, 10, 7, 6, 6, 5, 4, 2)


class Step(IntEnum):
    """What can happen to a case, in the order of its life."""

    REGISTER = 1
    ATTEMPT = 2
    CONTACT = 3
    PLAN = 4
    RESOLVE = 5
    CLOSE = 6
    ANSWER = 7
    CALL = 8


@dataclass(frozen=True, slots=True)
class Story:
    """One complaint: whose, where, in which words.

    `attended`: its escalations do not wait for the viewer.
    """

    index: int
    dealer: DemoDealer
    scenario: Scenario
    language: str
    channel: Channel
    received_at: datetime
    fill: dict[str, str]
    attended: bool


@dataclass(frozen=True, slots=True, order=True)
class Action:
    """One step of one story at its instant."""

    at: datetime
    story_index: int
    step: Step


class Script:
    """All stories and their actions up to `now`, the same for the same seed and instant."""

    def __init__(self, seed: int, now: datetime, dealers: list[DemoDealer]) -> None:
        self._rng = Random(seed)  # an invented past, not a secret
        self.now = now
        self._dealers = dealers
        self.stories: list[Story] = []
        self._actions: list[Action] = []

    def history(self, cases: int = CASES) -> "Script":
        """Fill in the past: rhythm of days and hours, dealers of different pace."""
        start = (self.now - timedelta(days=DAYS)).replace(minute=0, second=0, microsecond=0)
        hours = [start + timedelta(hours=hour) for hour in range(DAYS * 24)]
        weights = [self._rhythm(hour) for hour in hours]
        latest = self.now - timedelta(minutes=30)
        chosen = self._rng.choices(hours, weights, k=cases)
        for received_at in sorted(hour + timedelta(seconds=self._rng.randrange(3600)) for hour in chosen):
            if received_at < latest:
                self._tell(received_at, self._rng.choices(self._dealers, [d.size for d in self._dealers])[0])
        return self

    def showcase(self, turns: Sequence[Turn] = SHOWCASE) -> "Script":
        """Add urgent cases of the first dealer, whose staff can sign in, with their turns after now."""
        urgent = [each for each in scenarios.CHINESE if "失去动力" in each.words or "刹车踏板" in each.words]
        for place, turn in enumerate(turns):
            received_at = self.now - turn.moment.value + timedelta(minutes=turn.minutes)
            story = self._story(
                received_at,
                self._dealers[0],
                urgent[place % len(urgent)],
                "zh-CN",
                Channel.PHONE,
                attended=False,
            )
            self._do(story, Step.REGISTER, received_at + timedelta(minutes=4))
            self._do(story, Step.CONTACT, received_at + timedelta(minutes=50))
            self._do(story, Step.PLAN, received_at + timedelta(hours=3))
        return self

    def actions(self) -> list[Action]:
        """Everything that happened before now, in order."""
        return sorted(action for action in self._actions if action.at < self.now)

    def _rhythm(self, hour: datetime) -> float:
        local = hour.astimezone(ZONE)
        day = 1.0 if _office_hours().is_open(local.replace(hour=10)) else 0.35
        return _HOURS[local.hour] * day

    def _tell(self, received_at: datetime, dealer: DemoDealer) -> None:
        rng = self._rng
        language = "en" if rng.random() < 0.14 else "zh-CN"
        choices = scenarios.ENGLISH if language == "en" else scenarios.CHINESE
        scenario = rng.choices(choices, [each.weight for each in choices])[0]
        channel = rng.choices([each for each, _ in _CHANNELS], [weight for _, weight in _CHANNELS])[0]
        story = self._story(received_at, dealer, scenario, language, channel)
        self._course(story)

    def _story(
        self,
        received_at: datetime,
        dealer: DemoDealer,
        scenario: Scenario,
        language: str,
        channel: Channel,
        *,
        attended: bool = True,
    ) -> Story:
        rng = self._rng
        fill = {
            "km": str(rng.randrange(8, 680) * 10),
            "n": str(rng.randrange(2, 6)),
            "model": rng.choice(network.MODELS),
        }
        story = Story(len(self.stories), dealer, scenario, language, channel, received_at, fill, attended)
        self.stories.append(story)
        return story

    def _course(self, story: Story) -> None:
        rng, pace = self._rng, story.dealer.pace
        spoken = story.channel in {Channel.PHONE, Channel.IN_STORE, Channel.OEM_FORWARDED}
        if spoken:
            registered = story.received_at + timedelta(minutes=rng.uniform(2, 9))
        else:
            registered = self._working(story.received_at, rng.lognormvariate(math.log(0.4), 0.7))
        self._do(story, Step.REGISTER, registered)
        neglected = rng.random() < 0.025 * pace
        wait = rng.uniform(6, 14) if neglected else rng.lognormvariate(math.log(0.62 * pace), 0.62)
        contacted = self._working(registered, wait)
        if rng.random() < 0.22:
            self._do(story, Step.ATTEMPT, self._working(registered, wait * rng.uniform(0.3, 0.8)))
        self._do(story, Step.CONTACT, contacted)
        planned = self._working(contacted, rng.lognormvariate(math.log(2.5 * pace), 0.6))
        self._do(story, Step.PLAN, planned)
        days = 1.3 * story.scenario.days * pace * rng.lognormvariate(0, 0.5)
        resolved = self._working(planned, 9 * days)
        self._do(story, Step.RESOLVE, resolved)
        closed = self._working(resolved, 9 * rng.uniform(0.4, 4.5))
        self._do(story, Step.CLOSE, closed)
        self._afterwards(story, resolved, closed)

    def _afterwards(self, story: Story, resolved: datetime, closed: datetime) -> None:
        """Some answer the survey; nearly everybody is called in time, a second time where one is planned."""
        luck = Random(story.index)  # of its own: the rest of the past stays as it was
        if luck.random() < 0.4:
            answered = resolved + timedelta(hours=luck.uniform(1, 40))
            self._do(story, Step.ANSWER, answered)
            self._do(story, Step.CALL, self._working(answered, luck.uniform(1, 12)))
        late = 30 if luck.random() < 0.04 * story.dealer.pace else 0
        for days in (1, 15):
            self._do(
                story, Step.CALL, self._working(closed + timedelta(days=days), luck.uniform(0.2, 6) + late)
            )

    def _do(self, story: Story, step: Step, at: datetime) -> None:
        self._actions.append(Action(at.replace(microsecond=0), story.index, step))

    def closed_by(self, instant: datetime) -> set[int]:
        """The stories that are at their end by then."""
        return {each.story_index for each in self._actions if each.step is Step.CLOSE and each.at <= instant}

    def _working(self, start: datetime, hours: float) -> datetime:
        return working(start, timedelta(hours=hours))


def working(start: datetime, length: timedelta) -> datetime:
    """The instant after so much working time."""
    return _office_hours().due(start, length)


@cache
def _office_hours() -> WorkingCalendar:
    """China's working days; years nobody knows yet count by their weekdays."""
    return build(fallback(china()))
