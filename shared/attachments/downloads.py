"""The route that gives out files by signed links, for both web doors: always to be saved, never shown."""

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Stream

from shared.attachments.service import opened
from shared.files.opened import file_store
from shared.web.downloads import content_disposition

_HEADERS: Final = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def download_address(signed_key: str) -> str:
    """Where the file behind a signed key is given out."""
    return f"/files/{signed_key}"


def download_handler(secret: str, **options: Any) -> HTTPRouteHandler:
    """The route `/files/<signed key>`; whoever holds the key gets the file until the key ends."""

    @get("/files/{signed_key:str}", opt=options, include_in_schema=False)
    async def download(signed_key: FromPath[str]) -> Response[Any]:
        file = opened(signed_key, secret)
        parts = file_store().stream(file.storage_key)
        # The first part tells whether there is a file at all, before anything is answered.
        first = await anext(parts, b"")

        async def content() -> AsyncIterator[bytes]:
            yield first
            async for part in parts:
                yield part

        headers = {**_HEADERS, "content-disposition": content_disposition(file.name)}
        return Stream(content(), media_type=file.media_type, headers=headers)

    return download
