"""Tags: words on cases to find them again."""

import pytest

from shared.cases import queries, service, tags
from shared.cases.commands import AddTag, RemoveTag
from shared.cases.intake import Intake, Source
from shared.cases.queries import QueueFilter, Tab
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid
from shared.permissions import Role
from tests.support.tenant import Tenant


async def test_a_tag_is_added_found_offered_and_removed(tenant: Tenant) -> None:
    advisor = tenant.actor(Role.ADVISOR)
    case = await service.register(advisor, Intake(channel=Channel.PHONE, words="异响"), source=Source.STAFF)

    tagged = await service.add_tag(advisor, case.id, AddTag(tag="  三包 争议 "), version=case.version)

    assert tagged.version == case.version + 1
    async with transaction(advisor.scope) as tx:
        wanted = QueueFilter(tab=Tab.ALL, tags=("三包 争议",))
        found = await queries.queue(tx, tenant.oem_id, wanted)
        assert [each.id for each in found.items] == [case.id]
        assert await tags.tags_of(tx, tenant.oem_id, case.id) == ["三包 争议"]
        assert "三包 争议" in await tags.in_use(tx, tenant.oem_id)
        entries = (await queries.timeline(tx, tenant.oem_id, case.id)).items
        assert (entries[-1].kind, entries[-1].data, entries[-1].internal) == (
            "add_tag",
            {"tag": "三包 争议"},
            True,
        )
    with pytest.raises(Conflict, match="tagged_already"):
        await service.add_tag(advisor, case.id, AddTag(tag="三包 争议"), version=None)
    await service.remove_tag(advisor, case.id, RemoveTag(tag="三包 争议"), version=None)
    with pytest.raises(Conflict, match="not_tagged"):
        await service.remove_tag(advisor, case.id, RemoveTag(tag="三包 争议"), version=None)
    async with transaction(advisor.scope) as tx:
        assert await tags.tags_of(tx, tenant.oem_id, case.id) == []


async def test_tags_have_an_end_and_a_length(tenant: Tenant) -> None:
    advisor = tenant.actor(Role.ADVISOR)
    case = await service.register(advisor, Intake(channel=Channel.PHONE, words="异响"), source=Source.STAFF)
    for number in range(tags.MOST_OF_CASE):
        await service.add_tag(advisor, case.id, AddTag(tag=f"t{number}"), version=None)

    with pytest.raises(Conflict, match="too_many_tags"):
        await service.add_tag(advisor, case.id, AddTag(tag="one more"), version=None)
    for wrong in ("", " ", "长" * 31):
        with pytest.raises(Invalid):
            await service.add_tag(advisor, case.id, AddTag(tag=wrong), version=None)
    with pytest.raises(Forbidden):
        await service.add_tag(tenant.actor(Role.READER), case.id, AddTag(tag="x"), version=None)
