"""The versions of an OEM's policies over the API: listed, read, sent again (R2.6, R3.1, R3.10, R5.1)."""

import pytest

from shared.permissions import Role
from tests.integration.api_cases.conftest import PASSWORD, Api
from tests.integration.api_cases.test_rules import own, put
from tests.support.tenant import found_tenant

__all__ = ["own"]

PATHS = (
    "/oem/major-criteria",
    "/oem/major-persons",
    "/oem/risk-periods",
    "/oem/assignment-rules",
    "/oem/authority-limits",
    "/oem/report-codes",
    "/oem/message-policy",
    "/follow-up-policy",
)
NIGHT = {"id": "night", "name": {"zh": "夜间值班", "en": "Night duty"}, "on_duty": True}


@pytest.mark.parametrize("path", PATHS)
async def test_versions_are_listed_and_read_by_the_administrator(api: Api, path: str) -> None:
    """R2.6, R9.1: what was in force when, for whoever may change it."""
    admin, other = await api.sign_in(Role.ADMINISTRATOR), await api.sign_in(Role.HEAD_OFFICE)
    listed = await admin.get(f"{path}/versions")
    assert listed.status_code == 200, listed.text
    [first] = listed.json()["items"]
    assert (first["version"], bool(first["valid_from"]), bool(first["created_by"])) == (1, True, True)
    read = await admin.get(path, version=1)
    assert read.status_code == 200, read.text
    assert read.json() == (await admin.get(path)).json()
    assert (await admin.get(path, version=2)).status_code == 404
    assert (await admin.get(path, version=0)).status_code == 422
    assert (await other.get(f"{path}/versions")).status_code == 403
    assert (await other.get(path, version=1)).status_code == 403


async def test_an_earlier_version_is_sent_again(own: Api) -> None:
    """R3.1: the way back is the next version; another OEM has versions of its own (R9.1)."""
    admin, path = await own.sign_in(Role.ADMINISTRATOR), "/oem/assignment-rules"
    assert (await put(admin, path, {"version": 1, "rules": [NIGHT]})).status_code == 200
    later = {**NIGHT, "on_duty": False, "skill": "高压电"}
    assert (await put(admin, path, {"version": 2, "rules": [later]})).status_code == 200
    earlier = (await admin.get(path, version=2)).json()
    assert [each["on_duty"] for each in earlier["rules"]] == [True]
    again = await put(admin, path, {"version": 3, "rules": earlier["rules"]})
    assert (again.status_code, again.json()["version"]) == (200, 4)
    assert again.json()["rules"] == earlier["rules"]
    assert [each["version"] for each in (await admin.get(f"{path}/versions")).json()["items"]] == [4, 3, 2, 1]
    other = await Api(own.client, await found_tenant(PASSWORD)).sign_in(Role.ADMINISTRATOR)
    assert len((await other.get(f"{path}/versions")).json()["items"]) == 1
    assert (await other.get(path, version=2)).status_code == 404
