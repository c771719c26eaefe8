"""Pauses: what was promised does not run on while we wait for the customer, and for nobody else (R4). Pure.

A pause begins with a request to the customer and has its end from the beginning: the day an answer is
wanted by, the longest pause, or what the cap of a cycle leaves, whichever comes first. So the instants of a
clock are right whatever happens afterwards, and nothing has to wake up at the end of a pause. An answer
before that cuts the pause short. Pauses are half-open.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from shared.sla.policy import NEVER_PAUSED, Metric, PauseRules
from shared.sla.working_time import Span

_NOTHING: Final = timedelta(0)


def spans_of(instants: Sequence[datetime]) -> tuple[Span, ...]:
    """Pauses as they are stored: begin and end of each in turn."""
    return tuple(pair for index, pair in enumerate(pairwise(instants)) if index % 2 == 0)


def instants_of(pauses: Sequence[Span]) -> list[datetime]:
    """Pauses as they are stored."""
    return [instant for pause in pauses for instant in pause]


def begin(
    pauses: Sequence[Span], at: datetime, answer_by: datetime | None, rules: PauseRules
) -> tuple[Span, ...]:
    """The pauses after the customer was asked for something; without a new one where the cap is used up.

    A pause that runs already ends here and goes on in the new one, so a second request moves its end.
    """
    before = end(pauses, at)
    used = sum((ends - begins for begins, ends in before), _NOTHING)
    length = min(timedelta(minutes=rules.longest_minutes), timedelta(minutes=rules.cap_minutes) - used)
    if answer_by is not None:
        length = min(length, answer_by - at)
    return (*before, (at, at + length)) if length > _NOTHING else before


def end(pauses: Sequence[Span], at: datetime) -> tuple[Span, ...]:
    """The pauses after the customer has answered."""
    return tuple((begins, min(ends, at)) for begins, ends in pauses if begins < at)


def within(pauses: Sequence[Span], since: datetime, until: datetime | None = None) -> tuple[Span, ...]:
    """The parts of pauses between two instants; without `until` as long as they last."""
    cut = ((max(begins, since), min(ends, until or ends)) for begins, ends in pauses)
    return tuple((begins, ends) for begins, ends in cut if begins < ends)


def paused_until(pauses: Sequence[Span], at: datetime) -> datetime | None:
    """When the pause that runs at an instant ends; None outside pauses."""
    return next((ends for begins, ends in pauses if begins <= at < ends), None)


def pauses(metric: Metric, rules: PauseRules) -> bool:
    """Whether a metric pauses while we wait for the customer."""
    return metric in rules.metrics and metric not in NEVER_PAUSED


def pauses_of(metric: Metric, spans: Sequence[Span], rules: PauseRules) -> tuple[Span, ...]:
    """The pauses that count for a metric."""
    return tuple(spans) if pauses(metric, rules) else ()


def counted(
    metric: Metric, spans: Sequence[Span], rules: PauseRules, kept_until: datetime | None
) -> tuple[Span, ...]:
    """As `pauses_of`, and what was paused before `kept_until` where these rules do not pause the metric."""
    if pauses(metric, rules) or kept_until is None:
        return pauses_of(metric, spans, rules)
    return end(spans, kept_until)


def strictest(rules: Sequence[PauseRules], otherwise: PauseRules) -> PauseRules:
    """How long a pause may last that suits each of these rules; without any as `otherwise` says."""
    if not rules:
        return otherwise
    return PauseRules(
        longest_minutes=min(each.longest_minutes for each in rules),
        cap_minutes=min(each.cap_minutes for each in rules),
    )
