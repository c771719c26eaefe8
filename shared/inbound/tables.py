"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, Array, BigInt, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class InboundSources(Table, tablename="inbound_sources", schema=SCHEMA, db=ENGINE):
    """A system that may send; its secret is derived from the salt and stands nowhere."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    code = Text()
    name = Text()
    channel = Text()
    answer_seconds = Integer()
    salt = Bytea()
    previous_salt = Bytea(null=True, default=None)
    previous_until = Timestamptz(null=True, default=None)
    earlier_salts = Array(Bytea())
    earlier_untils = Array(Timestamptz())
    created_at = Timestamptz()
    created_by = Text()
    rotated_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    last_used_at = Timestamptz(null=True, default=None)


class CaseCalls(Table, tablename="case_calls", schema=SCHEMA, db=ENGINE):
    """A telephone call; `case_id` once it is known which case it belongs to."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID(null=True, default=None)
    source_id = UUID()
    call_ref = Text()
    phone = Text()
    offered_at = Timestamptz()
    answered_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    answer_seconds = Integer()
    created_at = Timestamptz()
