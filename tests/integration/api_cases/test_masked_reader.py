"""R9.2: who reads a case masked finds nothing plain of the customer in any answer of the API."""

import re

import pytest

from services.api.main import create_app
from shared.permissions import Role
from shared.settings import DatabaseSettings, WebSettings
from tests.integration.api_cases.conftest import Api
from tests.support.masked_case import NAME, TOLD, told, told_everywhere

CASE = re.compile(r"\{case_id(?::\w+)?\}")
MASKED = (Role.CAC_AGENT, Role.REGIONAL_MANAGER, Role.READER, Role.HEAD_OFFICE)
FORM = {"form_kind": "handling", "form_locale": "en"}


def _paths() -> list[str]:
    """What can be read of a case by its id alone."""
    app = create_app(WebSettings(secret="x" * 32), DatabaseSettings("postgresql://nowhere"))
    paths = app.openapi_schema.to_schema()["paths"]
    found = [
        path.removeprefix("/api/v1") for path, each in paths.items() if CASE.search(path) and "get" in each
    ]
    assert len(found) > 10
    return found


@pytest.mark.parametrize("role", MASKED)
async def test_no_answer_about_a_case_tells_who_the_customer_is(api: Api, role: Role) -> None:
    case_id = await told_everywhere(api.tenant.actor(Role.SERVICE_MANAGER))
    caller, plain = await api.sign_in(role), await api.sign_in(Role.SERVICE_MANAGER)
    seen = ""
    for path in _paths():
        filled = CASE.sub(str(case_id), path)
        filled = re.sub(r"\{(form_kind|form_locale)(?::\w+)?\}", lambda m: FORM[m[1]], filled)
        if "{" in filled:
            continue
        answer = await caller.get(filled)
        assert answer.status_code in {200, 403, 404}, (filled, answer.text)
        assert not told(answer.text), filled
        seen += (await plain.get(filled)).text if "forms/" not in filled else ""
    # Whoever works at the case reads all of it: the answers do hold it.
    assert f'"agreed_by":"{NAME}"' in seen
    assert f'"signed_off_by":"{NAME}"' in seen


@pytest.mark.parametrize("role", [Role.CAC_AGENT, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE])
async def test_known_customers_are_masked_until_one_is_revealed(api: Api, role: Role) -> None:
    """R1.5, R9.2: looking people up by four characters shows nobody's number; the case named reveals it."""
    await told_everywhere(api.tenant.actor(Role.SERVICE_MANAGER))
    caller = await api.sign_in(role)
    answer = await caller.post("/cases/known-customers", {"phone": "7654"})
    [found, *_] = answer.json()["items"]
    assert not told(answer.text)
    assert found["masked"]
    assert (found["name"], found["phone"]) == ("慕*", "138****7654")
    wish = {"reason": "other", "words": "再次投诉"}
    shown = (await caller.post(f"/cases/{found['case_id']}/reveal", wish)).json()
    assert shown["customer_name"] == NAME
    assert shown["customer_email"] == TOLD.customer_email


async def test_the_dealers_own_people_read_known_customers_plainly(api: Api) -> None:
    await told_everywhere(api.tenant.actor(Role.SERVICE_MANAGER))
    caller = await api.sign_in(Role.ADVISOR)
    [found, *_] = (await caller.post("/cases/known-customers", {"phone": "7654"})).json()["items"]
    assert (found["name"], found["phone"], found["masked"]) == (NAME, "+8613800007654", False)
