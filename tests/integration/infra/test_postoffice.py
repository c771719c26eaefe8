"""The local post office, spoken to over its real ports."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest

from infra.dev.places import CHECKOUT
from infra.dev.postoffice.faults import Faults
from infra.dev.postoffice.office import PostOffice, opened
from infra.dev.postoffice.signature import TOKEN_HEADER, signed_headers
from infra.dev.postoffice.store import Received
from shared.clock import utc_now
from tests.support.postoffice import SMS_SECRET
from tests.support.waiting import eventually

PHONE = "+8613800001234"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


def order(key: str = "m-1", to: str = PHONE, text: str = "Your complaint is registered.") -> bytes:
    return json.dumps({"token": key, "to": to, "text": text}).encode()


async def send(
    client: httpx.AsyncClient, office: PostOffice, body: bytes, *, secret: str = SMS_SECRET, age_s: int = 0
) -> httpx.Response:
    headers = signed_headers(secret, int(utc_now().timestamp()) - age_s, body)
    headers[TOKEN_HEADER] = json.loads(body).get("token", "") if body.startswith(b"{") else ""
    return await client.post(office.sms_url, content=body, headers=headers)


async def query(client: httpx.AsyncClient, office: PostOffice, token: str) -> httpx.Response:
    headers = signed_headers(SMS_SECRET, int(utc_now().timestamp()), f"/sms/{token}".encode())
    return await client.get(f"{office.sms_url}/{token}", headers=headers)


def mail(subject: str = "投诉已受理", to: str = "owner@example.com") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "huiyin@example.com", to, subject
    message["Message-ID"] = "<m-7@huiyin.example>"
    message.set_content("您好，进度见 https://example.com/t/abc。")
    message.add_alternative("<p>您好</p><script>alert(1)</script>", subtype="html")
    return message


async def post(office: PostOffice, message: EmailMessage) -> None:
    await aiosmtplib.send(
        message, hostname="127.0.0.1", port=office.smtp_port, use_tls=False, start_tls=False
    )


async def test_a_signed_sms_is_kept_once_however_often_it_is_sent(
    client: httpx.AsyncClient, post_office: PostOffice
) -> None:
    first = await send(client, post_office, order())
    again = await send(client, post_office, order())
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    (kept,) = post_office.store.newest()
    assert (kept.channel, kept.recipient, kept.text, kept.times) == (
        "sms",
        PHONE,
        "Your complaint is registered.",
        2,
    )


async def test_an_sms_can_be_asked_after_by_its_token(
    client: httpx.AsyncClient, post_office: PostOffice
) -> None:
    assert (await query(client, post_office, "m-1")).status_code == 404
    await send(client, post_office, order())
    assert (await query(client, post_office, "m-1")).json()["status"] == "accepted"
    assert (await client.get(f"{post_office.sms_url}/m-1")).status_code == 401


@pytest.mark.parametrize(("secret", "age_s"), [("another secret", 0), (SMS_SECRET, 400), (SMS_SECRET, -400)])
async def test_an_sms_signed_wrongly_or_long_ago_is_refused(
    client: httpx.AsyncClient, post_office: PostOffice, secret: str, age_s: int
) -> None:
    assert (await send(client, post_office, order(), secret=secret, age_s=age_s)).status_code == 401
    assert post_office.store.count() == 0


async def test_a_changed_body_is_refused(client: httpx.AsyncClient, post_office: PostOffice) -> None:
    headers = signed_headers(SMS_SECRET, int(utc_now().timestamp()), order())
    answer = await client.post(post_office.sms_url, content=order(text="other words"), headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"), [(b"no json", 400), (b'{"token": "m-1"}', 400), (order(to="no number"), 422)]
)
async def test_a_bad_order_is_refused_with_its_status(
    client: httpx.AsyncClient, post_office: PostOffice, body: bytes, status: int
) -> None:
    assert (await send(client, post_office, body)).status_code == status
    assert post_office.store.count() == 0


async def test_errors_and_throttling_happen_on_request_and_keep_nothing(
    client: httpx.AsyncClient, post_office: PostOffice
) -> None:
    post_office.faults.set(Faults(error_percent=100))
    assert (await send(client, post_office, order())).status_code == 500
    post_office.faults.set(Faults(throttle_percent=100, retry_after_s=7))
    throttled = await send(client, post_office, order())
    assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "7")
    assert post_office.store.count() == 0


async def test_a_lost_answer_keeps_the_sms(client: httpx.AsyncClient, post_office: PostOffice) -> None:
    post_office.faults.set(Faults(lost_answer_percent=100))
    with pytest.raises(httpx.TransportError):
        await send(client, post_office, order())
    assert post_office.store.count() == 1


async def test_faults_are_set_over_http_and_unknown_ones_refused(
    client: httpx.AsyncClient, post_office: PostOffice
) -> None:
    url = f"{post_office.url}/api/faults"
    assert (await client.put(url, json={"error_percent": 100})).status_code == 204
    assert (await client.put(url, json={"no_such_fault": 1})).status_code == 400
    assert (await send(client, post_office, order())).status_code == 500


async def test_a_share_of_faults_is_about_that_share_and_the_same_each_time(post_office: PostOffice) -> None:
    def draw() -> list[str]:
        post_office.faults.set(Faults(error_percent=20, seed=3))
        return [post_office.faults.next().value for _ in range(1000)]

    drawn = draw()
    assert 150 < drawn.count("error") < 250
    assert drawn == draw()


async def test_an_email_is_kept_per_recipient_with_its_words(post_office: PostOffice) -> None:
    await post(post_office, mail(to="owner@example.com, manager@example.com"))
    kept = post_office.store.newest()
    assert {message.recipient for message in kept} == {"owner@example.com", "manager@example.com"}
    assert kept[0].subject == "投诉已受理"
    assert kept[0].token == "<m-7@huiyin.example>"
    assert "您好" in kept[0].text


async def test_an_email_is_put_off_on_request(post_office: PostOffice) -> None:
    post_office.faults.set(Faults(error_percent=100))
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await post(post_office, mail())
    assert refused.value.code == 451
    assert post_office.store.count() == 0


async def test_an_email_can_lose_its_answer(post_office: PostOffice) -> None:
    post_office.faults.set(Faults(lost_answer_percent=100))
    with pytest.raises(aiosmtplib.SMTPException):
        await post(post_office, mail())
    assert post_office.store.count() == 1


@pytest.mark.parametrize(("language", "title"), [("zh", "收件台"), ("en", "Post office")])
async def test_the_page_lists_the_newest_first_in_both_languages(
    client: httpx.AsyncClient, post_office: PostOffice, language: str, title: str
) -> None:
    await send(client, post_office, order("m-1", text="<b>first</b>"))
    await send(client, post_office, order("m-2", to="+15550101234", text="see https://example.com/t/x."))
    page = await client.get(post_office.url, params={"lang": language})
    assert f"<h1>{title}</h1>" in page.text
    assert page.text.index("+15550101234") < page.text.index(PHONE)
    assert "&lt;b&gt;first" in page.text
    assert '<a href="https://example.com/t/x">https://example.com/t/x</a>.' in page.text
    assert "style=" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (await client.get(f"{post_office.url}/style.css")).status_code == 200


async def test_the_page_and_the_json_show_one_recipient_or_channel(
    client: httpx.AsyncClient, post_office: PostOffice
) -> None:
    await send(client, post_office, order("m-1"))
    await send(client, post_office, order("m-2", to="+15550101234"))
    await post(post_office, mail())
    page = await client.get(post_office.url, params={"recipient": "0101234"})
    assert "+15550101234" in page.text
    assert PHONE not in page.text
    listed = await client.get(f"{post_office.url}/api/messages", params={"channel": "email"})
    assert [message["recipient"] for message in listed.json()] == ["owner@example.com"]
    assert (await client.delete(f"{post_office.url}/api/messages")).status_code == 204
    assert post_office.store.count() == 0


async def test_the_html_of_an_email_is_shown_where_it_can_do_nothing(
    client: httpx.AsyncClient, post_office: PostOffice
) -> None:
    await post(post_office, mail())
    number = post_office.store.newest()[0].id
    shown = await client.get(f"{post_office.url}/messages/{number}/html")
    assert "<p>您好</p>" in shown.text
    assert shown.headers["Content-Security-Policy"].startswith("sandbox;")
    assert (await client.get(f"{post_office.url}/messages/{number}/source")).status_code == 200
    assert (await client.get(f"{post_office.url}/messages/999999/html")).status_code == 404


async def test_a_killed_post_office_still_has_its_messages(client: httpx.AsyncClient, tmp_path: Path) -> None:
    file = tmp_path / "post-office.sqlite"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infra.dev.postoffice", "--file", file, "--port", "0", "--smtp-port", "0",
        env={"HUIYIN_SMS_SECRET": SMS_SECRET}, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().split(",")[0]
    body = order()
    headers = {**signed_headers(SMS_SECRET, int(utc_now().timestamp()), body), TOKEN_HEADER: "m-1"}
    assert (await client.post(f"{url}/sms", content=body, headers=headers)).status_code == 200
    process.kill()
    await process.wait()
    async with opened(file, SMS_SECRET) as reopened:

        async def messages() -> list[Received]:
            return reopened.store.newest()

        assert len(await eventually(messages, "the message of the killed process")) == 1
