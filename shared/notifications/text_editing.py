"""Reading and changing an OEM's own wording: every change is a version; what is not its own stays ours."""

from datetime import datetime
from typing import Annotated, Final

import msgspec

from shared.cases.merging import case_numbered
from shared.db.engine import Transaction, transaction
from shared.errors import FieldError, Invalid, NotFound
from shared.notifications.examples import example_values
from shared.notifications.facts import case_facts
from shared.notifications.render import (
    Reader,
    Rendered,
    email_html,
    email_text,
    is_linked,
    render,
    signed,
    sms_text,
    starting_text,
)
from shared.notifications.rules import CUSTOMERS_OPTIONAL, RULES, Template
from shared.notifications.sms_size import SmsSize, sms_size
from shared.notifications.texts import (
    OURS,
    Approval,
    MessageTexts,
    Text,
    problems_of,
    required_of,
    variables_of,
)
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.oems import appearance, oem
from shared.tenants.policies import PolicyName
from shared.web.formatting import masked_name
from shared.web.locale import Locale

_EARLIER: Final = 20
_LINKS: Final = {
    RecipientKind.CUSTOMER: "https://care.example.com/t/AAAAAQGeExampleOfALinkThatOpensNothing00000",
    RecipientKind.STAFF: "https://huiyin.example.com/cases/01999999-9999-7999-8999-999999999999",
}
"""As long as real ones, so that the size of an SMS is."""
_CHOICE_LINK: Final = "https://care.example.com/m/AAAAAQGeExampleOfALinkThatOpensNothing00000"
_TOO_LONG: Final = {
    (True, True): "text_too_long",
    (True, False): "text_too_long_in_china",
    (False, True): "text_too_long_abroad",
}
"""By whether an SMS is cut under a number of mainland China, and under any other."""


class TextView(msgspec.Struct, frozen=True, kw_only=True):
    """A message by one channel in one language: the text in force, whose it is, what it may and must name."""

    audience: RecipientKind
    text: Text
    is_own: bool
    variables: list[str]
    required: list[str]


class TextsView(msgspec.Struct, frozen=True, kw_only=True):
    """Every message; `version` 0: the OEM has no text of its own."""

    version: Annotated[int, msgspec.Meta(ge=0)]
    items: list[TextView]


class Parameter(msgspec.Struct, frozen=True):
    """A variable of a provider's approved template, with what it is sent."""

    name: str
    value: str


class SmsPreview(msgspec.Struct, frozen=True, kw_only=True):
    """An SMS as it is sent, with its size. `is_cut`: it says less than its text.

    `is_without_link`: no room is left for the link in two segments.
    """

    text: str
    size: SmsSize
    is_cut: bool
    is_without_link: bool


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A text as its reader gets it: `subject`, `text` and `html` of an e-mail, `sms` of an SMS.

    `sms` to a number of mainland China; `sms_abroad` to any other where that reads differently, as signatures
    do. `parameters`: what a provider gets, in this order, with its approved template.
    """

    subject: str = ""
    text: str = ""
    html: str = ""
    sms: SmsPreview | None = None
    sms_abroad: SmsPreview | None = None
    parameters: list[Parameter] = []


class EarlierText(msgspec.Struct, frozen=True, kw_only=True):
    """A wording that was in force from a version on; None: ours was."""

    version: int
    valid_from: datetime
    created_by: str
    text: Text | None


async def message_texts(tx: Transaction, oem_id: int) -> MessageTexts:
    """The OEM's own texts."""
    _, found = await policies.decoded_or(tx, oem_id, PolicyName.TEXTS, _decode, _ours)
    return found


async def texts(actor: Actor) -> TextsView:
    """All messages with the text in force; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        version, own = await policies.decoded_or(tx, actor.oem_id, PolicyName.TEXTS, _decode, _ours)
    return TextsView(
        version=version,
        items=[
            _view(own, template, channel, locale)
            for template, rule in RULES.items()
            for channel in rule.channels
            for locale in Locale
        ],
    )


async def publish(actor: Actor, text: Text, *, version: int) -> TextsView:
    """Let a text of the OEM's own replace ours from now on; messages that wait keep their words.

    Raises `Forbidden`, `Invalid` naming the line of everything that is wrong, `Conflict` (`stale_version`).
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        known, home = await message_texts(tx, actor.oem_id), await appearance(tx, actor.oem_id)
    problems = problems_of(text) or _too_long(text, home.sms_signature)
    await policies.replace(actor, PolicyName.TEXTS, known.having(text), problems, version=version)
    return await texts(actor)


async def restore(
    actor: Actor, template: Template, channel: MessageChannel, locale: Locale, *, version: int
) -> TextsView:
    """Let our text hold again; raises as `publish`."""
    actor.require(Permission.TENANT_MANAGE)
    known = await _known(actor)
    wanted = known.without(template, channel, locale)
    await policies.replace(actor, PolicyName.TEXTS, wanted, [], version=version)
    return await texts(actor)


async def preview(actor: Actor, text: Text, case_number: str = "") -> Preview:
    """The text filled in with a case of the OEM, or with invented values; the customer's name is masked.

    Raises `Forbidden`, `Invalid` as `publish`, `NotFound` (`case_not_found`).
    """
    actor.require(Permission.TENANT_MANAGE)
    if problems := problems_of(text):
        raise Invalid("invalid_input", fields=problems)
    async with transaction(actor.scope, read_only=True) as tx:
        facts = None
        if case_number.strip():
            case_id = await case_numbered(tx, actor.oem_id, case_number.strip())
            if case_id is None:
                raise NotFound("case_not_found")
            facts = await case_facts(tx, actor.oem_id, case_id)
            facts = msgspec.structs.replace(facts, customer_name=masked_name(facts.customer_name))
        home = await appearance(tx, actor.oem_id)
        zone = (await oem(tx, actor.oem_id)).time_zone
    # What a provider will get is worth a look before it has approved its template.
    approval = Approval.APPROVED if text.provider_template_id else text.approval
    own = MessageTexts(texts=(msgspec.structs.replace(text, approval=approval),))
    rule = RULES[text.template]
    link, values = _LINKS[rule.audience], example_values(text.template, facts)
    words, abroad = (
        render(text.template, text.channel, reader, values, own, link)
        for reader in _readers(text.locale, zone, home.sms_signature)
    )
    if text.channel is MessageChannel.SMS:
        at_home, elsewhere = _sms(words, link), _sms(abroad, link)
        return Preview(
            sms=at_home,
            sms_abroad=elsewhere if elsewhere != at_home else None,
            parameters=_parameters(words),
        )
    button = rule.button or rule.audience.value
    choice_link = _CHOICE_LINK if text.template in CUSTOMERS_OPTIONAL else ""
    return Preview(
        subject=words.subject,
        text=email_text(words.body, link, choice_link, text.locale),
        html=email_html(words.subject, words.body, link, text.locale, button, choice_link=choice_link),
    )


def _readers(locale: Locale, zone: str, signature: str) -> tuple[Reader, Reader]:
    """Under a number of mainland China, and under any other: a signature of its own makes another length."""
    at_home, elsewhere = (
        Reader(locale, zone, signed(signature, locale, abroad=abroad), abroad) for abroad in (False, True)
    )
    return at_home, elsewhere


def _sms(words: Rendered, link: str) -> SmsPreview:
    sent = sms_text(words.body, link)
    return SmsPreview(
        text=sent, size=sms_size(sent), is_cut=words.is_cut, is_without_link=not is_linked(sent, link)
    )


def _parameters(words: Rendered) -> list[Parameter]:
    template = words.provider_template
    return [Parameter(name, value) for name, value in template.parameters] if template else []


async def earlier(
    actor: Actor, template: Template, channel: MessageChannel, locale: Locale
) -> list[EarlierText]:
    """The wordings before, the newest first, of the last twenty versions; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    found: list[EarlierText] = []
    async with transaction(actor.scope, read_only=True) as tx:
        for each in await policies.versions(tx, actor.oem_id, PolicyName.TEXTS, most=_EARLIER):
            _, body = await policies.version_of(tx, actor.oem_id, PolicyName.TEXTS, each.version)
            text = _decode(body).of(template, channel, locale)
            one = EarlierText(
                version=each.version, valid_from=each.valid_from, created_by=each.created_by, text=text
            )
            # Of versions that changed other messages the oldest says since when this wording holds.
            if found and found[-1].text == text:
                found[-1] = one
            else:
                found.append(one)
    return found


async def _known(actor: Actor) -> MessageTexts:
    async with transaction(actor.scope, read_only=True) as tx:
        return await message_texts(tx, actor.oem_id)


def _view(own: MessageTexts, template: Template, channel: MessageChannel, locale: Locale) -> TextView:
    rule = RULES[template]
    text = own.of(template, channel, locale)
    return TextView(
        audience=rule.audience,
        text=text or starting_text(template, channel, locale),
        is_own=text is not None,
        variables=sorted(variables_of(template, channel)),
        required=sorted(required_of(template)),
    )


def _too_long(text: Text, sign_name: str) -> list[FieldError]:
    """An SMS whose usual words alone need more segments than are sent, wherever its reader's number is."""
    if text.channel is not MessageChannel.SMS:
        return []
    link, own = _LINKS[RULES[text.template].audience], MessageTexts(texts=(text,))
    at_home, elsewhere = (
        render(text.template, text.channel, reader, example_values(text.template), own, link).is_cut
        for reader in _readers(text.locale, "Asia/Shanghai", sign_name)
    )
    problem = _TOO_LONG.get((at_home, elsewhere))
    return [FieldError("body", problem)] if problem else []


def _decode(body: bytes) -> MessageTexts:
    return msgspec.json.decode(body, type=MessageTexts)


def _ours() -> MessageTexts:
    return OURS
