"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, Array, BigInt, Boolean, Integer, Text, Timestamptz
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
