"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Accounts(Table, tablename="accounts", schema=SCHEMA, db=ENGINE):
    """A person who can sign in, across all tenants."""

    id = UUID(primary_key=True)
    email = Text()
    name = Text()
    password_hash = Text()
    locale = Text()
    time_zone = Text()
    active = Boolean()
    created_at = Timestamptz()
    platform_operator = Boolean()


class Memberships(Table, tablename="memberships", schema=SCHEMA, db=ENGINE):
    """A person's place and role in one OEM."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    account_id = UUID()
    role = Text()
    region_ids = Array(base_column=Integer())
    name = Text()
    email = Text()
    phone = Text()
    locale = Text()
    active = Boolean()
    created_at = Timestamptz()
    time_zone = Text()
    muted = Array(base_column=Text())
    version = Integer()
    department = Text()
    skills = Array(base_column=Text())
    duty = JSONB()


class StaffInvitations(Table, tablename="staff_invitations", schema=SCHEMA, db=ENGINE):
    """A place offered to somebody by e-mail; the token itself is nowhere."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    email = Text()
    name = Text()
    role = Text()
    region_ids = Array(base_column=Integer())
    phone = Text()
    locale = Text()
    time_zone = Text()
    token_hash = Bytea()
    created_at = Timestamptz()
    created_by = Text()
    expires_at = Timestamptz()
    accepted_at = Timestamptz(null=True, default=None)
    membership_id = UUID(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class Absences(Table, tablename="absences", schema=SCHEMA, db=ENGINE):
    """A time somebody is away, and who stands in."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    membership_id = UUID()
    substitute_id = UUID()
    starts_at = Timestamptz()
    ends_at = Timestamptz()
    created_at = Timestamptz()
    created_by = Text()


class PasswordResets(Table, tablename="password_resets", schema=SCHEMA, db=ENGINE):
    """A way to a new password, once; the token itself is nowhere."""

    id = UUID(primary_key=True)
    account_id = UUID()
    token_hash = Bytea()
    created_at = Timestamptz()
    expires_at = Timestamptz()


class Sessions(Table, tablename="sessions", schema=SCHEMA, db=ENGINE):
    """A sign-in that has not ended; the token itself is nowhere."""

    id = UUID(primary_key=True)
    token_hash = Bytea()
    account_id = UUID()
    oem_id = Integer(null=True, default=None)
    membership_id = UUID(null=True, default=None)
    client = Text()
    created_at = Timestamptz()
    last_seen_at = Timestamptz()
    idle_seconds = Integer()
    expires_at = Timestamptz()


class ApiKeys(Table, tablename="api_keys", schema=SCHEMA, db=ENGINE):
    """A key of an integration."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    name = Text()
    prefix = Text()
    key_hash = Bytea()
    created_at = Timestamptz()
    created_by = Text()
    revoked_at = Timestamptz(null=True, default=None)
    last_used_at = Timestamptz(null=True, default=None)


class SignInAttempts(Table, tablename="sign_in_attempts", schema=SCHEMA, db=ENGINE):
    """How many tries an address, or an address with an e-mail, has used up."""

    bucket = Bytea(primary_key=True)
    full_at_ms = BigInt()
