"""Serves the static files (`Assets`) from memory."""

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from shared.web.assets import Assets

A_YEAR = "public, max-age=31536000, immutable"


def static_handler(assets: Assets, prefix: str = "/static") -> HTTPRouteHandler:
    """The route of the static files.

    Browsers keep files of the current version for a year. During a rolling upgrade a page may ask for another
    version than this process holds: it gets what there is, and nobody keeps it.
    """

    @get(prefix + "/{version:str}/{path:path}", name="static", include_in_schema=False, sync_to_thread=False)
    def serve(version: FromPath[str], path: FromPath[str]) -> Response[bytes]:
        asset = assets.get(path.removeprefix("/"))
        if asset is None:
            raise NotFoundException
        caching = A_YEAR if version == assets.version else "no-store"
        headers = {"cache-control": caching, "x-content-type-options": "nosniff"}
        return Response(asset.content, media_type=asset.media_type, headers=headers)

    return serve
