"""The console's pages over invented models, without a database: for the browser tests of the components.

To look at it: `python -m tests.support.preview PORT`. Cookies choose language (`huiyin_locale`) and theme
(`huiyin_theme`) as in the console; the forms answer as the console would, but nothing is kept.
"""

import asyncio
import socket
import sys
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.enums import MediaType
from litestar.params import FromPath

import services.admin
from services.admin.assets import console_assets
from services.admin.cases.models import Action, HistoryPage
from services.admin.shell import Frame
from services.admin.sign_in.models import SignInPage
from shared.cases.queries import QueueFilter, Tab
from shared.web.components import FormState, Toast
from shared.web.environment import Pages, Viewer
from shared.web.locale import Locale, negotiate
from shared.web.security import page_headers
from shared.web.static_files import static_handler
from tests.support import web_samples as samples

AnyRequest = Request[object, object, State]
TOKEN = "preview-token"


class Preview:
    """Renders the pages for a request's language and theme."""

    def __init__(self) -> None:
        self.pages = Pages([Path(services.admin.__file__).parent / "templates"], console_assets())

    def answer(
        self,
        request: AnyRequest,
        template: str,
        navigation: str = "",
        status_code: int = 200,
        **values: object,
    ) -> Response[str]:
        """The page or fragment; without `navigation` it is one for somebody not signed in."""
        locale = locale_of_request(request)
        viewer = Viewer(locale, ZoneInfo("Asia/Shanghai"), samples.NOW)
        theme = request.cookies.get("huiyin_theme", "auto")
        path = request.url.path
        toasts = [Toast("已保存")] if request.query_params.get("toast") else []
        frame = (
            samples.shell(locale, navigation, theme, path, toasts)
            if navigation
            else Frame(path=path, theme=theme)
        )
        html = self.pages.render(template, viewer, frame=frame, csrf_token=TOKEN, **values)
        return Response(
            html, media_type=MediaType.HTML, status_code=status_code, headers=page_headers(https=False)
        )


def locale_of_request(request: AnyRequest) -> Locale:
    """As the console negotiates it."""
    accepted = request.headers.get("accept-language")
    return negotiate(request.cookies.get("huiyin_locale"), accept_language=accepted)


@cache
def _preview() -> Preview:
    return Preview()


@get("/sign-in", sync_to_thread=False)
def sign_in(request: AnyRequest) -> Response[str]:
    form = FormState(values={"email": "liu.na@example.com"}, message="邮箱地址或密码不正确。")
    refused = "refused" in request.query_params
    page = SignInPage(form=form) if refused else SignInPage()
    return _preview().answer(request, "sign_in/sign_in.html", page=page, status_code=401 if refused else 200)


@get("/region", sync_to_thread=False)
def region(request: AnyRequest) -> Response[str]:
    page = samples.region_page(locale_of_request(request))
    return _preview().answer(request, "region/overview.html", "region", page=page)


@get("/region/waiting", sync_to_thread=False)
def waiting(request: AnyRequest) -> Response[str]:
    page = samples.region_page(locale_of_request(request))
    return _preview().answer(request, "region/_waiting.html", "region", page=page)


@get("/region/next-breach", sync_to_thread=False)
def next_breach(request: AnyRequest) -> Response[str]:
    page = samples.region_page(locale_of_request(request))
    return _preview().answer(request, "region/_next_breach.html", "region", page=page)


@get("/navigation", sync_to_thread=False)
def navigation(request: AnyRequest) -> Response[str]:
    return _preview().answer(request, "_navigation.html", request.query_params["page"])


@get("/cases", sync_to_thread=False)
def cases(request: AnyRequest) -> Response[str]:
    locale, query = locale_of_request(request), request.query_params
    tab = query.get("view", "open")
    filters = QueueFilter(tab=Tab(tab) if tab in set(Tab) else Tab.OPEN, text=query.get("q", ""))
    start = int(query.get("cursor", "0"))
    target = request.headers.get("hx-target")
    if target == "more":
        return _preview().answer(
            request, "cases/_rows.html", "queue", list=samples.case_list(locale, start=start)
        )
    is_empty = bool(filters.text) and filters.text not in "AF20261119001 快充"
    page = samples.queue_page(locale, filters, opened="case" in query, is_empty=is_empty)
    if target == "list":
        return _preview().answer(
            request, "cases/_list_answer.html", "queue", page=page, list=page.cases, filters=filters
        )
    return _preview().answer(request, "cases/queue.html", "queue", page=page)


@get("/cases/{case_id:uuid}", sync_to_thread=False)
def case(request: AnyRequest) -> Response[str]:
    page = samples.case_page(locale_of_request(request))
    if request.headers.get("hx-request"):
        return _preview().answer(request, "cases/_case.html", "queue", case=page, is_panel=True)
    return _preview().answer(request, "cases/case.html", "queue", case=page)


@get("/cases/{case_id:uuid}/history", sync_to_thread=False)
def history(request: AnyRequest) -> Response[str]:
    part = HistoryPage(entries=samples.timeline(locale_of_request(request)), more_url=None)
    return _preview().answer(request, "cases/_history.html", "queue", history=part)


@get("/cases/{case_id:uuid}/look-alikes", sync_to_thread=False)
def look_alikes(request: AnyRequest) -> Response[str]:
    return _preview().answer(request, "cases/_look_alikes.html", "queue", look_alikes=[])


@post("/cases/{case_id:uuid}/{action:str}", sync_to_thread=True)
def command(request: AnyRequest, action: FromPath[str]) -> Response[str]:
    locale = locale_of_request(request)
    required = "该项必填。" if locale is Locale.ZH_CN else "Please fill this in."
    field = "reason" if action == "escalate" else "summary"
    form = FormState(errors={field: required}, message=required)
    page = samples.case_page(locale, refused=Action(action), refused_form=form)
    return _preview().answer(request, "cases/_case.html", "queue", 422, case=page, is_panel=False)


@get("/messages", sync_to_thread=False)
def messages(request: AnyRequest) -> Response[str]:
    view = request.query_params.get("view", "all")
    page = samples.messages_page(locale_of_request(request), view)
    return _preview().answer(request, "messages/messages.html", "messages", page=page)


@get("/messages/failed", sync_to_thread=False)
def failed_messages(request: AnyRequest) -> Response[str]:
    return _preview().answer(request, "messages/failed.html", "messages", page=samples.failed_page())


@get("/reports", sync_to_thread=False)
def reports(request: AnyRequest) -> Response[str]:
    page = samples.reports_page(locale_of_request(request), is_empty="empty" in request.query_params)
    return _preview().answer(request, "reports/reports.html", "reports", page=page)


@get("/account", sync_to_thread=False)
def account(request: AnyRequest) -> Response[str]:
    page = samples.account_page(locale_of_request(request))
    return _preview().answer(request, "account/account.html", "account", page=page)


@get("/errors/{status:int}", sync_to_thread=False)
def error(request: AnyRequest, status: FromPath[int]) -> Response[str]:
    page = "" if "anonymous" in request.query_params else "none"
    return _preview().answer(
        request,
        "errors/error.html",
        page,
        status,
        status=status,
        message="内容不存在，或您无权查看。",
        request_id="0123abcd",
    )


def preview_app() -> Litestar:
    """The application of the preview."""
    return Litestar(
        [
            sign_in,
            region,
            waiting,
            next_breach,
            navigation,
            cases,
            case,
            history,
            look_alikes,
            command,
            messages,
            failed_messages,
            reports,
            account,
            error,
            static_handler(console_assets()),
        ],
        openapi_config=None,
        debug=True,
    )


def server(listening: socket.socket) -> uvicorn.Server:
    """A server of the preview on an open socket; run it with `serve(sockets=[listening])`."""
    return uvicorn.Server(uvicorn.Config(preview_app(), log_level="warning", lifespan="off"))


def main() -> None:
    """Serve on the port given."""
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    asyncio.run(server(listening).serve(sockets=[listening]))


if __name__ == "__main__":
    main()
