"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, BigInt, Boolean, Date, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Customers(Table, tablename="customers", schema=SCHEMA, db=ENGINE):
    """A car owner as one dealer knows him."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    name = Text()
    phone = Text()
    phone_kind = Text()
    email = Text()
    locale = Text()
    created_at = Timestamptz()


class Vehicles(Table, tablename="vehicles", schema=SCHEMA, db=ENGINE):
    """A car as one dealer knows it."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    vin = Text()
    plate = Text()
    brand = Text()
    series = Text()
    model = Text()
    purchased_on = Date(null=True, default=None)
    created_at = Timestamptz()


class CustomerChoices(Table, tablename="customer_choices", schema=SCHEMA, db=ENGINE):
    """Whether a customer wants what he may do without, as he said on a case."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    customer_id = UUID()
    wanted = Boolean()
    via = Text()
    chosen_at = Timestamptz()
