"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class CaseCounters(Table, tablename="case_counters", schema=SCHEMA, db=ENGINE):
    """The last case number of a day (R1.3)."""

    oem_id = Integer()
    day = Date(primary_key=True)
    last = Integer()


class Cases(Table, tablename="cases", schema=SCHEMA, db=ENGINE):
    """A complaint from receipt to closing."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    number = Text()
    version = Integer()
    cycle = Integer()
    state = Text()
    channel = Text()
    report_code = SmallInt()
    category = Text()
    kind = Text()
    subject = Text()
    urgency = Text()
    nature = Text()
    major = Boolean()
    major_candidate = Boolean()
    classification = JSONB()
    title = Text()
    words = Text()
    description = Text()
    fault_label = Text()
    demand = Text()
    language = Text()
    customer_id = UUID()
    vehicle_id = UUID(null=True, default=None)
    mileage_km = Integer(null=True, default=None)
    contactable = Boolean()
    owner_id = UUID()
    owner_name = Text()
    department = Text()
    received_at = Timestamptz()
    registered_at = Timestamptz()
    contacted_at = Timestamptz(null=True, default=None)
    planned_at = Timestamptz(null=True, default=None)
    result_told_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    plan = Text()
    promised_at = Timestamptz(null=True, default=None)
    result = Text()
    root_cause = Text()
    preventive_measure = Text()
    due_at = Timestamptz(null=True, default=None)
    due_metric = Text(null=True, default=None)
    due_started_at = Timestamptz(null=True, default=None)
    due_or_never = Timestamptz()
    historical = Boolean()
    source = Text()
    external_ref = Text(null=True, default=None)
    created_by = Text()
    updated_at = Timestamptz()
    link_generation = Integer()


class TimelineEntries(Table, tablename="timeline_entries", schema=SCHEMA, db=ENGINE):
    """One thing that happened to a case, in words."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    at = Timestamptz()
    kind = Text()
    actor_kind = Text()
    actor_id = UUID(null=True, default=None)
    actor_name = Text()
    internal = Boolean()
    text = Text()
    data = JSONB()


class IdempotencyKeys(Table, tablename="idempotency_keys", schema=SCHEMA, db=ENGINE):
    """A create that has been done under its key."""

    oem_id = Integer()
    actor = Text()
    key = Text(primary_key=True)
    request_hash = Bytea()
    case_id = UUID()
    created_at = Timestamptz()


class CaseSearch(Table, tablename="case_search", schema=SCHEMA, db=ENGINE):
    """What a case is found by; see `shared/cases/search.py`."""

    oem_id = Integer()
    case_id = UUID(primary_key=True)
    dealer_id = BigInt()
    received_at = Timestamptz()
    text = Text()
    codes = Array(base_column=Text())
    grams = Array(base_column=Text())


class CaseTags(Table, tablename="case_tags", schema=SCHEMA, db=ENGINE):
    """A word somebody put on a case."""

    oem_id = Integer()
    case_id = UUID()
    tag = Text(primary_key=True)
    dealer_id = BigInt()
    added_at = Timestamptz()
    added_by = Text()
