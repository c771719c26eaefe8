"""Working calendars over HTTP (R4.3)."""

from typing import Any

import httpx

from shared.permissions import Role
from tests.integration.api_cases.conftest import Api, Caller

FILE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Holidays//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20270101
DTEND;VALUE=DATE:20270104
SUMMARY:元旦（休）
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20270110
SUMMARY:元旦（班）
END:VEVENT
END:VCALENDAR
"""


async def put(caller: Caller, body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {caller.token}", "Accept-Language": "en"}
    return await caller.client.put("/api/v1/oem/calendar", json=body, headers=headers)


async def test_an_administrator_publishes_the_next_year_from_a_file(api: Api) -> None:
    """R4.3: read, tried, published as a new version; the old one stays as it was."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    known = (await admin.get("/oem/calendar")).json()
    assert (known["own"], known["dealer_id"]) == (False, 0)
    sent = await admin.post("/oem/calendar/ical", {"year": 2027, "content": FILE})
    days = sent.json()
    assert days["holidays"] == ["2027-01-01", "2027-01-02", "2027-01-03"]
    assert days["make_up_days"] == {"2027-01-10": []}
    assert days["skipped"] == 0
    hourly = FILE.replace("SUMMARY:元旦（班）", "RRULE:FREQ=HOURLY")
    assert (await admin.post("/oem/calendar/ical", {"year": 2027, "content": hourly})).json()["skipped"] == 1
    definition = known["definition"]
    wanted = {
        **definition,
        "holidays": [*definition["holidays"], *days["holidays"]],
        "extra": {**definition["extra"], "2027-01-10": [["09:00", "18:00"]]},
        "known_years": [*definition["known_years"], 2027],
        "source": "by hand",
    }
    effect = await admin.post("/oem/calendar/effect", {"definition": wanted})
    assert effect.status_code == 200
    assert effect.json()["more"] is False
    done = await put(admin, {"version": known["version"], "definition": wanted})
    assert done.status_code == 200
    assert done.json()["version"] == known["version"] + 1
    assert 2027 not in done.json()["missing_years"]
    stale = await put(admin, {"version": known["version"], "definition": wanted})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    listed = (await admin.get("/oem/calendar/versions")).json()["items"]
    assert [each["version"] for each in listed] == [known["version"] + 1, known["version"]]
    before = await admin.get("/oem/calendar/published", version=known["version"])
    assert before.json() == definition
    missing = await admin.get("/oem/calendar/published", version=77)
    assert missing.status_code == 404
    file = await admin.get("/oem/calendar/ical", year=2027)
    assert file.headers["content-type"].startswith("text/calendar")
    assert "DTSTART;VALUE=DATE:20270101" in file.text


async def test_wrong_calendars_are_refused_with_their_fields(api: Api) -> None:
    admin = await api.sign_in(Role.ADMINISTRATOR)
    known = (await admin.get("/oem/calendar")).json()
    wrong = {
        **known["definition"],
        "time_zone": "Asia/Beijing",
        "weekly": {"mon": [["18:00", "18:00"]], "someday": []},
    }
    answer = await put(admin, {"version": known["version"], "definition": wrong})
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == {
        "time_zone",
        "weekly.mon[0]",
        "weekly.someday",
    }
    again = await admin.post("/oem/calendar/effect", {"definition": wrong})
    assert again.status_code == 422
    assert (await admin.get("/oem/calendar", dealer_id=123_456)).status_code == 404
    no_file = await admin.post("/oem/calendar/ical", {"year": 2027, "content": "hello"})
    assert (no_file.status_code, no_file.json()["errors"][0]["code"]) == (422, "not_an_icalendar_file")


async def test_a_dealer_reads_its_own_calendar_and_changes_none(api: Api) -> None:
    """R9.1."""
    head = await api.sign_in(Role.STATION_HEAD)
    admin = await api.sign_in(Role.ADMINISTRATOR)
    here = api.tenant.here
    own = {
        "time_zone": "Asia/Shanghai",
        "weekly": {"sat": [["08:00", "20:00"]]},
        "follows_oem": True,
    }
    refused = await put(head, {"version": 0, "dealer_id": here, "definition": own})
    assert refused.status_code == 403
    assert (await head.post("/oem/calendar/effect", {"definition": own})).status_code == 403
    assert (await put(admin, {"version": 0, "dealer_id": here, "definition": own})).status_code == 200
    seen = (await head.get("/oem/calendar", dealer_id=here)).json()
    assert (seen["own"], seen["version"]) == (True, 1)
    assert "2026-10-01" in seen["definition"]["holidays"]
    assert (await head.get("/oem/dealer-calendars")).status_code == 403
    listed = (await admin.get("/oem/dealer-calendars")).json()["items"]
    assert [each["dealer_id"] for each in listed] == [here]


async def test_public_holidays_are_known_or_not(api: Api) -> None:
    advisor = await api.sign_in(Role.ADVISOR)
    known = (await advisor.get("/oem/calendar/known-days", year=2026)).json()
    assert "2026-10-01" in known["holidays"]
    assert known["make_up_days"]["2026-02-14"] == []
    unknown = await advisor.get("/oem/calendar/known-days", year=2099)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "year_not_known")
