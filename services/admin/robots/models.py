"""What the page about chat groups shows."""

import msgspec

from shared.notifications.robots.service import Robot
from shared.web.components import EMPTY_FORM, Choice, FormState, Tab


class RobotRow(msgspec.Struct, frozen=True, kw_only=True):
    """A robot, and the name of the dealer it hears of (empty: of all)."""

    robot: Robot
    dealer: str


class RobotsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The groups newest first, and the form for one more."""

    tabs: list[Tab]
    rows: list[RobotRow]
    dealers: list[Choice]
    languages: list[Choice]
    templates: list[Choice]
    chosen: list[str]
    form: FormState = EMPTY_FORM
