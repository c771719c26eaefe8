"""Robots of an OEM's groups, kept by the administrator; their addresses are never shown again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases.texts import clean_line, line_problems
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.idempotency.keys import first_made, once
from shared.ids import new_id
from shared.notifications.outbound import Outbound
from shared.notifications.recipients import Recipient
from shared.notifications.robots.vocabulary import HEARD, HOSTS, RobotProvider
from shared.notifications.rules import Template
from shared.outbox.messages import NewMessage, write
from shared.outbox.vocabulary import Delivery, MessageChannel, RecipientKind
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants.dealers import dealer_named
from shared.web.locale import DEFAULT_LOCALE, Locale, locale_of, msgid, translator

LONGEST_NAME: Final = 100
LONGEST_SECRET: Final = 200
MOST: Final = 50
"""Robots of one OEM in use at the same time."""
TEST: Final = "robot_test"
"""What the outbox calls a test."""
TEST_LIFETIME: Final = timedelta(hours=1)
_TEST_SUBJECT: Final = msgid("Huiyin: a test")
_TEST_BODY: Final = msgid("This group hears of cases that are late or major.")


class Robot(msgspec.Struct, frozen=True, kw_only=True):
    """A robot without its address. `dealer_id` 0 hears of every dealer; `templates` is what it hears of."""

    id: UUID
    dealer_id: int
    name: str
    provider: RobotProvider
    locale: Locale
    templates: list[Template]
    created_at: datetime
    created_by: str
    revoked_at: datetime | None


class NewRobot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A robot to use: `url` as the chat shows it, `secret` where the robot is set to check signatures."""

    name: str
    provider: RobotProvider
    url: str
    secret: str = ""
    locale: Locale = DEFAULT_LOCALE
    templates: list[Template]
    dealer_id: int | None = None


_COLUMNS: Final = ", ".join(Robot.__struct_fields__)
_ALL: Final = f"SELECT {_COLUMNS} FROM chat_robots WHERE oem_id = $1 ORDER BY created_at DESC, id"
_COUNT: Final = "SELECT count(*) FROM chat_robots WHERE oem_id = $1 AND revoked_at IS NULL"
_USED: Final = f"SELECT {_COLUMNS} FROM chat_robots WHERE oem_id = $1 AND revoked_at IS NULL"
_ONE: Final = f"{_USED} AND id = $2"
_MADE: Final = f"SELECT {_COLUMNS} FROM chat_robots WHERE oem_id = $1 AND id = $2"
_INSERT: Final = f"""
INSERT INTO chat_robots (oem_id, id, dealer_id, name, provider, locale, templates, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {_COLUMNS}
"""
_HIDE: Final = """
INSERT INTO chat_robot_secrets (oem_id, id, robot_id, url, secret, created_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_REVOKE: Final = """
UPDATE chat_robots SET revoked_at = $3
WHERE oem_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING dealer_id
"""


async def robots(actor: Actor) -> list[Robot]:
    """The OEM's robots, newest first, those no more used included."""
    actor.require(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await tx.rows(Robot, _ALL, actor.oem_id)


async def add(
    actor: Actor,
    new: NewRobot,
    outbound: Outbound,
    *,
    idempotency_key: str | None = None,
    as_of: datetime | None = None,
) -> Robot:
    """Let a group hear of what is late.

    Raises `Invalid` for each field that cannot be accepted, `Conflict` (`too_many_robots`, and
    `idempotency_key_reused` as `shared.idempotency.keys`); the same again gives the robot of the first time.
    """
    actor.require(Permission.API_KEY_MANAGE)
    wanted = once(actor, idempotency_key, new, what="robot")
    name, secret = clean_line(new.name), new.secret.strip()
    _check(name, secret, new.templates)
    url = outbound.check(new.url, hosts=HOSTS[new.provider])
    robot_id = new_id(as_of)
    heard = [template.value for template in HEARD if template in new.templates]
    async with transaction(Scope.oem(actor.oem_id), as_of=as_of) as tx:
        now = await tx.now()
        first = await first_made(tx, actor.oem_id, wanted, robot_id, now)
        if first is not None:
            made = await tx.row(Robot, _MADE, actor.oem_id, first)
            assert made is not None  # noqa: S101  # robots are revoked, never removed
            return made
        if new.dealer_id is not None:
            await dealer_named(tx, actor.oem_id, new.dealer_id)
        if await tx.value(_COUNT, actor.oem_id) >= MOST:
            raise Conflict("too_many_robots", {"limit": MOST})
        place = (actor.oem_id, robot_id, new.dealer_id or 0, name, new.provider.value, new.locale.value)
        made = await tx.row(Robot, _INSERT, *place, heard, now, actor.name)
        assert made is not None  # noqa: S101  # RETURNING
        await tx.execute(_HIDE, actor.oem_id, new_id(as_of), robot_id, url, secret, now)
        await _note(tx, actor, now, "robot.add", robot_id, made.dealer_id)
    return made


async def revoke(actor: Actor, robot_id: UUID) -> None:
    """Tell its group nothing more, for good; raises `NotFound`."""
    actor.hide_without(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        now = await tx.now()
        dealer_id = await tx.value(_REVOKE, actor.oem_id, robot_id, now)
        if dealer_id is None:
            raise NotFound("not_found")
        await _note(tx, actor, now, "robot.revoke", robot_id, dealer_id)


async def test(actor: Actor, robot_id: UUID) -> None:
    """Let the group hear that it is heard; what became of it stands among the messages. Raises `NotFound`."""
    actor.hide_without(Permission.API_KEY_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        robot = await tx.row(Robot, _ONE, actor.oem_id, robot_id)
        if robot is None:
            raise NotFound("not_found")
        await write(tx, actor.oem_id, [_test_message(robot, await tx.now())])


async def listening(tx: Transaction, oem_id: int, template: Template, dealer_id: int) -> list[Recipient]:
    """The groups that hear of this at a dealer; the OEM's robots are read once per transaction."""
    if template not in HEARD:
        return []
    key = (__name__, oem_id)
    if key not in tx.remembered:
        tx.remembered[key] = await tx.rows(Robot, _USED, oem_id)
    known: Sequence[Robot] = tx.remembered[key]
    return [
        Recipient(
            kind=RecipientKind.GROUP,
            id=each.id,
            name=each.name,
            locale=each.locale,
            addresses={MessageChannel.CHAT: str(each.id)},
        )
        for each in known
        if template in each.templates and each.dealer_id in {0, dealer_id}
    ]


def _test_message(robot: Robot, now: datetime) -> NewMessage:
    speak = translator(locale_of(robot.locale.value) or DEFAULT_LOCALE)
    return NewMessage(
        dealer_id=robot.dealer_id,
        case_id=None,
        template=TEST,
        channel=MessageChannel.CHAT,
        delivery=Delivery.AT_MOST_ONCE,
        recipient_kind=RecipientKind.GROUP,
        recipient_id=robot.id,
        recipient_name=robot.name,
        address=str(robot.id),
        locale=robot.locale.value,
        subject=speak.gettext(_TEST_SUBJECT),
        body=speak.gettext(_TEST_BODY),
        link="",
        dedupe_key=f"robot_test:{new_id()}",
        priority=5,
        expires_at=now + TEST_LIFETIME,
        max_attempts=1,
    )


def _check(name: str, secret: str, templates: Sequence[Template]) -> None:
    problems = line_problems("name", name, LONGEST_NAME)
    if len(secret) > LONGEST_SECRET:
        problems.append(FieldError("secret", "too_long", {"limit": LONGEST_SECRET}))
    if not templates:
        problems.append(FieldError("templates", "required"))
    elif set(templates) - set(HEARD):
        problems.append(FieldError("templates", "unknown_value"))
    if problems:
        raise Invalid("invalid_input", fields=problems)


async def _note(
    tx: Transaction, actor: Actor, at: datetime, action: str, robot_id: UUID, dealer_id: int
) -> None:
    await append(
        tx, actor, at, AuditEntry(action=action, entity="robot", entity_id=robot_id, dealer_id=dealer_id)
    )
