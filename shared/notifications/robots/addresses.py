"""Where a robot takes messages: read by the worker for each try, by nobody else."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import msgspec

from shared.db.engine import transaction
from shared.notifications.robots.vocabulary import RobotProvider
from shared.tenancy import Scope


class RobotAddress(msgspec.Struct, frozen=True):
    """Whoever knows the address may write to the group; `secret` signs, empty where nothing is signed."""

    provider: RobotProvider
    url: str
    secret: str

    def __repr__(self) -> str:
        """Without what must not be shown."""
        return f"RobotAddress({self.provider.value})"


_FIND: Final = """
SELECT robot.provider, hidden.url, hidden.secret
FROM chat_robots robot
JOIN chat_robot_secrets hidden ON hidden.oem_id = robot.oem_id AND hidden.robot_id = robot.id
WHERE robot.oem_id = $1 AND robot.id = $2 AND robot.revoked_at IS NULL
ORDER BY hidden.created_at DESC, hidden.id DESC
LIMIT 1
"""


Find = Callable[[int, UUID], Awaitable[RobotAddress | None]]
"""Looks up a robot of an OEM."""


async def robot_address(oem_id: int, robot_id: UUID) -> RobotAddress | None:
    """The robot's address, None where it is not used any more; in a transaction of the system's own."""
    async with transaction(Scope.system(), read_only=True) as tx:
        return await tx.row(RobotAddress, _FIND, oem_id, robot_id)
