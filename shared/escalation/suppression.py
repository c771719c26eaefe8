"""Whether a firing still has to be told: judged when its event is handled, with the case locked. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from shared.escalation.chain import FIRST_LEVEL
from shared.sla.clock import level_of


class Suppression(StrEnum):
    """Why nobody was told of a firing; it stays in the log all the same."""

    MET_BEFORE_TOLD = "met_before_told"
    """The promise was kept, or dropped, before anybody could be told. Of the breach itself somebody is."""
    STALE = "stale"
    """A warning that a later step of the same clock has overtaken (after an outage)."""
    NOT_WANTED = "not_wanted"
    """A word to a customer who does without such messages (R3.7)."""
    HISTORICAL = "historical"
    """It fell due before its case was imported: recorded, and nobody is woken."""


class FiringFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A firing and its clock as it is now.

    `historical`: it fell due before its case was imported. `clock_open`: the promise is still to be kept.
    `clock_step` counts from 1 to the step that is next.
    """

    step: str
    historical: bool
    clock_open: bool
    clock_steps: Sequence[str]
    clock_step: int
    clock_due_at: datetime


def suppression(firing: FiringFacts, now: datetime) -> Suppression | None:
    """The reason to tell nobody, None when people have to be told."""
    if firing.historical:
        return Suppression.HISTORICAL
    if not firing.clock_open:
        return None if level_of(firing.step) == FIRST_LEVEL else Suppression.MET_BEFORE_TOLD
    if level_of(firing.step) is None and (firing.clock_due_at <= now or _overtaken(firing)):
        return Suppression.STALE
    return None


def _overtaken(firing: FiringFacts) -> bool:
    """Whether a later step has come, or the clock was planned anew without this one."""
    if firing.step not in firing.clock_steps:
        return True
    return firing.clock_step > firing.clock_steps.index(firing.step) + 2
