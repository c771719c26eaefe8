"""R9.3: the audit log says where from."""

from shared.audit.log import AuditEntry, append
from shared.db.engine import transaction
from shared.origin import come_from
from shared.permissions import Role
from tests.support.tenant import MONDAY, Tenant


async def test_an_entry_says_where_it_came_from(tenant: Tenant):
    actor = tenant.actor(Role.ADMINISTRATOR)
    come_from("192.0.2.77", "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")
    try:
        async with transaction(actor.scope) as tx:
            await append(tx, actor, MONDAY, AuditEntry(action="test.look", entity="test", entity_id="1"))
            found = await tx.connection.fetchrow(
                "SELECT network, agent FROM audit_entries WHERE action = 'test.look'"
            )
    finally:
        come_from("", "")
    assert found is not None
    assert (found["network"], found["agent"]) == ("192.0.2.0/24", "Firefox, Windows")
