"""The page that shows what the post office received, in Chinese or English, and the same as JSON."""

import re
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from infra.dev.postoffice.faults import FaultMaker, Faults
from infra.dev.postoffice.mail import html_part
from infra.dev.postoffice.store import Store

_FOLDER: Final = Path(__file__).parent
_LINK = re.compile(r"https?://[^\s<>\"'，。；）]+[^\s<>\"'，。；）.,;:!?)]")
_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# An e-mail's HTML is a stranger's: it may be looked at and do nothing.
_POLICY_OF_MAIL = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
REFRESH_S = 5

_WORDS = {
    "en": {
        "lang": "en",
        "title": "Post office",
        "lead": "E-mails and text messages that Huiyin sent on this machine. Nothing leaves it.",
        "recipient": "Recipient",
        "all": "All",
        "email": "E-mail",
        "sms": "SMS",
        "show": "Show",
        "none": "Nothing has arrived yet.",
        "from": "From",
        "html": "HTML",
        "source": "Source",
        "times": "sent {} times",
        "other": "中文",
    },
    "zh": {
        "lang": "zh-CN",
        "title": "收件台",
        "lead": "回音在本机发出的邮件和短信，不会发往外部。",
        "recipient": "收件人",
        "all": "全部",
        "email": "邮件",
        "sms": "短信",
        "show": "查看",
        "none": "还没有收到消息。",
        "from": "发件人",
        "html": "网页版",
        "source": "原文",
        "times": "发送了 {} 次",
        "other": "English",
    },
}


class Pages:
    """Routes of the page and of the JSON beside it."""

    def __init__(self, store: Store, faults: FaultMaker) -> None:
        self._store = store
        self._faults = faults
        self._jinja = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=StrictUndefined
        )
        self._jinja.filters["linked"] = linked

    async def index(self, request: web.Request) -> web.Response:
        """The newest messages, drawn anew every few seconds."""
        language = _language(request)
        recipient, channel = request.query.get("recipient", ""), request.query.get("channel", "")
        messages = self._store.newest(recipient, channel)
        html = self._jinja.get_template("page.html.j2").render(
            words=_WORDS[language],
            other_language="zh" if language == "en" else "en",
            language=language,
            messages=messages,
            recipient=recipient,
            channel=channel,
            refresh_s=REFRESH_S,
        )
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": _POLICY})

    async def style(self, _request: web.Request) -> web.StreamResponse:
        """The page's style sheet."""
        return web.FileResponse(_FOLDER / "style.css")

    async def html(self, request: web.Request) -> web.Response:
        """The HTML part of an e-mail."""
        html = html_part(self._raw(request))
        return web.Response(
            text=html, content_type="text/html", headers={"Content-Security-Policy": _POLICY_OF_MAIL}
        )

    async def source(self, request: web.Request) -> web.Response:
        """What came over the wire."""
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": _POLICY_OF_MAIL}
        return web.Response(
            body=self._raw(request), content_type="text/plain", charset="utf-8", headers=headers
        )

    async def messages(self, request: web.Request) -> web.Response:
        """The newest messages as JSON; `recipient`, `channel` and `limit` narrow them."""
        limit = request.query.get("limit", "200")
        if not limit.isdecimal():
            raise web.HTTPBadRequest(text="limit is no number")
        found = self._store.newest(
            request.query.get("recipient", ""), request.query.get("channel", ""), min(int(limit), 100_000)
        )
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")

    async def forget(self, _request: web.Request) -> web.Response:
        """Throw all messages away."""
        self._store.clear()
        return web.Response(status=204)

    async def set_faults(self, request: web.Request) -> web.Response:
        """From now on things go wrong as asked."""
        try:
            self._faults.set(msgspec.json.decode(await request.read(), type=Faults))
        except msgspec.MsgspecError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.Response(status=204)

    async def health(self, _request: web.Request) -> web.Response:
        """The post office is open."""
        return web.json_response({"status": "ok"})

    def _raw(self, request: web.Request) -> bytes:
        raw = self._store.raw(int(request.match_info["id"]))
        if raw is None:
            raise web.HTTPNotFound
        return raw


def linked(text: str) -> Markup:
    """`text` escaped, its web addresses made links."""
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(text):
        address = escape(match[0])
        parts += [escape(text[end : match.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "")
    if asked in _WORDS:
        return asked
    return "zh" if request.headers.get("Accept-Language", "").lower().startswith("zh") else "en"
