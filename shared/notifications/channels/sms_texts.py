"""What Chinese providers get of a rendered SMS: signature and text apart, by an approved template."""

import re
from typing import Final

from shared.notifications.channels.protocol import Outgoing, ProviderTemplate
from shared.outbox.vocabulary import MessageChannel

CONTENT: Final = "content"
"""The one variable of the installation's template."""

_CHINA: Final = "+86"
_SIGNED: Final = re.compile(r"(?:【([^】]*)】|\[([^\]]*)\] )(.*)", re.DOTALL)


def provider_template(message: Outgoing, code: str, sign_name: str) -> ProviderTemplate | None:
    """The message's own approved template, else the installation's with the whole text as its one variable.

    The signature is the template's, else the installation's, else the one the text begins with; the provider
    puts it before the text itself. None where there is no template at all.
    """
    found = _SIGNED.fullmatch(message.text)
    signature, text = (found[1] or found[2] or "", found[3]) if found else ("", message.text)
    own = message.provider_template or (
        ProviderTemplate(code=code, parameters=((CONTENT, text.strip()),)) if code else None
    )
    if own is None:
        return None
    return ProviderTemplate(
        code=own.code, parameters=own.parameters, sign_name=own.sign_name or sign_name or signature
    )


def is_chinese(phone: str) -> bool:
    """Whether an E.164 number is one of mainland China."""
    return phone.startswith(_CHINA)


def is_abroad(channel: MessageChannel, address: str) -> bool:
    """Whether a message goes as SMS to a number that is not of mainland China."""
    return channel is MessageChannel.SMS and bool(address) and not is_chinese(address)


def without_plus(phone: str) -> str:
    """A number as Alibaba Cloud wants it: eleven digits in mainland China, else with the country code."""
    return phone.removeprefix(_CHINA) if is_chinese(phone) else phone.removeprefix("+")
