"""Errors as problems (RFC 9457), and input that must never give a 500."""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar, get

from services.api.errors import HANDLERS
from shared.web.requests import observe_requests
from tests.integration.api_base.conftest import Visitor, client_of

Api = httpx.AsyncClient
SESSION = "/api/v1/session"


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/nowhere", b"", 404, "not_found"),
        ("GET", "/api/v1/nowhere", b"", 404, "not_found"),
        ("GET", "/api/v1", b"", 404, "not_found"),
        ("PATCH", SESSION, b"", 405, "method_not_allowed"),
        ("GET", SESSION, b"", 401, "not_signed_in"),
        ("POST", SESSION, b"{", 400, "malformed_request"),
        ("POST", SESSION, b"\xff", 400, "malformed_request"),
        ("POST", SESSION, b'{"email": "\\ud800", "password": "x"}', 400, "malformed_request"),
        ("POST", SESSION, b"", 422, "invalid_input"),
        ("POST", SESSION, b"null", 422, "invalid_input"),
        ("POST", SESSION, b"[]", 422, "invalid_input"),
        ("POST", SESSION, b'{"email": "x"}', 422, "invalid_input"),
        ("POST", SESSION, b'{"email": "x", "password": 3}', 422, "invalid_input"),
        ("POST", SESSION, b'{"email": "x", "password": "x", "more": 1}', 422, "invalid_input"),
        ("POST", SESSION, b'{"email": "x\\u0000", "password": "x"}', 422, "invalid_input"),
        ("POST", SESSION + "?next=%00", b'{"email": "x", "password": "x"}', 422, "nul_character"),
        ("POST", SESSION, b'{"email": "x", "password": "' + b"x" * 1_000_000 + b'"}', 413, "too_large"),
        ("DELETE", "/api/v1/sessions/not-an-id", b"", 404, "not_found"),
    ],
)
async def test_every_refusal_is_a_problem(
    api: Api, method: str, path: str, content: bytes, status: int, code: str
) -> None:
    answer = await api.request(method, path, content=content, headers={"X-Request-ID": "my-request-1"})
    problem = answer.json()

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:huiyin:problem:{code}"
    assert problem["request_id"] == answer.headers["X-Request-ID"] == "my-request-1"
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize(
    ("language", "locale", "detail"),
    [
        ("en", "en", "Please sign in."),
        ("en-GB,zh;q=0.5", "en", "Please sign in."),
        ("zh", "zh-CN", "请先登录。"),
        ("", "zh-CN", "请先登录。"),
        ("fr;q=;,\x01", "zh-CN", "请先登录。"),
    ],
)
async def test_a_problem_is_told_in_the_readers_language(
    api: Api, language: str, locale: str, detail: str
) -> None:
    answer = await api.get(SESSION, headers={"Accept-Language": language})

    assert (answer.headers["Content-Language"], answer.json()["detail"]) == (locale, detail)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_wrong_field_is_named_with_code_and_sentence(api: Api) -> None:
    answer = await api.post(
        SESSION, json={"email": "x" * 255, "password": "x"}, headers={"Accept-Language": "en"}
    )

    assert answer.json()["errors"] == [
        {
            "field": "email",
            "code": "too_long",
            "detail": "Too long: at most 254 characters.",
            "params": {"limit": 254},
        }
    ]


async def test_a_nul_is_found_wherever_it_hides(api: Api) -> None:
    body = b'{"email": {"deep": ["fine \\\\u0000", "bad \\u0000"]}, "password": "\\\\\\u0000"}'

    answer = await api.post(SESSION, content=body)

    assert [error["field"] for error in answer.json()["errors"]] == ["email.deep.1", "password"]


async def test_a_backslash_before_u0000_is_no_nul(api: Api) -> None:
    answer = await api.post(SESSION, content=b'{"email": "x", "password": "\\\\u0000"}')

    assert answer.json()["code"] == "wrong_credentials"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer x",
        "Bearer hs_x",
        "Bearer hk_x",
        "bearer hs_ x",
        "x" * 9000,
    ],
)
async def test_a_strange_authorization_is_nobody(api: Api, header: str) -> None:
    answer = await api.get(SESSION, headers={"Authorization": header})

    assert answer.status_code == 401


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    )
)
async def test_no_body_whatsoever_gives_a_500(api: Api, body: Any) -> None:
    for path, method in ((SESSION, "POST"), (SESSION + "/membership", "PUT"), ("/api/v1/api-keys", "POST")):
        answer = await api.request(method, path, json=body)
        assert answer.status_code < 500


async def test_an_unexpected_error_tells_nothing_but_the_request_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @get("/broken")
    async def broken() -> None:
        raise RuntimeError("a secret")

    app = Litestar([broken], exception_handlers=HANDLERS, logging_config=None, openapi_config=None)
    observe_requests(app)
    async with client_of(app) as client:
        answer = await client.get("/broken")

    assert answer.status_code == 500
    assert answer.json()["code"] == "unexpected"
    assert "a secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    assert "unexpected_error" in capsys.readouterr().out


@pytest.mark.parametrize("given_id", ["short", "x" * 65, "with space in it", "line\tbreak-here"])
async def test_a_strange_request_id_is_replaced(api: Api, advisor: Visitor, given_id: str) -> None:
    answer = await api.get(SESSION, headers={"X-Request-ID": given_id} | advisor.headers)

    assert len(answer.headers["X-Request-ID"]) == 32
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
