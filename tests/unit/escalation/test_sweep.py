"""The sweep goes round all OEMs, whatever happens at one of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.escalation.sweep import sweep


async def test_an_oem_whose_clocks_cannot_be_fired_keeps_no_other_from_all_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """R4.2: its failure is raised when the others have had theirs, with a note whose it is."""
    due = {1: 5, 2: 25, 3: 3}
    broken = 1

    @asynccontextmanager
    async def no_transaction(_: object) -> AsyncIterator[None]:
        yield

    async def oems(*_: object) -> list[int]:
        return sorted(due)

    async def fire(_: object, oem_id: int, __: object, batch: int) -> int:
        if oem_id == broken:
            raise ZeroDivisionError
        fired = min(batch, due[oem_id])
        due[oem_id] -= fired
        return fired

    monkeypatch.setattr("shared.escalation.sweep.transaction", no_transaction)
    monkeypatch.setattr("shared.escalation.sweep.firing.oems_with_due", oems)
    monkeypatch.setattr("shared.escalation.sweep.firing.fire_due_of_oem", fire)
    with pytest.raises(ZeroDivisionError) as failed:
        await sweep(batch=10)
    assert due == {1: 5, 2: 0, 3: 0}
    assert failed.value.__notes__ == ["OEM 1"]
    broken = 0
    assert await sweep(batch=10) == 5
