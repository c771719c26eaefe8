"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import JSONB, UUID, BigInt, Date, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class ReportRuns(Table, tablename="report_runs", schema=SCHEMA, db=ENGINE):
    """One making of a monthly report."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    month = Date()
    locale = Text()
    state = Text()
    requested_by = UUID(null=True, default=None)
    requested_name = Text()
    attempts = SmallInt()
    lease_token = UUID(null=True, default=None)
    leased_until = Timestamptz(null=True, default=None)
    figures = JSONB(null=True, default=None)
    file_id = UUID(null=True, default=None)
    error = JSONB(null=True, default=None)
    created_at = Timestamptz()
    finished_at = Timestamptz(null=True, default=None)


class CaseForms(Table, tablename="case_forms", schema=SCHEMA, db=ENGINE):
    """A form of a case, waiting or printed (R3.9)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    kind = Text()
    cycle = SmallInt()
    locale = Text()
    state = Text()
    attempts = SmallInt()
    asked_at = Timestamptz()
    ready_at = Timestamptz(null=True, default=None)
    filed_at = Timestamptz(null=True, default=None)
    file_id = UUID(null=True, default=None)
