"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, Array, BigInt, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class AuditEntries(Table, tablename="audit_entries", schema=SCHEMA, db=ENGINE):
    """One entry of the append-only log (R9.3)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    at = Timestamptz()
    actor_kind = Text()
    actor_id = UUID(null=True, default=None)
    actor_role = Text()
    action = Text()
    entity = Text()
    entity_id = Text()
    fields = Array(base_column=Text())
    request_id = Text(null=True, default=None)
    network = Text()
    agent = Text()
    reason = Text()
