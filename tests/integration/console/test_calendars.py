"""The working calendar in the console (R4.3)."""

from datetime import timedelta

import httpx
import msgspec

from shared.calendars import service as calendars
from shared.cases import service
from shared.cases.commands import Transfer
from shared.clock import utc_now
from shared.permissions import Role
from tests.support.console import Browsers, found_maker, register, send, token_in

WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00, 13:30-18:00") | {
    "sat": "",
    "sun": "",
}
FORM = {
    **WEEK,
    "from": 1,
    "dealer": 0,
    "year": 2027,
    "time_zone": "Asia/Shanghai",
    "follows": "own",
    "holidays": "2027-01-01 – 2027-01-03",
    "make_up": "2027-01-10\n2027-02-20 10:00-16:00",
    "complete": "true",
    "source": "announced in November 2026",
}
COMPLETE = 'name="complete" value="true" checked'
FILE = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Holidays//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20270101
DTEND;VALUE=DATE:20270104
SUMMARY:New Year
END:VEVENT
END:VCALENDAR
"""


async def test_a_missing_year_is_told_to_the_administrator_until_it_is_published(browsers: Browsers) -> None:
    """R4.3, decisions: a visible alarm from mid-November; nobody else can do anything about it."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    advisor = await browsers.of(maker.person(Role.ADVISOR))
    year = utc_now().year + 1
    told = await admin.get("/cases")
    assert "calendar-alarm" in told.text
    assert f"/oem/calendar?year={year}" in told.text
    assert "calendar-alarm" not in (await advisor.get("/cases")).text
    tried = await send(admin, "/oem/calendar", **FORM, do="try")
    assert tried.status_code == 200
    assert 'id="effect-title"' in tried.text
    assert "announced in November 2026" in tried.text
    assert "calendar-alarm" in (await admin.get("/cases")).text
    done = await send(admin, "/oem/calendar", **FORM, do="publish")
    assert (done.status_code, done.headers["location"]) == (303, "/oem/calendar?year=2027")
    assert "calendar-alarm" not in (await admin.get("/cases")).text
    page = (await admin.get("/oem/calendar?year=2027")).text
    assert "2027-01-01 – 2027-01-03" in page
    assert "2027-01-10 09:00-12:00, 13:30-18:00" in page
    assert "2027-02-20 10:00-16:00" in page


async def test_a_refused_calendar_comes_back_as_it_was_typed(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    wrong = FORM | {"mon": "all day", "tue": "09:00-09:00", "holidays": "2026-01-01"}
    answer = await send(admin, "/oem/calendar", **wrong, do="publish")
    assert answer.status_code == 422
    assert "all day" in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    answer = await send(admin, "/oem/calendar", **FORM | {"tue": "09:00-09:00"}, do="publish")
    assert answer.status_code == 422
    assert 'id="tue-error"' in answer.text
    never = await send(admin, "/oem/calendar", **FORM | dict.fromkeys(WEEK, ""), do="try")
    assert never.status_code == 422
    assert 'id="mon-error"' in never.text
    assert (await send(admin, "/oem/calendar", **FORM | {"from": 7}, do="publish")).status_code == 409
    assert (await admin.get("/oem/calendar?year=1066")).status_code == 404
    assert (await admin.get("/oem/calendar?dealer=x")).status_code == 404


async def test_public_holidays_and_files_fill_the_form_and_publish_nothing(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    filled = await admin.get("/oem/calendar?year=2026&fill=yes")
    assert "2026-10-01 – 2026-10-07" in filled.text
    assert (await admin.get("/oem/calendar?year=2099&fill=yes")).status_code == 404
    taken = await send_file(admin, FILE)
    assert taken.status_code == 200
    assert "2027-01-01 – 2027-01-03" in taken.text
    assert "could not be read" not in taken.text
    assert COMPLETE in taken.text
    hourly = b"BEGIN:VEVENT\nUID:9\nDTSTART;VALUE=DATE:20200101\nRRULE:FREQ=HOURLY\nEND:VEVENT\nEND:VCALENDAR"
    partly = await send_file(admin, FILE.replace(b"END:VCALENDAR", hourly))
    assert "1 event of the file could not be read" in partly.text
    assert "2027-01-01 – 2027-01-03" in partly.text
    assert COMPLETE not in partly.text
    refused = await send_file(admin, b"hello")
    assert refused.status_code == 422
    assert 'id="file-error"' in refused.text
    assert "2027-01-01" not in (await admin.get("/oem/calendar?year=2027")).text
    given = await admin.get("/oem/calendar/file?year=2026")
    assert given.headers["content-type"].startswith("text/calendar")
    assert b"DTSTART;VALUE=DATE:20261001" in given.content


async def test_a_dealer_gets_hours_of_its_own_with_the_holidays_of_the_oem(browsers: Browsers) -> None:
    """R4.3: business-hours calendars per dealer."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    before = await admin.get(f"/oem/calendar?dealer={maker.here}&year=2026")
    assert 'value="oem" checked' in before.text
    own = FORM | {"dealer": maker.here, "from": 0, "year": 2026, "follows": "oem", "sat": "10:00-16:00"}
    done = await send(admin, "/oem/calendar", **own, do="publish")
    assert done.headers["location"] == f"/oem/calendar?year=2026&dealer={maker.here}"
    after = (await admin.get(f"/oem/calendar?dealer={maker.here}&year=2026")).text
    assert 'value="10:00-16:00"' in after
    assert "2026-10-01 – 2026-10-07" in after
    assert f"dealer={maker.here}&amp;year=2027" in (await admin.get("/oem/calendar")).text


async def test_an_earlier_version_is_shown_and_published_again(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    assert (await send(admin, "/oem/calendar", **FORM, do="publish")).status_code == 303
    earlier = await admin.get("/oem/calendar?year=2027&version=1")
    assert 'name="version" value="1"' in earlier.text
    assert 'value="09:00-18:00"' in earlier.text
    assert (await admin.get("/oem/calendar?version=9")).status_code == 404


async def test_only_the_administrator_sees_and_changes_it(browsers: Browsers) -> None:
    """R9.1."""
    maker = await found_maker()
    for role in (Role.STATION_HEAD, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE):
        client = await browsers.of(maker.person(role))
        assert (await client.get("/oem/calendar")).status_code == 403
        assert (await client.get("/oem/calendar/file")).status_code == 403
        assert (await send(client, "/oem/calendar", **FORM, do="publish")).status_code == 403
        assert (await send_file(client, FILE)).status_code == 403


async def send_file(client: httpx.AsyncClient, content: bytes) -> httpx.Response:
    fields = {"csrf_token": token_in(await client.get("/account")), "dealer": "0", "year": "2027"}
    return await client.post("/oem/calendar/file", data=fields, files={"file": ("2027.ics", content)})


async def test_a_case_says_by_whose_policy_and_calendar_its_promises_are_counted(browsers: Browsers) -> None:
    """R4.1, R4.3: the OEM's, or the dealer's own; each counts its versions from 1."""
    maker = await found_maker()
    admin = maker.actor(Role.ADMINISTRATOR)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    before = await register(maker.actor(Role.ADVISOR))
    page = (await client.get(f"/cases/{before.id}")).text
    assert "Policy: the OEM's, version 1" in page
    assert "Working hours: the OEM's calendar, version 1" in page
    known = (await calendars.calendar(admin)).definition
    own = msgspec.structs.replace(known, weekly=dict.fromkeys(known.weekly, (("08:00", "20:00"),)))
    await calendars.publish(admin, own, version=0, dealer_id=maker.here)
    after = await register(maker.actor(Role.ADVISOR), ago=timedelta())
    page = (await client.get(f"/cases/{after.id}")).text
    assert "Policy: the OEM's, version 1" in page
    assert "Working hours: the dealer's own calendar, version 1" in page
    moved = Transfer(dealer_id=maker.sibling, reason="客户要求")
    await service.transfer(maker.actor(Role.HEAD_OFFICE), after.id, moved, version=None)
    office = await browsers.of(maker.person(Role.HEAD_OFFICE))
    page = (await office.get(f"/cases/{after.id}")).text
    assert "Working hours: the former dealer's calendar, version 1" in page
