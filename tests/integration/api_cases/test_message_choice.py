"""What customers do without, recorded over the API by staff who were told (R3.7, R5.1)."""

from shared.permissions import Role
from tests.integration.api_cases.conftest import Api

COMPLAINT = {
    "channel": "phone",
    "customer_name": "张测试",
    "customer_phone": "13800007720",
    "words": "高速行驶踩刹车时方向盘严重抖动。",
}


async def test_staff_record_that_a_customer_does_without_and_that_he_wants_them_again(api: Api) -> None:
    """R3.7, R5.1: kept per person and OEM, with its reason on the timeline."""
    advisor = await api.sign_in(Role.ADVISOR)
    case = (await advisor.post("/cases", COMPLAINT)).json()
    assert case["wants_messages"] is True
    path = f"/cases/{case['id']}/message-choice"
    no = {"wanted": False, "via": "phone", "note": "不想再收到短信", "version": case["version"]}
    answer = await advisor.post(path, no)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["wants_messages"], after["version"]) == (False, case["version"] + 1)
    entries = (await advisor.get(f"/cases/{case['id']}/timeline")).json()
    entries = entries["items"] if isinstance(entries, dict) else entries
    assert (entries[-1]["kind"], entries[-1]["text"]) == ("choose_messages", "不想再收到短信")
    second = (await advisor.post("/cases", {**COMPLAINT, "words": "空调不制冷"})).json()
    assert second["wants_messages"] is False, "the next complaint of the same person"
    assert (await advisor.get(f"/cases/{second['id']}")).json()["wants_messages"] is False
    yes = {"wanted": True, "via": "phone", "version": second["version"]}
    assert (await advisor.post(f"/cases/{second['id']}/message-choice", yes)).json()["wants_messages"] is True
    assert (await advisor.get(f"/cases/{case['id']}")).json()["wants_messages"] is True


async def test_what_is_no_choice_is_refused(api: Api) -> None:
    advisor, reader = await api.sign_in(Role.ADVISOR), await api.sign_in(Role.READER)
    case = (await advisor.post("/cases", {**COMPLAINT, "customer_phone": "13800007721"})).json()
    path = f"/cases/{case['id']}/message-choice"
    wanted = {"wanted": False, "via": "phone", "version": case["version"]}
    refused = await advisor.post(path, {**wanted, "via": "link"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "via")
    assert (await advisor.post(path, {**wanted, "via": "pigeon"})).status_code in {400, 422}
    assert (await advisor.post(path, {**wanted, "version": 99})).status_code == 409
    assert (await reader.post(path, wanted)).status_code == 403
