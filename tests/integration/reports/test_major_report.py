"""The written report on a complaint that media or courts may take up, who is told, the dossier (R3.10)."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from services.worker.handlers import build_handlers
from shared.cases import major, major_persons, service
from shared.cases.commands import Classify, ContactChannel, LogContact
from shared.cases.intake import Source
from shared.cases.major import ConfirmMajor, DismissMajor, MajorView
from shared.cases.major_persons import MajorPersons, NamedPerson
from shared.cases.major_report import FileReport
from shared.cases.queries import clocks_of
from shared.cases.views import CaseView, ClockView
from shared.cases.vocabulary import MajorCriterion, Nature
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid
from shared.onboarding.absences import NewAbsence, add_absence
from shared.onboarding.changes import deactivate_staff
from shared.outbox.claim import handle_events_of_oem
from shared.permissions import Role
from shared.reports import case_forms
from shared.reports.case_form import FormKind
from shared.sla.policy import Metric
from shared.tenancy import Scope
from shared.web.locale import Locale
from tests.integration.reports.test_case_forms import INTAKE, handle, printed
from tests.support.background import LINKS, open_engine
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant

MEDIA = ConfirmMajor(
    criteria=(MajorCriterion.RISK,), reason="客户已联系电视台", nature=Nature.POTENTIAL_MEDIA
)
REPORT = FileReport(proposal="更换总成并延长质保一年；由站长当面致歉")


async def registered(tenant: Tenant) -> CaseView:
    return await service.register(tenant.actor(Role.ADVISOR), INTAKE, source=Source.STAFF)


async def owed(tenant: Tenant, case_id: UUID) -> ClockView | None:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        clocks = await clocks_of(tx, tenant.oem_id, case_id)
    return next((each for each in clocks if each.metric == Metric.MAJOR_REPORT), None)


async def seen(tenant: Tenant, case_id: UUID) -> MajorView:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        return await major.view(tx, tenant.oem_id, case_id)


async def name(tenant: Tenant, role: Role, *natures: Nature) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    person = tenant.actor(role).membership_id
    assert person is not None
    known = await major_persons.major_persons(admin)
    wanted = MajorPersons(persons=(NamedPerson(membership_id=person, natures=natures),))
    await major_persons.publish(admin, wanted, version=known.version)


async def test_a_media_case_owes_a_report_within_four_hours_and_those_named_are_told_at_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R3.10: written report with the proposed handling within 4 h; the dossier is one click. R4.1."""
    monkeypatch.setenv("HUIYIN_FILES_URL", f"file://{tmp_path}")
    async with open_engine(database.app_url):
        tenant = await found_tenant()
        await name(tenant, Role.HEAD_OFFICE, Nature.POTENTIAL_MEDIA)
        case = await registered(tenant)
        confirmed = await service.confirm_major(tenant.actor(Role.HEAD_OFFICE), case.id, MEDIA, version=None)
    async with open_engine(database.worker_url):
        await handle(tenant)
        clock = await owed(tenant, case.id)
        assert clock is not None
        assert clock.due_at - clock.started_at == timedelta(hours=4)
        assert clock.started_at == confirmed.updated_at
        told = (await seen(tenant, case.id)).told
        assert [(each.name, each.channel) for each in told] == [
            (tenant.actor(Role.HEAD_OFFICE).name, "email")
        ]
        assert await case_forms.print_waiting(printed) == 4, "two handling forms and two dossiers"
    async with open_engine(database.app_url):
        advisor = tenant.actor(Role.ADVISOR)
        file_name, pdf = await case_forms.pdf_of(advisor, case.id, FormKind.DOSSIER, Locale.ZH_CN)
        assert case.number in file_name
        assert pdf.startswith(b"%PDF")
        spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已致歉并约定检测")
        await service.log_contact(advisor, case.id, spoken, version=None)
        with pytest.raises(Invalid):
            await service.file_report(advisor, case.id, FileReport(proposal=" "), version=None)
        await service.file_report(advisor, case.id, REPORT, version=None)
        await service.ask_dossier(tenant.actor(Role.TECHNICIAN), case.id)
    async with open_engine(database.worker_url):
        await handle(tenant)
        clock = await owed(tenant, case.id)
        assert clock is not None
        assert clock.state == "met"
        view = await seen(tenant, case.id)
        assert [each.proposal for each in view.reports] == [REPORT.proposal]
        assert len(view.told) == 3, "the report as well, to who is named and to the regional manager"
        assert await case_forms.print_waiting(printed) == 2, "the dossier holds the report now"


class TestNobodyNamed:
    """R3.10, R4.4: a complaint that media may take up is never told to nobody."""

    async def sent(self, database: Database, tenant: Tenant) -> dict[str, set[str]]:
        """Whom a media case is told to, by template."""
        async with open_engine(database.app_url):
            case = await registered(tenant)
            await service.confirm_major(tenant.actor(Role.HEAD_OFFICE), case.id, MEDIA, version=None)
        async with open_engine(database.worker_url):
            await handle(tenant)
        async with open_engine(database.app_url), transaction(Scope.oem(tenant.oem_id)) as tx:
            found: dict[str, set[str]] = {}
            for template in ("major_named", "nobody_named"):
                names = await tx.values(
                    "SELECT DISTINCT recipient_name FROM messages"
                    " WHERE oem_id = $1 AND case_id = $2 AND template = $3",
                    tenant.oem_id,
                    case.id,
                    template,
                )
                found[template] = set(names)
        return found

    async def test_the_regional_manager_is_told_instead_and_the_administrator_of_the_gap(
        self, database: Database
    ) -> None:
        async with open_engine(database.app_url):
            tenant = await found_tenant()
            await name(tenant, Role.HEAD_OFFICE, Nature.LEGAL)
        assert await self.sent(database, tenant) == {
            "major_named": {tenant.actor(Role.REGIONAL_MANAGER).name},
            "nobody_named": {"管理员"},
        }

    async def test_without_a_regional_manager_the_administrator_is_told_both(
        self, database: Database
    ) -> None:
        async with open_engine(database.app_url):
            tenant = await found_tenant()
            admin = tenant.actor(Role.ADMINISTRATOR)
            await deactivate_staff(admin, tenant.people[0, Role.REGIONAL_MANAGER])
            await name(tenant, Role.READER, Nature.POTENTIAL_MEDIA)
            await deactivate_staff(admin, tenant.people[0, Role.READER])
        assert await self.sent(database, tenant) == {"major_named": {"管理员"}, "nobody_named": {"管理员"}}

    async def test_a_substitute_stands_in_for_somebody_named_and_a_circle_is_nobody(
        self, database: Database
    ) -> None:
        async with open_engine(database.app_url):
            tenant = await found_tenant()
            await name(tenant, Role.HEAD_OFFICE, Nature.POTENTIAL_MEDIA)
            agent, head = tenant.people[0, Role.CAC_AGENT], tenant.people[0, Role.HEAD_OFFICE]
            await self.away(tenant, head, agent)
        assert await self.sent(database, tenant) == {
            "major_named": {tenant.actor(Role.CAC_AGENT).name},
            "nobody_named": set(),
        }
        async with open_engine(database.app_url):
            await self.away(tenant, agent, head)
        assert await self.sent(database, tenant) == {
            "major_named": {tenant.actor(Role.REGIONAL_MANAGER).name},
            "nobody_named": {"管理员"},
        }

    async def away(self, tenant: Tenant, person_id: UUID, substitute_id: UUID) -> None:
        today = utc_now().date()
        day = timedelta(days=1)
        absence = NewAbsence(
            substitute_id=substitute_id,
            first_day=today - day,
            last_day=today + day,
            membership_id=person_id,
        )
        await add_absence(tenant.actor(Role.ADMINISTRATOR), absence)


async def test_what_turns_out_to_be_ordinary_owes_nothing_and_owes_anew_when_it_is_not(
    database: Database,
) -> None:
    """R3.10."""
    async with open_engine(database.app_url):
        tenant = await found_tenant()
        head = tenant.actor(Role.HEAD_OFFICE)
        case = await registered(tenant)
        with pytest.raises(Conflict):
            await service.file_report(tenant.actor(Role.ADVISOR), case.id, REPORT, version=None)
        await service.confirm_major(head, case.id, msgspec.structs.replace(MEDIA, nature=None), version=None)
    async with open_engine(database.worker_url):
        await handle(tenant)
        assert await owed(tenant, case.id) is None, "an ordinary nature owes none"
    async with open_engine(database.app_url):
        await service.classify(head, case.id, Classify(nature=Nature.LEGAL, reason="律师函"), version=None)
    async with open_engine(database.worker_url):
        await handle(tenant)
        first = await owed(tenant, case.id)
        assert first is not None
    async with open_engine(database.app_url):
        await service.dismiss_major(head, case.id, DismissMajor(reason="误会"), version=None)
    async with open_engine(database.worker_url):
        await handle(tenant)
        dropped = await owed(tenant, case.id)
        assert dropped is None or dropped.state == "cancelled"
    async with open_engine(database.app_url):
        await service.confirm_major(head, case.id, MEDIA, version=None)
    async with open_engine(database.worker_url):
        await handle(tenant)
        async with transaction(Scope.oem(tenant.oem_id)) as tx:
            turns = await tx.values(
                "SELECT state FROM clocks WHERE oem_id = $1 AND case_id = $2 AND metric = 'major_report'"
                " ORDER BY turn",
                tenant.oem_id,
                case.id,
            )
        assert turns == ["cancelled", "running"]


async def test_a_report_is_owed_from_when_it_happened_however_late_it_is_looked_at(
    database: Database,
) -> None:
    """R3.10: four hours from what the customer said, not from when a worker found the sign in it."""
    async with open_engine(database.app_url):
        tenant = await found_tenant()
        head, advisor = tenant.actor(Role.HEAD_OFFICE), tenant.actor(Role.ADVISOR)
        case = await registered(tenant)
        await service.classify(head, case.id, Classify(nature=Nature.LEGAL, reason="律师函"), version=None)
    async with open_engine(database.worker_url):
        await handle(tenant)
    async with open_engine(database.app_url):
        await service.dismiss_major(head, case.id, DismissMajor(reason="误会"), version=None)
    async with open_engine(database.worker_url):
        await handle(tenant)
    async with open_engine(database.app_url):
        fire = LogContact(effective=True, channel=ContactChannel.PHONE, summary="客户称车辆昨晚自燃")
        said = await service.log_contact(advisor, case.id, fire, version=None)
    looked_at = said.updated_at + timedelta(hours=3)
    async with open_engine(database.worker_url):
        while await handle_events_of_oem(tenant.oem_id, build_handlers(LINKS), looked_at, limit=50):
            pass
        async with transaction(Scope.oem(tenant.oem_id)) as tx:
            turns = [each for each in await clocks_of(tx, tenant.oem_id, case.id) if each.state == "running"]
        [clock] = [each for each in turns if each.metric == Metric.MAJOR_REPORT]
        assert clock.started_at == said.updated_at
        assert clock.due_at == said.updated_at + timedelta(hours=4)


async def test_only_people_of_the_oem_can_be_named(database: Database) -> None:
    async with open_engine(database.app_url):
        tenant = await found_tenant()
        with pytest.raises(Invalid) as refused:
            await name(tenant, Role.STATION_HEAD, Nature.LEGAL)
        assert [each.code for each in refused.value.fields] == ["unknown_person"]
        with pytest.raises(Invalid):
            await name(tenant, Role.HEAD_OFFICE, Nature.ORDINARY)


async def test_a_report_filed_before_it_was_owed_keeps_the_promise(database: Database) -> None:
    """R3.10."""
    async with open_engine(database.app_url):
        tenant = await found_tenant()
        case = await registered(tenant)
        await service.confirm_major(tenant.actor(Role.HEAD_OFFICE), case.id, MEDIA, version=None)
        await service.file_report(tenant.actor(Role.ADVISOR), case.id, REPORT, version=None)
    async with open_engine(database.worker_url):
        await handle(tenant)
        clock = await owed(tenant, case.id)
        assert clock is not None
        assert clock.state == "met"
