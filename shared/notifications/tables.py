"""Tables of this package; the migrations are the truth, a test compares the two."""

from piccolo.columns import UUID, Array, BigInt, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from shared.db.engine import ENGINE, SCHEMA


class Notifications(Table, tablename="notifications", schema=SCHEMA, db=ENGINE):
    """What one person is told in the console."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    membership_id = UUID()
    template = Text()
    subject = Text()
    path = Text()
    dedupe_key = Text()
    created_at = Timestamptz()
    read_at = Timestamptz(null=True, default=None)


class ChatRobots(Table, tablename="chat_robots", schema=SCHEMA, db=ENGINE):
    """A robot in a group of a chat."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    name = Text()
    provider = Text()
    locale = Text()
    templates = Array(Text())
    created_at = Timestamptz()
    created_by = Text()
    revoked_at = Timestamptz(null=True, default=None)


class ChatRobotSecrets(Table, tablename="chat_robot_secrets", schema=SCHEMA, db=ENGINE):
    """The address of a robot, which lets its holder write to the group."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    robot_id = UUID()
    url = Text()
    secret = Text()
    created_at = Timestamptz()


class WebhookEndpoints(Table, tablename="webhook_endpoints", schema=SCHEMA, db=ENGINE):
    """Another system that is told of events."""

    oem_id = Integer()
    id = UUID(primary_key=True)
    dealer_id = BigInt()
    name = Text()
    url = Text()
    kinds = Array(Text())
    salt = Bytea()
    previous_salt = Bytea(null=True, default=None)
    previous_until = Timestamptz(null=True, default=None)
    earlier_salts = Array(Bytea())
    earlier_untils = Array(Timestamptz())
    created_at = Timestamptz()
    created_by = Text()
    rotated_at = Timestamptz(null=True, default=None)
    disabled_at = Timestamptz(null=True, default=None)
    disabled_reason = Text(null=True, default=None)
    version = Integer()
