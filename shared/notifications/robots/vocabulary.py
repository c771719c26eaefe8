"""Whose robots there are, where they are, and what they can hear of. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.notifications.rules import Template


class RobotProvider(StrEnum):
    """The chats whose groups have robots."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    """Feishu, and Lark outside China."""


HOSTS: Final[Mapping[RobotProvider, frozenset[str]]] = {
    RobotProvider.WECOM: frozenset({"qyapi.weixin.qq.com"}),
    RobotProvider.DINGTALK: frozenset({"oapi.dingtalk.com"}),
    RobotProvider.FEISHU: frozenset({"open.feishu.cn", "open.larksuite.com"}),
}
"""Where their robots take messages; others only where the operator allows them."""

HEARD: Final[tuple[Template, ...]] = (
    Template.WARNING,
    Template.BREACH,
    Template.ESCALATION,
    Template.NOBODY_FOUND,
    Template.NOBODY_NAMED,
    Template.MAJOR_CANDIDATE,
)
"""What a group can hear of: what staff are told about cases that are late or major."""
