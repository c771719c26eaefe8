"""By whose policy and whose calendar the promises of a case are counted, for people to read (R4.1, R4.3)."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from shared.cases.views import CaseView, ClockView
from shared.tenants.policies import OF_OEM


class VersionLine(msgspec.Struct, frozen=True):
    """A version and whose it is: `oem`, `dealer`, `former` (who had the case before), empty: unknown."""

    whose: str
    number: int


class CountedBy(msgspec.Struct, frozen=True):
    """What made these promises; `metrics` is empty where that holds for all of the case."""

    metrics: list[str]
    policy: VersionLine
    calendar: VersionLine


def counted_by(case: CaseView, clocks: Sequence[ClockView]) -> list[CountedBy]:
    """What made the promises of the present round; usually one line."""
    found: dict[tuple[VersionLine, VersionLine], list[str]] = defaultdict(list)
    for each in clocks:
        if each.cycle != case.cycle or each.state == "cancelled":
            continue
        policy = VersionLine(_whose(case, each.policy_dealer_id), each.policy_version)
        calendar = VersionLine(_whose(case, each.calendar_dealer_id), each.calendar_version)
        if each.metric not in found[policy, calendar]:
            found[policy, calendar].append(each.metric)
    return [
        CountedBy([] if len(found) == 1 else metrics, policy, calendar)
        for (policy, calendar), metrics in found.items()
    ]


def _whose(case: CaseView, dealer_id: int | None) -> str:
    if dealer_id is None:
        return ""
    if dealer_id == OF_OEM:
        return "oem"
    return "dealer" if dealer_id == case.dealer_id else "former"
