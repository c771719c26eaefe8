"""Requests that no browser sends by itself: they are refused, and never break anything."""

import pytest

from shared.permissions import Role
from tests.support.console import Browsers, Maker, register, send, token_in

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        (FORM, b"\xff=\xff"),
        (FORM, b"csrf_token=%ff%fe"),
        (FORM, b"&".join([b"a=1"] * 5_000)),
        (FORM + "; charset=nowhere", b"a=1"),
        ("multipart/form-data", b"nothing"),
        ("multipart/form-data; boundary=", b"nothing"),
        ("multipart/form-data; boundary=x", b"nothing"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: attachment\r\n\r\n1\r\n--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=a\r\nContent-Type: a; charset=c\r\n\r\n1\r\n--x--",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n\xff\xfe\r\n--x--\r\n',
        ),
        ("application/json", b"{"),
        ("application/json", b"[" * 100_000),
        ("text/plain", b"a=1"),
        ("", b""),
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/account", "/preferences"])
async def test_a_strange_form_is_refused(
    browsers: Browsers, maker: Maker, path: str, content_type: str, content: bytes
) -> None:
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    answer = await client.post(path, content=content, headers={"content-type": content_type})
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize("depth", [900, 90_000])
async def test_nested_json_is_no_form(browsers: Browsers, maker: Maker, depth: int) -> None:
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    headers = {"content-type": "application/json", "x-csrf-token": token_in(await client.get("/account"))}
    content = b'["\\u0000",' + b"[" * depth + b"]" * (depth + 1)
    assert (await client.post("/account", content=content, headers=headers)).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"referer": "http://["},
        {"referer": "http://console.test:x/cases"},
        {"host": "["},
        {"host": "console.test:99999999"},
        {"host": "\xff"},
        {"hx-request": "true", "hx-current-url": "http://["},
        {"hx-request": "true", "hx-target": "more", "hx-current-url": "//\xff"},
        {"origin": "http://["},
        {"sec-fetch-site": "\xff"},
        {"cookie": "huiyin_session=\xff; huiyin_visitor=\xff; =; ;;"},
        {"cookie": 'huiyin_notice="\xff"; huiyin_locale=%ff; huiyin_theme=%00'},
        {"accept-language": "en;q=nan,zh;q=-1,*;q=x," + "x," * 1_000},
        {"x-csrf-token": "\xff"},
    ],
    ids=lambda headers: repr(headers)[:60],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("is_known", [False, True], ids=["nobody", "somebody"])
async def test_a_strange_header_breaks_no_page(
    browsers: Browsers, maker: Maker, method: str, headers: dict[str, str], *, is_known: bool
) -> None:
    client = await (browsers.of(maker.person(Role.SERVICE_MANAGER)) if is_known else browsers.fresh())
    case = await register(maker.actor(Role.SERVICE_MANAGER))
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    for path in ("/sign-in", f"/cases/{case.id}", f"/cases/{case.id}/take", "/region"):
        answer = await client.request(method, path, headers=raw)
        assert answer.status_code < 500, (path, answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "/cases?cursor=x",
        "/cases?cursor=%ff",
        "/cases?dealer=" + "9" * 5_000,
        "/cases?dealer=-1",
        "/cases?case=x",
        "/cases?q=%ed%a0%80",
        "/cases?q=%00",
        "/cases/%00",
        "/cases?view=x&state=x&urgency=x&category=x",
        "/messages?cursor=x",
        "/messages?view=x&channel=x",
        "/reports?month=0001-01",
        "/reports?month=9999-12",
        "/reports?month=x",
        "/reports/list?month=9999-12",
        "/navigation?page=x",
        "/sign-in?next=//example.com",
        "/sign-in?next=%0d%0aX:%20y",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/static/x/..%2f..%2fpyproject.toml",
        "/static/x//etc/passwd",
        "//example.com/cases",
    ],
    ids=lambda path: path[:60],
)
async def test_a_strange_address_breaks_no_page(browsers: Browsers, maker: Maker, path: str) -> None:
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    answer = await client.get(path)
    assert answer.status_code < 500
    assert "example.com" not in answer.headers.get("location", "")
    for target in ("more", "list"):
        part = await client.get(path, headers={"hx-request": "true", "hx-target": target})
        assert part.status_code < 500


@pytest.mark.parametrize("promised_on", ["0001-01-01", "9999-12-31", "x", "99999-01-01"])
async def test_a_strange_promise_is_refused(browsers: Browsers, maker: Maker, promised_on: str) -> None:
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    case = await register(maker.actor(Role.SERVICE_MANAGER))
    path = f"/cases/{case.id}/plan"
    answer = await send(client, path, version=case.version, plan="换件", promised_on=promised_on)
    assert answer.status_code == 422
    assert (await client.get(f"/cases/{case.id}")).status_code == 200
