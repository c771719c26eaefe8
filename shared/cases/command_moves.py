"""The states of a case by name, and the sets of moves that many commands share (R3.3, pure)."""

from collections.abc import Mapping
from typing import Final

from shared.cases.command_rules import Moves
from shared.cases.vocabulary import CaseState
from shared.sla.policy import Metric

RECEIVED = CaseState.RECEIVED
REGISTERED = CaseState.REGISTERED
CONTACTED = CaseState.CONTACTED
DIAGNOSED = CaseState.DIAGNOSED
PLANNED = CaseState.PLANNED
AGREED = CaseState.AGREED
EXECUTING = CaseState.EXECUTING
VERIFIED = CaseState.VERIFIED
RESULT_TOLD = CaseState.RESULT_TOLD
SURVEYED = CaseState.SURVEYED
CLOSED = CaseState.CLOSED
ON_HOLD = CaseState.ON_HOLD
WITHDRAWN = CaseState.WITHDRAWN
MERGED = CaseState.MERGED

ONWARDS: Final = (
    RECEIVED,
    REGISTERED,
    CONTACTED,
    DIAGNOSED,
    PLANNED,
    AGREED,
    EXECUTING,
    VERIFIED,
    RESULT_TOLD,
    SURVEYED,
    CLOSED,
)
"""The steps of a case in their order (R3.3); the other states lie beside them."""

FINAL: Final = frozenset({CLOSED, WITHDRAWN, CaseState.MERGED})
"""The states in which nothing is promised any more."""


def stay(*states: CaseState) -> dict[CaseState, CaseState]:
    """From each of these states to itself."""
    return {state: state for state in states}


UNDER_WAY: Final[Moves] = stay(*ONWARDS[:-1])
"""Every step that is not an end."""
OPEN: Final[Moves] = {**UNDER_WAY, ON_HOLD: ON_HOLD}
"""The same, and on hold."""
ALWAYS: Final[Moves] = {**OPEN, CLOSED: CLOSED, WITHDRAWN: WITHDRAWN}
"""Whatever has become of it, unless it is merged."""
ANYHOW: Final[Moves] = {**ALWAYS, CaseState.MERGED: CaseState.MERGED}
"""Whatever has become of it."""
REGISTERING: Final[Moves] = {**OPEN, RECEIVED: REGISTERED}
"""Open; what came in by itself is registered by it."""
TALKING: Final[Moves] = {**OPEN, RECEIVED: CONTACTED, REGISTERED: CONTACTED}
"""Open; the customer has been contacted by it."""
IN_HAND: Final[Moves] = stay(*ONWARDS[1:-1], ON_HOLD)
"""Registered and not ended."""
CONCLUDED: Final = (RESULT_TOLD, SURVEYED)
"""The customer has been told the result."""

TOLD: Final[Mapping[CaseState, str]] = dict.fromkeys(CONCLUDED, "result_already_told")
"""Why not once he was told it."""
UNPLANNED: Final[Mapping[CaseState, str]] = dict.fromkeys(
    (REGISTERED, CONTACTED, DIAGNOSED), "nothing_planned"
)
"""Why not before there is a plan."""

ANSWERED: Final = frozenset({Metric.REGISTER, Metric.FIRST_CONTACT, Metric.FIRST_RESPONSE})
"""What an answer to the customer keeps."""
UNCONTACTED: Final[Mapping[CaseState, str]] = dict.fromkeys((RECEIVED, REGISTERED), "customer_not_contacted")
"""Why not before anybody has spoken with him."""
TELLING: Final[Moves] = dict.fromkeys(
    (REGISTERED, CONTACTED, DIAGNOSED, PLANNED, AGREED, VERIFIED), RESULT_TOLD
)
"""The states in which a result can be told."""
