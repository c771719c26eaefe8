"""What a customer sees and does by the link to his case (R1.4, R3.6).

Everything is read in the scope of the portal, which reaches the functions of one case and nothing else; they
tell what the customer may know. What he does runs as the customer of that case: the case is the one his token
names, never one that he could name himself.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import service
from shared.cases.commands import CustomerMessage, Withdraw
from shared.cases.customer_links import CustomerLinks, LinkedCase, Purpose, linked_case
from shared.cases.vocabulary import CaseState
from shared.cases.work_commands import Agree
from shared.cases.work_vocabulary import AgreementWay
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, NotFound
from shared.permissions import Role
from shared.portal import limits
from shared.tenancy import Actor, ActorKind, Scope


class TrackedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its customer may see it.

    `plan` and what follows it are of the plan he was told last, which is in force while staff have made no
    other one since; `cost_minor` is in the smallest unit of `currency`. `result`, what was
    `found` and the `advice` are empty until he was told.
    `dealer_phone` and `oem_phone` are complaint lines, never a person's number. A `dealer_is_desk` is the OEM
    itself. A `merged` case is handled in another: how that one stands is told here, by the own number.
    """

    number: str
    state: CaseState
    title: str
    words: str
    kind: str
    received_at: datetime
    registered_at: datetime
    contacted_at: datetime | None
    result_told_at: datetime | None
    closed_at: datetime | None
    result: str
    found: str
    advice: str
    plan: str
    planned_at: datetime | None
    promised_at: datetime | None
    plan_in_force: bool
    agreed_at: datetime | None
    alternative: str
    cost_minor: int | None
    currency: str | None
    payer: str | None
    window_from: datetime | None
    window_until: datetime | None
    owner_name: str
    customer_name: str
    customer_locale: str
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    dealer_phone: str
    dealer_is_desk: bool
    oem_slug: str
    oem_name: str
    oem_name_en: str
    oem_phone: str
    time_zone: str
    version: int
    merged: bool

    @property
    def own_state(self) -> CaseState:
        """The state of the customer's own case, which his commands meet."""
        return CaseState.MERGED if self.merged else self.state


class TrackedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, as far as it is the customer's to know; `kind` is the command."""

    at: datetime
    kind: str
    by_customer: bool
    text: str


class TrackedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the case that the customer may have."""

    id: UUID
    kind: str
    name: str
    media_type: str
    size_bytes: int
    by_customer: bool
    created_at: datetime
    storage_key: str


class Tracking(msgspec.Struct, frozen=True, kw_only=True):
    """The tracking page, at the instant `now`; `wants_messages`: as said on this case.

    `entries` are the latest two hundred, oldest first.
    """

    oem_id: int
    case_id: UUID
    now: datetime
    case: TrackedCase
    wants_messages: bool
    entries: list[TrackedEntry]
    files: list[TrackedFile]


_ENTRIES: Final = """
SELECT at, kind, by_customer, text FROM (
    SELECT * FROM portal_timeline() WITH ORDINALITY AS told (at, kind, by_customer, text, place)
    ORDER BY place DESC LIMIT 200
) latest ORDER BY place
"""


async def track(links: CustomerLinks, token: str) -> Tracking:
    """The case behind a link; raises `NotFound` (`link_invalid`) for any link that does not hold."""
    linked = linked_case(token)
    async with transaction(Scope.portal(linked.oem_id, linked.case_id), read_only=True) as tx:
        case = await case_behind(tx, links, linked, Purpose.TRACK)
        return Tracking(
            oem_id=linked.oem_id,
            case_id=linked.case_id,
            now=await tx.now(),
            case=case,
            wants_messages=await tx.value("SELECT portal_case_choice()"),
            entries=await tx.rows(TrackedEntry, _ENTRIES),
            files=await tx.rows(TrackedFile, "SELECT * FROM portal_attachments()"),
        )


async def write_message(links: CustomerLinks, token: str, text: str) -> None:
    """Put the customer's words on the timeline; the owner of the case is told.

    Raises what `track` and `customer_message` raise, and `TooManyRequests`.
    """
    actor, linked = await customer_actor(links, token)
    await limits.take(limits.of_case(linked.case_id))
    await service.customer_message(actor, linked.case_id, CustomerMessage(text=text), version=None)


async def agree(links: CustomerLinks, token: str, *, version: int) -> None:
    """The customer agrees to the plan he was told (R3.4); once is enough.

    `version` is the case's as he read it. Raises what `track` and `service.agree` raise, `TooManyRequests`,
    and `Conflict` (`plan_has_changed`) where staff have made another plan since.
    """
    tracking = await track(links, token)
    if tracking.case.agreed_at is not None and tracking.case.plan_in_force:
        return
    if not tracking.case.plan_in_force:
        raise Conflict("plan_has_changed")
    actor, linked = await customer_actor(links, token)
    await limits.take(limits.of_case(linked.case_id))
    command = Agree(agreed_by=actor.name or tracking.case.number, via=AgreementWay.LINK)
    await service.agree(actor, linked.case_id, command, version=version)


async def withdraw(links: CustomerLinks, token: str, reason: str, *, version: int) -> None:
    """The customer does not pursue the case, and says why (R3.3).

    Raises what `track` and `service.withdraw` raise, and `TooManyRequests`.
    """
    actor, linked = await customer_actor(links, token)
    await limits.take(limits.of_case(linked.case_id))
    command = Withdraw(reason=reason, via=AgreementWay.LINK)
    await service.withdraw(actor, linked.case_id, command, version=version)


async def customer_actor(
    links: CustomerLinks, token: str, purpose: Purpose = Purpose.TRACK
) -> tuple[Actor, LinkedCase]:
    """The customer behind a link as an actor of the case's dealer, and the one case he may act on."""
    linked = linked_case(token)
    async with transaction(Scope.portal(linked.oem_id, linked.case_id), read_only=True) as tx:
        case = await case_behind(tx, links, linked, purpose)
    scope = Scope.dealer(linked.oem_id, case.dealer_id)
    actor = Actor(
        ActorKind.CUSTOMER,
        Role.CUSTOMER,
        scope,
        case.customer_name,
        locale=case.customer_locale,
        time_zone=case.time_zone,
    )
    return actor, linked


_NO_GENERATION: Final = 0


async def case_behind(
    tx: Transaction, links: CustomerLinks, linked: LinkedCase, purpose: Purpose
) -> TrackedCase:
    """The case of a link made for `purpose`; raises `NotFound` (`link_invalid`)."""
    generation = await tx.value("SELECT portal_generation()")
    if not links.holds(linked, purpose, generation or _NO_GENERATION) or generation is None:
        raise NotFound("link_invalid")
    found = await tx.row(TrackedCase, "SELECT * FROM portal_case()")
    if found is None:
        raise NotFound("link_invalid")
    return found
