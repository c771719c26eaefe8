"""A case on which very much happened: every answer about it stays of a size (R2.2)."""

from datetime import timedelta
from uuid import UUID

import pytest

from shared.cases.repository import NewTimelineEntry, note_on_timeline
from shared.db.engine import transaction
from shared.permissions import Role
from tests.integration.api_cases.conftest import Api
from tests.integration.api_cases.test_case_routes import register
from tests.support.tenant import MONDAY

NOTES = 250


async def take_notes(api: Api, case_id: UUID) -> None:
    """Two at each instant, so that pages are cut between entries of one."""
    actor = api.tenant.actor(Role.ADVISOR)
    async with transaction(actor.scope) as tx:
        for number in range(0, NOTES, 2):
            pair = [
                NewTimelineEntry(
                    case_id=case_id,
                    dealer_id=api.tenant.here,
                    kind="add_note",
                    internal=True,
                    text=f"第{each}次记录",
                )
                for each in (number, number + 1)
            ]
            await note_on_timeline(tx, actor, MONDAY + timedelta(days=365, seconds=number), *pair)


async def test_a_long_timeline_is_read_page_by_page_back_to_its_start(api: Api):
    """R2.2: newest page first, each oldest first, nothing twice and nothing left out."""
    advisor = await api.sign_in(Role.ADVISOR)
    case = await register(advisor)
    path = f"/cases/{case['id']}"
    await take_notes(api, UUID(case["id"]))
    first = (await advisor.get(f"{path}/timeline")).json()
    assert len(first["items"]) == 100
    history = (await advisor.get(f"{path}/history")).json()
    assert (history["timeline"], history["next_cursor"]) == (first["items"], first["next_cursor"])
    read, cursor = first["items"], first["next_cursor"]
    while cursor is not None:
        page = (await advisor.get(f"{path}/timeline", cursor=cursor, limit=63)).json()
        assert 0 < len(page["items"]) <= 63
        read, cursor = page["items"] + read, page["next_cursor"]
    assert len({each["id"] for each in read}) == len(read) == NOTES + 1
    assert read == sorted(read, key=lambda each: (each["at"], each["id"]))
    assert {each["text"] for each in read} >= {f"第{number}次记录" for number in range(NOTES)}


async def test_escalations_are_read_page_by_page(api: Api):
    """R4.3: the newest first, nothing twice and nothing left out."""
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    case = await register(manager)
    path = f"/cases/{case['id']}"
    for number in range(5):
        body = {"reason": f"第{number}次求助", "version": case["version"]}
        answer = await manager.post(f"{path}/escalate", body)
        assert answer.status_code == 200, answer.text
        case = answer.json()
    whole = (await manager.get(f"{path}/escalations")).json()
    assert whole["next_cursor"] is None
    read: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = (await manager.get(f"{path}/escalations", limit=2, **cursor)).json()
        read = [each["reason"] for each in page["items"]] + read
        cursor = {"cursor": page["next_cursor"]}
    assert cursor == {"cursor": None}
    assert read == [each["reason"] for each in whole["items"]]
    assert len(read) == len(set(read)) == 5


@pytest.mark.parametrize("part", ["timeline", "escalations"])
@pytest.mark.parametrize("wanted", [{"cursor": "%"}, {"limit": "0"}, {"limit": "201"}])
async def test_a_page_has_its_bounds(api: Api, part: str, wanted: dict[str, str]):
    advisor = await api.sign_in(Role.ADVISOR)
    case = await register(advisor)
    answer = await advisor.get(f"/cases/{case['id']}/{part}", **wanted)
    assert answer.status_code == 422, answer.text
