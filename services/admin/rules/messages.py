"""When messages wait: digests, quiet hours and limits in the console."""

from typing import Final

import msgspec
from litestar import Response, get, post

from services.admin.forms import Fields, fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.rules.form_versions import FormPolicy, Telling, handlers_of
from services.admin.session import AnyRequest, FromSession, Reader
from shared.errors import AppError
from shared.notifications import holds
from shared.notifications.holding import QUIET_CHANNELS, MessagePolicy
from shared.outbox.vocabulary import MessageChannel
from shared.permissions import Permission
from shared.tenants.policies import PolicyName
from shared.web.components import FormState
from shared.web.labels import label
from shared.web.locale import msgid, translator

_PATH: Final = "/oem/message-times"
_CHANNELS: Final = tuple(channel.value for channel in QUIET_CHANNELS)
_NUMBERS: Final = ("digest_minutes", "most_per_number", "most_per_case")


class MessageTimesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the policy."""

    version: int
    channels: tuple[str, ...]
    form: FormState


@get(_PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The policy in force."""
    reader.actor.require(Permission.TENANT_MANAGE)
    found = await holds.shown(reader.actor)
    return await _page(request, reader, found.version, FormState(values=_typed(found.policy)))


@post(_PATH)
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Let messages wait otherwise."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    version = (await holds.shown(reader.actor)).version
    try:
        version = whole_number(fields, "version")
        await holds.publish(reader.actor, _read(fields), version=version)
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, version, form, error.status)
    return go(request, _PATH, "rules_saved")


async def _page(
    request: AnyRequest, reader: Reader, version: int, form: FormState, status: int = 200
) -> Response[str]:
    model = MessageTimesPage(version=version, channels=_CHANNELS, form=form)
    return await policy_page(request, reader, "rules/messages.html", model, status=status)


def _typed(policy: MessagePolicy) -> dict[str, str]:
    values = {name: str(getattr(policy, name)) for name in (*_NUMBERS, "quiet_from", "quiet_until")}
    return values | {f"quiet.{channel.value}": "true" for channel in policy.quiet_channels}


def _read(fields: Fields) -> MessagePolicy:
    return MessagePolicy(
        digest_minutes=whole_number(fields, "digest_minutes"),
        most_per_number=whole_number(fields, "most_per_number"),
        most_per_case=whole_number(fields, "most_per_case"),
        quiet_from=fields.get("quiet_from", "").strip(),
        quiet_until=fields.get("quiet_until", "").strip(),
        quiet_channels=tuple(MessageChannel(each) for each in _CHANNELS if fields.get(f"quiet.{each}")),
    )


def _told(policy: MessagePolicy, telling: Telling) -> dict[str, str]:
    speak = telling.speak
    digests, quiet, limits = (
        speak.gettext(each) for each in ("Digests", "Quiet hours", "Limits in 24 hours")
    )
    return {
        f"{digests} · {speak.gettext('Gather for minutes')}": str(policy.digest_minutes),
        f"{quiet} · {speak.gettext('From')}": policy.quiet_from,
        f"{quiet} · {speak.gettext('Until')}": policy.quiet_until,
        f"{quiet} · {speak.gettext('For')}": telling.listed(
            label(speak, "message_channel", each.value)
            for each in QUIET_CHANNELS
            if each in policy.quiet_channels
        ),
        f"{limits} · {speak.gettext('SMS to one number')}": str(policy.most_per_number),
        f"{limits} · {speak.gettext('Messages to the customer of one case')}": str(policy.most_per_case),
    }


_VERSIONED: Final = FormPolicy(
    _PATH,
    PolicyName.MESSAGES,
    msgid("Digests, quiet hours and limits"),
    MessagePolicy,
    _told,
    holds.publish,
)

HANDLERS = [show, save, *handlers_of(_VERSIONED)]
