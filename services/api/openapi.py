"""The description of the API: OpenAPI 3.1 with security and every route's problems."""

from collections.abc import Iterator
from typing import Any, Final

from litestar import Litestar
from litestar.enums import HttpMethod
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPI,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
    Schema,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.routes import HTTPRoute

from services.api.auth import PUBLIC
from services.api.errors import MEDIA_TYPE
from services.api.examples import give_examples, mend_schemas

ALSO: Final = "also_answers"
"""The handler's option that names statuses its path and method do not tell by themselves."""

VERSION: Final = "1.0.0"
_DESCRIPTION: Final = """\
Complaints of car owners, from receipt to closing, for the OEM, its dealers and their integrations.

Send a session's token or an API key as `Authorization: Bearer …`. Errors are problems (RFC 9457) whose
`code` never changes its meaning; `detail` comes in the language of `Accept-Language` (zh-CN, en). Times are
RFC 3339; lists give `next_cursor` until their end. Where an answer was lost, ask again: creates take an
`Idempotency-Key`, changes the `version` they were decided on. Every answer has an `X-Request-ID` to quote
when asking for help.
"""

_MEANINGS: Final = {
    400: "The request is not understood.",
    401: "Nobody is signed in, or the token does not hold any more.",
    403: "The role does not allow this.",
    404: "No such thing, or not within reach.",
    409: "The state of the thing does not allow this; `code` says why.",
    413: "The body is too large.",
    422: "The input cannot be accepted; `errors` names each field.",
    429: "Too many tries; Retry-After says when the next can succeed.",
    500: "Something went wrong on our side; quote the request id.",
    503: "A part is away for the moment; Retry-After says when to try again.",
}


def openapi_config() -> OpenAPIConfig:
    """Served at `/api/v1/openapi.json`; there is no page that would load scripts from elsewhere."""
    bearer = SecurityScheme(type="http", scheme="bearer", description="A session's token or an API key.")
    return OpenAPIConfig(
        title="Huiyin",
        version=VERSION,
        description=_DESCRIPTION,
        # The plugin adds pages of its own below its path; this one has nothing below.
        path="/api/v1/openapi.json",
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
        components=Components(security_schemes={"bearer": bearer}),
        security=[{"bearer": []}],
        use_handler_docstrings=True,
    )


def document_problems(app: Litestar) -> None:
    """Describe each operation's problems, in place of Litestar's own errors, and give it its examples."""
    schema = app.openapi_schema
    schema.components.schemas["Problem"] = _PROBLEM
    mend_schemas(schema)
    for path, method, operation in _operations(schema):
        options = _options(app, path, method)
        public = bool(options.get(PUBLIC))
        if public:
            operation.security = []
        fine = {status: answer for status, answer in (operation.responses or {}).items() if int(status) < 400}
        problems = {
            str(status): _response(status)
            for status in sorted({*_statuses(path, method, public=public), *options.get(ALSO, ())})
        }
        operation.responses = fine | problems
        give_examples(schema, operation)


def _operations(schema: OpenAPI) -> Iterator[tuple[str, HttpMethod, Operation]]:
    for path, item in (schema.paths or {}).items():
        for method in HttpMethod:
            operation: Operation | None = getattr(item, method.value.lower(), None)
            if operation is not None:
                yield path, method, operation


def _options(app: Litestar, path: str, method: HttpMethod) -> dict[str, Any]:
    (route,) = (one for one in app.routes if isinstance(one, HTTPRoute) and one.path_format == path)
    handler, _ = route.route_handler_map[method.value]
    return handler.opt


def _statuses(path: str, method: HttpMethod, *, public: bool) -> Iterator[int]:
    yield from (422, 500, 503)
    yield from (401, 429) if public else (401, 403)
    if "{" in path:
        yield 404
    if method is not HttpMethod.GET:
        yield from (400, 409, 413)


def _response(status: int) -> OpenAPIResponse:
    content = {MEDIA_TYPE: OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))}
    return OpenAPIResponse(description=_MEANINGS[status], content=content)


_TEXT: Final = Schema(type=OpenAPIType.STRING)
_PARAMS: Final = Schema(
    type=OpenAPIType.OBJECT, description="Values the sentence is made with.", additional_properties=True
)
_EXAMPLE: Final[dict[str, Any]] = {
    "type": "urn:huiyin:problem:invalid_input",
    "title": "Unprocessable Entity",
    "status": 422,
    "detail": "Some entries need another look.",
    "code": "invalid_input",
    "request_id": "0199aabbccddeeff0011223344556677",
    "errors": [{"field": "words", "code": "required", "detail": "Please fill this in."}],
}
_PROBLEM: Final = Schema(
    title="Problem",
    description="An error answer (RFC 9457).",
    type=OpenAPIType.OBJECT,
    required=["type", "title", "status", "detail", "code", "request_id"],
    properties={
        "type": Schema(type=OpenAPIType.STRING, description="`urn:huiyin:problem:` and the code."),
        "title": _TEXT,
        "status": Schema(type=OpenAPIType.INTEGER),
        "detail": Schema(type=OpenAPIType.STRING, description="For people, in the language asked for."),
        "code": Schema(type=OpenAPIType.STRING, description="For programs; never changes its meaning."),
        "request_id": _TEXT,
        "params": _PARAMS,
        "errors": Schema(
            type=OpenAPIType.ARRAY,
            items=Schema(
                type=OpenAPIType.OBJECT,
                required=["field", "code", "detail"],
                properties={"field": _TEXT, "code": _TEXT, "detail": _TEXT, "params": _PARAMS},
            ),
        ),
    },
    examples=[_EXAMPLE],
)
