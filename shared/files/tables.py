"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, BigInt, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Files(Table, tablename="files", schema=SCHEMA, db=ENGINE):
    """A file in the store."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    case_id = UUID(null=True, default=None)
    name = Text()
    media_type = Text()
    size_bytes = BigInt()
    sha256 = Bytea()
    storage_key = Text()
    created_at = Timestamptz()
