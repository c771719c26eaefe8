"""What goes in and out of the routes of webhooks."""

from typing import Final

import msgspec

from services.api.cases.schemas import example
from shared.notifications.webhooks.endpoints import Endpoint


class Endpoints(msgspec.Struct, frozen=True):
    """Every endpoint of the OEM, newest first."""

    items: list[Endpoint]


CHANGE_ENDPOINT: Final = example(
    "Told of closed cases only",
    name="CRM",
    url="https://hooks.example.com/huiyin",
    kinds=["case.closed"],
    version=1,
)
NEW_ENDPOINT: Final = example(
    "A CRM system that follows cases",
    name="CRM",
    url="https://hooks.example.com/huiyin",
    kinds=["case.registered", "case.result_told", "case.closed"],
)
