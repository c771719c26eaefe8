"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, BigInt, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class CaseConsents(Table, tablename="case_consents", schema=SCHEMA, db=ENGINE):
    """The text a customer has agreed to when sending the form."""

    oem_id = Integer()
    case_id = UUID(primary_key=True)
    dealer_id = BigInt()
    version = Integer()
    locale = Text()
    given_at = Timestamptz()
