"""Other people's ids in bodies and queries: answered like ids that nobody has (R9.1).

The fields are read from the API's own description, bodies from its examples: a new one enters by itself, and
fails where it names an id that this test does not know.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from shared.permissions import Role
from tests.integration.api_cases.conftest import PASSWORD, Api, Caller
from tests.integration.api_cases.others import DESCRIPTION, PARAMETER, Ids, ids_of
from tests.support.tenant import found_tenant

NUMBERS = {"dealer_id": "dealer_id", "dealer_ids": "dealer_id", "region_id": "", "region_ids": ""}
"""Numbers of dealers and regions count within an OEM: another OEM's are one's own or nobody's."""
OTHERS = {
    **dict.fromkeys(
        (
            "owner_id",
            "owner_ids",
            "caller_id",
            "substitute_id",
            "membership_id",
            "person_id",
            "assignee_id",
        ),
        "membership_id",
    ),
    "into_id": "case_id",
    "other_id": "case_id",
    **NUMBERS,
}
NOT_OURS = {"provider_template_id", "call_id"}
"""Names that other systems gave."""
UNKNOWN_NUMBER = 2**40


def _places() -> Iterator[tuple[str, str, str, str, Any]]:
    """(method, path, where, field, example body) of every id in a query or a body."""
    for path, operations in DESCRIPTION["paths"].items():
        if "/public/" in path or path.startswith("/api/v1/inbound/"):
            continue
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query" and _is_id(parameter["name"]):
                    yield method, path, "query", parameter["name"], None
            media = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if media is not None:
                example = _example(media)
                for field in sorted(_fields(media["schema"], example)):
                    yield method, path, "body", field, example


def _example(media: dict[str, Any]) -> Any:
    return media["schema"]["examples"][0] if "examples" in media["schema"] else {}


def _fields(schema: dict[str, Any], example: Any) -> set[str]:
    """Ids that the body may have at its top, and those deeper within its example."""
    found = {name for name in _resolved(schema).get("properties", {}) if _is_id(name)}

    def walk(value: Any) -> None:
        for name, inner in value.items() if isinstance(value, dict) else ():
            if _is_id(name):
                found.add(name)
            walk(inner)
        for inner in value if isinstance(value, list) else ():
            walk(inner)

    walk(example)
    return found


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return DESCRIPTION["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def _is_id(name: str) -> bool:
    return re.search(r"_ids?$", name) is not None and name not in NOT_OURS


def _with(body: Any, field: str, value: Any) -> Any:
    """The body with the id in the field, wherever it stands; at its top where it stands nowhere."""
    filled = copy.deepcopy(body)
    several = [value] if field.endswith("_ids") else value

    def walk(inner: Any) -> bool:
        if isinstance(inner, dict):
            deeper = [walk(each) for each in inner.values()]
            if field in inner:
                inner[field] = several
            return field in inner or any(deeper)
        found = [walk(each) for each in inner] if isinstance(inner, list) else []
        return any(found)

    if not walk(filled):
        filled[field] = several
    return filled


PLACES = list(_places())


@pytest.fixture(scope="module")
async def theirs(api: Api) -> dict[str, Ids]:
    """What belongs to a dealer of another district, and to another OEM."""
    other = await found_tenant(PASSWORD)
    return {
        "other region": await ids_of(api, api.tenant, api.tenant.far),
        "other OEM": await ids_of(api, other, other.here),
    }


@pytest.fixture(scope="module")
async def own(api: Api) -> Ids:
    """What the callers themselves may name in a path."""
    return await ids_of(api, api.tenant, api.tenant.here)


async def _callers(api: Api) -> dict[str, tuple[Caller, tuple[str, ...]]]:
    """Who asks, and whose things are out of reach."""
    narrow, wide = ("other region", "other OEM"), ("other OEM",)
    return {
        "advisor": (await api.sign_in(Role.ADVISOR), narrow),
        "service manager": (await api.sign_in(Role.SERVICE_MANAGER), narrow),
        "key of a dealer": (await api.key(api.tenant.here), narrow),
        "administrator": (await api.sign_in(Role.ADMINISTRATOR), wide),
        "key of the OEM": (await api.key(), wide),
    }


@pytest.mark.parametrize(
    ("method", "path", "where", "field", "example"), PLACES, ids=lambda value: str(value)[:60]
)
async def test_an_id_of_somebody_else_is_answered_like_one_that_nobody_has(
    api: Api,
    theirs: dict[str, Ids],
    own: Ids,
    method: str,
    path: str,
    where: str,
    field: str,
    example: Any,
) -> None:
    """R9.1."""
    kind = OTHERS[field]
    if not kind:
        pytest.skip("regions have no tenant's data of their own")
    filled = PARAMETER.sub(lambda found: own[found[1]], path)
    for name, (caller, out_of_reach) in (await _callers(api)).items():

        async def ask(value: Any, caller: Caller = caller) -> tuple[int, Any]:
            headers = {"Authorization": f"Bearer {caller.token}"}
            given = {"params": {field: value}} if where == "query" else {"json": _with(example, field, value)}
            answer = await api.client.request(method, filled, **given, headers=headers)
            said = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            if answer.is_success:
                return answer.status_code, said.get("items", None)
            return answer.status_code, (said["code"], said.get("errors"))

        for whose in out_of_reach:
            if field in NUMBERS and whose == "other OEM":
                continue
            value: Any = theirs[whose][kind]
            unknown = UNKNOWN_NUMBER if field in NUMBERS else str(uuid4())
            answered, nobodys = await ask(int(value) if field in NUMBERS else value), await ask(unknown)
            assert answered == nobodys, f"{name} {method} {path} {field} of {whose}"
            assert answered[0] != 500
            assert answered[0] >= 400 or not answered[1], f"{name} {method} {path} {field} of {whose}"
