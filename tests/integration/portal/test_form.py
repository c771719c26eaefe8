"""The complaint form: pages, the API, and what keeps machines out."""

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from shared.clock import utc_now
from shared.errors import TooManyRequests, Unavailable
from shared.files.content import LIMITS, FileKind
from shared.files.store import FileStore
from shared.portal import form_tokens, limits
from shared.portal.submission import MOST_PHOTOS
from tests.integration.portal.conftest import SECRET, Portal

EN = {"Accept-Language": "en"}
FIELDS: dict[str, Any] = {
    "words": "高速行驶踩刹车时方向盘严重抖动。",
    "customer_name": "张测试",
    "customer_phone": "13800009001",
    "vehicle_plate": "测A·12345",
    "consent_version": "1",
}


def token(portal: Portal, ago: timedelta = timedelta(minutes=2)) -> str:
    return form_tokens.issue(portal.tenant.oem_id, utc_now() - ago, SECRET)


def photo(colour: str = "#336699") -> tuple[str, bytes, str]:
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    target = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(target, format="JPEG", exif=exif)
    return ("IMG 0001.JPG", target.getvalue(), "image/jpeg")


async def send(portal: Portal, *photos: tuple[str, bytes, str], **fields: Any) -> httpx.Response:
    data = {**FIELDS, "dealer_id": str(portal.tenant.here), "form_token": token(portal), **fields}
    files = [("photos", each) for each in photos] or [("photos", ("", b"", "application/octet-stream"))]
    return await portal.client.post(f"/c/{portal.slug}", data=data, files=files, headers=EN)


async def cases_of(portal: Portal, phone: str) -> list[Any]:
    return await portal.owner.fetch(
        "SELECT c.* FROM cases c JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id"
        " WHERE p.phone = $1 ORDER BY c.number",
        phone,
    )


async def test_the_dealer_is_found_by_city_and_name(portal: Portal) -> None:
    await portal.owner.execute("UPDATE dealers SET city = '无锡' WHERE id = $1", portal.tenant.far)
    page = (await portal.client.get(f"/c/{portal.slug}")).text
    assert page.count("?dealer=") == 4
    found = (await portal.client.get(f"/c/{portal.slug}", params={"find": "无锡"})).text
    assert re.findall(r"\?dealer=(\d+)", found) == [str(portal.tenant.far), "0"]
    none = (await portal.client.get(f"/c/{portal.slug}", params={"find": "zzz"}, headers=EN)).text
    assert "No dealer matches" in none


async def test_a_complaint_becomes_a_case_that_waits_to_be_confirmed(portal: Portal) -> None:
    """R1.1, R1.2, R1.4, R1.6: channel web form, state received, a named owner, and the way to follow it."""
    answer = await send(portal, photo(), photo("#993366"), symptom="时速 80 以上", demand="尽快检修")
    assert answer.status_code == 303, answer.text
    (case,) = await cases_of(portal, "+8613800009001")
    assert (case["state"], case["channel"], case["source"]) == ("received", "web_form", "portal")
    assert (case["dealer_id"], case["description"]) == (portal.tenant.here, "时速 80 以上")
    assert case["owner_name"]
    received = await portal.client.get(answer.headers["location"])
    assert case["number"] in received.text
    tracking = await portal.client.get(answer.headers["location"].removesuffix("/received"))
    assert tracking.text.count("IMG 0001.jpg") == 2
    consent = await portal.owner.fetchrow("SELECT * FROM case_consents WHERE case_id = $1", case["id"])
    assert (consent["version"], consent["locale"]) == (1, "en")


async def test_files_are_given_out_to_be_saved_and_tell_no_place(portal: Portal) -> None:
    """R3.6: no guessable address, no content that a browser would run."""
    answer = await send(portal, photo(), customer_phone="13800009002")
    base = answer.headers["location"].removesuffix("/received")
    page = (await portal.client.get(base)).text
    (path,) = re.findall(rf'href="({base}/files/[^"]+)"', page)
    to_file = await portal.client.get(path)
    assert to_file.status_code == 303
    file = await portal.client.get(to_file.headers["location"])
    assert file.status_code == 200
    assert file.headers["content-type"] == "image/jpeg"
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in file.headers["content-security-policy"]
    assert b"PhoneMaker" not in file.content
    other = await send(portal, customer_phone="13800009003")
    theirs = other.headers["location"].removesuffix("/received")
    stolen = path.replace(base, theirs)
    assert (await portal.client.get(stolen)).status_code == 404
    assert (await portal.client.get("/files/1.x.y")).status_code == 404
    changed = to_file.headers["location"][:-2] + "xx"
    assert (await portal.client.get(changed)).status_code == 404


async def test_nobody_takes_over_another_customers_address_by_the_form(portal: Portal) -> None:
    """R9.1: whoever knows name and phone of a customer gets none of his messages, and with them his links."""
    phone = "+8613800009011"
    case = await portal.case(customer_phone=phone, customer_email="owner@example.com")
    stranger = await send(portal, customer_phone=phone, customer_email="stranger@example.com")
    assert stranger.status_code == 303
    known = await portal.owner.fetch("SELECT email FROM customers WHERE phone = $1", phone)
    assert sorted(each["email"] for each in known) == ["owner@example.com", "stranger@example.com"]
    himself = await send(portal, customer_phone=phone)
    assert himself.status_code == 303
    cases = await cases_of(portal, phone)
    assert [each["customer_id"] for each in cases].count(case.customer_id) == 2


async def test_the_same_form_sent_twice_makes_one_case(portal: Portal) -> None:
    once = token(portal)
    first = await send(portal, photo(), form_token=once, customer_phone="13800009004")
    second = await send(portal, photo(), form_token=once, customer_phone="13800009004")
    assert first.headers["location"] == second.headers["location"]
    assert len(await cases_of(portal, "+8613800009004")) == 1
    changed = await send(
        portal, form_token=once, customer_phone="13800009004", words="另一件事，完全不同的内容。"
    )
    assert changed.status_code == 409
    assert "reached us already" in changed.text
    assert "另一件事" in changed.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"words": ""}, "Please fill this in"),
        ({"words": "车不好用"}, "what exactly happens"),
        ({"customer_name": " "}, "Please fill this in"),
        ({"customer_phone": ""}, "phone number or an e-mail"),
        ({"customer_phone": "12"}, "telephone number has this many digits"),
        ({"customer_email": "nobody"}, "enter an e-mail address"),
        ({"vehicle_vin": "TOO-SHORT"}, "17 letters and digits"),
        ({"consent_version": ""}, "Without your consent"),
        ({"consent_version": "99"}, "read it once more"),
        ({"words": "字" * 10_001}, "at most"),
        ({"words": "字" * 20_001}, "at most"),
        ({"symptom": "字" * 10_001}, "at most"),
    ],
)
async def test_what_is_refused_comes_back_as_it_was_typed(
    portal: Portal, fields: dict[str, str], said: str
) -> None:
    answer = await send(portal, **{"demand": "请回电，谢谢。", **fields})
    assert answer.status_code == 422
    assert said in answer.text
    assert "请回电，谢谢。" in answer.text
    assert 'aria-invalid="true"' in answer.text


async def test_the_form_takes_as_many_and_as_heavy_photos_as_it_promises(portal: Portal) -> None:
    heavy = b"\xff\xd8\xff" + bytes(LIMITS[FileKind.IMAGE] - 3)
    five = [("photo.jpg", heavy, "image/jpeg")] * MOST_PHOTOS
    answer = await send(portal, *five, customer_phone="13800009012")
    assert answer.status_code == 422
    assert "choose your photos again" in answer.text


async def test_characters_that_no_page_can_show_are_refused(portal: Portal) -> None:
    part = 'Content-Disposition: form-data; name="words"\r\nContent-Type: text/plain; charset=utf-7'
    body = f"--x\r\n{part}\r\n\r\n+2AA-\r\n--x--\r\n".encode()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await portal.client.post(f"/c/{portal.slug}", content=body, headers=headers)
    assert answer.status_code == 400


async def test_a_photo_that_is_none_is_refused_before_a_case_is_made(portal: Portal) -> None:
    wrong = ("photo.jpg", b"MZ\x90\0 not a picture", "image/jpeg")
    answer = await send(portal, wrong, customer_phone="13800009005")
    assert answer.status_code == 422
    assert "choose your photos again" in answer.text
    pdf = ("photo.jpg", b"%PDF-1.7 ...", "image/jpeg")
    assert "Please choose pictures only" in (await send(portal, pdf, customer_phone="13800009005")).text
    many = [photo(f"#33669{number}") for number in range(6)]
    assert "at most 5 photos" in (await send(portal, *many, customer_phone="13800009005")).text
    assert await cases_of(portal, "+8613800009005") == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"website": "http://spam.example.com"}, 409),
        ({"form_token": ""}, 422),
        ({"form_token": "1.a.b"}, 422),
    ],
)
async def test_machines_are_kept_out(portal: Portal, fields: dict[str, str], status: int) -> None:
    answer = await send(portal, customer_phone="13800009006", **fields)
    assert answer.status_code == status
    assert "spam.example.com" not in answer.text
    assert await cases_of(portal, "+8613800009006") == []


async def test_who_is_too_quick_may_send_the_same_form_again(portal: Portal) -> None:
    quick = token(portal, timedelta(0))
    answer = await send(portal, form_token=quick, customer_phone="13800009007")
    assert answer.status_code == 409
    assert quick in answer.text


async def test_forms_are_limited_per_address(portal: Portal) -> None:
    codes = [
        (await send(portal, customer_phone=f"138000092{number:02d}")).status_code for number in range(11)
    ]
    assert codes == [303] * 10 + [429]


async def test_no_network_uses_up_the_forms_of_an_oem() -> None:
    """However many addresses of an IPv6 /48 send them."""
    oem_id, most = 987_654_321, limits.FORMS_OF_NETWORK.tries
    for number in range(most):
        await limits.take(limits.of_form(oem_id, f"2001:db8:77:{number:x}::1", ()))
    with pytest.raises(TooManyRequests):
        await limits.take(limits.of_form(oem_id, "2001:db8:77:ffff::1", ()))
    await limits.take(limits.of_form(oem_id, "2001:db8:78::1", ()))


async def test_consent_is_written_with_the_case_or_neither(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R9.2."""

    async def fails(*_: object) -> None:
        raise Unavailable("database_unreachable")

    with monkeypatch.context() as broken:
        broken.setattr("shared.portal.submission.record", fails)
        assert (await send(portal, customer_phone="+8613800009077")).status_code == 503
    assert await cases_of(portal, "+8613800009077") == []
    assert (await send(portal, customer_phone="+8613800009077")).status_code == 303
    [case] = await cases_of(portal, "+8613800009077")
    sql = "SELECT count(*) FROM case_consents WHERE case_id = $1"
    assert await portal.owner.fetchval(sql, case["id"]) == 1


async def test_a_complaint_arrives_without_its_photos_while_the_file_store_is_away(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """R1.1: the customer gets his number, and the same form sent again adds the photos."""
    once = token(portal)
    sent = {"form_token": once, "customer_phone": "13800009078"}
    store = FileStore.open(f"file://{tmp_path}/away")
    (tmp_path / "away").rmdir()
    (tmp_path / "away").write_text("no folder")
    with monkeypatch.context() as broken:
        broken.setattr("shared.attachments.service.file_store", lambda: store)
        first = await send(portal, photo(), **sent)
    assert first.status_code == 303
    [case] = await cases_of(portal, "+8613800009078")
    page = (await portal.client.get(first.headers["location"], headers=EN)).text
    assert case["number"] in page
    assert "photos could not be kept" in page
    count = "SELECT count(*) FROM case_attachments WHERE case_id = $1"
    assert await portal.owner.fetchval(count, case["id"]) == 0
    again = await send(portal, photo(), **sent)
    page = (await portal.client.get(again.headers["location"], headers=EN)).text
    assert "photos could not be kept" not in page
    assert await portal.owner.fetchval(count, case["id"]) == 1


async def test_nobody_is_flooded_with_messages_by_the_form(portal: Portal) -> None:
    """However the number is written, and whatever network the forms come from."""
    written = ["13800009013", "138 0000 9013", "+8613800009013", "0086 13800009013", "138-0000-9013"]
    codes = [(await send(portal, customer_phone=each)).status_code for each in [*written, written[0]]]
    assert codes == [303] * 5 + [429]


async def test_unknown_oems_and_other_peoples_dealers_take_nothing(portal: Portal) -> None:
    """R9.1."""
    assert (await portal.client.get("/c/no-such-oem")).status_code == 404
    assert (await portal.client.get(f"/c/{portal.slug}", params={"dealer": "999999"})).text.count(
        "<textarea"
    ) == 0
    assert (await send(portal, dealer_id="999999", customer_phone="13800009008")).status_code == 422


async def test_who_does_not_know_his_dealer_reaches_the_oem(portal: Portal) -> None:
    answer = await send(portal, dealer_id="0", customer_phone="13800009009")
    assert answer.status_code == 303
    (case,) = await cases_of(portal, "+8613800009009")
    assert case["dealer_id"] == portal.tenant.desk


async def test_other_programs_send_the_form_as_json(portal: Portal) -> None:
    """R1.1: the OEM's own site or app."""
    path = f"/api/v1/public/complaint-forms/{portal.slug}"
    form = (await portal.client.get(path, params={"locale": "en"})).json()
    assert {each["id"] for each in form["dealers"]} == {
        portal.tenant.here,
        portal.tenant.sibling,
        portal.tenant.far,
    }
    assert "Test Motors" in form["consent"]["text"]
    body = {
        **FIELDS,
        "locale": "en",
        "consent_version": form["consent"]["version"],
        "form_token": token(portal),
        "customer_phone": "13800009010",
    }
    first = await portal.client.post(path, json=body)
    assert first.status_code == 201, first.text
    assert first.json() == (await portal.client.post(path, json=body)).json()
    assert (await portal.client.get(first.json()["tracking_url"])).status_code == 200
    problem = await portal.client.post(
        path, json={**body, "form_token": token(portal), "words": ""}, headers=EN
    )
    assert problem.status_code == 422
    assert problem.json()["errors"][0]["field"] == "words"
    assert (await portal.client.get("/api/v1/public/complaint-forms/nobody")).status_code == 404


async def test_a_notice_names_line_officer_and_address_and_can_be_scanned(portal: Portal) -> None:
    """R1.1: each dealer's complaint line and complaints officer on a printable notice."""
    await portal.owner.execute(
        "UPDATE dealers SET phone = '+8651200000001', complaints_officer = '王测试' WHERE id = $1",
        portal.tenant.here,
    )
    page = await portal.client.get(f"/c/{portal.slug}/notice/{portal.tenant.here}", headers=EN)
    assert "王测试" in page.text
    assert "0512 0000 0001" in page.text
    assert f"http://care.test/c/{portal.slug}?dealer={portal.tenant.here}" in page.text
    assert "<svg" in page.text
    assert "style=" not in page.text
    assert (await portal.client.get(f"/c/{portal.slug}/notice/{portal.tenant.desk}")).status_code == 404
