"""The wording of messages (话术) in the console: list, edit, look at, publish (R3.8)."""

from typing import Final
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.enums import MediaType

from services.admin.forms import Fields, fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.errors import AppError, NotFound
from shared.notifications import text_editing
from shared.notifications.rules import Template
from shared.notifications.text_editing import EarlierText, Preview, TextView
from shared.notifications.texts import Approval, Text
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.permissions import Permission
from shared.web.components import FormState, Tab
from shared.web.locale import Locale, msgid, translator

_PATH: Final = "/oem/texts"
_MAIL_HEADERS: Final = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
"""An e-mail has its styles inline, as mail programs want them, and runs nothing."""
_WORDS: Final = ("subject", "body", "provider_template_id", "sign_name")
_AUDIENCES: Final = {
    RecipientKind.CUSTOMER: msgid("To customers"),
    RecipientKind.STAFF: msgid("To staff"),
}


class TextRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message by one channel; `edit_urls` by language."""

    template: str
    channel: str
    languages: list[tuple[Locale, str, bool]]


class TextsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one audience."""

    tabs: list[Tab]
    rows: list[TextRow]


class TextPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one text; `preview` is shown beside it once asked for."""

    version: int
    key: str
    view: TextView
    form: FormState
    preview: Preview | None
    earlier: list[EarlierText]


@get(_PATH)
async def texts(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Every message to customers, or to staff."""
    reader.actor.require(Permission.TENANT_MANAGE)
    found = await text_editing.texts(reader.actor)
    is_staff = request.query_params.get("to") == RecipientKind.STAFF.value
    audience = RecipientKind.STAFF if is_staff else RecipientKind.CUSTOMER
    speak = translator(reader.locale)
    rows: dict[tuple[Template, MessageChannel], TextRow] = {}
    for each in found.items:
        if each.audience is audience:
            text = each.text
            row = rows.setdefault(
                (text.template, text.channel),
                TextRow(template=text.template.value, channel=text.channel.value, languages=[]),
            )
            row.languages.append((text.locale, _edit_url(text), each.is_own))
    tabs = [
        Tab(text=speak.gettext(words), href=f"{_PATH}?to={each.value}", is_current=each is audience)
        for each, words in _AUDIENCES.items()
    ]
    model = TextsPage(tabs=tabs, rows=list(rows.values()))
    return await policy_page(request, reader, "rules/texts.html", model)


@get(f"{_PATH}/edit")
async def edit(request: AnyRequest, reader: FromSession) -> Response[str]:
    """One text, the OEM's own or ours to begin with."""
    reader.actor.require(Permission.TENANT_MANAGE)
    version, view = await _view(reader, request.query_params.get("text") or "")
    return await _page(request, reader, version, view, FormState(values=_typed(view.text)))


@post(f"{_PATH}/edit")
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Look at the text (`preview`, a mail's `html`), take ours again (`restore`), or publish it."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    version, view = await _view(reader, fields.get("text", ""))
    shown: Preview | None = None
    status = 200
    form = FormState(values=fields)
    try:
        version = whole_number(fields, "version")
        text = _read(fields, view.text)
        if fields.get("do") == "restore":
            await text_editing.restore(
                reader.actor, text.template, text.channel, text.locale, version=version
            )
            return go(request, _edit_url(text), "rules_saved")
        if fields.get("do") == "publish":
            await text_editing.publish(reader.actor, text, version=version)
            return go(request, _edit_url(text), "rules_saved")
        shown = await text_editing.preview(reader.actor, text, fields.get("case_number", ""))
        if fields.get("do") == "html" and shown.html:
            return Response(shown.html, status_code=200, media_type=MediaType.HTML, headers=_MAIL_HEADERS)
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        status = error.status
    return await _page(request, reader, version, view, form, shown, status)


async def _page(
    request: AnyRequest,
    reader: Reader,
    version: int,
    view: TextView,
    form: FormState,
    shown: Preview | None = None,
    status: int = 200,
) -> Response[str]:
    text = view.text
    if shown is None and status == 200:  # nothing was refused
        shown = await text_editing.preview(reader.actor, text)
    model = TextPage(
        version=version,
        key=_key(text),
        view=view,
        form=form,
        preview=shown,
        earlier=await text_editing.earlier(reader.actor, text.template, text.channel, text.locale),
    )
    return await policy_page(request, reader, "rules/text.html", model, status=status)


async def _view(reader: Reader, key: str) -> tuple[int, TextView]:
    found = await text_editing.texts(reader.actor)
    view = next((each for each in found.items if _key(each.text) == key), None)
    if view is None:
        raise NotFound("not_found")
    return found.version, view


def _key(text: Text) -> str:
    return f"{text.template.value}/{text.channel.value}/{text.locale.value}"


def _edit_url(text: Text) -> str:
    return f"{_PATH}/edit?{urlencode({'text': _key(text)})}"


def _typed(text: Text) -> dict[str, str]:
    return {name: getattr(text, name) for name in _WORDS} | {"approval": text.approval.value}


def _read(fields: Fields, known: Text) -> Text:
    words = {name: fields.get(name, "").replace("\r\n", "\n").strip() for name in _WORDS}
    approval = fields.get("approval", "")
    known_approvals = {each.value for each in Approval}
    return msgspec.structs.replace(
        known,
        **words,
        approval=Approval(approval) if approval in known_approvals else Approval.NOT_NEEDED,
    )


HANDLERS = [texts, edit, save]
