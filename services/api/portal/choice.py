"""Which messages the customer does without: the page behind the links in them. Works without scripts."""

from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath

from services.api.auth import PUBLIC
from services.api.portal.door import AnyRequest, go, links_of, named, page, reader_locale, zone_of
from services.api.portal.forms import fields_of, refused
from shared.errors import Conflict, TooManyRequests
from shared.portal import choices
from shared.web.components import EMPTY_FORM, FormState
from shared.web.environment import Viewer

_OPTIONS: Final = {PUBLIC: True}
_ONE_CLICK: Final = "List-Unsubscribe"
"""What a mail program sends when its reader wants no more (RFC 8058)."""


class ChoicePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page shows. `base` is its address without a query."""

    base: str
    number: str
    dealer: str
    oem: str
    wanted: bool
    is_done: bool
    form: FormState = EMPTY_FORM


@get("/m/{token:str}", opt=_OPTIONS, include_in_schema=False)
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The present choice; looking changes nothing, for programs follow links, too."""
    return await _page(request, token)


@post("/m/{token:str}", opt=_OPTIONS, include_in_schema=False)
async def choose(request: AnyRequest, token: FromPath[str]) -> Response[str] | Response[None]:
    """Keep the choice, from the page or at one press in a mail program, which must not be led elsewhere."""
    fields = await fields_of(request)
    one_click = _ONE_CLICK in fields
    wanted = fields.get("wanted") == "true" and not one_click
    try:
        await choices.choose(links_of(request), token, wanted=wanted)
    except (Conflict, TooManyRequests) as error:
        return await _page(request, token, error=error)
    if one_click:
        return Response("", status_code=200, media_type=MediaType.TEXT)
    return go(f"/m/{token}?done=choice")


async def _page(
    request: AnyRequest, token: str, *, error: Conflict | TooManyRequests | None = None
) -> Response[str]:
    opened = await choices.open_choice(links_of(request), token)
    case = opened.case
    viewer = Viewer(reader_locale(request, case.customer_locale), zone_of(case.time_zone), opened.now)
    model = ChoicePage(
        base=f"/m/{token}",
        number=case.number,
        dealer=named(viewer, case.dealer_name, case.dealer_name_en),
        oem=named(viewer, case.oem_name, case.oem_name_en),
        wanted=opened.wanted,
        is_done=error is None and request.query_params.get("done") == "choice",
        form=refused({}, error, viewer.translator) if error else EMPTY_FORM,
    )
    response = page(request, viewer, "portal/choice.html", status=error.status if error else 200, model=model)
    if isinstance(error, TooManyRequests):
        response.headers["retry-after"] = str(error.retry_after_s)
    return response


HANDLERS = [show, choose]
