"""The wording of messages (话术): read, change, look at (R3.8)."""

from typing import Annotated

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency

from services.api.cases.schemas import example
from services.api.parameters import KnownVersion
from shared.notifications import text_editing
from shared.notifications.rules import Template
from shared.notifications.text_editing import EarlierText, Preview, TextsView
from shared.notifications.texts import Text
from shared.outbox.vocabulary import MessageChannel
from shared.tenancy import Actor
from shared.web.locale import Locale

_TAGS = ["Messages"]
_RESULT = {
    "template": "result",
    "channel": "sms",
    "locale": "zh-CN",
    "body": "您的投诉{number}已处理完毕。如有疑问请致电{dealer_phone}。",
}


class TextWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text as it shall be; `version` is the one the texts were read with."""

    version: KnownVersion
    text: Text


class TextGivenUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which text of one's own is given up for the supplied one."""

    version: KnownVersion
    template: Template
    channel: MessageChannel
    locale: Locale


class PreviewWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text to look at, filled in with a case of this number or with invented values."""

    text: Text
    case_number: Annotated[str, msgspec.Meta(max_length=40)] = ""


class EarlierWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which text's earlier wordings are asked for."""

    template: Template
    channel: MessageChannel
    locale: Locale


class EarlierTexts(msgspec.Struct, frozen=True):
    """The wordings before, the newest first."""

    items: list[EarlierText]


@get("/oem/message-texts", tags=_TAGS, summary="Wording of messages", operation_id="listMessageTexts")
async def list_texts(actor: NamedDependency[Actor]) -> TextsView:
    """Every message by channel and language: the text in force, and the variables it may and must name."""
    return await text_editing.texts(actor)


@put("/oem/message-texts", tags=_TAGS, summary="Change a wording", operation_id="changeMessageText")
async def put_text(
    actor: NamedDependency[Actor],
    data: Annotated[TextWanted, example("The result by SMS", version=1, text=_RESULT)],
) -> TextsView:
    """Publish a text of one's own; refused with the line where a variable is unknown or missing."""
    return await text_editing.publish(actor, data.text, version=data.version)


@post(
    "/oem/message-texts/restore",
    tags=_TAGS,
    summary="Take the supplied wording again",
    operation_id="restoreMessageText",
    status_code=200,
)
async def restore_text(
    actor: NamedDependency[Actor],
    data: Annotated[
        TextGivenUp,
        example("The result by SMS", version=2, template="result", channel="sms", locale="zh-CN"),
    ],
) -> TextsView:
    """Let the supplied text hold again."""
    return await text_editing.restore(actor, data.template, data.channel, data.locale, version=data.version)


@post(
    "/oem/message-texts/preview",
    tags=_TAGS,
    summary="Look at a wording",
    operation_id="previewMessageText",
    status_code=200,
)
async def preview_text(
    actor: NamedDependency[Actor],
    data: Annotated[PreviewWanted, example("With invented values", text=_RESULT, case_number="")],
) -> Preview:
    """The text as its reader gets it; of an SMS its alphabet and segments. Nothing is sent."""
    return await text_editing.preview(actor, data.text, data.case_number)


@post(
    "/oem/message-texts/earlier",
    tags=_TAGS,
    summary="Earlier wordings",
    operation_id="listEarlierMessageTexts",
    status_code=200,
)
async def earlier_texts(
    actor: NamedDependency[Actor],
    data: Annotated[
        EarlierWanted, example("The result by SMS", template="result", channel="sms", locale="zh-CN")
    ],
) -> EarlierTexts:
    """What it said in the last twenty versions, where that was different."""
    return EarlierTexts(await text_editing.earlier(actor, data.template, data.channel, data.locale))


HANDLERS = [list_texts, put_text, restore_text, preview_text, earlier_texts]
