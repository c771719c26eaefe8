"""Files of complaints in the console (R1.8)."""

import re
from uuid import UUID

from shared.file_jobs import running
from shared.file_jobs.repository import JobKind
from shared.files.opened import file_store
from shared.imports import jobs
from shared.permissions import Role
from tests.support.console import Browsers, Maker, send, token_in

CSV = (
    "投诉编号,受理时间,经销商代码,投诉内容\nC1,2026-03-02 08:30,E0,<b>刹车异响\nC2,gestern,E0,异响\n".encode()
)
COLUMNS = {
    "map_external_ref": "投诉编号",
    "map_received_at": "受理时间",
    "map_dealer": "经销商代码",
    "map_words": "投诉内容",
}


async def test_a_file_goes_from_upload_to_result(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.HEAD_OFFICE))
    token = token_in(await client.get("/imports"))

    sent = await client.post(
        "/imports", data={"csrf_token": token}, files={"file": ("投诉.csv", CSV, "text/csv")}
    )
    assert sent.status_code == 303, sent.text
    path = sent.headers["location"]
    assert "投诉内容" in (await client.get(path)).text
    lacking = await send(client, f"{path}/start", how="check", **COLUMNS)
    assert lacking.status_code == 422
    assert "Channel: " in lacking.text
    tried = await send(client, f"{path}/start", how="preview", constant_channel="phone", **COLUMNS)
    assert tried.status_code == 200
    assert "C1" in tried.text
    assert "is-bad" in tried.text
    started = await send(
        client, f"{path}/start", how="take", constant_channel="phone", historical="true", **COLUMNS
    )
    assert started.status_code == 303
    job_id = UUID(path.rsplit("/", 1)[1])
    assert await running.run(maker.oem_id, job_id, {JobKind.IMPORT: jobs.make}, file_store())
    listed = (await client.get("/imports/list")).text
    assert "1 accepted" in listed
    link = await client.get(re.findall(r'href="(/imports/[0-9a-f-]+/file)"', listed)[0])
    assert "C2" in (await client.get(link.headers["location"])).content.decode("utf-8-sig")


async def test_what_is_no_file_is_refused(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.HEAD_OFFICE))
    token = token_in(await client.get("/imports"))

    nothing = await client.post("/imports", data={"csrf_token": token})
    broken = await client.post(
        "/imports", data={"csrf_token": token}, files={"file": ("a.xlsx", b"PK\x03\x04x", "x/y")}
    )

    empty = await client.post(
        "/imports", data={"csrf_token": token}, files={"file": ("a.csv", b"words,channel\n", "text/csv")}
    )
    assert nothing.status_code == broken.status_code == empty.status_code == 422
    assert "The file has no rows." in empty.text
    advisor = await browsers.of(maker.person(Role.ADVISOR))
    assert (await advisor.get("/imports")).status_code == 403
