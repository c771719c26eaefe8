"""The console's pages about the OEM itself, its dealers, and files of dealers and staff."""

import re
from uuid import uuid4

import httpx
import pytest

from shared.accounts.directory import NewAccount, create_account
from shared.permissions import Role
from tests.support.console import PASSWORD, Browsers, Maker, send, sign_in, token_in
from tests.unit.files.test_images import png

SETTINGS = {
    "name": "测试汽车",
    "name_en": "Test Motors",
    "time_zone": "Asia/Shanghai",
    "locale": "zh-CN",
    "number_prefix": "TM",
    "sender_name": "Test Care",
    "sms_signature": "测试汽车",
    "public_url": "https://care.example.com",
}


def version_in(page: httpx.Response) -> str:
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found is not None
    return found[1]


async def test_settings_are_kept_and_stale_pages_refused(browsers: Browsers, maker: Maker) -> None:
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    version = version_in(await admin.get("/oem"))
    wrong = await send(admin, "/oem", **{**SETTINGS, "number_prefix": "x"}, version=version)
    assert wrong.status_code == 422
    assert "capital letters" in wrong.text
    assert (await send(admin, "/oem", **SETTINGS, version=version)).status_code == 303
    assert 'value="Test Care"' in (await admin.get("/oem")).text
    stale = await send(admin, "/oem", **{**SETTINGS, "name_en": "Other"}, version=version)
    assert stale.status_code == 409
    words = {"zh": "{oem}处理信息。", "en": "{oem} handles data."}
    version = consent_version_in(await admin.get("/oem"))
    published = await send(admin, "/oem/consent", **words, version=version)
    assert published.status_code == 303
    assert "{oem} handles data." in (await admin.get("/oem")).text
    assert (await send(admin, "/oem/consent", **words, version=version)).status_code == 409
    assert (await send(admin, "/oem/consent", zh="", en="", version=version)).status_code == 422


def consent_version_in(page: httpx.Response) -> str:
    found = re.search(r'action="/oem/consent">.*?name="version" value="(\d+)"', page.text, re.DOTALL)
    assert found is not None
    return found[1]


async def test_a_logo_is_taken_by_its_content(browsers: Browsers, maker: Maker) -> None:
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    token = token_in(await admin.get("/oem"))
    for content in (b"<svg/>", b"x" * 300_000):
        answer = await admin.post(
            "/oem/logo", data={"csrf_token": token}, files={"logo": ("a.png", content, "image/png")}
        )
        assert answer.status_code in {413, 422}, answer.status_code
    sent = await admin.post(
        "/oem/logo", data={"csrf_token": token}, files={"logo": ("a.png", png(), "image/png")}
    )
    assert sent.status_code == 303
    page = await (await browsers.of(maker.person(Role.ADVISOR))).get("/cases")
    address = re.search(r'src="(/oem/logo\?v=[0-9a-f]+)"', page.text)
    assert address is not None
    picture = await admin.get(address[1])
    assert (picture.content, picture.headers["content-type"]) == (png(), "image/png")
    assert (await send(admin, "/oem/logo/remove")).status_code == 303
    assert (await admin.get("/oem/logo")).status_code == 404


@pytest.mark.parametrize("path", ["/oem", "/network", "/network/import", "/staff/import", "/platform"])
async def test_these_pages_are_not_for_everybody(browsers: Browsers, maker: Maker, path: str) -> None:
    advisor = await browsers.of(maker.person(Role.ADVISOR))
    assert (await advisor.get(path)).status_code == 403
    assert f'href="{path}"' not in (await advisor.get("/account")).text


async def test_dealers_are_added_one_by_one(browsers: Browsers, maker: Maker) -> None:
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    new = {"code": "x1", "name": "新一店", "area_code": "X", "district_code": "X1", "phone": "010-12345678"}
    assert (await send(admin, "/network", **{**new, "name": ""})).status_code == 422
    assert (await send(admin, "/network", **new)).status_code == 303
    assert "新一店" in (await admin.get("/network")).text
    assert (await send(admin, "/network", **new)).status_code == 422


async def test_a_file_is_checked_first_and_taken_then(browsers: Browsers, maker: Maker) -> None:
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    token = token_in(await admin.get("/network/import"))
    text = "code,name,area_code,district_code\ny1,新二店,Y,Y1\ny2,,Y,Y1\n"

    async def check(content: bytes) -> httpx.Response:
        files = {"file": ("dealers.csv", content, "text/csv")}
        return await admin.post("/network/import", data={"csrf_token": token}, files=files)

    for content in (b"", b"x,y\n1,2\n", b"PK\x03\x04"):
        assert (await check(content)).status_code == 422
    checked = await check(text.encode("gb18030"))
    assert "What would happen" in checked.text
    assert "Please fill this in." in checked.text
    assert "新二店" not in (await admin.get("/network")).text
    taken = await send(admin, "/network/import", content=text.replace("\n", "\r\n"))
    assert "Done" in taken.text
    assert "新二店" in (await admin.get("/network")).text

    mail = f"{uuid4().hex[:10]}@example.com"
    staff = f"email,name,role,dealer_code\n{mail},王测试,advisor,y1\n"
    assert mail in (await send(admin, "/staff/import", content=staff)).text
    assert mail in (await admin.get("/staff?view=invited")).text
    for path in ("/network/import/example", "/staff/import/example"):
        assert (await admin.get(path)).content.startswith("\ufeff".encode())


async def test_the_platform_operator_opens_an_oem(browsers: Browsers, maker: Maker) -> None:
    mark = uuid4().hex[:8]
    email = f"operator-{mark}@example.com"
    await create_account(NewAccount(email, "Operator", PASSWORD, platform_operator=True))
    client = await browsers.fresh()
    assert (await sign_in(client, email)).status_code == 303
    assert (await client.get("/")).headers["location"] == "/platform"
    new = {
        "slug": f"oem-{mark}",
        "name": "新测试汽车",
        "name_en": "New Test Motors",
        "country": "cn",
        "time_zone": "Asia/Shanghai",
        "locale": "en",
        "admin_name": "Ada",
        "admin_email": f"admin-{mark}@example.com",
    }
    assert (await send(client, "/platform", **{**new, "slug": "X"})).status_code == 422
    assert (await send(client, "/platform", **new)).status_code == 303
    assert (await send(client, "/platform", **new)).status_code == 409
    page = await client.get("/platform")
    assert f"oem-{mark}" in page.text
    assert (await send(client, f"/platform/{maker.oem_id}/invite")).status_code == 409
    assert (await client.get("/cases")).status_code == 404
