"""The description of the API."""

from typing import Any

import httpx
import jsonschema_rs
import pytest
from litestar import Litestar

Api = httpx.AsyncClient
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
async def described(api: Api) -> dict[str, Any]:
    answer = await api.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def _operations(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": item[method]
        for path, item in described["paths"].items()
        for method in METHODS
        if method in item
    }


async def test_it_is_openapi_3_1_with_a_bearer_scheme(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert described["info"]["title"] == "Huiyin"
    assert described["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


async def test_every_route_of_the_api_is_described(application: Litestar, described: dict[str, Any]) -> None:
    routes = {
        f"{method.lower()} {route.path_format}"
        for route in application.routes
        for method in route.methods
        if route.path.startswith("/api/v1/") and method != "OPTIONS" and "openapi.json" not in route.path
    }

    assert routes == _operations(described).keys()


async def test_every_operation_has_words_and_its_problems(described: dict[str, Any]) -> None:
    for name, operation in _operations(described).items():
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (name, status)
        expected = {"401", "422", "500", "503"} | ({"404"} if "{" in name else set())
        assert expected <= operation["responses"].keys(), name


async def test_only_what_leads_in_is_open_to_everybody(described: dict[str, Any]) -> None:
    public = {name for name, operation in _operations(described).items() if operation.get("security") == []}

    assert public == {
        "post /api/v1/inbound/{source_id}",
        "post /api/v1/inbound/{source_id}/calls",
        "post /api/v1/receipts/gateway",
        "post /api/v1/receipts/twilio/{token}",
        "post /api/v1/receipts/aliyun/{key}",
        "post /api/v1/receipts/tencent/{key}",
        "get /api/v1/public/complaint-forms/{slug}",
        "post /api/v1/public/complaint-forms/{slug}",
        "post /api/v1/session",
        "post /api/v1/invitation",
        "post /api/v1/invitation/acceptance",
        "post /api/v1/password-reset",
        "post /api/v1/password-reset/use",
    }


async def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [ref for value in node.values() for ref in references(value)]
        return [ref for item in node for ref in references(item)] if isinstance(node, list) else []

    schemas = described["components"]["schemas"]
    assert {ref.removeprefix("#/components/schemas/") for ref in references(described)} <= schemas.keys()


async def test_nothing_is_loaded_from_elsewhere(api: Api, described: dict[str, Any]) -> None:
    assert "cdn" not in str(described).lower()
    for path in ("/schema", "/api/v1/docs", "/api/v1/swagger", "/api/v1/redoc"):
        assert (await api.get(path)).status_code == 404


async def test_every_json_body_and_answer_has_an_example_of_its_own_schema(described: dict[str, Any]) -> None:
    """Issue 2: the description is complete with examples."""
    seen = 0
    for name, operation in _operations(described).items():
        fine = [answer for status, answer in operation["responses"].items() if int(status) < 400]
        for part in (operation.get("requestBody", {}), *fine):
            media = part.get("content", {}).get("application/json")
            if media is None or media["schema"] == {"type": "null"}:
                continue
            given = [media["example"]] if "example" in media else media["schema"]["examples"]
            validator = jsonschema_rs.Draft202012Validator(
                {**media["schema"], "components": described["components"]}, validate_formats=True
            )
            for example in given:
                seen += 1
                wrong = [(error.instance_path, error.message) for error in validator.iter_errors(example)]
                assert not wrong, (name, example, wrong)
    assert seen > 200
