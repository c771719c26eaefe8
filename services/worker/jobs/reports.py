"""`render_report`: one report is to be made."""

from typing import Any
from uuid import UUID

from shared.reports import service


async def render_report(ctx: dict[Any, Any], oem_id: int, run_id: str) -> None:
    """Make the report, unless it is made already or somebody else is at it."""
    await service.render(oem_id, UUID(run_id), ctx["pool"].render)
