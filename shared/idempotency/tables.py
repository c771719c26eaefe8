"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class IdempotencyKeys(Table, tablename="idempotency_keys", schema=SCHEMA, db=ENGINE):
    """A create that has been done under its key; what it made, by its id."""

    oem_id = Integer()
    actor = Text()
    key = Text(primary_key=True)
    request_hash = Bytea()
    made_id = UUID()
    created_at = Timestamptz()
