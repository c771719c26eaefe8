"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import JSONB, BigInt, Boolean, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Oems(Table, tablename="oems", schema=SCHEMA, db=ENGINE):
    """A car maker: one tenant."""

    id = Integer(primary_key=True)
    slug = Text()
    name = Text()
    name_en = Text()
    country = Text()
    time_zone = Text()
    locale = Text()
    active = Boolean()
    created_at = Timestamptz()
    number_prefix = Text()
    sender_name = Text()
    sms_signature = Text()
    public_url = Text()
    logo_sha256 = Bytea(null=True, default=None)
    version = Integer()
    complaint_line = Text()


class OemLogos(Table, tablename="oem_logos", schema=SCHEMA, db=ENGINE):
    """The picture an OEM shows beside its name."""

    oem_id = Integer()
    sha256 = Bytea(primary_key=True)
    media_type = Text()
    content = Bytea()
    created_at = Timestamptz()


class Regions(Table, tablename="regions", schema=SCHEMA, db=ENGINE):
    """An area, or a district inside an area."""

    oem_id = Integer()
    id = Integer(primary_key=True)
    parent_id = Integer(null=True, default=None)
    level = Text()
    code = Text()
    name = Text()
    name_en = Text()


class Dealers(Table, tablename="dealers", schema=SCHEMA, db=ENGINE):
    """A dealer of an OEM; the OEM desk is one, too."""

    oem_id = Integer()
    id = BigInt(primary_key=True)
    region_id = Integer()
    code = Text()
    name = Text()
    name_en = Text()
    province = Text()
    city = Text()
    phone = Text()
    is_desk = Boolean()
    active = Boolean()
    created_at = Timestamptz()
    complaints_officer = Text()


class Policies(Table, tablename="policies", schema=SCHEMA, db=ENGINE):
    """A version of policy data; versions never change."""

    oem_id = Integer()
    dealer_id = BigInt()
    name = Text()
    version = Integer(primary_key=True)
    body = JSONB()
    valid_from = Timestamptz()
    created_by = Text()
