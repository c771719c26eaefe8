"""The chat groups that hear of what is late, by the robots in them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.forms import command, fields_of, many_of, refused
from services.admin.other_systems import chosen_dealer, known_dealers, other_system_tabs
from services.admin.pages import go, look, page
from services.admin.robots.models import RobotRow, RobotsPage
from services.admin.session import AnyRequest, FromSession, Reader
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid
from shared.notifications.outbound import Outbound
from shared.notifications.robots import service
from shared.notifications.robots.service import NewRobot
from shared.notifications.robots.vocabulary import HEARD
from shared.permissions import Permission
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.labels import label
from shared.web.locale import Locale, translator

_TEXTS: Final = ("name", "provider", "url", "secret", "locale")
_NOT_SHOWN_AGAIN: Final = frozenset({"url", "secret"})


@get("/robots")
async def robot_list(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The groups."""
    reader.actor.require(Permission.API_KEY_MANAGE)
    return await _page(request, reader)


@post("/robots")
async def add(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Let a group hear; its robot's address is never shown again."""
    reader.actor.require(Permission.API_KEY_MANAGE)
    fields = await fields_of(request)
    chosen = await many_of(request, "templates")
    outbound: Outbound = request.app.state.outbound
    try:
        values: dict[str, object] = {name: fields.get(name, "") for name in _TEXTS}
        values["templates"] = chosen
        values["dealer_id"] = chosen_dealer(fields)
        await service.add(reader.actor, command(NewRobot, values), outbound)
    except (Invalid, Conflict) as error:
        shown = {name: value for name, value in fields.items() if name not in _NOT_SHOWN_AGAIN}
        form = refused(shown, error, translator(reader.locale))
        return await _page(request, reader, status=error.status, form=form, chosen=chosen)
    return go(request, "/robots", "robot_added")


@post("/robots/{robot_id:uuid}/test")
async def test(request: AnyRequest, reader: FromSession, robot_id: FromPath[UUID]) -> Response[None]:
    """Write a test to the group."""
    await service.test(reader.actor, robot_id)
    return go(request, "/robots", "robot_tested")


@post("/robots/{robot_id:uuid}/revoke")
async def revoke(request: AnyRequest, reader: FromSession, robot_id: FromPath[UUID]) -> Response[None]:
    """Tell the group nothing more."""
    await service.revoke(reader.actor, robot_id)
    return go(request, "/robots", "robot_revoked")


async def _page(
    request: AnyRequest,
    reader: Reader,
    *,
    status: int = 200,
    form: FormState = EMPTY_FORM,
    chosen: Sequence[str] = ("breach", "escalation"),
) -> Response[str]:
    found = await service.robots(reader.actor)
    speak = translator(reader.locale)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        dealers = await known_dealers(tx, reader)
        shown = await look(tx, reader)
    model = RobotsPage(
        tabs=other_system_tabs(reader, "/robots"),
        rows=[RobotRow(robot=each, dealer=dealers.names.get(each.dealer_id, "")) for each in found],
        dealers=dealers.choices,
        languages=[Choice(Locale.ZH_CN.value, "中文"), Choice(Locale.EN.value, "English")],
        templates=[Choice(each.value, label(speak, "template", each.value)) for each in HEARD],
        chosen=list(chosen),
        form=form,
    )
    return await page(request, reader, shown, "robots/robots.html", "sources", status=status, page=model)


HANDLERS = [robot_list, add, test, revoke]
