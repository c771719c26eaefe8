"""Messages to groups of a chat by their robots: WeCom (企业微信), DingTalk (钉钉), Feishu and Lark (飞书).

A robot takes a text at its own address; DingTalk's and Feishu's may want it signed. None of them recognises a
repetition, and none can be asked.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import msgspec

from shared.clock import utc_now
from shared.errors import Invalid
from shared.notifications.channels.guarded import guarded
from shared.notifications.channels.http import Answer, Call, HttpClient, failure
from shared.notifications.channels.protocol import Outgoing
from shared.notifications.outbound import Outbound
from shared.notifications.robots.addresses import Find, RobotAddress, robot_address
from shared.notifications.robots.vocabulary import HOSTS, RobotProvider
from shared.notifications.signing import dingtalk_signature, feishu_signature
from shared.outbox.outcomes import Outcome, Reject, Retry, Sent, Unknown

_LONGEST_BYTES: Final = 2_000
"""WeCom takes 2,048, the others more."""


class _Pace(StrEnum):
    """Codes that say: too many at once."""

    WECOM = "45009"
    DINGTALK = "130101"
    FEISHU = "11232"


# DingTalk closes its ears for ten minutes after twenty in one; the others count by the minute.
_WAIT: Final = {
    RobotProvider.WECOM: (_Pace.WECOM, timedelta(minutes=1)),
    RobotProvider.DINGTALK: (_Pace.DINGTALK, timedelta(minutes=10)),
    RobotProvider.FEISHU: (_Pace.FEISHU, timedelta(minutes=1)),
}
# The words are at fault: malformed, or without a word that the group's owner asks for.
_FAULTS: Final = frozenset({"40058", "44004", "9499", "19024"})


class _Answered(msgspec.Struct):
    errcode: int | None = None
    code: int | None = None


class RobotChannel:
    """The channel; `find` looks the robot's address up for each try."""

    idempotent = False
    can_query = False

    def __init__(self, outbound: Outbound, timeout_s: float, find: Find = robot_address) -> None:
        self.timeout_s = timeout_s
        self._find = find
        self._outbound = outbound
        self._http = HttpClient(guarded(outbound))

    async def send(self, message: Outgoing, token: UUID, deadline: float) -> Outcome:  # noqa: ARG002  # the protocol's signature
        """Post one text to one group and read the answer as an outcome."""
        robot = await self._find(message.oem_id, UUID(message.address))
        if robot is None:
            return Reject("robot_revoked")
        try:
            self._outbound.check(robot.url, hosts=HOSTS[robot.provider])
        except Invalid:
            return Reject("host_not_allowed")
        call = _CALLS[robot.provider](robot, _text(message), utc_now())
        return await self._http.post(call, deadline, lambda answer: _read(answer, robot.provider))

    async def query(self, message: Outgoing, token: UUID, deadline: float) -> Sent | None:  # noqa: ARG002  # the protocol's signature
        """A robot cannot be asked."""
        return None

    async def close(self) -> None:
        """Close the kept connections."""
        await self._http.close()


def _text(message: Outgoing) -> str:
    # A customer's words may stand in it, which must call nobody: groups read "<at …>" as a call.
    said = f"{message.subject}\n{message.text}".strip().replace("<", "＜").encode()
    if len(said) <= _LONGEST_BYTES:
        return said.decode()
    return said[: _LONGEST_BYTES - len("…".encode())].decode(errors="ignore") + "…"


def _wecom(robot: RobotAddress, text: str, at: datetime) -> Call:  # noqa: ARG001  # WeCom signs nothing
    return _posted(robot.url, {"msgtype": "text", "text": {"content": text}})


def _dingtalk(robot: RobotAddress, text: str, at: datetime) -> Call:
    url = robot.url
    if robot.secret:
        at_ms = int(at.timestamp() * 1000)
        signed = urlencode({"timestamp": at_ms, "sign": dingtalk_signature(at_ms, robot.secret)})
        url += ("&" if urlsplit(url).query else "?") + signed
    return _posted(url, {"msgtype": "text", "text": {"content": text}})


def _feishu(robot: RobotAddress, text: str, at: datetime) -> Call:
    content: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if robot.secret:
        at_s = int(at.timestamp())
        content |= {"timestamp": str(at_s), "sign": feishu_signature(at_s, robot.secret)}
    return _posted(robot.url, content)


_CALLS: Final[dict[RobotProvider, Callable[[RobotAddress, str, datetime], Call]]] = {
    RobotProvider.WECOM: _wecom,
    RobotProvider.DINGTALK: _dingtalk,
    RobotProvider.FEISHU: _feishu,
}


def _posted(url: str, content: object) -> Call:
    return Call(url=url, headers={"Content-Type": "application/json"}, body=msgspec.json.encode(content))


def _read(answer: Answer, provider: RobotProvider) -> Outcome:
    if not answer.is_success and answer.status != 400:  # Feishu says with 400 what it means by a code
        return failure(answer, idempotent=False)
    try:
        said = msgspec.json.decode(answer.body, type=_Answered)
    except msgspec.MsgspecError:
        said = _Answered()
    number = said.code if said.errcode is None else said.errcode
    if number is None:
        return Unknown("answer_unreadable") if answer.is_success else failure(answer, idempotent=False)
    return Sent() if number == 0 else _refusal(str(number), provider, answer.retry_after)


def _refusal(code: str, provider: RobotProvider, retry_after: timedelta) -> Outcome:
    reason = f"{provider.value} {code}"
    if code in _FAULTS:
        return Reject(reason)
    pace, wait = _WAIT[provider]
    return Retry(reason, max(wait, retry_after) if code == pace else retry_after)
