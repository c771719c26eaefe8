"""Who is told what, when something happened to a case, a report or an import."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, NotFound
from shared.notifications.service import requeue
from shared.outbox.events import EventKind, NewEvent, emit
from shared.outbox.messages import write
from shared.outbox.vocabulary import MessageState
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from tests.support.background import LINKS, PUBLIC_URL, Company
from tests.support.outbox import new_message


async def happen(
    company: Company,
    kind: EventKind,
    case_id: UUID | None = None,
    as_of: datetime | None = None,
    dealer_id: int = 1,
    **payload: Any,
) -> None:
    """Let an event happen and be handled."""
    async with transaction(Scope.oem(company.oem_id), as_of=as_of) as tx:
        event = NewEvent(kind=kind, dealer_id=dealer_id, case_id=case_id, payload=payload)
        await emit(tx, company.oem_id, await tx.now(), event)
    await company.handle_events(as_of)


class TestCustomer:
    async def test_a_registered_complaint_is_acknowledged_by_sms_and_mail(self, company: Company) -> None:
        """R1.4: a first acknowledgement within 24 h."""
        case_id = await company.case()
        await happen(company, EventKind.CASE_REGISTERED, case_id, by_id=None)
        mail, sms = await company.messages(template="acknowledgement")
        assert (sms["channel"], sms["address"]) == ("sms", "+8613800001234")
        assert (mail["channel"], mail["address"]) == ("email", "owner@example.com")
        assert {sms["recipient_kind"], mail["recipient_kind"]} == {"customer"}
        assert sms["expires_at"] - sms["created_at"] == timedelta(hours=24)
        number = await company.connection.fetchval("SELECT number FROM app.cases WHERE id = $1", case_id)
        assert number in sms["body"]
        assert number in mail["subject"]
        assert sms["link"] == mail["link"] == LINKS.customer.tracking(company.oem_id, case_id, 1)
        (entry,) = await company.timeline(case_id)
        assert entry["kind"] == "customer_told"
        assert msgspec.json.decode(entry["data"]) == {
            "template": "acknowledgement",
            "channels": ["email", "sms"],
        }

    async def test_the_result_reaches_the_customer_in_his_language(self, company: Company) -> None:
        """R3.7: what was found, at the end."""
        case_id = await company.case(locale="en", result="Valve body replaced.")
        await happen(company, EventKind.CASE_RESULT_TOLD, case_id, by_id=None)
        rows = await company.messages(template="result", channel="email")
        assert "Valve body replaced." in rows[0]["body"]
        assert rows[0]["subject"].startswith("The result of your complaint")

    @pytest.mark.parametrize(
        ("locale", "said", "by_sms"),
        [
            (
                "en",
                "What was found: Worn valve.\n\nWhat was done: Replaced.\n\nFurther advice: Check the oil.",
                "has a result, with advice:",
            ),
            (
                "zh-CN",
                "检查结果：Worn valve.\n\n解决办法：Replaced.\n\n后续建议：Check the oil.\n\n如",
                "已有处理结果和后续建议",
            ),
        ],
    )
    async def test_the_result_says_what_was_found_the_solution_and_further_advice(
        self, company: Company, locale: str, said: str, by_sms: str
    ) -> None:
        """R3.7: at the end, each by itself where it was written; the SMS stays short."""
        case_id = await company.case(locale=locale, result="Replaced.")
        await company.connection.execute(
            "UPDATE app.cases SET found = 'Worn valve.', advice = 'Check the oil.' WHERE id = $1", case_id
        )
        await happen(company, EventKind.CASE_RESULT_TOLD, case_id, by_id=None)
        mail, sms = await company.messages(template="result")
        assert said in mail["body"]
        assert by_sms in sms["body"]
        assert "Worn" not in sms["body"]

    @pytest.mark.parametrize("phone_kind", ["landline", "mobile"])
    async def test_a_landline_gets_no_sms(self, company: Company, phone_kind: str) -> None:
        case_id = await company.case()
        await company.connection.execute("UPDATE app.customers SET phone_kind = $1", phone_kind)
        await happen(company, EventKind.CASE_REGISTERED, case_id, by_id=None)
        channels = {row["channel"] for row in await company.messages(template="acknowledgement")}
        assert channels == ({"email"} if phone_kind == "landline" else {"email", "sms"})

    async def test_a_customer_without_any_contact_is_not_told_and_the_timeline_says_so(
        self, company: Company
    ) -> None:
        case_id = await company.case(phone="", email="", contactable=False)
        await happen(company, EventKind.CASE_REGISTERED, case_id, by_id=None)
        assert await company.messages(template="acknowledgement") == []
        (entry,) = await company.timeline(case_id)
        assert (entry["kind"], entry["internal"]) == ("customer_unreachable", True)

    @pytest.mark.parametrize("kind", [EventKind.CASE_REGISTERED, EventKind.CASE_RESULT_TOLD])
    async def test_customers_of_imported_history_are_sent_nothing(
        self, company: Company, kind: EventKind
    ) -> None:
        """Issue 2: a historical import sends owners nothing."""
        await happen(company, kind, await company.case(historical=True), by_id=None)
        assert await company.messages() == []


class TestOwner:
    async def test_the_owner_learns_of_a_new_case_but_not_of_his_own_doing(self, company: Company) -> None:
        """R1.6: a named owner, who knows it."""
        owner_id = company.dealers[0].owner_id
        await happen(company, EventKind.CASE_REGISTERED, await company.case(), by_id=str(owner_id))
        assert await company.messages(template="assignment") == []
        case_id = await company.case()
        await happen(company, EventKind.CASE_REGISTERED, case_id, by_id=str(company.administrator))
        (message,) = await company.messages(template="assignment")
        assert (message["recipient_id"], message["channel"]) == (owner_id, "email")
        assert message["link"] == f"{PUBLIC_URL}/cases/{case_id}"

    async def test_each_handing_over_is_told_also_back_to_the_first_owner(self, company: Company) -> None:
        case_id = await company.case()
        staff = company.dealers[0].staff
        for role in ("service_manager", "advisor", "service_manager"):
            await company.connection.execute(
                "UPDATE app.cases SET owner_id = $2 WHERE id = $1", case_id, staff[role]
            )
            owner_id = str(staff[role])
            await happen(company, EventKind.CASE_ASSIGNED, case_id, owner_id=owner_id, by_id=None)
        names = [row["recipient_name"] for row in await company.messages(template="assignment")]
        assert sorted(names) == ["advisor1", "service_manager1", "service_manager1"]

    async def test_an_imported_case_that_is_handed_over_is_told_like_any_other(
        self, company: Company
    ) -> None:
        """R3.1: its past is history, the handing over is not."""
        case_id, owner = await company.case(historical=True), company.dealers[0].owner_id
        await happen(company, EventKind.CASE_ASSIGNED, case_id, owner_id=str(owner), by_id=None)
        assert [row["recipient_id"] for row in await company.messages()] == [owner]

    async def test_an_owner_of_the_meantime_is_not_told_any_more(self, company: Company) -> None:
        before = str(company.dealers[0].staff["station_head"])
        await happen(company, EventKind.CASE_ASSIGNED, await company.case(), owner_id=before, by_id=None)
        assert await company.messages() == []

    async def test_the_next_promise_stands_in_the_message(self, company: Company) -> None:
        case_id = await company.case(
            due_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC), due_metric="first_contact", urgency="urgent"
        )
        await happen(company, EventKind.CASE_REGISTERED, case_id, by_id=None)
        (message,) = await company.messages(template="assignment")
        assert "首次联系，3月2日17:30前" in message["body"]
        assert "紧急程度：紧急" in message["body"]


class TestReportAndImport:
    async def test_whoever_asked_for_a_report_learns_that_it_is_ready(self, company: Company) -> None:
        """R6.6."""
        run_id = str(uuid4())
        asked = str(company.regional_manager)
        for _ in range(2):
            await happen(company, EventKind.REPORT_READY, run_id=run_id, month="2026-02-01", by_id=asked)
        (message,) = await company.messages(template="report_ready")
        assert message["recipient_name"] == "regional_manager0"
        assert "2026年2月" in message["subject"]

    async def test_a_report_nobody_asked_for_is_announced_to_nobody(self, company: Company) -> None:
        await happen(company, EventKind.REPORT_READY, run_id=str(uuid4()), month="2026-02-01", by_id=None)
        assert await company.messages() == []

    async def test_each_manager_gets_one_digest_of_the_imported_history(self, company: Company) -> None:
        """Issue 2: gives each manager one digest."""
        payload: dict[str, Any] = {
            "run_id": str(uuid4()),
            "file_name": "cases.csv",
            "historical": True,
            "cases": {"1": 40, "2": 2},
            "open_cases": {"1": 3},
            "overdue": {"1": 5, "2": 1},
        }
        await happen(company, EventKind.IMPORT_FINISHED, dealer_id=0, **payload)
        (message,) = await company.messages()
        assert (message["template"], message["recipient_name"]) == ("import_digest", "regional_manager0")
        assert "共 42 件，其中 3 件尚未关闭，6 件有超时记录" in message["body"]
        assert message["delivery"] == "at_most_once"

    async def test_dealers_without_a_regional_manager_are_the_administrators(self, company: Company) -> None:
        await company.connection.execute(
            "UPDATE app.memberships SET active = false WHERE id = $1", company.regional_manager
        )
        payload: dict[str, Any] = {"run_id": str(uuid4()), "file_name": "cases.csv", "historical": True}
        payload |= {name: {"1": 1} for name in ("cases", "open_cases", "overdue")}
        await happen(company, EventKind.IMPORT_FINISHED, dealer_id=0, **payload)
        assert [row["recipient_name"] for row in await company.messages()] == ["administrator0"]


class TestRequeue:
    def actor(self, role: Role, scope: Scope) -> Actor:
        return Actor(ActorKind.PERSON, role, scope, "测试员", id=uuid4())

    async def given_up(self, company: Company, dealer_id: int = 1, state: str = "dead") -> UUID:
        async with transaction(Scope.oem(company.oem_id)) as tx:
            await write(tx, company.oem_id, [new_message(dealer_id=dealer_id)])
        (message,) = await company.messages()
        await company.connection.execute(
            "UPDATE app.messages SET state = $2, sent_at = now() WHERE id = $1", message["id"], state
        )
        return message["id"]

    async def test_a_dead_message_is_sent_again_and_the_log_says_by_whom(self, company: Company) -> None:
        message_id = await self.given_up(company)
        actor = self.actor(Role.SERVICE_MANAGER, Scope.dealer(company.oem_id, 1))
        assert (await requeue(actor, message_id)).state is MessageState.QUEUED
        row = await company.connection.fetchrow(
            "SELECT actor_id, action, dealer_id FROM app.audit_entries WHERE entity_id = $1", str(message_id)
        )
        assert (row["actor_id"], row["action"], row["dealer_id"]) == (actor.id, "message.requeue", 1)

    @pytest.mark.parametrize("state", ["queued", "sent", "historical"])
    async def test_what_was_not_given_up_cannot_be_sent_again(self, company: Company, state: str) -> None:
        message_id = await self.given_up(company, state=state)
        with pytest.raises(Conflict):
            await requeue(self.actor(Role.HEAD_OFFICE, Scope.oem(company.oem_id)), message_id)

    async def test_another_dealers_message_does_not_exist(self, company: Company) -> None:
        message_id = await self.given_up(company, dealer_id=2)
        with pytest.raises(NotFound):
            await requeue(self.actor(Role.SERVICE_MANAGER, Scope.dealer(company.oem_id, 1)), message_id)

    async def test_it_takes_the_permission(self, company: Company) -> None:
        message_id = await self.given_up(company)
        with pytest.raises(Forbidden):
            await requeue(self.actor(Role.ADVISOR, Scope.dealer(company.oem_id, 1)), message_id)


class TestCustomerPages:
    async def test_a_plan_that_was_told_is_sent_with_the_link(self, company: Company) -> None:
        """R3.4: the plan in writing, with the way to answer."""
        case_id = await company.case(plan="更换前制动盘", promised_at=datetime(2026, 3, 6, 9, 0, tzinfo=UTC))
        await happen(company, EventKind.CASE_PLANNED, case_id, by_id=None, told=True)
        mail, sms = await company.messages(template="plan")
        assert "更换前制动盘" in mail["body"]
        assert "3月6日17:00" in sms["body"]
        assert mail["link"] == sms["link"] == LINKS.customer.tracking(company.oem_id, case_id, 1)

    async def test_a_plan_in_the_making_is_told_to_nobody(self, company: Company) -> None:
        case_id = await company.case(plan="还在考虑")
        await happen(company, EventKind.CASE_PLANNED, case_id, by_id=None, told=False)
        assert await company.messages() == []

    async def test_the_owner_learns_that_the_customer_wrote(self, company: Company) -> None:
        """R3.6."""
        case_id = await company.case()
        await happen(company, EventKind.CASE_CUSTOMER_WROTE, case_id, by_id=None)
        (message,) = await company.messages()
        assert message["recipient_id"] == company.dealers[0].owner_id
        assert message["link"] == f"{PUBLIC_URL}/cases/{case_id}"

    @pytest.mark.parametrize(
        ("kind", "told"),
        [
            (EventKind.CASE_AGREED, "customer_agreed"),
            (EventKind.CASE_WITHDRAWN, "customer_withdrew"),
        ],
    )
    async def test_the_owner_learns_what_the_customer_decided_by_his_link(
        self, company: Company, kind: EventKind, told: str
    ) -> None:
        """R3.3, R3.4: what staff wrote down themselves they are not told."""
        case_id = await company.case()
        await happen(company, kind, case_id, by_id=None, by_customer=False)
        assert await company.messages() == []
        await happen(company, kind, case_id, by_id=None, by_customer=True)
        (message,) = await company.messages(template=told)
        assert message["recipient_id"] == company.dealers[0].owner_id

    async def test_raising_the_generation_changes_the_link_of_later_messages(self, company: Company) -> None:
        case_id = await company.case(link_generation=3, result="已修复")
        await happen(company, EventKind.CASE_RESULT_TOLD, case_id, by_id=None)
        (mail, _) = await company.messages(template="result")
        assert mail["link"] == LINKS.customer.tracking(company.oem_id, case_id, 3)


class TestMajor:
    """R2.6: a candidate is told at once, a decision to whoever owns the case."""

    async def test_the_regional_manager_is_told_at_once_by_sms_and_mail(self, company: Company) -> None:
        case_id = await company.case()
        await company.connection.execute("UPDATE app.cases SET nature = 'legal' WHERE id = $1", case_id)
        await happen(company, EventKind.CASE_CLASSIFIED, case_id, by_id=None, changed=["nature"])
        await company.handle_events()
        told = await company.messages(template="major_candidate")
        assert {(each["channel"], each["recipient_id"]) for each in told} == {
            ("sms", company.regional_manager),
            ("email", company.regional_manager),
        }
        mail = next(each for each in told if each["channel"] == "email")
        assert "公关、媒体或法律风险" in mail["body"]
        assert mail["link"] == f"{PUBLIC_URL}/cases/{case_id}"
        await happen(company, EventKind.CASE_CLASSIFIED, case_id, by_id=None, changed=["nature"])
        await company.handle_events()
        assert len(await company.messages(template="major_candidate")) == 2, "told once"

    async def test_nothing_is_told_of_imported_history(self, company: Company) -> None:
        case_id = await company.case(historical=True)
        await happen(company, EventKind.MAJOR_FOUND, case_id, codes=["fire"])
        assert await company.messages(template="major_candidate") == []
