"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Events(Table, tablename="events", schema=SCHEMA, db=ENGINE):
    """Something that happened, for the packages above."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID(null=True, default=None)
    kind = Text()
    payload = JSONB()
    occurred_at = Timestamptz()
    state = Text()
    attempts = SmallInt()
    next_attempt_at = Timestamptz()
    lease_token = UUID(null=True, default=None)
    last_error = Text(null=True, default=None)
    done_at = Timestamptz(null=True, default=None)


class Messages(Table, tablename="messages", schema=SCHEMA, db=ENGINE):
    """Something sent to the world."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID(null=True, default=None)
    template = Text()
    template_version = Integer()
    channel = Text()
    delivery = Text()
    recipient_kind = Text()
    recipient_id = UUID()
    recipient_name = Text()
    address = Text()
    locale = Text()
    subject = Text()
    body = Text()
    link = Text()
    dedupe_key = Text()
    idem_token = UUID()
    priority = SmallInt()
    state = Text()
    attempts = SmallInt()
    max_attempts = SmallInt()
    next_attempt_at = Timestamptz()
    expires_at = Timestamptz()
    lease_token = UUID(null=True, default=None)
    provider_ref = Text(null=True, default=None)
    last_error = Text(null=True, default=None)
    created_at = Timestamptz()
    sent_at = Timestamptz(null=True, default=None)
    link_is_secret = Boolean()
    choice_link = Text()
    quiet_zone = Text()
    held_for = Text(null=True, default=None)
    held_until = Timestamptz(null=True, default=None)
    digest_id = UUID(null=True, default=None)
    provider_template = JSONB(null=True, default=None)
    receipt = Text(null=True, default=None)
    receipt_at = Timestamptz(null=True, default=None)
    losses = SmallInt()
