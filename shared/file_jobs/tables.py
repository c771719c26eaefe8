"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class FileJobs(Table, tablename="file_jobs", schema=SCHEMA, db=ENGINE):
    """A list to make a file of, or a file to make cases of."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    kind = Text()
    state = Text()
    actor_kind = Text()
    actor_id = UUID()
    actor_name = Text()
    actor_role = Text()
    scope = Text()
    dealer_ids = Array(base_column=BigInt())
    locale = Text()
    time_zone = Text()
    params = JSONB()
    total = Integer()
    done = Integer()
    counts = JSONB()
    error = JSONB(null=True, default=None)
    attempts = Integer()
    lease_token = UUID(null=True, default=None)
    leased_until = Timestamptz(null=True, default=None)
    input = JSONB(null=True, default=None)
    result = JSONB(null=True, default=None)
    created_at = Timestamptz()
    finished_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz()
