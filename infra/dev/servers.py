"""The servers Huiyin needs, for the length of a block: embedded ones, or those named by the environment."""

import os
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from infra.dev import postgres, valkey
from infra.dev.places import Kind, ServerError

_OWNER, _APP, _WORKER = "HUIYIN_DATABASE_OWNER_URL", "HUIYIN_DATABASE_URL", "HUIYIN_DATABASE_WORKER_URL"
_REDIS = "HUIYIN_REDIS_URL"


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of one database for its three logins, and of Redis."""

    postgres_owner_url: str
    postgres_app_url: str
    postgres_worker_url: str
    redis_url: str
    postgres_embedded: bool

    def environment(self) -> dict[str, str]:
        """The addresses as the product's processes expect them."""
        return {
            _OWNER: self.postgres_owner_url,
            _APP: self.postgres_app_url,
            _WORKER: self.postgres_worker_url,
            _REDIS: self.redis_url,
        }


@contextmanager
def running(kind: Kind) -> Generator[Servers]:
    """Have PostgreSQL and Redis; an address in the environment means: use that server, start nothing for it.

    Processes of one checkout and kind share the servers; the last one out stops them. Raises `ServerError`,
    also where some of the three addresses of the database are given and others are not.
    """
    with ExitStack() as stack:
        redis_url = os.environ.get(_REDIS) or stack.enter_context(valkey.running(kind))
        if given := _given_databases(os.environ):
            yield Servers(*given, redis_url, postgres_embedded=False)
        else:
            urls = stack.enter_context(postgres.running(kind))
            yield Servers(urls.owner, urls.app, urls.worker, redis_url, postgres_embedded=True)


def _given_databases(environment: Mapping[str, str]) -> tuple[str, str, str] | None:
    # A server of one's own is used whole: one address alone says that nothing of ours is wanted.
    given = {name: environment.get(name, "") for name in (_OWNER, _APP, _WORKER)}
    missing = [name for name, url in given.items() if not url]
    if len(missing) == len(given):
        return None
    if missing:
        named = ", ".join(name for name in given if name not in missing)
        raise ServerError(
            f"With a PostgreSQL of your own ({named}), these have to be set as well: {', '.join(missing)}"
        )
    return given[_OWNER], given[_APP], given[_WORKER]


@contextmanager
def private(place: str) -> Generator[Servers]:
    """Embedded test servers with data of their own in the folder `place`, whatever the environment says.

    For tests that kill or empty a server, which others must not notice.
    """
    with valkey.running("test", place=place) as redis_url, postgres.running("test", place=place) as urls:
        yield Servers(urls.owner, urls.app, urls.worker, redis_url, postgres_embedded=True)
