"""Saying that a case waits for the OEM or for parts, and that it does no longer (R3.3, R4)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.commands import EndWait, Wait
from shared.cases.handling import Change, handling
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.tenancy import Actor

_LONGEST: Final = 2_000


async def wait(
    actor: Actor, case_id: UUID, command: Wait, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """The case waits for the OEM or for parts: no pause, but a clock on whoever owns the wait.

    Waiting for the other ends the first. See `shared.cases.service`.
    """
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.WAIT], msgspec.structs.asdict(command))
        change = Change(
            columns={"waits_for": command.party.value},
            text=command.reason,
            data={"party": command.party.value},
        )
        return await work.apply(transitions, change)


async def end_wait(
    actor: Actor, case_id: UUID, command: EndWait, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """What the case waited for is there. Raises `Conflict` (`not_waiting`) where it waits for neither."""
    command = cleaned(command, reason=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.END_WAIT], msgspec.structs.asdict(command))
        change = Change(columns={"waits_for": ""}, text=command.reason, data={"party": work.case.waits_for})
        return await work.apply(transitions, change)
