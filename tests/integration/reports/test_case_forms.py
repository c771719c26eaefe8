"""The forms of a case: asked for, printed, filed, downloaded (R3.9)."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from services.worker.handlers import build_handlers
from services.worker.jobs.reports import print_forms
from shared.cases import service
from shared.cases.commands import Close, ContactChannel, LogContact, Resolve, Survey
from shared.cases.intake import Intake, Source
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden
from shared.outbox.claim import handle_events_of_oem
from shared.permissions import Role
from shared.reports import case_forms
from shared.reports.case_form import CaseForm, FormKind
from shared.reports.case_form_print import render_pdf
from shared.tenancy import Scope
from shared.web.locale import Locale
from tests.support.background import LINKS, open_engine
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant

INTAKE = Intake(
    channel=Channel.PHONE,
    customer_name="张测试",
    customer_phone="13800001234",
    vehicle_plate="测A·12345",
    vehicle_vin="LSVAA49J532047371",
    vehicle_model="L7 PHEV",
    mileage_km=23_500,
    words="低速转向时前轮异响，仪表故障灯点亮。",
    demand="彻底修复并致歉",
    points=("低速转向异响", "仪表故障灯点亮"),
)


async def printed(form: CaseForm, locale: Locale) -> bytes:
    return render_pdf(form, locale)


async def handle(tenant: Tenant) -> None:
    while await handle_events_of_oem(tenant.oem_id, build_handlers(LINKS), None, limit=50):
        pass


async def messages(tenant: Tenant, template: str) -> list[UUID]:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        return await tx.values(
            "SELECT recipient_id FROM messages WHERE oem_id = $1 AND template = $2", tenant.oem_id, template
        )


async def test_a_case_gets_its_forms_and_the_tracking_form_is_filed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R3.9: handling form at receipt, tracking form at closing, filed with the regional manager."""
    monkeypatch.setenv("HUIYIN_FILES_URL", f"file://{tmp_path}")
    phone = ContactChannel.PHONE
    async with open_engine(database.app_url):
        tenant = await found_tenant()
        advisor, head = tenant.actor(Role.ADVISOR), tenant.actor(Role.STATION_HEAD)
        case = await service.register(advisor, INTAKE, source=Source.STAFF)
        with pytest.raises(Conflict):
            await case_forms.pdf_of(advisor, case.id, FormKind.HANDLING, Locale.EN)
    async with open_engine(database.worker_url):
        await handle(tenant)
        assert await case_forms.print_waiting(printed) == 2
        assert await case_forms.print_waiting(printed) == 0
        assert await messages(tenant, "form_filed") == []
    async with open_engine(database.app_url):
        name, pdf = await case_forms.pdf_of(advisor, case.id, FormKind.HANDLING, Locale.ZH_CN)
        assert case.number in name
        assert pdf.startswith(b"%PDF")
        spoken = LogContact(effective=True, channel=phone, summary="已致歉并约定检测")
        await service.log_contact(advisor, case.id, spoken, version=None)
        done = Resolve(result="已更换球头，路试正常", told_via=phone)
        await service.resolve(advisor, case.id, done, version=None)
        happy = Survey(satisfied_with_process=True, satisfied_with_result=False)
        await service.survey(advisor, case.id, happy, version=None)
        cause = Close(root_cause="球头批次缺陷", preventive_measure="退回供应商分析")
        await service.close(head, case.id, cause, version=None)
    async with open_engine(database.worker_url):
        await handle(tenant)
        assert await case_forms.print_waiting(printed) == 2
        await handle(tenant)
        assert await messages(tenant, "form_filed") == [tenant.people[0, Role.REGIONAL_MANAGER]]
    async with open_engine(database.app_url):
        async with transaction(head.scope) as tx:
            forms = await case_forms.forms_of(tx, tenant.oem_id, case.id)
        assert {(each.kind, each.filed_at is not None) for each in forms} == {
            (FormKind.HANDLING, False),
            (FormKind.TRACKING, True),
        }
        _, pdf = await case_forms.pdf_of(head, case.id, FormKind.TRACKING, Locale.EN)
        assert pdf.startswith(b"%PDF")
        manager = tenant.actor(Role.REGIONAL_MANAGER)
        with pytest.raises(Forbidden) as caught:
            await case_forms.pdf_of(manager, case.id, FormKind.TRACKING, Locale.EN)
        assert caught.value.code == "form_needs_reveal"


async def test_a_worker_that_is_still_printing_does_not_begin_the_same_forms_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R3.9: they are looked for every ten seconds, and many take longer."""
    monkeypatch.setenv("HUIYIN_FILES_URL", f"file://{tmp_path}")
    begun, may_end, times = asyncio.Event(), asyncio.Event(), 0

    class Slow:
        async def render_form(self, form: CaseForm, locale: Locale) -> bytes:  # noqa: ARG002  # as the pool's
            nonlocal times
            times += 1
            begun.set()
            await may_end.wait()
            return b"%PDF"

    async with open_engine(database.app_url):
        tenant = await found_tenant()
        await service.register(tenant.actor(Role.ADVISOR), INTAKE, source=Source.STAFF)
    async with open_engine(database.worker_url):
        await handle(tenant)
        at_it = asyncio.create_task(print_forms({"pool": Slow()}))
        await begun.wait()
        await print_forms({"pool": Slow()})
        assert times == 1
        may_end.set()
        await at_it
    assert times == 2


async def test_a_form_that_cannot_be_printed_is_given_up(database: Database) -> None:
    async def broken(form: CaseForm, locale: Locale) -> bytes:
        raise RuntimeError(form.number, locale)

    async with open_engine(database.app_url):
        tenant = await found_tenant()
        case = await service.register(tenant.actor(Role.ADVISOR), INTAKE, source=Source.STAFF)
    async with open_engine(database.worker_url):
        await handle(tenant)
        for _ in range(4):
            assert await case_forms.print_waiting(broken) == 0
        async with transaction(Scope.oem(tenant.oem_id)) as tx:
            forms = await case_forms.forms_of(tx, tenant.oem_id, case.id)
        assert {each.state for each in forms} == {"failed"}
