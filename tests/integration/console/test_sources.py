"""The console's page of other systems, and tags and calls on the case page."""

import re

from shared.permissions import Role
from tests.support.console import Browsers, Maker, register, send

SOURCE = {"code": "forum", "name": "汽车论坛", "channel": "platform", "answer_seconds": "60", "dealer_id": ""}


async def test_a_source_is_added_renewed_and_revoked(browsers: Browsers, maker: Maker) -> None:
    """R1.8: the secret is shown once."""
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))

    made = await send(admin, "/sources", **SOURCE)

    assert made.status_code == 200
    [secret] = re.findall(r"whsec_[\w+/=]+", made.text)
    listed = await admin.get("/sources")
    assert secret not in listed.text
    assert "汽车论坛" in listed.text
    [source_id] = re.findall(r'action="/sources/([0-9a-f-]{36})/renew"', listed.text)
    renewed = await send(admin, f"/sources/{source_id}/renew")
    assert re.findall(r"whsec_[\w+/=]+", renewed.text) not in ([], [secret])
    assert "counts until" in renewed.text
    again = [await send(admin, f"/sources/{source_id}/renew") for _ in range(4)]
    assert [answer.status_code for answer in again] == [200, 200, 200, 409]
    assert "5 secrets are good at present" in again[-1].text
    assert (await send(admin, f"/sources/{source_id}/revoke")).status_code == 303
    assert "Revoked" in (await admin.get("/sources")).text


async def test_a_refused_source_shows_what_was_typed(browsers: Browsers, maker: Maker) -> None:
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))

    answer = await send(admin, "/sources", **{**SOURCE, "code": "Forum 2", "channel": "in_store"})

    assert answer.status_code == 422
    assert 'value="Forum 2"' in answer.text
    assert "Small letters, digits" in answer.text
    assert "whsec_" not in answer.text


async def test_only_administrators_see_sources(browsers: Browsers, maker: Maker) -> None:
    for role in (Role.ADVISOR, Role.STATION_HEAD, Role.HEAD_OFFICE):
        client = await browsers.of(maker.person(role))
        assert (await client.get("/sources")).status_code == 403
        assert 'href="/sources"' not in (await client.get("/account")).text


async def test_tags_on_the_case_page(browsers: Browsers, maker: Maker) -> None:
    case = await register(maker.actor(Role.ADVISOR))
    advisor = await browsers.of(maker.person(Role.ADVISOR))

    added = await send(advisor, f"/cases/{case.id}/tag", version=case.version, tag="<b>三包")
    twice = await send(advisor, f"/cases/{case.id}/tag", version=case.version + 1, tag="<b>三包")
    page = (await advisor.get(f"/cases/{case.id}")).text

    assert added.status_code == 303
    assert twice.status_code == 409
    assert "has the tag" in twice.text
    assert "&lt;b&gt;三包" in page
    assert "<b>三包" not in page
    assert 'name="tag"' in (await advisor.get(f"/cases?tag=%3Cb%3E三包&case={case.id}")).text
    removed = await send(advisor, f"/cases/{case.id}/untag", version=case.version + 1, tag="<b>三包")
    assert removed.status_code == 303
    assert "tag-remove" not in (await advisor.get(f"/cases/{case.id}")).text
