"""What every answer of the console carries, and the pages of messages and reports."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from shared.db.engine import transaction
from shared.permissions import Role
from shared.reports.service import render, runs
from tests.integration.console.test_isolation import dead_message, write
from tests.support.console import Browsers, Maker, register, send
from tests.support.servers import Database

PROTECTION = {
    "content-security-policy": "default-src 'self'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/sign-in", "/region", "/cases/none", "/nowhere", "/healthz"])
async def test_every_answer_carries_the_browsers_protection(
    browsers: Browsers, maker: Maker, path: str
) -> None:
    client = await browsers.of(maker.person(Role.REGIONAL_MANAGER))
    answer = await client.get(path)
    for name, value in PROTECTION.items():
        assert answer.headers[name].startswith(value), name


async def test_pages_are_kept_by_nobody_and_static_files_for_a_year(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.REGIONAL_MANAGER))
    page = await client.get("/cases")
    assert page.headers["cache-control"] == "private, no-store"
    assert "HX-Request" in page.headers["vary"]
    style = re.search(r'href="(/static/[0-9a-f]+/css/console.css)"', page.text)
    assert style is not None
    sheet = await client.get(style[1])
    assert sheet.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert sheet.headers["x-content-type-options"] == "nosniff"


async def test_pages_hold_no_script_or_style_of_their_own(browsers: Browsers, maker: Maker) -> None:
    case = await register(maker.actor(Role.ADVISOR))
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    for path in ("/region", "/cases", "/cases/new", f"/cases/{case.id}", "/messages", "/reports", "/account"):
        text = (await client.get(path)).text
        assert "<style" not in text, path
        assert " style=" not in text, path
        assert not re.search(r"\son\w+=", text), path
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", text)
        assert all("application/json" in attributes for attributes in inline), path


async def test_an_unknown_address_is_told_in_the_readers_language(browsers: Browsers) -> None:
    client = await browsers.fresh("zh-CN")
    answer = await client.get("/nowhere")
    assert answer.status_code == 404
    assert 'lang="zh-CN"' in answer.text
    assert "内容不存在" in answer.text


async def test_a_message_that_did_not_get_through_is_sent_again(
    browsers: Browsers, maker: Maker, database: Database
) -> None:
    case = await register(maker.actor(Role.ADVISOR))
    message_id = await dead_message(database, maker.oem_id, maker.here, case.id)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    page = await client.get("/messages?view=failed")
    assert f"/messages/{message_id}/requeue" in page.text
    assert "o***@example.com" in page.text
    assert "owner@example.com" not in page.text
    row = await send(client, f"/messages/{message_id}/requeue", htmx=True)
    assert row.status_code == 200
    assert "Waiting" in row.text
    again = await send(client, f"/messages/{message_id}/requeue", htmx=True)
    assert "toast-bad" in again.text
    reader = await browsers.of(maker.person(Role.CUSTOMER_RELATIONS))
    assert (await send(reader, f"/messages/{message_id}/requeue")).status_code == 403


async def test_a_message_its_customer_does_without_is_told_as_such_and_not_sent_again(
    browsers: Browsers, maker: Maker, database: Database
) -> None:
    """R3.7, R5.1: the other side has refused nothing."""
    case = await register(maker.actor(Role.ADVISOR))
    message_id = await dead_message(database, maker.oem_id, maker.here, case.id)
    await write(
        database,
        "messages",
        "UPDATE app.messages SET state = 'expired', last_error = 'not_wanted' WHERE oem_id = $1 AND id = $2",
        maker.oem_id,
        message_id,
    )
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    page = await client.get("/messages?view=failed")
    assert f"message-{message_id}" in page.text
    assert "The customer does without such messages." in page.text
    assert f"/messages/{message_id}/requeue" not in page.text
    refused = await send(client, f"/messages/{message_id}/requeue", htmx=True)
    assert "toast-bad" in refused.text
    assert "record it on the complaint" in refused.text


async def test_all_that_failed_is_counted_and_sent_again_after_a_press(
    browsers: Browsers, maker: Maker, database: Database
) -> None:
    """R4.4: what the filters leave; of what may arrive twice only when it is asked for."""
    case = await register(maker.actor(Role.ADVISOR))
    ids = [await dead_message(database, maker.oem_id, maker.here, case.id) for _ in range(3)]
    await write(
        database,
        "messages",
        "UPDATE app.messages SET state = 'unknown' WHERE oem_id = $1 AND id = $2",
        maker.oem_id,
        ids[0],
    )
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    assert "/messages/failed" not in (await client.get("/messages?view=sent")).text
    listed = await client.get("/messages?view=failed&channel=email&first_day=2020-01-01")
    link = re.search(r'href="(/messages/failed\?[^"]+)"', listed.text)
    assert link is not None
    asked = await client.get(link[1].replace("&amp;", "&"))
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    assert {name: fields[name] for name in ("view", "channel", "first_day")} == {
        "view": "failed",
        "channel": "email",
        "first_day": "2020-01-01",
    }
    path = "/messages/failed/send-again"
    none = await send(client, path, channel="sms")
    assert none.headers["location"] == "/messages?view=failed&channel=sms"
    done = await send(client, path, channel="email")
    assert (done.status_code, done.headers["location"]) == (303, "/messages?view=failed&channel=email")
    left = (await client.get("/messages?view=failed")).text
    assert [f"/messages/{each}/requeue" in left for each in ids] == [True, False, False]
    await send(client, path, with_unknown="true")
    assert f"/messages/{ids[0]}/requeue" not in (await client.get("/messages?view=failed")).text
    assert "Nothing to send again" in (await client.get("/messages/failed")).text
    reader = await browsers.of(maker.person(Role.CUSTOMER_RELATIONS))
    assert (await reader.get("/messages/failed")).status_code == 403
    assert (await send(reader, path)).status_code == 403


async def test_messages_are_found_by_kind_and_day(
    browsers: Browsers, maker: Maker, database: Database
) -> None:
    """R4.4."""
    case = await register(maker.actor(Role.ADVISOR))
    message_id = await dead_message(database, maker.oem_id, maker.here, case.id)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    for query, is_found in {
        "template=survey": False,
        "last_day=2020-01-01": False,
        "first_day=2020-01-01&last_day=9999-12-31": True,
        "template=nonsense&first_day=x": True,
    }.items():
        listed = (await client.get(f"/messages?{query}")).text
        assert (f"message-{message_id}" in listed) is is_found, query


async def test_messages_follow_page_by_page(browsers: Browsers, maker: Maker, database: Database) -> None:
    case = await register(maker.actor(Role.SERVICE_MANAGER, maker.far))
    for _ in range(52):
        await dead_message(database, maker.oem_id, maker.far, case.id)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER, maker.far))
    first = await client.get("/messages")
    more = re.search(r'id="more".*?hx-get="([^"]+)"', first.text)
    assert more is not None
    second = await client.get(more[1].replace("&amp;", "&"), headers={"hx-request": "true"})
    assert second.text.count('<tr role="row" id="message-') == 2
    assert (await client.get("/messages?cursor=made-up")).status_code == 422


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIYIN_FILES_URL", tmp_path.as_uri())


async def _small_pdf(*_: object) -> bytes:
    return b"%PDF-1.7 a report"


async def test_a_report_is_asked_for_and_downloaded(browsers: Browsers, maker: Maker, files: None) -> None:
    """R6.6."""
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER), "zh-CN")
    answer = await send(client, "/reports", dealer=maker.here, month="2026-01", locale="zh-CN")
    assert answer.headers["location"] == "/reports?month=2026-01"
    page = await client.get("/reports?month=2026-01")
    assert 'hx-trigger="every 3s"' in page.text
    assert "/file" not in page.text
    run_id = await _only_run(maker)
    assert await render(maker.oem_id, run_id, _small_pdf)
    part = await client.get("/reports/list?month=2026-01", headers={"hx-request": "true"})
    assert f"/reports/{run_id}/file" in part.text
    assert "every 3s" not in part.text
    file = await client.get(f"/reports/{run_id}/file")
    assert file.content == b"%PDF-1.7 a report"
    assert file.headers["content-type"] == "application/pdf"
    assert re.fullmatch(
        r"attachment; filename=\"report\.pdf\"; filename\*=UTF-8''[A-Za-z0-9%_.-]+\.pdf",
        file.headers["content-disposition"],
    )


async def test_a_month_that_has_not_begun_has_no_report(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    for month in ("2099-01", "x", ""):
        answer = await send(client, "/reports", dealer=maker.here, month=month, locale="en")
        assert answer.status_code == 422, month
    strange = await send(client, "/reports", dealer=maker.sibling, month="2026-01", locale="en")
    assert strange.status_code == 422


async def _only_run(maker: Maker) -> UUID:
    async with transaction(maker.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        return (await runs(tx, maker.oem_id)).items[0].id
