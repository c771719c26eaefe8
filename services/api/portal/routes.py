"""The complaint form for other programs, such as the OEM's own site or app (R1.1, R1.4)."""

from typing import Annotated, Final

import msgspec
from litestar import get, post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, FromPath, QueryParameter

from services.api.auth import PUBLIC
from services.api.portal.door import AnyRequest, links_of, web_of
from shared.portal.submission import FormPage, Submission, Submitted, form_page, submit
from shared.web.locale import Locale

_TAGS = ["Complaint form"]
_SUBMISSION: Final = BodyKwarg(
    examples=[
        Example(
            summary="A complaint",
            value={
                "form_token": "1772442000.bm9uY2Utb2YtZm9ybQ.0123456789abcdef0123456789abcdef",
                "locale": "zh-CN",
                "dealer_id": 7,
                "words": "高速行驶踩刹车时方向盘严重抖动。",
                "customer_name": "张测试",
                "customer_phone": "13800001234",
                "vehicle_plate": "测A·12345",
                "consent_version": 1,
            },
        )
    ]
)


class FormDealer(msgspec.Struct, frozen=True, kw_only=True):
    """A dealer that complaints can be sent to; `phone` is its complaint line."""

    id: int
    name: str
    name_en: str
    province: str
    city: str
    phone: str


class FormConsent(msgspec.Struct, frozen=True, kw_only=True):
    """The text to show; its `version` comes back as `consent_version` when it was agreed to."""

    version: int
    locale: Locale
    text: str


class ComplaintForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a form needs. `form_token` can be sent once, from three seconds on for twelve hours."""

    oem_name: str
    oem_name_en: str
    dealers: list[FormDealer]
    consent: FormConsent
    form_token: str


@get(
    "/public/complaint-forms/{slug:str}",
    tags=_TAGS,
    summary="An OEM's complaint form",
    operation_id="getComplaintForm",
    opt={PUBLIC: True},
)
async def get_form(
    request: AnyRequest,
    slug: FromPath[str],
    locale: Annotated[Locale, QueryParameter(description="Language of the consent.")] = Locale.ZH_CN,
) -> ComplaintForm:
    """Dealers, the text of consent and a token to send the form with."""
    return _form(await form_page(slug, locale, web_of(request).secret))


@post(
    "/public/complaint-forms/{slug:str}",
    tags=_TAGS,
    summary="Send a complaint",
    operation_id="sendComplaint",
    opt={PUBLIC: True},
)
async def send_form(
    request: AnyRequest, slug: FromPath[str], data: Annotated[Submission, _SUBMISSION]
) -> Submitted:
    """Make a case in state `received`; the customer gets the link to follow it by SMS or e-mail.

    The same form sent again gives the same case. Sending is limited per network address and per OEM.
    """
    client = request.client.host if request.client else ""
    return await submit(links_of(request), slug, data, [], client)


def _form(made: FormPage) -> ComplaintForm:
    return ComplaintForm(
        oem_name=made.oem.name,
        oem_name_en=made.oem.name_en,
        dealers=[
            FormDealer(
                id=each.id,
                name=each.name,
                name_en=each.name_en,
                province=each.province,
                city=each.city,
                phone=each.phone,
            )
            for each in made.dealers
        ],
        consent=FormConsent(version=made.consent.version, locale=made.consent.locale, text=made.consent.text),
        form_token=made.token,
    )


HANDLERS = [get_form, send_form]
