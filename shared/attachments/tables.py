"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, BigInt, Boolean, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class CaseAttachments(Table, tablename="case_attachments", schema=SCHEMA, db=ENGINE):
    """A file that somebody has added to a case."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID()
    file_id = UUID()
    sha256 = Bytea()
    kind = Text()
    visible_to_customer = Boolean()
    entry_id = UUID(null=True, default=None)
    actor_kind = Text()
    actor_id = UUID(null=True, default=None)
    actor_name = Text()
    created_at = Timestamptz()
