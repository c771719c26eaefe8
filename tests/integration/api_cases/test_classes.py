"""Category, kind and subject of a case over the API (R2.1, R2.2)."""

import pytest

from shared.cases.vocabulary import Category, Kind, Subject
from shared.permissions import Role
from tests.integration.api_cases.conftest import Api
from tests.integration.api_cases.test_case_routes import register


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("category", list(Category)),
        ("kind", list(Kind)),
        ("subject", list(Subject)),
    ],
)
async def test_a_person_may_say_what_a_case_is_and_finds_it_by_that(
    api: Api, field: str, values: list[Category] | list[Kind] | list[Subject]
) -> None:
    """R2.1, R2.2: one of the closed list at a time; anything else is refused at its field."""
    advisor = await api.sign_in(Role.ADVISOR)
    case = await register(advisor)
    path = f"/cases/{case['id']}/classify"
    for value in values:
        version = (await advisor.get(f"/cases/{case['id']}")).json()["version"]
        answer = await advisor.post(path, {field: value.value, "version": version})
        assert answer.status_code == 200, answer.text
        assert answer.json()[field] == value.value
        if field == "subject":
            continue
        for asked, holds in (([value.value], True), ([one.value for one in values if one != value], False)):
            found = await advisor.get("/cases", limit=200, **{field: asked})
            assert (case["id"] in {each["id"] for each in found.json()["items"]}) == holds
    version = (await advisor.get(f"/cases/{case['id']}")).json()["version"]
    for wrong in ("", "XX", values[0].value.swapcase()):
        refused = await advisor.post(path, {field: wrong, "version": version})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    ("words", "category", "kind", "subject"),
    [
        ("销售顾问承诺的赠品没有兑现，要求给个说法。", "S", "complaint", "service_quality"),
        ("服务顾问态度恶劣，爱理不理，我要投诉。", "SA", "complaint", "service_quality"),
        ("发动机异响，故障灯常亮。", "SQ", "fault", "other"),
        ("配件缺货等了一个月，一直没到货。", "SP", "complaint", "parts"),
        ("建议增加车机离线地图功能。", "SQ", "suggestion", "other"),
    ],
)
async def test_the_words_say_what_a_case_is(
    api: Api, words: str, category: str, kind: str, subject: str
) -> None:
    """R2.1, R2.2: registered with what the rules say."""
    advisor = await api.sign_in(Role.ADVISOR)
    case = await register(advisor, words=words)
    assert (case["category"], case["kind"], case["subject"]) == (category, kind, subject)
