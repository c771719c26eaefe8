"""Files of a case by the API and on the case page."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from shared.attachments.service import MOST_OF_CASE, Download, NewAttachment, attach, opened, signed
from shared.cases import service
from shared.cases.commands import ContactChannel, LogContact
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, NotFound
from shared.permissions import Role
from tests.integration.api_cases.conftest import Api

PDF = b"%PDF-1.7 a bill"


async def a_case(api: Api) -> CaseView:
    actor = api.tenant.actor(Role.ADVISOR)
    return await service.register(actor, Intake(channel=Channel.PHONE, words="异响"), source=Source.STAFF)


async def upload(api: Api, case: CaseView, name: str = "bill.pdf", **data: str) -> httpx.Response:
    caller = await api.sign_in(Role.ADVISOR)
    return await api.client.post(
        f"/api/v1/cases/{case.id}/attachments",
        files={"file": (name, PDF, "text/html")},
        data=data,
        headers={"Authorization": f"Bearer {caller.token}", "Accept-Language": "en"},
    )


def how_many(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


async def test_a_file_is_added_listed_and_given_out(api: Api) -> None:
    """R3.6."""
    case = await a_case(api)
    made = await upload(api, case, "../../发票 3月.html", visible_to_customer="true")
    assert made.status_code == 201, made.text
    assert made.json()["name"] == "发票 3月.pdf"
    assert made.json()["media_type"] == "application/pdf"
    caller = await api.sign_in(Role.ADVISOR)
    listed = await caller.get(f"/cases/{case.id}/attachments")
    assert [each["id"] for each in listed.json()["items"]] == [made.json()["id"]]
    link = (await caller.get(f"/cases/{case.id}/attachments/{made.json()['id']}")).json()
    file = await api.client.get(link["url"].removeprefix("http://127.0.0.1:8000"))
    assert file.content == PDF
    assert file.headers["content-disposition"].startswith("attachment")
    timeline = (await caller.get(f"/cases/{case.id}/timeline")).json()["items"]
    assert (timeline[-1]["kind"], timeline[-1]["internal"]) == ("attach", False)


async def test_the_same_content_is_one_attachment_and_leaves_no_second_file(
    api: Api, files_folder: Path
) -> None:
    case = await a_case(api)
    first = await upload(api, case)
    kept = how_many(files_folder)
    second = await upload(api, case, "again.pdf")
    assert first.json() == second.json()
    assert how_many(files_folder) == kept


@pytest.mark.parametrize("content", [b"MZ\x90\0 program", b"<html></html>", b""])
async def test_files_that_lie_about_their_kind_are_refused(api: Api, content: bytes) -> None:
    case = await a_case(api)
    caller = await api.sign_in(Role.ADVISOR)
    answer = await api.client.post(
        f"/api/v1/cases/{case.id}/attachments",
        files={"file": ("photo.jpg", content, "image/jpeg")},
        headers={"Authorization": f"Bearer {caller.token}"},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "file"


async def test_a_recording_belongs_to_a_contact_of_its_case(api: Api) -> None:
    """R3.6: call recording attached where there is one."""
    case, other = await a_case(api), await a_case(api)
    actor = api.tenant.actor(Role.ADVISOR)
    for each in (case, other):
        call = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已致歉")
        await service.log_contact(actor, each.id, call, version=None)
    caller = await api.sign_in(Role.ADVISOR)
    entries = (await caller.get(f"/cases/{case.id}/timeline")).json()["items"]
    contact = next(each["id"] for each in entries if each["kind"] == "log_contact")
    assert (await upload(api, other, entry_id=contact)).status_code == 422
    made = await upload(api, case, entry_id=contact)
    assert made.json()["entry_id"] == contact


async def test_the_same_content_sent_again_for_the_customer_is_shown_to_him(api: Api) -> None:
    """R3.6: and nothing that he has is taken from him."""
    case = await a_case(api)
    staff = (await upload(api, case)).json()
    shown = (await upload(api, case, visible_to_customer="true")).json()
    assert (staff["visible_to_customer"], shown["visible_to_customer"]) == (False, True)
    assert staff["id"] == shown["id"]
    assert (await upload(api, case)).json()["visible_to_customer"]
    caller = await api.sign_in(Role.ADVISOR)
    entries = (await caller.get(f"/cases/{case.id}/timeline")).json()["items"]
    assert [each["internal"] for each in entries if each["kind"] == "attach"] == [True, False]


@pytest.mark.parametrize("role", [Role.REGIONAL_MANAGER, Role.HEAD_OFFICE])
async def test_the_oem_shows_the_customer_a_dealers_file(api: Api, role: Role) -> None:
    """R3.6: by the rights of the database as well."""
    case = await a_case(api)
    await attach(api.tenant.actor(Role.ADVISOR), case.id, NewAttachment(name="a.pdf", content=PDF))
    again = NewAttachment(name="a.pdf", content=PDF, visible_to_customer=True)
    assert (await attach(api.tenant.actor(role), case.id, again)).visible_to_customer


async def test_readers_add_nothing_and_a_case_is_not_filled_without_end(api: Api) -> None:
    case = await a_case(api)
    reader = api.tenant.actor(Role.READER)
    with pytest.raises(Forbidden):
        await attach(reader, case.id, NewAttachment(name="a.pdf", content=PDF))
    actor = api.tenant.actor(Role.ADVISOR)
    for number in range(MOST_OF_CASE):
        await attach(actor, case.id, NewAttachment(name="a.pdf", content=PDF + bytes([number])))
    with pytest.raises(Conflict):
        await attach(actor, case.id, NewAttachment(name="a.pdf", content=PDF))
    async with transaction(actor.scope) as tx:
        assert await tx.value("SELECT count(*) FROM case_attachments WHERE case_id = $1", case.id) == 40


def test_a_signed_link_ends_and_bears_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    download = Download("1/attachments/a.pdf", "application/pdf", "发票.pdf")
    key = signed(download, "x" * 32)
    assert opened(key, "x" * 32) == download
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), "", "1.2.3"):
        with pytest.raises(NotFound):
            opened(wrong, "x" * 32)
    with pytest.raises(NotFound):
        opened(key, "y" * 32)
    later = datetime.now(UTC) + timedelta(minutes=6)
    monkeypatch.setattr("shared.attachments.service.utc_now", lambda: later)
    with pytest.raises(NotFound):
        opened(key, "x" * 32)
