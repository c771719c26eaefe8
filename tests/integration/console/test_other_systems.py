"""The console's pages of webhooks and chat groups."""

import re

from shared.permissions import Role
from tests.support.console import Browsers, Maker, send

WEBHOOK = {
    "name": "测试CRM",
    "url": "https://hooks.example.com/huiyin",
    "kinds": "case.closed",
    "dealer_id": "",
}
ROBOT = {
    "name": "测试值班群",
    "provider": "wecom",
    "url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=invented-key",
    "secret": "",
    "locale": "zh-CN",
    "templates": "breach",
    "dealer_id": "",
}


async def test_a_webhook_is_added_tested_replayed_and_stopped(browsers: Browsers, maker: Maker) -> None:
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))

    made = await send(admin, "/webhooks", **WEBHOOK)

    assert made.status_code == 200
    [secret] = re.findall(r"whsec_[\w+/=]+", made.text)
    listed = (await admin.get("/webhooks")).text
    assert secret not in listed
    assert "测试CRM" in listed
    [endpoint_id] = set(re.findall(r'href="/webhooks/([0-9a-f-]{36})"', listed))
    renewed = await send(admin, f"/webhooks/{endpoint_id}/renew")
    assert re.findall(r"whsec_[\w+/=]+", renewed.text) not in ([], [secret])
    again = [await send(admin, f"/webhooks/{endpoint_id}/renew") for _ in range(4)]
    assert [answer.status_code for answer in again] == [200, 200, 200, 409]
    assert "5 secrets are good at present" in again[-1].text
    assert (await send(admin, f"/webhooks/{endpoint_id}/test")).status_code == 303
    log = (await admin.get(f"/webhooks/{endpoint_id}")).text
    assert "webhook.test" in log
    assert "/replay" not in log  # it waits for its first try, and can only be told again afterwards
    changed = {"name": "测试DMS", "url": "https://hooks.example.com/2", "kinds": "case.held", "version": "1"}
    assert (await send(admin, f"/webhooks/{endpoint_id}", **{**changed, "url": "x"})).status_code == 422
    assert (await send(admin, f"/webhooks/{endpoint_id}", **changed)).status_code == 303
    assert (await send(admin, f"/webhooks/{endpoint_id}", **changed)).status_code == 409
    log = (await admin.get(f"/webhooks/{endpoint_id}")).text
    assert "测试DMS" in log
    assert 'value="case.held" checked' in log
    assert (await send(admin, f"/webhooks/{endpoint_id}/stop")).status_code == 303
    assert (await send(admin, f"/webhooks/{endpoint_id}/stop")).status_code == 409
    assert "Stopped" in (await admin.get("/webhooks")).text
    assert (await send(admin, f"/webhooks/{endpoint_id}/let")).status_code == 303
    assert (await send(admin, f"/webhooks/{endpoint_id}/let")).status_code == 409
    messages = (await admin.get("/messages?channel=webhook")).text
    assert "测试CRM" in messages  # as it was called then


async def test_a_refused_webhook_shows_what_was_typed(browsers: Browsers, maker: Maker) -> None:
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))

    for url in ("https://169.254.169.254/latest", "http://hooks.example.com", "nonsense"):
        answer = await send(admin, "/webhooks", **{**WEBHOOK, "url": url})
        assert answer.status_code == 422
        assert f'value="{url}"' in answer.text
        assert re.search(r'value="case.closed" checked', answer.text)
        assert "whsec_" not in answer.text


async def test_a_chat_group_is_added_and_its_address_never_shown(browsers: Browsers, maker: Maker) -> None:
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))

    assert (await send(admin, "/robots", **ROBOT)).status_code == 303
    listed = (await admin.get("/robots")).text
    assert "测试值班群" in listed
    assert "invented-key" not in listed
    refused = await send(admin, "/robots", **{**ROBOT, "name": ""})
    assert refused.status_code == 422
    assert "invented-key" not in refused.text
    [robot_id] = re.findall(r'action="/robots/([0-9a-f-]{36})/revoke"', listed)
    assert (await send(admin, f"/robots/{robot_id}/test")).status_code == 303
    assert "测试值班群" in (await admin.get("/messages?channel=chat")).text
    assert (await send(admin, f"/robots/{robot_id}/revoke")).status_code == 303
    assert "Revoked" in (await admin.get("/robots")).text


async def test_only_administrators_see_them(browsers: Browsers, maker: Maker) -> None:
    for role in (Role.ADVISOR, Role.STATION_HEAD, Role.HEAD_OFFICE):
        client = await browsers.of(maker.person(role))
        for path in ("/webhooks", "/robots"):
            assert (await client.get(path)).status_code == 403
