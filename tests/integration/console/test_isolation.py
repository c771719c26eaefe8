"""Every route of the console with other people's ids, without a session and without a token (R9.1).

The routes are read from the application: a new one enters by itself, and fails where it names an id that this
test does not know.
"""

import re
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from services.admin.cases.models import Action
from services.admin.session import PUBLIC
from shared.attachments.service import NewAttachment, attach
from shared.cases import saved_views
from shared.cases.queries import CaseFilter
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.exports.service import request
from shared.exports.writing import Format
from shared.imports.jobs import upload
from shared.inbound.sources import NewSource, create
from shared.notifications import in_app
from shared.notifications.in_app import NewNotification
from shared.notifications.outbound import Outbound
from shared.notifications.robots import service as robots
from shared.notifications.webhooks import deliveries, endpoints
from shared.onboarding.invitations import NewInvitation, invite
from shared.permissions import DEALER_ROLES, MEMBER_ROLES, PERMISSIONS, Permission, Role
from tests.support.background import LINKS
from tests.support.console import Browsers, Maker, Person, found_maker, register, send
from tests.support.happening import a_digest, planned_call
from tests.support.hooks import a_robot, a_webhook
from tests.support.servers import Database

PDF = NewAttachment(name="a.pdf", content=b"%PDF-1.7", visible_to_customer=True)
OPEN_TO_ALL = {"/healthz", "/readyz", "/metrics", "/static/{version:str}/{path:path}"}
PARAMETER = re.compile(r"\{(\w+):\w+\}")
TENANT_ROLES = sorted(MEMBER_ROLES)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path, `{…}` in place of ids."""

    method: str
    path: str
    is_public: bool

    @property
    def names(self) -> list[str]:
        return PARAMETER.findall(self.path)

    def paths(self, ids: dict[str, list[str]]) -> list[str]:
        """Every way to fill the parameters."""
        paths = [self.path]
        for name in self.names:
            pattern = re.compile(r"\{" + name + r":\w+\}")
            paths = [pattern.sub(value, path) for path in paths for value in ids[name]]
        return paths


def routes_of(app: Litestar) -> list[Route]:
    """What the console answers, but for what stands open to everybody."""
    found = [
        Route(method, route.path, PUBLIC in handler.opt)
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path not in OPEN_TO_ALL
        for method, (handler, _) in route.route_handler_map.items()
        if method != "OPTIONS"
    ]
    assert len(found) > 20
    return found


@dataclass(frozen=True, slots=True)
class Theirs:
    """What belongs to somebody else, by the name it has in paths."""

    sibling: dict[str, list[str]]
    other_region: dict[str, list[str]]
    other_oem: dict[str, list[str]]


async def ids_at(database: Database, maker: Maker, dealer_id: int) -> dict[str, list[str]]:
    case = await register(maker.actor(Role.SERVICE_MANAGER, dealer_id))
    message_id = await dead_message(database, maker.oem_id, dealer_id, case.id)
    run_id = await ready_report(database, maker.oem_id, dealer_id)
    manager = maker.actor(Role.SERVICE_MANAGER, dealer_id)
    view = await saved_views.save(manager, "theirs", CaseFilter(), shared=True)
    return {
        "case_id": [str(case.id)],
        "attachment_id": [str((await attach(maker.actor(Role.SERVICE_MANAGER, dealer_id), case.id, PDF)).id)],
        "signed_key": ["1772442000.made.up"],
        "message_id": [str(message_id)],
        "call_id": [str(await planned_call(maker.oem_id, case.id))],
        "run_id": [str(run_id)],
        "digest_id": [
            str(
                await a_digest(
                    maker.oem_id, case, maker.person(Role.SERVICE_MANAGER, dealer_id).membership_id
                )
            )
        ],
        "notification_id": [str(await a_notification(maker, dealer_id))],
        "view_id": [str(view.id)],
        "session_id": [str(await a_session(database, maker.person(Role.SERVICE_MANAGER, dealer_id)))],
        "action": [each.value for each in Action],
        "membership_id": [str(maker.person(Role.SERVICE_MANAGER, dealer_id).membership_id)],
        "invitation_id": [str(await an_invitation(maker, dealer_id))],
        "import_id": [str(await an_import(maker))],
        "export_id": [str(await an_export(maker, dealer_id))],
        "source_id": [str(await a_source(maker, dealer_id))],
        **await hooks(maker, dealer_id),
        "form_kind": ["handling"],
        "form_locale": ["en"],
        "oem_id": [str(maker.oem_id)],
        "absence_id": [str(await an_absence(database, maker, dealer_id))],
    }


async def a_notification(maker: Maker, dealer_id: int) -> UUID:
    new = NewNotification(
        membership_id=maker.person(Role.SERVICE_MANAGER, dealer_id).membership_id,
        dealer_id=dealer_id,
        template="assignment",
        subject="x",
        link="http://console.test/cases",
        dedupe_key=uuid4().hex,
    )
    async with transaction(maker.actor(Role.ADMINISTRATOR).scope) as tx:
        await in_app.write(tx, maker.oem_id, [new])
        found: UUID = await tx.value("SELECT id FROM notifications WHERE dedupe_key = $1", new.dedupe_key)
        return found


async def an_absence(database: Database, maker: Maker, dealer_id: int) -> UUID:
    absence_id = uuid4()
    await write(
        database,
        "absences",
        "INSERT INTO app.absences (oem_id, id, dealer_id, membership_id, substitute_id, starts_at, ends_at,"
        " created_at, created_by) VALUES ($1, $2, $3, $4, $4, now() + interval '1 year',"
        " now() + interval '2 years', now(), 'x')",
        maker.oem_id,
        absence_id,
        dealer_id,
        maker.person(Role.SERVICE_MANAGER, dealer_id).membership_id,
    )
    return absence_id


async def an_import(maker: Maker) -> UUID:
    return (await upload(maker.actor(Role.HEAD_OFFICE), "a.csv", b"words,channel\nx,phone\n")).job.id


async def an_export(maker: Maker, dealer_id: int) -> UUID:
    return (await request(maker.actor(Role.SERVICE_MANAGER, dealer_id), CaseFilter(), Format.CSV)).id


async def hooks(maker: Maker, dealer_id: int) -> dict[str, list[str]]:
    admin = maker.actor(Role.ADMINISTRATOR)
    endpoint = (await endpoints.create(admin, a_webhook(dealer_id), "k" * 32, Outbound())).endpoint
    await endpoints.test(admin, endpoint.id)
    (told,) = (await deliveries.deliveries(admin, endpoint.id)).items
    robot = await robots.add(admin, a_robot(dealer_id), Outbound())
    return {"endpoint_id": [str(endpoint.id)], "delivery_id": [str(told.id)], "robot_id": [str(robot.id)]}


async def a_source(maker: Maker, dealer_id: int) -> UUID:
    new = NewSource(code=f"s{uuid4().hex[:8]}", name="论坛", channel=Channel.PLATFORM, dealer_id=dealer_id)
    return (await create(maker.actor(Role.ADMINISTRATOR), new, "k" * 32)).source.id


async def an_invitation(maker: Maker, dealer_id: int) -> UUID:
    new = NewInvitation(
        email=f"{uuid4().hex}@example.com", name="王测试", role=Role.ADVISOR, dealer_id=dealer_id
    )
    return (await invite(maker.actor(Role.ADMINISTRATOR), new, LINKS)).id


@pytest.fixture(scope="module")
async def theirs(database: Database, maker: Maker) -> Theirs:
    other = await found_maker()
    return Theirs(
        await ids_at(database, maker, maker.sibling),
        await ids_at(database, maker, maker.far),
        await ids_at(database, other, other.here),
    )


@pytest.fixture(scope="module")
async def routes(app: Litestar) -> list[Route]:
    return routes_of(app)


def out_of_reach(role: Role, theirs: Theirs) -> list[dict[str, list[str]]]:
    if role in DEALER_ROLES:
        return [theirs.sibling, theirs.other_region, theirs.other_oem]
    if role is Role.REGIONAL_MANAGER:
        return [theirs.other_region, theirs.other_oem]
    return [theirs.other_oem]


@pytest.mark.parametrize("role", TENANT_ROLES)
async def test_what_belongs_to_others_does_not_exist(
    browsers: Browsers, maker: Maker, routes: list[Route], theirs: Theirs, role: Role
) -> None:
    """R9.1: 404 before 403, for every role on every route that names an id."""
    client = await browsers.of(maker.person(role))
    page = await client.get("/account")
    token = page.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    wrong: list[str] = []
    tried = 0
    for route in routes:
        if not route.names:
            continue
        for ids in out_of_reach(role, theirs):
            for path in route.paths(ids):
                answer = await asked(client, route.method, path, token)
                tried += 1
                if answer.status_code != 404:
                    wrong.append(f"{route.method} {path}: {answer.status_code}")
    assert tried > 10
    assert not wrong


async def asked(client: httpx.AsyncClient, method: str, path: str, token: str) -> httpx.Response:
    if method == "GET":
        return await client.get(path)
    return await client.request(method, path, data={"csrf_token": token, "version": "1"})


async def test_every_form_needs_its_token(
    browsers: Browsers, maker: Maker, routes: list[Route], theirs: Theirs
) -> None:
    client = await browsers.of(maker.person(Role.ADMINISTRATOR))
    wrong: list[str] = []
    unsafe = [route for route in routes if route.method != "GET"]
    assert len(unsafe) > 10
    for route in unsafe:
        path = route.paths(theirs.sibling)[0]
        for data in ({}, {"csrf_token": "made-up"}):
            answer = await client.request(route.method, path, data=data)
            if answer.status_code != 403:
                wrong.append(f"{route.method} {path}: {answer.status_code}")
    assert not wrong


async def test_every_page_needs_a_session(browsers: Browsers, routes: list[Route], theirs: Theirs) -> None:
    client = await browsers.fresh()
    wrong: list[str] = []
    for route in routes:
        if route.is_public:
            continue
        path = route.paths(theirs.sibling)[0]
        answer = await client.request(route.method, path)
        to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        if not to_sign_in:
            wrong.append(f"{route.method} {path}: {answer.status_code}")
    assert not wrong


PAGES = {
    "/region": Permission.OVERVIEW_READ,
    "/cases": Permission.CASE_READ,
    "/cases/new": Permission.CASE_REGISTER,
    "/calls": Permission.CASE_CONTACT,
    "/messages": Permission.MESSAGE_READ,
    "/firings": Permission.OVERVIEW_READ,
    "/reports": Permission.REPORT_READ,
    "/staff": Permission.STAFF_MANAGE,
    "/audit": Permission.AUDIT_READ,
}


@pytest.mark.parametrize("role", TENANT_ROLES)
async def test_pages_a_role_may_not_use_are_refused_and_not_offered(
    browsers: Browsers, maker: Maker, role: Role
) -> None:
    client = await browsers.of(maker.person(role))
    navigation = (await client.get("/account")).text
    for path, permission in PAGES.items():
        may = permission in PERMISSIONS[role]
        assert (await client.get(path)).status_code == (200 if may else 403), path
        assert (f'href="{path}"' in navigation) == may, path


async def test_commands_a_role_may_not_give_are_refused_and_not_offered(
    browsers: Browsers, maker: Maker
) -> None:
    case = await register(maker.actor(Role.ADVISOR))
    reader = await browsers.of(maker.person(Role.READER))
    page = await reader.get(f"/cases/{case.id}")
    assert page.status_code == 200
    offered = re.findall(f'action="/cases/{case.id}/([a-z]+)"', page.text)
    # Whoever may read a case may ask to see whose it is.
    assert set(offered) <= {"reveal"}
    for action in Action:
        answer = await send(reader, f"/cases/{case.id}/{action}", version=case.version, **_FILLED)
        assert answer.status_code == 403, action


_FILLED = {
    "owner_id": UUID(int=1),
    "reason": "x",
    "summary": "x",
    "effective": "true",
    "channel": "phone",
    "party": "parts",
    "direction": "outbound",
    "text": "x",
    "tag": "x",
    "plan": "x",
    "result": "x",
    "told_via": "phone",
    "root_cause": "x",
    "preventive_measure": "x",
    "request": "x",
    "via": "phone",
    "points": "x",
    "findings": "x",
    "agreed_by": "x",
    "step": "x",
    "check": "x",
    "verdict": "roadmap",
    "reply": "x",
    "satisfied_with_process": "true",
    "satisfied_with_result": "true",
    "compensation": "voucher",
    "amount": "1.00",
    "currency": "CNY",
    "item": UUID(int=1),
    "department": "parts",
    "title": "x",
    "outcome": "x",
    "dealer_id": 1,
}


async def dead_message(database: Database, oem_id: int, dealer_id: int, case_id: UUID) -> UUID:
    message_id = uuid4()
    await write(
        database,
        "messages",
        "INSERT INTO app.messages (oem_id, id, dealer_id, case_id, template, channel, delivery,"
        " recipient_kind, recipient_id, recipient_name, address, locale, subject, body, link, dedupe_key,"
        " idem_token, priority, state, attempts, next_attempt_at, expires_at, created_at)"
        " VALUES ($1, $2::uuid, $3, $4, 'result', 'email', 'at_least_once', 'customer', $2::uuid, '张测试',"
        " 'owner@example.com', 'zh-CN', 'x', 'x', '', $2::uuid::text, $2::uuid, 5, 'dead', 3, now(), now(),"
        " now())",
        oem_id,
        message_id,
        dealer_id,
        case_id,
    )
    return message_id


async def ready_report(database: Database, oem_id: int, dealer_id: int) -> UUID:
    file_id, run_id = uuid4(), uuid4()
    await write(
        database,
        "files",
        "INSERT INTO app.files (oem_id, id, dealer_id, name, media_type, size_bytes, sha256, storage_key,"
        " created_at) VALUES ($1, $2, $3, 'x.pdf', 'application/pdf', 1, '\\x00', 'x', now())",
        oem_id,
        file_id,
        dealer_id,
    )
    await write(
        database,
        "report_runs",
        "INSERT INTO app.report_runs (oem_id, id, dealer_id, month, locale, state, requested_name, file_id,"
        " created_at) VALUES ($1, $2, $3, '2026-01-01', 'en', 'ready', 'x', $4, now())",
        oem_id,
        run_id,
        dealer_id,
        file_id,
    )
    return run_id


async def a_session(database: Database, person: Person) -> UUID:
    session_id = uuid4()
    await write(
        database,
        "sessions",
        "INSERT INTO app.sessions (id, token_hash, account_id, client, created_at, last_seen_at,"
        " idle_seconds, expires_at) SELECT $1, sha256($2), id, '192.0.2.1', now(), now(), 3600,"
        " now() + interval '1 day' FROM app.accounts WHERE email = $3",
        session_id,
        session_id.bytes,
        person.email,
    )
    return session_id


async def write(database: Database, table: str, sql: str, *args: object) -> None:
    """As the owner of the tables, whom the policies of this database no longer hold."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        for each in (table, "accounts"):
            await connection.execute(f"ALTER TABLE app.{each} NO FORCE ROW LEVEL SECURITY")
        await connection.execute(sql, *args)
    finally:
        await connection.close()
