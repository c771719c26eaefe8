"""The SMS channel that the settings name."""

from shared.notifications.channels.protocol import Channel
from shared.notifications.channels.sms_aliyun import AliyunSms
from shared.notifications.channels.sms_gateway import SmsGateway
from shared.notifications.channels.sms_tencent import TencentSms
from shared.notifications.channels.sms_twilio import TwilioSms
from shared.settings import SmsSettings


def sms_channel(settings: SmsSettings, timeout_s: float, receipts: str = "") -> Channel | None:
    """Who sends SMS, None where nobody does.

    `receipts`: the public address under which providers tell of deliveries (`/twilio`, …).
    """
    match settings.provider:
        case "aliyun":
            return AliyunSms(settings, timeout_s)
        case "tencent":
            return TencentSms(settings, timeout_s)
        case "twilio":
            return TwilioSms(settings, timeout_s, f"{receipts}/twilio" if receipts else "")
        case _:
            return None if settings.url is None else SmsGateway(settings.url, settings.secret, timeout_s)
