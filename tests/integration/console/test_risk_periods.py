"""Risk periods in the console: prepared by the administrator, shown while they run (R2.6)."""

from datetime import timedelta

from shared.clock import utc_now
from shared.permissions import Role
from tests.support.console import Browsers, found_maker, register, send

CAMPAIGN = {
    "before": "",
    "id": "autumn-sale",
    "enabled": "true",
    "kind": "dates",
    "name_zh": "秋季促销",
    "name_en": "Autumn sale",
    "plan_zh": "促销争议一个工作日内答复",
    "plan_en": "Answer disputes in a working day",
    "resources_zh": "市场部值班",
    "resources_en": "Marketing on call",
}


async def test_a_running_period_is_shown_with_its_plan_and_resources(browsers: Browsers) -> None:
    """R2.6: on the case page and the overview, while it runs."""
    maker = await found_maker()
    case = await register(maker.actor(Role.ADVISOR))
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    today = utc_now().date()
    dates = {"starts_on": today - timedelta(days=2), "ends_on": today + timedelta(days=2)}
    answer = await send(admin, "/oem/risk-periods/edit", version=1, **CAMPAIGN, **dates)
    assert (answer.status_code, answer.headers["location"]) == (303, "/oem/risk-periods")
    advisor = await browsers.of(maker.person(Role.ADVISOR))
    manager = await browsers.of(maker.person(Role.REGIONAL_MANAGER))
    for page in (await advisor.get(f"/cases/{case.id}"), await manager.get("/region")):
        assert "秋季促销" in page.text or "Autumn sale" in page.text
        assert "促销争议一个工作日内答复" in page.text or "Answer disputes" in page.text
        assert "市场部值班" in page.text or "Marketing on call" in page.text
    past = {"starts_on": today - timedelta(days=9), "ends_on": today - timedelta(days=3)}
    changed = {**CAMPAIGN, "before": "autumn-sale", **past}
    assert (await send(admin, "/oem/risk-periods/edit", version=2, **changed)).status_code == 303
    page = await advisor.get(f"/cases/{case.id}")
    assert "秋季促销" not in page.text
    assert "Autumn sale" not in page.text
    gone = await send(admin, "/oem/risk-periods/remove", version=3, before="autumn-sale")
    assert gone.status_code == 303
    assert "autumn-sale" not in (await admin.get("/oem/risk-periods")).text


async def test_a_refused_period_comes_back_as_it_was_typed(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    wrong = {**CAMPAIGN, "starts_on": "2030-02-01", "ends_on": "2030-01-01", "month": "77"}
    answer = await send(admin, "/oem/risk-periods/edit", version=0, **wrong)
    assert answer.status_code == 422
    assert "Autumn sale" in answer.text
    assert 'aria-invalid="true"' in answer.text
    wrong |= {"month": "3"}
    assert (await send(admin, "/oem/risk-periods/edit", version=0, **wrong)).status_code == 422
    wrong |= {"ends_on": "2030-03-01"}
    assert (await send(admin, "/oem/risk-periods/edit", version=5, **wrong)).status_code == 409


async def test_every_number_out_of_range_is_named_with_its_range(browsers: Browsers) -> None:
    """R2.6: all that is wrong at once, in words that help."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    wrong = {**CAMPAIGN, "kind": "yearly", "month": "13", "before_days": "999", "name_en": " "}
    answer = await send(admin, "/oem/risk-periods/edit", version=1, **wrong)
    assert answer.status_code == 422
    assert "Please enter a number from 1 to 12." in answer.text
    assert "Please enter a number from 0 to 180." in answer.text
    assert 'id="name_en-error"' in answer.text
    assert 'value="999"' in answer.text


async def test_who_removes_from_an_older_list_sees_the_newest(browsers: Browsers) -> None:
    """R2.6: not an error page without a way on."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    dates = {"starts_on": "2030-09-01", "ends_on": "2030-10-15"}
    assert (await send(admin, "/oem/risk-periods/edit", version=1, **CAMPAIGN, **dates)).status_code == 303
    late = await send(admin, "/oem/risk-periods/remove", version=1, before="autumn-sale")
    assert late.status_code == 409
    assert 'role="alert"' in late.text
    assert 'href="/oem/risk-periods/edit?id=autumn-sale"' in late.text


async def test_only_the_administrator_changes_them(browsers: Browsers) -> None:
    """R9.1."""
    maker = await found_maker()
    client = await browsers.of(maker.person(Role.STATION_HEAD))
    assert (await client.get("/oem/risk-periods")).status_code == 403
    assert (await client.get("/oem/risk-periods/edit")).status_code == 403
    assert (await send(client, "/oem/risk-periods/edit", version=0, **CAMPAIGN)).status_code == 403
