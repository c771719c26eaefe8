"""Merging and linking by the forms of the case page (R1.7)."""

import pytest

from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState
from shared.permissions import Role
from tests.integration.console.test_case_work import Desk
from tests.support.console import Browsers, Maker, register


@pytest.fixture
async def pair(maker: Maker) -> tuple[CaseView, CaseView]:
    """Two complaints of one dealer."""
    return await register(maker.actor(Role.ADVISOR)), await register(maker.actor(Role.ADVISOR))


async def test_cases_are_merged_and_taken_apart_by_number(
    browsers: Browsers, maker: Maker, pair: tuple[CaseView, CaseView]
) -> None:
    """R1.7: both pages show the other case."""
    case, other = pair
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    desk = Desk(client, maker, other)
    assert "unmerge" not in await desk.offered()
    unknown = await desk.give("merge", into="AF19990101001", reason="同一车辆")
    assert unknown.status_code == 422
    assert "data-open" in unknown.text
    assert (await desk.give("merge", into=case.number.lower(), reason="同一车辆")).status_code == 303
    assert (await desk.now()).state is CaseState.MERGED
    assert f'href="/cases/{case.id}"' in (await client.get(f"/cases/{other.id}")).text
    page = (await client.get(f"/cases/{case.id}")).text
    assert f'href="/cases/{other.id}"' in page
    assert f"将 {other.number} 并入" in page or other.number in page
    offered = await desk.offered()
    assert {"unmerge", "withdraw", "link"} <= offered
    assert not {"resolve", "reopen", "unlink"} & offered
    assert (await desk.give("unmerge", reason="两个故障")).status_code == 303
    assert (await desk.now()).state is CaseState.REGISTERED


async def test_cases_are_linked_and_the_link_taken_away(
    browsers: Browsers, maker: Maker, pair: tuple[CaseView, CaseView]
) -> None:
    """R1.7: related in both directions, with the reason."""
    case, other = pair
    client = await browsers.of(maker.person(Role.ADVISOR))
    desk = Desk(client, maker, case)
    assert "unlink" not in await desk.offered()
    for wrong in ("", "AF19990101001", case.number):
        refused = await desk.give("link", other=wrong, reason="同一车主")
        assert refused.status_code == 422, wrong
        assert "data-open" in refused.text
    assert (await desk.give("link", other=other.number, reason="同一车主")).status_code == 303
    for one, another in (pair, pair[::-1]):
        page = (await client.get(f"/cases/{one.id}")).text
        assert f'href="/cases/{another.id}"' in page
        assert "同一车主" in page
    again = await desk.give("link", other=other.number, reason="同一车主")
    assert again.status_code == 409
    assert "unlink" in await desk.offered()
    assert (await desk.give("unlink", other_id=other.id, reason="无关")).status_code == 303
    assert "unlink" not in await desk.offered()
    assert (await desk.give("unlink", other_id="x", reason="无关")).status_code == 422
