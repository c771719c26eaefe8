"""Which code of the monthly report a channel counts as, in the console (R1.1)."""

from typing import Final

import msgspec
from litestar import Response, get, post

from services.admin.forms import Fields, fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.rules.form_versions import FormPolicy, Telling, handlers_of
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import report_codes
from shared.cases.policy_data import ChannelPolicy
from shared.cases.vocabulary import Channel, ReportCode
from shared.errors import AppError, FieldError, Invalid
from shared.tenants.policies import PolicyName
from shared.web.components import FormState
from shared.web.labels import label
from shared.web.locale import msgid, translator

_PATH: Final = "/oem/report-codes"
_CODES: Final = {str(code.value): code for code in ReportCode}


class ReportCodesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form: a code for each channel."""

    version: int
    form: FormState


@get(_PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The codes in force."""
    found = await report_codes.report_codes(reader.actor)
    values = {channel.value: str(code.value) for channel, code in found.policy.report_codes.items()}
    return await _page(request, reader, found.version, FormState(values=values))


@post(_PATH)
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Let channels count otherwise."""
    version = (await report_codes.report_codes(reader.actor)).version
    fields = await fields_of(request)
    try:
        version = whole_number(fields, "version")
        await report_codes.publish(reader.actor, _read(fields), version=version)
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, version, form, error.status)
    return go(request, _PATH, "rules_saved")


async def _page(
    request: AnyRequest, reader: Reader, version: int, form: FormState, status: int = 200
) -> Response[str]:
    model = ReportCodesPage(version=version, form=form)
    return await policy_page(request, reader, "rules/report_codes.html", model, status=status)


def _read(fields: Fields) -> ChannelPolicy:
    problems = [
        FieldError(channel.value, "unknown_value") for channel in Channel if fields.get(channel) not in _CODES
    ]
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return ChannelPolicy(report_codes={channel: _CODES[fields[channel]] for channel in Channel})


def _told(policy: ChannelPolicy, telling: Telling) -> dict[str, str]:
    return {
        label(telling.speak, "channel", channel.value): label(telling.speak, "report_code", str(code.value))
        for channel, code in policy.report_codes.items()
    }


_VERSIONED: Final = FormPolicy(
    _PATH, PolicyName.CHANNELS, msgid("Report codes of channels"), ChannelPolicy, _told, report_codes.publish
)

HANDLERS = [show, save, *handlers_of(_VERSIONED)]
