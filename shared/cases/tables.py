"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
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


class RuleDrafts(Table, tablename="rule_drafts", schema=SCHEMA, db=ENGINE):
    """What an OEM's administrators have changed of its rules and not published yet."""

    oem_id = Integer()
    rule_id = Text(primary_key=True)
    edit = JSONB(null=True, default=None)
    changed_at = Timestamptz()
    changed_by = Text()


class PolicyDrafts(Table, tablename="policy_drafts", schema=SCHEMA, db=ENGINE):
    """What an OEM's administrators have changed of a policy and not published yet."""

    oem_id = Integer()
    name = Text(primary_key=True)
    version = Integer()
    body = JSONB()
    changed_at = Timestamptz()
    changed_by = Text()


class PolicyMigrations(Table, tablename="policy_migrations", schema=SCHEMA, db=ENGINE):
    """Open cases being brought to the clock policy in force."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    version = Integer()
    cases = Integer()
    cases_done = Integer()
    earlier = Integer()
    later = Integer()
    rebased = Integer()
    started = Integer()
    dropped = Integer()
    kept = Integer()
    after = UUID()
    started_at = Timestamptz()
    started_by = Text()
    finished_at = Timestamptz(null=True, default=None)


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
    conditions = Text()
    background = Text()
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
    found = Text()
    advice = Text()
    root_cause = Text()
    preventive_measure = Text()
    due_at = Timestamptz(null=True, default=None)
    due_metric = Text(null=True, default=None)
    due_started_at = Timestamptz(null=True, default=None)
    due_or_never = Timestamptz()
    reopened_at = Timestamptz(null=True, default=None)
    held_in = Text(null=True, default=None)
    merged_into = UUID(null=True, default=None)
    merged_from = Text(null=True, default=None)
    merged_clocks = JSONB(null=True, default=None)
    waiting_for = Text()
    waiting_since = Timestamptz(null=True, default=None)
    waits_for = Text()
    oem_asked = Boolean()
    answer_by = Timestamptz(null=True, default=None)
    pauses = Array(base_column=Timestamptz())
    previous_owner_id = UUID(null=True, default=None)
    transfer_asked_at = Timestamptz(null=True, default=None)
    points = SmallInt()
    open_points = SmallInt()
    open_tasks = SmallInt()
    open_compensations = SmallInt()
    visit_unconfirmed = Boolean()
    work_unverified = Boolean()
    verdict = Text(null=True, default=None)
    satisfied_with_process = Boolean(null=True, default=None)
    satisfied_with_result = Boolean(null=True, default=None)
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


class CasePoints(Table, tablename="case_points", schema=SCHEMA, db=ENGINE):
    """One thing the customer complains of (R3.5)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    position = SmallInt()
    text = Text()
    created_at = Timestamptz()
    created_by = Text()
    confirmed_at = Timestamptz(null=True, default=None)
    confirmed_by = Text(null=True, default=None)


class CaseDiagnoses(Table, tablename="case_diagnoses", schema=SCHEMA, db=ENGINE):
    """What was found out (R3.4)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    cycle = Integer()
    findings = Text()
    checklist = JSONB()
    repair_history = Text()
    remote_guidance = Text()
    temporary_measure = Text()
    created_at = Timestamptz()
    created_by = Text()


class CasePlans(Table, tablename="case_plans", schema=SCHEMA, db=ENGINE):
    """A plan and the customer's agreement to it (R3.4)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    cycle = Integer()
    plan = Text()
    type = Text(null=True, default=None)
    alternative = Text()
    parts = Text()
    promised_at = Timestamptz(null=True, default=None)
    cost_minor = BigInt(null=True, default=None)
    currency = Text(null=True, default=None)
    payer = Text(null=True, default=None)
    window_from = Timestamptz(null=True, default=None)
    window_until = Timestamptz(null=True, default=None)
    visit_confirmed_at = Timestamptz(null=True, default=None)
    agreed_at = Timestamptz(null=True, default=None)
    agreed_by = Text(null=True, default=None)
    agreed_via = Text(null=True, default=None)
    created_at = Timestamptz()
    created_by = Text()


class CaseTasks(Table, tablename="case_tasks", schema=SCHEMA, db=ENGINE):
    """What a department has to do on a case that another answers for (R3.1)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    department = Text()
    assignee_id = UUID(null=True, default=None)
    assignee_name = Text()
    title = Text()
    at_oem = Boolean()
    due_at = Timestamptz(null=True, default=None)
    state = Text()
    outcome = Text()
    created_at = Timestamptz()
    created_by = Text()
    ended_at = Timestamptz(null=True, default=None)
    ended_by = Text(null=True, default=None)


class CaseCompensations(Table, tablename="case_compensations", schema=SCHEMA, db=ENGINE):
    """What the customer is given (R3.5)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    kind = Text()
    amount_minor = BigInt()
    currency = Text()
    reason = Text()
    state = Text()
    created_at = Timestamptz()
    created_by = Text()
    approver = Text(null=True, default=None)
    given_at = Timestamptz(null=True, default=None)


class CaseApprovals(Table, tablename="case_approvals", schema=SCHEMA, db=ENGINE):
    """A compensation above somebody's limit, and who decided (R3.2)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    compensation_id = UUID()
    wanted_role = Text()
    state = Text()
    asked_at = Timestamptz()
    asked_by = UUID(null=True, default=None)
    asked_name = Text()
    decided_at = Timestamptz(null=True, default=None)
    decided_by = UUID(null=True, default=None)
    decided_name = Text(null=True, default=None)
    reason = Text()


class MajorFindings(Table, tablename="major_findings", schema=SCHEMA, db=ENGINE):
    """What speaks for a major complaint (R2.6)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    code = Text()
    rule_id = Text()
    reason_zh = Text()
    reason_en = Text()
    words = Array(base_column=Text())
    found_at = Timestamptz()


class MajorDecisions(Table, tablename="major_decisions", schema=SCHEMA, db=ENGINE):
    """What a person made of it (R2.6)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    decision = Text()
    criteria = Array(base_column=Text())
    reason = Text()
    decided_at = Timestamptz()
    decided_by = UUID(null=True, default=None)
    decided_name = Text()


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


class CaseLinks(Table, tablename="case_links", schema=SCHEMA, db=ENGINE):
    """One case that has to do with another; the other one has such a row, too."""

    oem_id = Integer()
    case_id = UUID()
    other_id = UUID(primary_key=True)
    dealer_id = BigInt()
    reason = Text()
    linked_at = Timestamptz()
    linked_by = Text()


class SavedViews(Table, tablename="saved_views", schema=SCHEMA, db=ENGINE):
    """A list that somebody has given a name."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    membership_id = UUID()
    name = Text()
    shared = Boolean()
    filter = JSONB()
    created_at = Timestamptz()


class Reveals(Table, tablename="reveals", schema=SCHEMA, db=ENGINE):
    """A person sees the personal data of one case for a while (R9.2)."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    membership_id = UUID()
    reason = Text()
    words = Text()
    revealed_at = Timestamptz()
    expires_at = Timestamptz()


class CaseWaits(Table, tablename="case_waits", schema=SCHEMA, db=ENGINE):
    """One wait of a case: for whom, since when, until when."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    cycle = SmallInt()
    party = Text()
    since = Timestamptz()
    until = Timestamptz(null=True, default=None)
    reason = Text()
    begun_by = Text()
