"""Things of every kind that belong to somebody else, and the operations of the API that name things."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from services.api.main import create_app
from shared.accounts.service import api_keys, create_api_key
from shared.attachments.service import NewAttachment, attach
from shared.cases import queries, saved_views, service
from shared.cases.intake import Intake, Source
from shared.cases.queries import CaseFilter
from shared.cases.vocabulary import Channel, Department
from shared.cases.work_commands import AddTask, Compensate
from shared.cases.work_vocabulary import CompensationKind
from shared.clock import utc_now
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
from shared.onboarding.absences import NewAbsence, add_absence
from shared.onboarding.invitations import NewInvitation, invite
from shared.permissions import Role
from shared.reports import service as reports
from shared.reports.month import Month
from shared.settings import DatabaseSettings, WebSettings
from shared.web.locale import Locale
from tests.integration.api_cases.conftest import PASSWORD, Api, Caller
from tests.support.background import LINKS
from tests.support.happening import a_digest, planned_call
from tests.support.hooks import a_robot, a_webhook
from tests.support.tenant import Tenant

PDF = NewAttachment(name="a.pdf", content=b"%PDF-1.7", visible_to_customer=True)
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
Ids = dict[str, str]


def _described() -> dict[str, Any]:
    app = create_app(WebSettings(secret="x" * 32), DatabaseSettings("postgresql://nowhere"))
    return app.openapi_schema.to_schema()


DESCRIPTION = _described()


def _operations() -> list[tuple[str, str, Any]]:
    """(method, path, example body) of every operation whose path names something."""
    paths = DESCRIPTION["paths"]
    found = [
        (method, path, _example(operation))
        for path, operations in paths.items()
        if PARAMETER.search(path) and "/public/" not in path  # what everybody may see names nobody's thing
        if not path.startswith(("/api/v1/inbound/", "/api/v1/receipts/"))  # only a signature counts there
        for method, operation in operations.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]
    assert len(found) > 15
    return found


def _example(operation: dict[str, Any]) -> dict[str, Any]:
    """The body as the client takes it."""
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        return {"files": {"file": ("a.pdf", b"%PDF-1.7")}}
    return {"json": next((media["schema"]["examples"][0] for media in content.values()), None)}


OPERATIONS = _operations()


async def ids_of(api: Api, tenant: Tenant, dealer_id: int) -> Ids:
    """Something of every kind that belongs to the dealer, by the name routes have for its id."""
    actor = tenant.actor(Role.SERVICE_MANAGER, dealer_id)
    case = await service.register(actor, Intake(channel=Channel.PHONE, words="异响"), source=Source.STAFF)
    task = AddTask(department=Department.PARTS, title="查库存")
    await service.add_task(actor, case.id, task, version=None)
    voucher = Compensate(kind=CompensationKind.VOUCHER, amount_minor=100, currency="CNY", reason="多次往返")
    await service.compensate(actor, case.id, voucher, version=None)
    async with transaction(actor.scope) as tx:
        work = await queries.work_of(tx, tenant.oem_id, case.id)
    run = await reports.request(actor, dealer_id, Month(2026, 1), Locale.EN)
    admin = tenant.actor(Role.ADMINISTRATOR)
    await create_api_key(admin, "theirs", dealer_id)
    keys = await api_keys(admin)
    return {
        "case_id": str(case.id),
        "task_id": str(work.tasks[0].id),
        "call_id": str(await planned_call(tenant.oem_id, case.id)),
        "compensation_id": str(work.compensations[0].id),
        "attachment_id": str((await attach(actor, case.id, PDF)).id),
        "report_id": str(run.id),
        "key_id": str(keys[-1].id),
        "session_id": await _session_of(api, tenant, dealer_id),
        "digest_id": str(await a_digest(tenant.oem_id, case, tenant.people[dealer_id, Role.SERVICE_MANAGER])),
        "notification_id": await _notification(tenant, dealer_id),
        "dealer_id": str(dealer_id),
        "membership_id": str(tenant.people[dealer_id, Role.SERVICE_MANAGER]),
        "invitation_id": str(await _invitation(tenant, dealer_id)),
        "form_kind": "handling",
        "form_locale": "en",
        "oem_id": str(tenant.oem_id),
        "absence_id": str(await _absence(tenant, dealer_id)),
        "import_id": str((await upload(admin, "a.csv", b"words,channel\nx,phone\n")).job.id),
        "export_id": str((await request(actor, CaseFilter(), Format.CSV)).id),
        "source_id": str(await _source(tenant, dealer_id)),
        **await _hooks(tenant, dealer_id),
        "view_id": str((await saved_views.save(actor, "theirs", CaseFilter(), shared=True)).id),
    }


async def _hooks(tenant: Tenant, dealer_id: int) -> Ids:
    admin = tenant.actor(Role.ADMINISTRATOR)
    endpoint = (await endpoints.create(admin, a_webhook(dealer_id), "k" * 32, Outbound())).endpoint
    await endpoints.test(admin, endpoint.id)
    (told,) = (await deliveries.deliveries(admin, endpoint.id)).items
    robot = await robots.add(admin, a_robot(dealer_id), Outbound())
    return {"endpoint_id": str(endpoint.id), "delivery_id": str(told.id), "robot_id": str(robot.id)}


async def _source(tenant: Tenant, dealer_id: int) -> UUID:
    new = NewSource(code=f"s{uuid4().hex[:8]}", name="论坛", channel=Channel.PLATFORM, dealer_id=dealer_id)
    return (await create(tenant.actor(Role.ADMINISTRATOR), new, "k" * 32)).source.id


async def _notification(tenant: Tenant, dealer_id: int) -> str:
    new = NewNotification(
        membership_id=tenant.people[dealer_id, Role.SERVICE_MANAGER],
        dealer_id=dealer_id,
        template="assignment",
        subject="x",
        link="http://test.example.com/cases",
        dedupe_key=uuid4().hex,
    )
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        await in_app.write(tx, tenant.oem_id, [new])
        found = "SELECT id FROM notifications WHERE dedupe_key = $1"
        return str(await tx.value(found, new.dedupe_key))


async def _invitation(tenant: Tenant, dealer_id: int) -> UUID:
    new = NewInvitation(
        email=f"{uuid4().hex}@example.com", name="王测试", role=Role.ADVISOR, dealer_id=dealer_id
    )
    return (await invite(tenant.actor(Role.ADMINISTRATOR), new, LINKS)).id


async def _absence(tenant: Tenant, dealer_id: int) -> UUID:
    new = NewAbsence(
        membership_id=tenant.people[dealer_id, Role.SERVICE_MANAGER],
        substitute_id=tenant.people[dealer_id, Role.ADVISOR],
        first_day=utc_now().date(),
        last_day=utc_now().date() + timedelta(days=2),
    )
    return (await add_absence(tenant.actor(Role.ADMINISTRATOR), new)).id


async def _session_of(api: Api, tenant: Tenant, dealer_id: int) -> str:
    credentials = {"email": tenant.emails[dealer_id, Role.SERVICE_MANAGER], "password": PASSWORD}
    token = (await api.client.post("/api/v1/session", json=credentials)).json()["token"]
    answer = await Caller(api.client, token).get("/sessions")
    return str(answer.json()["items"][0]["id"])
