"""What can be asked of a case: one Struct per command (R3); those of the work in `work_commands`.

The texts are a person's own; the service cleans them and says which are missing or too long. Who may ask, in
which state, and what must be filled stands in `shared/cases/command_table.py`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from shared.cases.intake import DealerId
from shared.cases.vocabulary import Category, Department, Kind, Nature, Subject, Urgency
from shared.cases.work_vocabulary import AgreementWay, ChoiceWay, Verdict


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


class WaitedFor(StrEnum):
    """What a person says a case waits for; waiting for the customer begins with asking him."""

    OEM = "oem"  # 主机厂
    PARTS = "parts"  # 配件


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


class AddTag(CaseCommand, frozen=True, kw_only=True):
    """A word is put on the case to find it again."""

    tag: str


class RemoveTag(CaseCommand, frozen=True, kw_only=True):
    """A word is taken off the case."""

    tag: str


class AddNote(CaseCommand, frozen=True, kw_only=True):
    """Something colleagues should know; the customer never sees it, and it meets no promise (R3.6).

    `mentions` are memberships of the case's dealer or of the OEM, who are told of it.
    """

    text: str
    mentions: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=20)] = ()


class RequestFromCustomer(CaseCommand, frozen=True, kw_only=True):
    """What we need of the customer, how he was asked, and until when we wait.

    The case waits for the customer until he answers: until the next effective contact.
    """

    request: str
    via: ContactChannel
    answer_by: datetime | None = None


class Resolve(CaseCommand, frozen=True, kw_only=True):
    """What was found, the solution and further advice, and how the customer was told it (R3.7).

    `result` is the solution; where `found` is empty it says what was found as well.
    """

    result: str
    told_via: ContactChannel
    found: str = ""
    advice: str = ""


class Judge(CaseCommand, frozen=True, kw_only=True):
    """What becomes of a suggestion or an experience, told to the customer with our thanks (R3.7).

    `reply` is what the customer reads. `reason` and `alternative` are required to decline a suggestion.
    """

    verdict: Verdict
    reply: str
    told_via: ContactChannel
    reason: str = ""
    alternative: str = ""


class Survey(CaseCommand, frozen=True, kw_only=True):
    """Whether the customer is satisfied with how it was handled and with what came of it (R3.9)."""

    satisfied_with_process: bool
    satisfied_with_result: bool
    comment: str = ""


class Close(CaseCommand, frozen=True, kw_only=True):
    """Closed for good; both are required (R3.9) unless a verdict was given on the case (R3.7)."""

    root_cause: str = ""
    preventive_measure: str = ""


class RenewLink(CaseCommand, frozen=True, kw_only=True):
    """A link went to the wrong person: none that was sent opens the customer's page any more."""

    reason: str


class ChooseMessages(CaseCommand, frozen=True, kw_only=True):
    """Whether the customer wants surveys and word of the progress; `via` is how he said so."""

    wanted: bool
    via: ChoiceWay
    note: str = ""


class Hold(CaseCommand, frozen=True, kw_only=True):
    """Stalemate, cooled down (R3.3); the promises run on."""

    reason: str


class Resume(CaseCommand, frozen=True, kw_only=True):
    """The case goes on where it was held."""

    reason: str


class Wait(CaseCommand, frozen=True, kw_only=True):
    """The case waits for the OEM, or for parts (R3.3): no pause, but a clock on whoever owns the wait."""

    party: WaitedFor
    reason: str


class EndWait(CaseCommand, frozen=True, kw_only=True):
    """What the case waited for is there."""

    reason: str


class Withdraw(CaseCommand, frozen=True, kw_only=True):
    """The customer does not pursue the case; `via` is how he said so."""

    reason: str
    via: AgreementWay


class Merge(CaseCommand, frozen=True, kw_only=True):
    """Another complaint about the same matter: it is handled in the case `into_id` from now on (R1.7)."""

    into_id: UUID
    reason: str


class Unmerge(CaseCommand, frozen=True, kw_only=True):
    """They are two matters after all: the case goes on where it stood."""

    reason: str


class Link(CaseCommand, frozen=True, kw_only=True):
    """The case has to do with `other_id`; both are handled on, each by itself (R1.7)."""

    other_id: UUID
    reason: str


class Unlink(CaseCommand, frozen=True, kw_only=True):
    """The two have nothing to do with each other after all."""

    other_id: UUID
    reason: str


class Reopen(CaseCommand, frozen=True, kw_only=True):
    """The matter is not settled after all: a new cycle with promises of its own (R3.3).

    Every complained point has to be confirmed anew. `owner_id`: who answers for it, if somebody else.
    """

    reason: str
    owner_id: UUID | None = None


class TakeOver(CaseCommand, frozen=True, kw_only=True):
    """Somebody of the OEM becomes the owner of a dealer's case (R3.2)."""

    reason: str


class HandBack(CaseCommand, frozen=True, kw_only=True):
    """The owner gives the case back to who had it before."""

    reason: str


class AskTransfer(CaseCommand, frozen=True, kw_only=True):
    """The dealer asks the OEM to move the case; the reason says where to."""

    reason: str


class RefuseTransfer(CaseCommand, frozen=True, kw_only=True):
    """The case stays where it is."""

    reason: str


class Transfer(CaseCommand, frozen=True, kw_only=True):
    """The OEM moves the case to another dealer; without `owner_id` the least busy there owns it (R1.6)."""

    dealer_id: DealerId
    reason: str
    owner_id: UUID | None = None


class Escalate(CaseCommand, frozen=True, kw_only=True):
    """Asks the next person up the chain for help (R4.2)."""

    reason: str


class CustomerMessage(CaseCommand, frozen=True, kw_only=True):
    """What the customer writes to the person in charge, by his link (R3.6)."""

    text: str


class Acknowledge(CaseCommand, frozen=True, kw_only=True):
    """The actor has seen the escalations that wait for him and acts on them (R4.2).

    With a `question` they go back to the owner, who is told of it.
    """

    note: str = ""
    question: str = ""
