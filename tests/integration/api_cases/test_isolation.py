"""Every route of the API with other people's ids (R9.1).

The routes are read from the application: a new one enters by itself, and fails where it names an id that this
test does not know. Bodies are the examples of the API's own description.
"""

from typing import Any

import pytest

from shared.permissions import MEMBER_ROLES, Role
from tests.integration.api_cases.conftest import PASSWORD, Api, Caller
from tests.integration.api_cases.others import OPERATIONS, PARAMETER, Ids, ids_of
from tests.support.tenant import found_tenant

KEY_OF_DEALER, KEY_OF_OEM = "key of a dealer", "key of the OEM"
CALLERS = (*sorted(MEMBER_ROLES), KEY_OF_DEALER, KEY_OF_OEM)
SEES_THE_OEM = (Role.HEAD_OFFICE, Role.READER, Role.CAC_AGENT, Role.ADMINISTRATOR, KEY_OF_OEM)
PERSONAL = ("session_id", "view_id", "export_id", "notification_id", "digest_id")


@pytest.fixture(scope="module")
async def theirs(api: Api) -> dict[str, Ids]:
    """What belongs to a sibling dealer, to another region, and to another OEM."""
    other = await found_tenant(PASSWORD)
    return {
        "sibling dealer": await ids_of(api, api.tenant, api.tenant.sibling),
        "other region": await ids_of(api, api.tenant, api.tenant.far),
        "other OEM": await ids_of(api, other, other.here),
    }


async def _caller(api: Api, caller: str) -> Caller:
    if caller == KEY_OF_DEALER:
        return await api.key(api.tenant.here)
    return await (api.key() if caller == KEY_OF_OEM else api.sign_in(Role(caller)))


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS, ids=lambda value: str(value)[:60])
async def test_another_tenants_ids_are_not_found(
    api: Api, theirs: dict[str, Ids], method: str, path: str, body: Any
) -> None:
    """R9.1: existence never leaks, 404 comes before 403, whoever asks."""
    for name in CALLERS:
        caller = await _caller(api, name)
        for whose, ids in theirs.items():
            if _may_see(name, whose, path):
                continue
            filled = PARAMETER.sub(lambda found, ids=ids: ids[found[1]], path)
            headers = {"Authorization": f"Bearer {caller.token}"}
            answer = await api.client.request(method, filled, **body, headers=headers)
            assert answer.status_code == 404, (
                f"{name} {method} {path} of {whose}: {answer.status_code} {answer.text[:200]}"
            )


def _may_see(caller: str, whose: str, path: str) -> bool:
    """Some things are a person's own; otherwise a region sees its dealers, the OEM all of its own."""
    if "import_id" in path:
        return caller == Role.ADMINISTRATOR and whose != "other OEM"  # he uploaded them
    if whose == "other OEM" or any(name in path for name in PERSONAL):
        return False
    if caller in SEES_THE_OEM:
        return True
    return caller == Role.REGIONAL_MANAGER and whose == "sibling dealer"
