"""A complaint that the customer sends himself by the OEM's form (R1.1, R1.2, R1.4)."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Final
from uuid import UUID

import msgspec

from shared.attachments.service import NewAttachment, attach
from shared.cases import service
from shared.cases.customer_links import CustomerLinks
from shared.cases.intake import DealerId, Intake, Source
from shared.cases.symptoms import is_vague
from shared.cases.vocabulary import Channel
from shared.clock import utc_now
from shared.customers.identifiers import BadIdentifier, phone_number
from shared.db.engine import transaction
from shared.errors import Conflict, FieldError, Invalid, NotFound, Unavailable
from shared.files.content import FileKind, checked
from shared.permissions import Role
from shared.portal import form_tokens, limits
from shared.portal.consent import Consent, consent, record
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants import dealers, oems
from shared.tenants.dealers import Dealer
from shared.tenants.oems import Oem
from shared.web.locale import Locale

MOST_PHOTOS: Final = 5
_BY: Final = "web form"

Text = Annotated[str, msgspec.Meta(max_length=10_000)]


class Submission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the customer entered; empty means not known.

    `dealer_id` None is the OEM itself, for who does not know his dealer. `symptom` is the answer to "what
    exactly happens, and when": needed where the words leave it open. `consent_version` is that of the text
    shown, None when it was not agreed to. `website` is a field that no person sees and machines fill in.
    """

    form_token: str
    locale: Locale
    dealer_id: DealerId | None = None
    words: Text = ""
    symptom: Text = ""
    demand: Text = ""
    customer_name: Text = ""
    customer_phone: Text = ""
    customer_email: Text = ""
    vehicle_plate: Text = ""
    vehicle_vin: Text = ""
    vehicle_model: Text = ""
    consent_version: int | None = None
    website: Text = ""


class Photo(msgspec.Struct, frozen=True):
    """A picture sent with the form."""

    name: str
    content: bytes


class FormPage(msgspec.Struct, frozen=True, kw_only=True):
    """What an OEM's form is made of."""

    oem: Oem
    dealers: list[Dealer]
    consent: Consent
    token: str

    def dealer(self, dealer_id: int | None) -> Dealer | None:
        """The dealer of that number, None for one that takes no complaints."""
        return next((each for each in self.dealers if each.id == dealer_id), None)


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer gets: the number and the address of his tracking page.

    `photos_lost` is how many photos could not be kept because the file store was away; the same form sent
    again adds them.
    """

    number: str
    tracking_url: str
    photos_lost: int = 0


async def form_page(slug: str, locale: Locale | None, secret: str) -> FormPage:
    """The form of an OEM, its dealers by city and name; raises `NotFound` for an unknown or closed OEM.

    Without a locale the text of consent is in the OEM's language.
    """
    oem = await _oem(slug)
    reads = locale or Locale(oem.locale)
    async with transaction(Scope.oem(oem.id), read_only=True) as tx:
        places = [each for each in await dealers.dealers(tx, oem.id) if each.active and not each.is_desk]
        name = oem.name_en if reads is Locale.EN else oem.name
        return FormPage(
            oem=oem,
            dealers=sorted(places, key=lambda each: (each.province, each.city, each.name)),
            consent=await consent(tx, oem.id, name, reads),
            token=form_tokens.issue(oem.id, await tx.now(), secret),
        )


async def submit(
    links: CustomerLinks, slug: str, sent: Submission, photos: Sequence[Photo], client: str
) -> Submitted:
    """Make a case of a form, state `received`; the same form sent again gives the same case.

    `client` is the network address. Raises `NotFound`; `Invalid` and `Conflict` for what the customer can
    change, `TooManyRequests`.
    """
    oem = await _oem(slug)
    name = form_tokens.nonce(sent.form_token, oem.id, utc_now(), links.secret)
    if sent.website:
        raise Conflict("form_looks_automatic")
    _check(sent, photos)
    await limits.take(limits.of_form(oem.id, client, _told(sent, oem.country)))
    await _check_photos(photos)
    async with transaction(Scope.oem(oem.id), read_only=True) as tx:
        shown = await consent(tx, oem.id, "", sent.locale)
    if sent.consent_version != shown.version:
        raise Invalid.field("consent_version", "consent_changed")
    actor = Actor(ActorKind.CUSTOMER, Role.CUSTOMER, Scope.oem(oem.id), _BY)
    try:
        case = await service.register(
            actor,
            _intake(sent),
            source=Source.PORTAL,
            idempotency_key=name,
            alongside=lambda tx, case_id: record(tx, oem.id, case_id, shown),
        )
    except Conflict as error:
        if error.code == "idempotency_key_reused":
            raise Conflict("form_sent_already") from error
        raise
    except Invalid as error:
        raise Invalid(error.code, fields=[_as_entered(each) for each in error.fields]) from error
    async with transaction(Scope.oem(oem.id), read_only=True) as tx:
        generation = await tx.value(
            "SELECT link_generation FROM cases WHERE oem_id = $1 AND id = $2", oem.id, case.id
        )
    return Submitted(
        number=case.number,
        tracking_url=links.tracking(oem.id, case.id, generation),
        photos_lost=await _not_kept(actor, case.id, photos),
    )


async def _not_kept(actor: Actor, case_id: UUID, photos: Sequence[Photo]) -> int:
    """Add the photos; how many could not be: the complaint has reached us without them."""
    for number, photo in enumerate(photos):
        new = NewAttachment(name=photo.name, content=photo.content, visible_to_customer=True)
        try:
            await attach(actor, case_id, new)
        except Unavailable as error:
            if error.code != "file_store_away":
                raise
            return len(photos) - number
    return 0


async def _oem(slug: str) -> Oem:
    try:
        oem = await oems.by_slug(slug)
    except NotFound as error:
        raise NotFound("not_found") from error
    if not oem.active:
        raise NotFound("not_found")
    return oem


def _check(sent: Submission, photos: Sequence[Photo]) -> None:
    problems = [
        FieldError(field, "required")
        for field in ("words", "customer_name")
        if not getattr(sent, field).strip()
    ]
    if not sent.customer_phone.strip() and not sent.customer_email.strip():
        problems.append(FieldError("customer_phone", "phone_or_email_required"))
    if sent.words.strip() and is_vague(sent.words) and not sent.symptom.strip():
        problems.append(FieldError("symptom", "symptom_needed"))
    if sent.consent_version is None:
        problems.append(FieldError("consent_version", "consent_needed"))
    if len(photos) > MOST_PHOTOS:
        problems.append(FieldError("photos", "too_many_photos", {"limit": MOST_PHOTOS}))
    if problems:
        raise Invalid("invalid_input", fields=problems)


def _told(sent: Submission, country: str) -> list[str]:
    """Where an answer would go; what cannot be understood is refused when the case is made."""
    found: list[str] = []
    with suppress(BadIdentifier):
        found += [phone_number(sent.customer_phone, country)] if sent.customer_phone.strip() else []
    if sent.customer_email.strip():
        found.append(sent.customer_email.strip().lower())
    return found


def _as_entered(problem: FieldError) -> FieldError:
    """The customer entered the description as the symptom."""
    return msgspec.structs.replace(problem, field="symptom") if problem.field == "description" else problem


async def _check_photos(photos: Sequence[Photo]) -> None:
    """Refused before the case is made: nobody should have to complain twice for a picture's sake."""
    for photo in photos:
        try:
            found = await asyncio.to_thread(checked, photo.content)
        except Invalid as error:
            raise Invalid(
                "invalid_input",
                fields=[FieldError("photos", each.code, each.params) for each in error.fields],
            ) from error
        if found.kind is not FileKind.IMAGE:
            raise Invalid.field("photos", "pictures_only")


def _intake(sent: Submission) -> Intake:
    return Intake(
        channel=Channel.WEB_FORM,
        dealer_id=sent.dealer_id,
        customer_name=sent.customer_name,
        customer_phone=sent.customer_phone,
        customer_email=sent.customer_email,
        customer_locale="en" if sent.locale is Locale.EN else "zh-CN",
        vehicle_plate=sent.vehicle_plate,
        vehicle_vin=sent.vehicle_vin,
        vehicle_model=sent.vehicle_model,
        words=sent.words,
        description=sent.symptom,
        demand=sent.demand,
    )
