"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, BigInt, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Notifications(Table, tablename="notifications", schema=SCHEMA, db=ENGINE):
    """What one person is told in the console."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    membership_id = UUID()
    template = Text()
    subject = Text()
    path = Text()
    dedupe_key = Text()
    created_at = Timestamptz()
    read_at = Timestamptz(null=True, default=None)
