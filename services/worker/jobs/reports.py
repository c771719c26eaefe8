"""Jobs of the reports worker.

`render_report`: one report is to be made; `close_month`: the past month's reports are to be asked for;
`print_forms`: forms of cases wait.
"""

import asyncio
from typing import Any, Final
from uuid import UUID

from shared.reports import case_forms, month_end, service

# A second job would print the same forms once more: they are asked for every ten seconds.
_PRINTING: Final = asyncio.Lock()


async def render_report(ctx: dict[Any, Any], oem_id: int, run_id: str) -> None:
    """Make the report, unless it is made already or somebody else is at it."""
    await service.render(oem_id, UUID(run_id), ctx["pool"].render)


async def close_month(ctx: dict[Any, Any]) -> None:  # noqa: ARG001  # arq hands its context to every job
    """On the first days of a month, ask for the reports of the past one; they are found within the minute."""
    await month_end.request_all()


async def print_forms(ctx: dict[Any, Any]) -> None:
    """Print the forms of cases that wait, unless this worker is still at those of the last time."""
    if _PRINTING.locked():
        return
    async with _PRINTING:
        await case_forms.print_waiting(ctx["pool"].render_form)
