"""Authority limits in the console and by the API (R3.2)."""

from shared.cases import service
from shared.cases.work_commands import Compensate
from shared.cases.work_vocabulary import CompensationKind
from shared.permissions import Role
from tests.support.console import Browsers, found_maker, register, send


async def test_the_administrator_changes_who_may_give_how_much(browsers: Browsers) -> None:
    """R3.2: authority limits are policy data."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    page = (await admin.get("/oem/authority")).text
    assert 'name="advisor.any" type="text" value="500"' in page
    changed = {"currency": "CNY", "advisor.any": "800.50", "advisor.cash": "0", "station_head.any": "9,000"}
    saved = await send(admin, "/oem/authority", version=1, **changed)
    assert (saved.status_code, saved.headers["location"]) == (303, "/oem/authority")
    page = (await admin.get("/oem/authority")).text
    assert 'name="advisor.any" type="text" value="800.50"' in page
    assert 'name="service_manager.any" type="text" value=""' in page
    advisor = maker.actor(Role.ADVISOR)
    case = await register(advisor)
    gift = Compensate(kind=CompensationKind.VOUCHER, amount_minor=80_050, currency="CNY", reason="等待较久")
    granted = await service.compensate(advisor, case.id, gift, version=None)
    assert granted.open_compensations == 0
    stale = await send(admin, "/oem/authority", version=1, **changed)
    assert stale.status_code == 409


async def test_amounts_that_are_none_come_back_as_typed(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    wrong = {"currency": "CNY", "advisor.any": "much", "station_head.any": "-1"}
    answer = await send(admin, "/oem/authority", version=1, **wrong)
    assert answer.status_code == 422
    assert 'value="much"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert (await send(admin, "/oem/authority", version=1, currency="ABC")).status_code == 422
    head = await browsers.of(maker.person(Role.STATION_HEAD))
    assert (await head.get("/oem/authority")).status_code == 403
    assert (await send(head, "/oem/authority", version=1, currency="CNY")).status_code == 403
