"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, Array, BigInt, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Escalations(Table, tablename="escalations", schema=SCHEMA, db=ENGINE):
    """One firing of a step: who was told, who took it."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    clock_id = UUID(null=True, default=None)
    metric = Text()
    cycle = Integer()
    turn = SmallInt()
    step = Text()
    due_at = Timestamptz()
    fired_at = Timestamptz()
    reason = Text()
    recipient_ids = Array(base_column=UUID())
    recipient_names = Array(base_column=Text())
    told_at = Timestamptz(null=True, default=None)
    suppressed = Text(null=True, default=None)
    acknowledged_at = Timestamptz(null=True, default=None)
    acknowledged_by = UUID(null=True, default=None)
    acknowledged_name = Text(null=True, default=None)
