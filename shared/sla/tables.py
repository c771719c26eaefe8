"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, Array, BigInt, Boolean, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Clocks(Table, tablename="clocks", schema=SCHEMA, db=ENGINE):
    """One promise on one case in one cycle (R4)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    metric = Text()
    cycle = Integer()
    turn = SmallInt()
    state = Text()
    policy_version = Integer()
    policy_dealer_id = BigInt(null=True, default=None)
    calendar_version = Integer()
    calendar_dealer_id = BigInt(null=True, default=None)
    kept_from_version = Integer(null=True, default=None)
    kept_from_dealer_id = BigInt(null=True, default=None)
    pauses_kept_until = Timestamptz(null=True, default=None)
    provisional = Boolean()
    rebased = Boolean()
    started_at = Timestamptz()
    due_at = Timestamptz()
    steps = Array(base_column=Text())
    schedule = Array(base_column=Timestamptz())
    step = SmallInt()
    next_at = Timestamptz(null=True, default=None)
    met_at = Timestamptz(null=True, default=None)
    breached_at = Timestamptz(null=True, default=None)
    acknowledged_at = Timestamptz(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    updated_at = Timestamptz()
