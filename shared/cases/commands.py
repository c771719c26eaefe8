"""What can be asked of a case: one Struct per command (R3).

The texts are a person's own; the service cleans them and says which are missing or too long. Who may ask, in
which state, and what must be filled stands in `shared/cases/states.py`.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from shared.cases.vocabulary import Category, Department, Kind, Nature, Subject, Urgency


class ContactChannel(StrEnum):
    """The way staff and customer spoke (R3.6)."""

    PHONE = "phone"  # 电话
    IN_PERSON = "in_person"  # 面谈
    ON_SITE = "on_site"  # 上门
    CHAT = "chat"  # 在线沟通
    SMS = "sms"  # 短信
    EMAIL = "email"  # 电子邮件
    LETTER = "letter"  # 信函


class Direction(StrEnum):
    """Who sought the other (R3.6)."""

    OUTBOUND = "outbound"  # 我方联系客户
    INBOUND = "inbound"  # 客户来联系


class CaseCommand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something asked of a case."""


class ConfirmReceipt(CaseCommand, frozen=True, kw_only=True):
    """Staff have read what came in by itself and register it (R1.4)."""


class Take(CaseCommand, frozen=True, kw_only=True):
    """The actor becomes the owner (R1.6)."""

    reason: str = ""


class Assign(CaseCommand, frozen=True, kw_only=True):
    """Another person becomes the owner: a membership of the case's dealer, or of the OEM (R3.1)."""

    owner_id: UUID
    reason: str


class Classify(CaseCommand, frozen=True, kw_only=True):
    """A person confirms or changes what the rules said (R2.4); what is None stays.

    `reason` is required to lower the urgency (R2.3) and to mark or unmark a major complaint (R2.6).
    """

    category: Category | None = None
    kind: Kind | None = None
    subject: Subject | None = None
    urgency: Urgency | None = None
    nature: Nature | None = None
    department: Department | None = None
    major: bool | None = None
    reason: str = ""


class LogContact(CaseCommand, frozen=True, kw_only=True):
    """A contact with the customer, or an attempt at one (R3.6).

    `effective`: the two have spoken; False: nobody answered, and only our own attempt counts.
    """

    effective: bool
    channel: ContactChannel
    direction: Direction = Direction.OUTBOUND
    summary: str


class AddNote(CaseCommand, frozen=True, kw_only=True):
    """Something colleagues should know; the customer never sees it, and it meets no promise (R3.6)."""

    text: str


class Plan(CaseCommand, frozen=True, kw_only=True):
    """The solution that is proposed and by when (R3.4); `told_via` when the customer has been told it."""

    plan: str
    promised_at: datetime | None = None
    told_via: ContactChannel | None = None


class Resolve(CaseCommand, frozen=True, kw_only=True):
    """What was done and found, and how the customer was told it (R3.7)."""

    result: str
    told_via: ContactChannel


class Close(CaseCommand, frozen=True, kw_only=True):
    """Closed for good; both are required (R3.9)."""

    root_cause: str
    preventive_measure: str


class Escalate(CaseCommand, frozen=True, kw_only=True):
    """Asks the next person up the chain for help (R4.2)."""

    reason: str


class CustomerMessage(CaseCommand, frozen=True, kw_only=True):
    """What the customer writes to the person in charge, by his link (R3.6)."""

    text: str


class Acknowledge(CaseCommand, frozen=True, kw_only=True):
    """The actor has seen the escalations that wait for him and acts on them (R4.2)."""

    note: str = ""
