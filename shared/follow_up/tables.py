"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Date,
    DoublePrecision,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Surveys(Table, tablename="surveys", schema=SCHEMA, db=ENGINE):
    """What a customer is asked about one round of his case, answered once."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    cycle = Integer()
    touchpoint = Text()
    policy_version = Integer()
    questions = JSONB()
    satisfied_from = SmallInt()
    state = Text()
    created_at = Timestamptz()
    expires_at = Timestamptz()
    answered_at = Timestamptz(null=True, default=None)
    answered_via = Text(null=True, default=None)
    answered_by = Text(null=True, default=None)
    answers = JSONB()
    comment = Text()
    score = DoublePrecision(null=True, default=None)
    satisfied_with_process = Boolean(null=True, default=None)
    satisfied_with_result = Boolean(null=True, default=None)
    turn = SmallInt()


class FollowUpCalls(Table, tablename="follow_up_calls", schema=SCHEMA, db=ENGINE):
    """A call to make to a customer; one of each kind per round of a case."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    cycle = Integer()
    kind = Text()
    caller_id = UUID()
    caller_name = Text()
    reason = Text()
    call_on = Date()
    asked_at = Timestamptz(null=True, default=None)
    due_at = Timestamptz(null=True, default=None)
    state = Text()
    attempts = SmallInt()
    outcome = Text(null=True, default=None)
    note = Text()
    linked_case_id = UUID(null=True, default=None)
    version = Integer()
    created_at = Timestamptz()
    ended_at = Timestamptz(null=True, default=None)
    ended_by = Text(null=True, default=None)
    turn = SmallInt()


class CallAttempts(Table, tablename="call_attempts", schema=SCHEMA, db=ENGINE):
    """One try at a call."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    call_id = UUID()
    at = Timestamptz()
    by_id = UUID(null=True, default=None)
    by_name = Text()
    result = Text()
    effective = Boolean()
    note = Text()


class CallChecks(Table, tablename="call_checks", schema=SCHEMA, db=ENGINE):
    """What somebody above thinks of how a call was made."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    call_id = UUID()
    attempt_id = UUID()
    dealer_id = BigInt()
    case_id = UUID()
    score = SmallInt()
    improper = Boolean()
    note = Text()
    checked_at = Timestamptz()
    checked_by = Text()
