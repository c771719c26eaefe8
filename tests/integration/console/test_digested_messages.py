"""What was told in a digest, on the pages of the fire log and of messages (R4.4)."""

import re
from uuid import UUID

import pytest

from shared.db.engine import transaction
from shared.outbox.messages import write as write_messages
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.console.test_isolation import write
from tests.support.console import Browsers, Maker, register
from tests.support.happening import a_digest
from tests.support.outbox import new_message
from tests.support.servers import Database


async def digested(database: Database, maker: Maker, change: str) -> tuple[UUID, UUID]:
    """A case whose call for help was told to its manager in a digest by SMS: the case, the digest."""
    case = await register(maker.actor(Role.ADVISOR))
    manager = maker.person(Role.SERVICE_MANAGER)
    digest_id = await a_digest(maker.oem_id, case, manager.membership_id)
    message = new_message(
        dealer_id=0,
        case_id=None,
        template="digest",
        recipient_id=manager.membership_id,
        recipient_name=manager.name,
        dedupe_key=f"digest:{digest_id}",
        digest_id=digest_id,
    )
    async with transaction(Scope.oem(maker.oem_id)) as tx:
        await write_messages(tx, maker.oem_id, [message])
    await write(
        database,
        "messages",
        "UPDATE app.messages SET state = CASE template WHEN 'digest' THEN 'queued' ELSE 'digested' END"
        " WHERE oem_id = $1 AND digest_id = $2",
        maker.oem_id,
        digest_id,
    )
    await write(
        database,
        "messages",
        f"UPDATE app.messages SET {change} WHERE oem_id = $1 AND digest_id = $2 AND template = 'digest'",
        maker.oem_id,
        digest_id,
    )
    return case.id, digest_id


_DEAD = "state = 'dead', last_error = 'isv.BUSINESS_LIMIT_CONTROL'"
_DELIVERED = "state = 'sent', sent_at = now(), receipt = 'delivered', receipt_at = now()"


@pytest.mark.parametrize(
    ("change", "badge", "words", "unsaid"),
    [
        ("state = 'queued'", "Waiting", "written at", ["Delivered", "Sent"]),
        (_DEAD, "Failed", "isv.BUSINESS_LIMIT_CONTROL", ["Delivered", "Sent"]),
        (_DELIVERED, "Delivered", "Sent", ["written at"]),
    ],
    ids=["queued", "dead", "delivered"],
)
async def test_a_line_of_a_digest_says_what_became_of_the_digest_and_leads_to_it(
    browsers: Browsers,
    maker: Maker,
    database: Database,
    change: str,
    badge: str,
    words: str,
    unsaid: list[str],
) -> None:
    """Issue 4: who was told, by which message, when; also where the digest is of several dealers."""
    case_id, digest_id = await digested(database, maker, change)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    page = (await client.get(f"/cases/{case_id}/firings")).text
    (line,) = re.findall(rf"<small>(?:(?!<small>).)*/messages\?digest={digest_id}.*?</small>", page)
    assert "In a digest" in line
    assert badge in line
    assert words in line
    for each in unsaid:
        assert each not in line
    listed = (await client.get(f"/messages?digest={digest_id}")).text
    (row,) = re.findall(r'<tr role="row" id="message-.*?</tr>', listed, re.DOTALL)
    assert f">{badge}</span>" in row
    assert "In a digest" in row
    seen = (await client.get("/messages?view=digested")).text
    assert f"digest={digest_id}" in seen
    assert f"digest={digest_id}" not in (await client.get("/messages?view=sent")).text
    administrator = await browsers.of(maker.person(Role.ADMINISTRATOR))
    whole = (await administrator.get(f"/messages?digest={digest_id}")).text
    assert whole.count('<tr role="row" id="message-') == 2
    assert "What it stands for" in whole


async def test_who_may_not_read_messages_reads_the_state_without_the_way_to_it(
    browsers: Browsers, maker: Maker, database: Database
) -> None:
    case_id, digest_id = await digested(database, maker, _DELIVERED)
    client = await browsers.of(maker.person(Role.ADVISOR))
    page = (await client.get(f"/cases/{case_id}/firings")).text
    assert "In a digest" in page
    assert "Delivered" in page
    assert str(digest_id) not in page
    assert (await client.get("/messages?digest=made-up")).status_code == 403
