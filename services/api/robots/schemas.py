"""What goes in and out of the routes of chat groups."""

from typing import Final

import msgspec

from services.api.cases.schemas import example
from shared.notifications.robots.service import Robot


class Robots(msgspec.Struct, frozen=True):
    """Every robot of the OEM, newest first."""

    items: list[Robot]


NEW_ROBOT: Final = example(
    "The duty group at head office",
    name="总部值班群",
    provider="dingtalk",
    url="https://oapi.dingtalk.com/robot/send?access_token=invented",
    secret="SEC-invented",  # noqa: S106  # an example
    templates=["breach", "escalation"],
)
