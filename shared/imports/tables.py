"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class ImportMappings(Table, tablename="import_mappings", schema=SCHEMA, db=ENGINE):
    """Which column meant what, the last time a file with these columns came."""

    oem_id = Integer()
    columns_sha256 = Bytea(primary_key=True)
    mapping = JSONB()
    saved_at = Timestamptz()
    saved_by = Text()


class ImportRuns(Table, tablename="import_runs", schema=SCHEMA, db=ENGINE):
    """One import of a file."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    file_name = Text()
    file_sha256 = Bytea()
    historical = Boolean()
    accepted = Integer()
    repeated = Integer()
    rejected = Integer()
    actor_name = Text()
    started_at = Timestamptz()
    finished_at = Timestamptz(null=True, default=None)
