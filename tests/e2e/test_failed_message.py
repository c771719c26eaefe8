"""A message that failed in a real browser: found, understood, sent again, delivered (issue 4, R4.4)."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import msgspec
import pytest
from playwright.async_api import Browser, expect

from infra.dev.ports import free_port
from services.api.main import create_app
from shared.clock import utc_now
from shared.notifications.signing import gateway_signature
from shared.permissions import Role
from shared.settings import DatabaseSettings, WebSettings
from tests.support.channels import sms_settings
from tests.support.console import SECRET, browsing, found_maker, register, served
from tests.support.providers import Behaviour, Provider, sms_gateway
from tests.support.servers import Database
from tests.support.sms_providers import SECRET as GATEWAY_SECRET
from tests.support.waiting import eventually
from tests.support.worker_process import WorkerProcess


@pytest.fixture
async def gateway(
    database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Provider]:
    """An SMS gateway that refuses everything for the moment, and a worker that sends by it."""
    async with sms_gateway() as provider:
        provider.behaviour = Behaviour.REFUSE
        environment = {
            "HUIYIN_DATABASE_WORKER_URL": database.worker_url,
            "HUIYIN_REDIS_URL": redis_url,
            "HUIYIN_SECRET": SECRET,
            "HUIYIN_SMS_URL": f"http://127.0.0.1:{provider.port}/sms",
            "HUIYIN_SMS_SECRET": GATEWAY_SECRET,
            "HUIYIN_SMTP_PORT": str(free_port(None)),
        }
        worker = WorkerProcess(environment, tmp_path_factory.mktemp("sender") / "worker.log")
        worker.start()
        worker.wait_ready()
        yield provider
        worker.kill()


async def tell_delivered(token: UUID, port: int) -> None:
    """The gateway's receipt, signed as it signs."""
    web, sms = WebSettings(secret=SECRET), sms_settings("gateway", port)
    app = create_app(web, DatabaseSettings("postgresql://nowhere"), sms=sms)
    body = msgspec.json.encode([{"token": token, "status": "delivered", "at": utc_now()}])
    timestamp = str(int(utc_now().timestamp()))
    headers = {
        "X-Huiyin-Timestamp": timestamp,
        "X-Huiyin-Signature": gateway_signature(timestamp, body, GATEWAY_SECRET),
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as client:
        answer = await client.post("/api/v1/receipts/gateway", content=body, headers=headers)
    assert answer.status_code == 204, answer.text


@pytest.mark.timeout(240)
async def test_a_failed_message_is_found_understood_sent_again_and_delivered(
    browser: Browser, database: Database, gateway: Provider
) -> None:
    """Issue 4: a message that failed is found, understood and sent again. R4.4."""
    async with served(database) as address, browsing(browser, address) as browse:
        maker = await found_maker()
        case = await register(maker.actor(Role.ADVISOR), customer_name="王测试")
        page = await browse.signed_in(maker.person(Role.ADMINISTRATOR), "zh-CN")

        row = page.locator("tbody tr", has_text=case.number)

        async def found_in(view: str) -> bool:
            await page.goto(f"/messages?view={view}&channel=sms")
            return await row.count() == 1

        await eventually(lambda: found_in("failed"), "the refused message is among the failed ones", 30)
        await expect(page.locator(".tabs [aria-current]")).to_contain_text("1")
        await expect(row).to_contain_text("短信")
        await expect(row).to_contain_text("对方拒收该消息。")
        await expect(row).to_contain_text("http 422")
        assert not gateway.taken

        async def said_on_the_case() -> bool:
            await page.goto(f"/cases/{case.id}")
            return await page.locator(".timeline li", has_text="未能通知到客户").count() == 1

        await eventually(said_on_the_case, "the case says that its customer was not reached", 30)
        await expect(page.locator(".timeline")).to_contain_text("短信：对方拒收该消息。")
        assert await found_in("failed")

        gateway.behaviour = Behaviour.TAKE
        await row.get_by_role("button", name="重新发送").click()
        await expect(page.locator("#toasts")).to_contain_text("消息将重新发送")

        await eventually(lambda: found_in("sent"), "the message is sent", 30)
        ((token, text),) = gateway.taken
        assert case.number in text
        await expect(row.get_by_role("button")).to_have_count(0)
        await expect(row).not_to_contain_text("对方拒收")

        await tell_delivered(UUID(token), gateway.port)
        await page.reload()
        await expect(row.locator(".badge")).to_have_text("已送达")
        await page.goto("/messages?view=failed")
        await expect(page.get_by_text("这里没有消息")).to_be_visible()
