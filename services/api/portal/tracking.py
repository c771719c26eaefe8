"""The tracking page of a case: how it stands, what happened, and what its customer may do (R1.4, R3.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from services.api.auth import PUBLIC
from services.api.portal.door import AnyRequest, go, links_of, named, page, reader_locale, web_of, zone_of
from services.api.portal.forms import fields_of, refused
from services.api.portal.steps import NEXT, NOW, Step, steps_of
from shared.attachments.downloads import download_address
from shared.attachments.service import Download, signed
from shared.cases.customer_links import Purpose
from shared.cases.states import Command, Condition, available
from shared.errors import Conflict, Invalid, NotFound, TooManyRequests
from shared.permissions import Role
from shared.portal import choices, tracking
from shared.portal.tracking import TrackedEntry, Tracking
from shared.web.components import EMPTY_FORM, FormState, TimelineEntry
from shared.web.environment import Viewer
from shared.web.locale import Translator, msgid

_OPTIONS: Final = {PUBLIC: True}

_HEADLINES: Final[Mapping[str, str]] = {
    "register": msgid("Your complaint was received"),
    "confirm_receipt": msgid("Your complaint was registered"),
    "log_contact": msgid("We spoke with you"),
    "tell_plan": msgid("We told you the plan"),
    "agree": msgid("You agreed to the plan"),
    "confirm_visit": msgid("The visit is agreed"),
    "request_from_customer": msgid("We asked you for something"),
    "resolve": msgid("We told you the result"),
    "judge_suggestion": msgid("We answered your suggestion"),
    "judge_experience": msgid("We answered you"),
    "customer_message": msgid("You wrote to us"),
    "withdraw": msgid("You withdrew your complaint"),
    "reopen": msgid("We took your complaint up again"),
    "merge": msgid("We handle your complaint together with another one"),
    "unmerge": msgid("We handle your complaint by itself again"),
}
_LOOKS: Final[Mapping[str, str]] = {
    "register": "registered",
    "confirm_receipt": "registered",
    "log_contact": "contacted",
    "tell_plan": "planned",
    "agree": "planned",
    "confirm_visit": "planned",
    "request_from_customer": "contacted",
    "resolve": "resolved",
    "judge_suggestion": "resolved",
    "judge_experience": "resolved",
    "customer_message": "wrote",
    "withdraw": "registered",
    "reopen": "registered",
    "merge": "registered",
    "unmerge": "registered",
}
"""What the customer is told of; other entries, visible or not, say nothing to him."""


_DONE: Final[Mapping[str, str]] = {
    "write": msgid("Your message has reached us."),
    "agree": msgid("Thank you. You have agreed to the plan."),
    "withdraw": msgid("You have withdrawn your complaint."),
    "without-photos": msgid(
        "Your photos could not be kept. Go back and send the form again in a while to add them: your number "
        "stays the same."
    ),
    "choice": msgid("Your choice is kept. You can change it at any time."),
}
_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Refused:
    """One of the page's forms that was not taken, and why."""

    action: str
    error: Invalid | Conflict | TooManyRequests
    fields: Mapping[str, str]


class TrackingPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page shows. `base` is its address without a query."""

    base: str
    number: str
    title: str
    customer: str
    now: str
    next: str
    steps: list[Step]
    tracking: Tracking
    dealer: str
    oem: str
    entries: list[TimelineEntry]
    may_write: bool
    may_agree: bool
    may_withdraw: bool
    done: str
    forms: dict[str, FormState]

    def form(self, action: str) -> FormState:
        """What one of the page's forms shows: what was typed and refused, or nothing."""
        return self.forms.get(action, EMPTY_FORM)


@get("/t/{token:str}", opt=_OPTIONS, include_in_schema=False)
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The page."""
    return await _page(request, token)


@post("/t/{token:str}/messages", opt=_OPTIONS, include_in_schema=False)
async def write(request: AnyRequest, token: FromPath[str]) -> Response[str] | Response[None]:
    """Write to the person in charge; what is refused comes back as it was typed."""
    fields = await fields_of(request)
    try:
        await tracking.write_message(links_of(request), token, fields.get("text", ""))
    except (Invalid, Conflict, TooManyRequests) as error:
        return await _page(request, token, refusal=Refused("write", error, fields))
    return go(f"/t/{token}?done=write#messages")


@post("/t/{token:str}/agreement", opt=_OPTIONS, include_in_schema=False)
async def agree(request: AnyRequest, token: FromPath[str]) -> Response[str] | Response[None]:
    """Agree to the plan (R3.4); after a change of the case in between the page asks to read it again."""
    fields = await fields_of(request)
    try:
        await tracking.agree(links_of(request), token, version=_version(fields))
    except (Invalid, Conflict, TooManyRequests) as error:
        return await _page(request, token, refusal=Refused("agree", error, fields))
    return go(f"/t/{token}?done=agree")


@post("/t/{token:str}/withdrawal", opt=_OPTIONS, include_in_schema=False)
async def withdraw(request: AnyRequest, token: FromPath[str]) -> Response[str] | Response[None]:
    """Withdraw the complaint (R3.3)."""
    fields = await fields_of(request)
    try:
        await tracking.withdraw(links_of(request), token, fields.get("reason", ""), version=_version(fields))
    except (Invalid, Conflict, TooManyRequests) as error:
        return await _page(request, token, refusal=Refused("withdraw", error, fields))
    return go(f"/t/{token}?done=withdraw")


@post("/t/{token:str}/choice", opt=_OPTIONS, include_in_schema=False)
async def choose(request: AnyRequest, token: FromPath[str]) -> Response[str] | Response[None]:
    """Keep whether the customer wants what he may do without (R3.7, R5.1)."""
    fields = await fields_of(request)
    wanted = fields.get("wanted") == "true"
    try:
        await choices.choose(links_of(request), token, wanted=wanted, purpose=Purpose.TRACK)
    except (Conflict, TooManyRequests) as error:
        return await _page(request, token, refusal=Refused("choice", error, fields))
    return go(f"/t/{token}?done=choice#choice")


def _version(fields: Mapping[str, str]) -> int:
    """The version the customer read; one that is none fits no case."""
    typed = fields.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < _DIGITS else 0


async def _page(
    request: AnyRequest,
    token: str,
    *,
    template: str = "portal/tracking.html",
    refusal: Refused | None = None,
) -> Response[str]:
    found = await tracking.track(links_of(request), token)
    case = found.case
    viewer = Viewer(reader_locale(request, case.customer_locale), zone_of(case.time_zone), found.now)
    speak = viewer.translator
    told = case.merged and case.result_told_at is not None
    unmet = frozenset({Condition.STILL_WAITS}) if told else frozenset[Condition]()
    can = available(case.own_state, Role.CUSTOMER, unmet=unmet)
    done = "" if refusal else _DONE.get(request.query_params.get("done", ""), "")
    model = TrackingPage(
        base=f"/t/{token}",
        number=case.number,
        title=case.title,
        customer=case.customer_name,
        now=speak.gettext(NOW[case.state]),
        next=speak.gettext(NEXT[case.state]) if case.state in NEXT else "",
        steps=steps_of(case, speak),
        tracking=found,
        dealer=named(viewer, case.dealer_name, case.dealer_name_en),
        oem=named(viewer, case.oem_name, case.oem_name_en),
        entries=_entries(found.entries, speak),
        may_write=Command.CUSTOMER_MESSAGE in can,
        may_agree=case.plan_in_force and case.agreed_at is None and Command.AGREE in can,
        may_withdraw=Command.WITHDRAW in can,
        done=speak.gettext(done) if done else "",
        forms={refusal.action: refused(refusal.fields, refusal.error, speak)} if refusal else {},
    )
    status = refusal.error.status if refusal else 200
    response = page(request, viewer, template, status=status, model=model)
    if refusal and isinstance(refusal.error, TooManyRequests):
        response.headers["retry-after"] = str(refusal.error.retry_after_s)
    return response


def _entries(entries: list[TrackedEntry], speak: Translator) -> list[TimelineEntry]:
    """Newest first, in words made for the customer."""
    return [
        TimelineEntry(
            kind=_LOOKS[entry.kind],
            at=entry.at,
            headline=speak.gettext(_HEADLINES[entry.kind]),
            body=entry.text,
        )
        for entry in reversed(entries)
        if entry.kind in _HEADLINES
    ]


@get("/t/{token:str}/received", opt=_OPTIONS, include_in_schema=False)
async def received(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """After the form: the number, and the way to follow it."""
    return await _page(request, token, template="portal/received.html")


@get("/t/{token:str}/files/{attachment_id:uuid}", opt=_OPTIONS, include_in_schema=False)
async def file(request: AnyRequest, token: FromPath[str], attachment_id: FromPath[UUID]) -> Response[None]:
    """To a file of the case that the customer may have."""
    found = await tracking.track(links_of(request), token)
    for each in found.files:
        if each.id == attachment_id:
            download = Download(each.storage_key, each.media_type, each.name)
            return go(download_address(signed(download, web_of(request).secret)))
    raise NotFound("file_not_found")


HANDLERS = [show, write, agree, withdraw, choose, received, file]
