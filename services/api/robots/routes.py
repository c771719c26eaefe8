"""Chat groups that hear of what is late, by the robots in them."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.parameters import IdempotencyKey
from services.api.robots.schemas import NEW_ROBOT, Robots
from shared.notifications.outbound import Outbound
from shared.notifications.robots import service
from shared.notifications.robots.service import NewRobot, Robot
from shared.tenancy import Actor

_TAGS: Final = ["Chat groups"]


@get("/robots", tags=_TAGS, summary="Chat groups", operation_id="listRobots")
async def list_robots(actor: NamedDependency[Actor]) -> Robots:
    """The robots of WeCom, DingTalk and Feishu groups, without their addresses; revoked ones included."""
    return Robots(await service.robots(actor))


@post("/robots", tags=_TAGS, summary="Add a chat group", operation_id="createRobot")
async def add_robot(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    data: Annotated[NewRobot, NEW_ROBOT],
    idempotency_key: IdempotencyKey = None,
) -> Robot:
    """Let a group hear of warnings, breaches, escalations and candidates for major complaints.

    The address and the signing secret of its robot are kept and never shown again.
    """
    outbound: Outbound = request.app.state.outbound
    return await service.add(actor, data, outbound, idempotency_key=idempotency_key)


@post(
    "/robots/{robot_id:uuid}/test",
    status_code=202,
    tags=_TAGS,
    summary="Test a chat group",
    operation_id="testRobot",
)
async def test_robot(actor: NamedDependency[Actor], robot_id: FromPath[UUID]) -> None:
    """Write a test to the group; the page of messages tells what became of it."""
    await service.test(actor, robot_id)


@delete("/robots/{robot_id:uuid}", tags=_TAGS, summary="Revoke a chat group", operation_id="revokeRobot")
async def revoke_robot(actor: NamedDependency[Actor], robot_id: FromPath[UUID]) -> None:
    """Tell the group nothing more, for good."""
    await service.revoke(actor, robot_id)


HANDLERS = [list_robots, add_robot, test_robot, revoke_robot]
