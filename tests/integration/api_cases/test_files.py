"""Files that other programs send."""

import io

from PIL import Image

from shared.permissions import Role
from tests.integration.api_cases.conftest import Api, Caller


async def sent(caller: Caller, method: str, path: str, field: str, content: bytes) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {caller.token}"}
    files = {field: ("march.csv", content)}
    answer = await caller.client.request(method, f"/api/v1{path}", files=files, headers=headers)
    return answer.status_code, answer.content


async def test_a_file_of_complaints_comes_in_as_it_is(api: Api) -> None:
    """R1.1: by CSV import."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    content = "编号,受理时间,经销商,投诉内容\n1,2026-03-02 09:00,near0,刹车异响\n".encode()
    status, answer = await sent(admin, "POST", "/imports", "file", content)
    assert status == 201, answer
    assert "投诉内容".encode() in answer
    assert b'"march.csv"' in answer


async def test_a_logo_comes_in_as_it_is(api: Api) -> None:
    admin = await api.sign_in(Role.ADMINISTRATOR)
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "#336699").save(picture, "PNG")
    status, answer = await sent(admin, "PUT", "/oem/logo", "logo", picture.getvalue())
    assert status == 200, answer
    shown = await admin.get("/oem/logo")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    status, answer = await sent(admin, "PUT", "/oem/logo", "logo", b"not a picture")
    assert status == 422, answer
