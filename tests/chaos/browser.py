"""Somebody at the console while it is being killed: reads the page of a complaint and sends a form of it."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import aiohttp

from services.admin.session import SESSION_COOKIE
from shared.web.security import CSRF_FIELD
from tests.support.worker_process import WorkerProcess

TROUBLE = (aiohttp.ClientError, TimeoutError)
AGAIN_S = 0.3
_HIDDEN = '<input type="hidden" name="{}" value="([^"]+)">'
_CSRF = re.compile(_HIDDEN.format(CSRF_FIELD))
_VERSION = re.compile(_HIDDEN.format("version"))
_STALE = 409


@dataclass(frozen=True, slots=True)
class Browser:
    """Signed in with the session of `token`, at whatever time the console answers."""

    console: WorkerProcess
    client: aiohttp.ClientSession
    token: str

    async def command(self, case_id: UUID, action: str, fields: Mapping[str, str], version: int) -> int:
        """Send the form of one command until it is taken; the version after it.

        A page of a later version says that it was taken, and the answer was lost: nobody else is at the case.
        """
        while True:
            try:
                csrf, shown = await self._read(case_id)
                if shown > version or await self._send(
                    case_id, action, {**fields, "version": str(version)}, csrf
                ):
                    return version + 1
            except TROUBLE:
                pass
            await asyncio.sleep(AGAIN_S)

    async def _read(self, case_id: UUID) -> tuple[str, int]:
        """What the forms of the page are sent with."""
        async with self.client.get(f"{self._origin}/cases/{case_id}", headers=self._headers) as answer:
            page = await self._text(answer)
        csrf, versions = _CSRF.search(page), set(_VERSION.findall(page))
        assert csrf is not None, page
        (version,) = versions
        return csrf[1], int(version)

    async def _send(self, case_id: UUID, action: str, fields: Mapping[str, str], csrf: str) -> bool:
        """Whether it was taken; if not, it had been taken before."""
        url, form = f"{self._origin}/cases/{case_id}/{action}", {**fields, CSRF_FIELD: csrf}
        async with self.client.post(
            url, data=form, headers={**self._headers, "Origin": self._origin}, allow_redirects=False
        ) as answer:
            if answer.status == _STALE:
                return False
            await self._text(answer)
        return True

    async def _text(self, answer: aiohttp.ClientResponse) -> str:
        """Its text; raises `ClientResponseError` where the console cannot do it now."""
        if answer.status >= 500:
            answer.raise_for_status()
        text = await answer.text()
        assert answer.status < 400, f"{answer.url} answers {answer.status}: {text}"
        return text

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self.console.port}"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"{SESSION_COOKIE}={self.token}"}
