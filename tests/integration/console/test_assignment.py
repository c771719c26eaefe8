"""Assignment rules and abilities in the console (R3.1)."""

from datetime import timedelta

from shared.permissions import Role
from tests.support.console import Browsers, found_maker, register, send

RULE = {
    "before": "",
    "id": "night",
    "enabled": "true",
    "name_zh": "夜间值班",
    "name_en": "Night duty",
    "channels": "app",
    "on_duty": "true",
}


async def test_the_administrator_writes_moves_and_removes_rules(browsers: Browsers) -> None:
    """R3.1."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    assert (await admin.get("/oem/assignment")).status_code == 200
    added = await send(admin, "/oem/assignment/edit", version=1, **RULE)
    assert (added.status_code, added.headers["location"]) == (303, "/oem/assignment")
    second = {
        **RULE,
        "id": "heads",
        "name_en": "Heads first",
        "name_zh": "站长优先",
        "on_duty": "",
        "roles": "station_head",
    }
    assert (await send(admin, "/oem/assignment/edit", version=2, **second)).status_code == 303
    page = (await admin.get("/oem/assignment")).text
    assert page.index("id=night") < page.index("id=heads")
    assert (await send(admin, "/oem/assignment/up", version=3, before="heads")).status_code == 303
    page = (await admin.get("/oem/assignment")).text
    assert page.index("id=heads") < page.index("id=night")
    form = (await admin.get("/oem/assignment/edit?id=heads")).text
    assert 'value="station_head" checked' in form
    stale = await send(admin, "/oem/assignment/edit", version=3, **{**second, "before": "heads"})
    assert stale.status_code == 409
    wrong = await send(
        admin, "/oem/assignment/edit", version=4, **{**second, "before": "heads", "roles": "", "id": "A B"}
    )
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    for path in ("up", "remove"):
        late = await send(admin, f"/oem/assignment/{path}", version=3, before="night")
        assert (late.status_code, 'role="alert"' in late.text, "id=night" in late.text) == (409, True, True)
    assert (await send(admin, "/oem/assignment/remove", version=4, before="heads")).status_code == 303
    assert "id=heads" not in (await admin.get("/oem/assignment")).text
    head = await browsers.of(maker.person(Role.STATION_HEAD))
    assert (await head.get("/oem/assignment")).status_code == 403
    assert (await send(head, "/oem/assignment/edit", version=5, **RULE)).status_code == 403


async def test_what_somebody_can_do_is_written_down_on_the_person_s_page(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    path = f"/staff/{maker.actor(Role.ADVISOR).membership_id}"
    fields = {
        "department": "parts",
        "skills": "高压电\nEnglish",
        "weekday-0": "0",
        "since-0": "09:00",
        "until-0": "18:00",
        "weekday-1": "1",
        "since-1": "",
        "until-1": "",
    }
    saved = await send(admin, f"{path}/abilities", version=1, **fields)
    assert saved.status_code == 303
    page = (await admin.get(path)).text
    assert 'value="parts" selected' in page
    assert "高压电\nEnglish" in page
    assert 'value="09:00"' in page
    half = await send(admin, f"{path}/abilities", version=2, **{**fields, "until-0": ""})
    assert half.status_code == 422
    assert (await send(admin, f"{path}/abilities", version=1, **fields)).status_code == 409


async def test_the_timeline_names_the_rule(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    taking = {**RULE, "channels": "", "on_duty": "", "roles": "station_head", "even_if_heard": "true"}
    assert (await send(admin, "/oem/assignment/edit", version=1, **taking)).status_code == 303
    case = await register(maker.actor(Role.ADVISOR), ago=-timedelta(minutes=1))
    assert case.owner_id == maker.actor(Role.STATION_HEAD).membership_id
    page = (await admin.get(f"/cases/{case.id}")).text
    assert "夜间值班" in page or "Night duty" in page
