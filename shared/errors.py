"""Errors that a person is meant to read.

Each carries a stable code and parameters; the doors translate the code into a sentence of the reader's
language and turn it into an HTTP answer (RFC 9457 on the API). Domain packages subclass these beside their
services.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

Param = str | int | float | None


class FieldError(msgspec.Struct, frozen=True):
    """One field that cannot be accepted: `field` is the path in the input, `code` the reason."""

    field: str
    code: str
    params: dict[str, Param] = {}


class AppError(Exception):
    """Something a person did or asked for cannot be done; `code` says what, `params` fill the sentence."""

    status: ClassVar[int] = 400

    def __init__(
        self,
        code: str,
        params: Mapping[str, Param] | None = None,
        fields: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, Param] = dict(params or {})
        self.fields = tuple(fields)

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code}({details})" if details else self.code


class Unauthenticated(AppError):
    """Nobody known is asking, or the credentials do not hold any more."""

    status = 401


class Forbidden(AppError):
    """The actor may see this, but not do that."""

    status = 403


class NotFound(AppError):
    """No such thing in the actor's scope; a thing of another tenant is just as absent."""

    status = 404


class Conflict(AppError):
    """The state of the thing does not allow it: a stale version, a command out of order."""

    status = 409


class Invalid(AppError):
    """The input cannot be accepted; `fields` names each culprit."""

    status = 422

    @classmethod
    def field(cls, field: str, code: str, **params: Param) -> "Invalid":
        """One wrong field."""
        return cls("invalid_input", fields=[FieldError(field, code, dict(params))])


class TooManyRequests(AppError):
    """Asked too often; `retry_after_s` whole seconds until the next try can succeed."""

    status = 429

    def __init__(self, code: str, retry_after_s: int) -> None:
        super().__init__(code, {"seconds": retry_after_s})
        self.retry_after_s = retry_after_s


class Unavailable(AppError):
    """A part the request needs is away for the moment; after `retry_after_s` seconds a try makes sense."""

    status = 503
    retry_after_s: ClassVar[int] = 5
