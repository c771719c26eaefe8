"""The work on a case through the console's forms: what is offered, what it does, what is refused."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.cases import queries, service
from shared.cases.commands import Classify
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState, Kind
from shared.cases.work_views import CaseWork
from shared.cases.work_vocabulary import CompensationState
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.permissions import Role
from tests.support.console import Browsers, Maker, register, send


class Desk:
    """One person at one case: gives commands with the version last seen."""

    def __init__(self, client: httpx.AsyncClient, maker: Maker, case: CaseView) -> None:
        self.client, self.maker, self.case = client, maker, case

    async def give(self, action: str, **fields: Any) -> httpx.Response:
        case = await self.now()
        return await send(self.client, f"/cases/{case.id}/{action}", version=case.version, **fields)

    async def now(self) -> CaseView:
        async with transaction(self.maker.actor(Role.ADMINISTRATOR).scope) as tx:
            return await queries.case_view(tx, self.maker.oem_id, self.case.id)

    async def work(self) -> CaseWork:
        async with transaction(self.maker.actor(Role.ADMINISTRATOR).scope) as tx:
            return await queries.work_of(tx, self.maker.oem_id, self.case.id)

    async def offered(self) -> set[str]:
        """The actions that the page has a form for."""
        page = (await self.client.get(f"/cases/{self.case.id}")).text
        return set(re.findall(rf'action="/cases/{self.case.id}/([a-z-]+)"', page))


@pytest.fixture
async def case(maker: Maker) -> CaseView:
    return await register(maker.actor(Role.ADVISOR))


async def test_a_case_is_led_over_every_step_by_forms(
    browsers: Browsers, maker: Maker, case: CaseView
) -> None:
    """R3.3, R3.4, R3.5, R3.9."""
    desk = Desk(await browsers.of(maker.person(Role.SERVICE_MANAGER)), maker, case)
    steps: list[tuple[str, dict[str, Any], CaseState]] = [
        ("points", {"points": "异响\n故障灯"}, CaseState.REGISTERED),
        ("contact", _spoken(), CaseState.CONTACTED),
        ("diagnose", {"findings": "球头间隙超差"}, CaseState.DIAGNOSED),
        ("plan", _planned(), CaseState.PLANNED),
        ("agree", {"agreed_by": "张测试", "via": "phone"}, CaseState.AGREED),
        ("visit", {"via": "phone"}, CaseState.AGREED),
        ("step", {"step": "更换球头", "charge": "12.50", "currency": "CNY"}, CaseState.EXECUTING),
    ]
    for action, fields, state in steps:
        assert action in await desk.offered(), action
        answer = await desk.give(action, **fields)
        assert answer.status_code == 303, (action, answer.text[:300])
        assert (await desk.now()).state is state
    assert "resolve" not in await desk.offered()
    refused = await desk.give("verify", check="路试")
    assert refused.status_code == 409
    assert "data-open" in refused.text
    ticked = {f"point-{each.id}": "true" for each in (await desk.work()).points}
    for action, fields in (
        ("verify", {"check": "路试", **ticked}),
        ("resolve", {"result": "已更换", "told_via": "phone"}),
        ("close", {"root_cause": "批次", "preventive_measure": "排查"}),
        ("reopen", {"reason": "再次异响"}),
    ):
        assert action in await desk.offered(), action
        answer = await desk.give(action, **fields)
        assert answer.status_code == 303, (action, answer.text[:300])
    reopened = await desk.now()
    assert (reopened.state, reopened.cycle) == (CaseState.REGISTERED, 2)
    plan = (await desk.work()).plans[0]
    assert (plan.cost_minor, plan.currency, plan.window_until is not None) == (30_050, "CNY", True)


async def test_a_plan_with_a_cost_that_is_no_amount_is_shown_again(
    browsers: Browsers, maker: Maker, case: CaseView
) -> None:
    desk = Desk(await browsers.of(maker.person(Role.ADVISOR)), maker, case)
    await desk.give("contact", **_spoken())
    answer = await desk.give("plan", **{**_planned(), "cost": "12,345.678"})
    assert answer.status_code == 422
    assert "12,345.678" in answer.text


async def test_the_one_or_two_next_steps_come_first(browsers: Browsers, maker: Maker, case: CaseView) -> None:
    desk = Desk(await browsers.of(maker.person(Role.ADVISOR)), maker, case)
    await desk.give("contact", **_spoken())
    page = (await desk.client.get(f"/cases/{case.id}")).text
    actions = page.split('class="case-actions"', 1)[1].split("</details>", 1)[0]
    shown, more = actions.split('class="case-more"', 1)
    assert f'data-opens="diagnose-{case.id}"' in shown
    assert f'data-opens="resolve-{case.id}"' in shown
    assert f'data-opens="compensate-{case.id}"' in more


async def test_above_the_limit_a_manager_decides_on_the_page(
    browsers: Browsers, maker: Maker, case: CaseView
) -> None:
    """R3.2."""
    advisor = Desk(await browsers.of(maker.person(Role.ADVISOR)), maker, case)
    answer = await advisor.give(
        "compensate", compensation="voucher", amount="9,000.00", currency="CNY", reason="多次往返"
    )
    assert answer.status_code == 303
    [asked] = (await advisor.work()).compensations
    assert asked.state is CompensationState.ASKED
    assert "approve" not in await advisor.offered()
    head = Desk(await browsers.of(maker.person(Role.STATION_HEAD)), maker, case)
    assert {"approve", "decline"} <= await head.offered()
    assert (await head.give("approve", item=asked.id)).status_code == 303
    assert "give" in await advisor.offered()
    assert (await advisor.give("give", item=asked.id)).status_code == 303
    [given] = (await advisor.work()).compensations
    assert given.state is CompensationState.GIVEN


async def test_a_task_is_given_and_finished_on_the_page(
    browsers: Browsers, maker: Maker, case: CaseView
) -> None:
    """R3.1."""
    desk = Desk(await browsers.of(maker.person(Role.SERVICE_MANAGER)), maker, case)
    technician = maker.person(Role.TECHNICIAN)
    answer = await desk.give("task", department="parts", title="查库存", assignee_id=technician.membership_id)
    assert answer.status_code == 303
    [task] = (await desk.work()).tasks
    worker = Desk(await browsers.of(technician), maker, case)
    assert (await worker.give("finish-task", item=task.id, outcome="有货")).status_code == 303
    assert (await desk.now()).open_tasks == 0
    again = await worker.give("finish-task", item=task.id, outcome="有货")
    assert again.status_code == 409


async def test_a_suggestion_is_offered_its_verdict(browsers: Browsers, maker: Maker, case: CaseView) -> None:
    """R3.7."""
    manager = maker.actor(Role.SERVICE_MANAGER)
    desk = Desk(await browsers.of(maker.person(Role.SERVICE_MANAGER)), maker, case)
    assert "verdict" not in await desk.offered()
    await service.classify(manager, case.id, Classify(kind=Kind.SUGGESTION), version=None)
    assert "verdict" in await desk.offered()
    answer = await desk.give("verdict", verdict="roadmap", reply="谢谢您的建议", told_via="phone")
    assert answer.status_code == 303
    assert (await desk.give("close")).status_code == 303
    assert (await desk.now()).state is CaseState.CLOSED


async def test_a_case_is_moved_to_another_dealer_on_the_page(
    browsers: Browsers, maker: Maker, case: CaseView
) -> None:
    """R9.1."""
    dealer = Desk(await browsers.of(maker.person(Role.STATION_HEAD)), maker, case)
    assert (await dealer.give("ask-transfer", reason="客户已迁居")).status_code == 303
    assert "transfer" not in await dealer.offered()
    oem = Desk(await browsers.of(maker.person(Role.CAC_AGENT)), maker, case)
    assert {"transfer", "refuse-transfer"} <= await oem.offered()
    answer = await oem.give("transfer", dealer_id=maker.far, reason="客户已迁居")
    assert answer.status_code == 303
    assert (await dealer.client.get(f"/cases/{case.id}")).status_code == 404
    page = await oem.client.get(f"/cases/{case.id}")
    assert page.status_code == 200


def _spoken() -> dict[str, Any]:
    return {"effective": "true", "channel": "phone", "direction": "outbound", "summary": "已联系"}


def _planned() -> dict[str, Any]:
    visit_day = utc_now() + timedelta(days=2)
    return {
        "plan": "上门更换球头",
        "type": "on_site",
        "cost": "300.50",
        "currency": "CNY",
        "payer": "warranty",
        "window_from": f"{visit_day:%Y-%m-%d}T10:00",
        "window_until": f"{visit_day:%Y-%m-%d}T12:00",
        "told_via": "phone",
    }
