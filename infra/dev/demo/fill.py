"""Filling a database with the demo's OEM: its past once, clocks that run out in minutes at every start."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from random import Random
from typing import Final, TypeVar

import uvloop

from infra.dev.demo import network
from infra.dev.demo.people import find_cast, settle
from infra.dev.demo.plan import CASES, DAYS, SHOWCASE, Script, Turn
from infra.dev.demo.play import Player
from infra.dev.demo.reports import ask_for_earlier_months, close_last_month
from infra.dev.servers import Servers
from shared.audit.log import AuditEntry, append
from shared.db.engine import ENGINE, transaction
from shared.db.migrate import migrate, migrate_back
from shared.notifications.links import Links
from shared.settings import OwnerDatabaseSettings
from shared.tenancy import Actor, Scope

SEED: Final = 20260101
PARTS: Final = 2
_FILLED: Final = "oem.demo_filled"
# A past half told when the server dies is told anew; only its end must be on disk for certain.
_LATER_TO_DISK: Final = "synchronous_commit=off"

Told = Callable[[str], None]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much to tell: cases of the past, and what comes over those of the showcase."""

    cases: int = CASES
    showcase: tuple[Turn, ...] = SHOWCASE


class ForeignDatabase(Exception):
    """The database given holds something that is not a finished demo; it is left alone."""


async def fill(servers: Servers, now: datetime, links: Links, told: Told, extent: Extent = Extent()) -> None:
    """Have the schema, the OEM with its past, and fresh showcase cases.

    A past that an interruption left half told is told anew, on embedded servers; a database of yours is never
    emptied: `ForeignDatabase` says what stands in the way.
    """
    owner = OwnerDatabaseSettings(servers.postgres_owner_url)
    await migrate(owner)
    oem_id = await _oem_id(servers)
    if oem_id is not None and await _is_filled(servers, oem_id):
        await _showcase(servers, oem_id, now, links, extent)
        return
    if oem_id is not None:
        if not servers.postgres_embedded:
            raise ForeignDatabase(
                f"The database holds an OEM '{network.SLUG}' that is no complete demo. Use an empty database."
            )
        await migrate_back(owner, "all")
        await migrate(owner)
    told(f"Telling {DAYS} days of history, once; it takes about a minute …")
    await _tell_the_past(servers, now, links, extent)


async def _tell_the_past(servers: Servers, now: datetime, links: Links, extent: Extent) -> None:
    cast = await _run_as(
        servers.postgres_app_url, lambda: settle(Random(SEED), now - timedelta(days=DAYS + 1))
    )
    script = Script(SEED, now, cast.dealers).history(extent.cases)
    script.showcase(extent.showcase)
    await _play(servers, Player(cast, script), links)

    async def finish() -> None:
        await close_last_month(cast.oem_id, now)
        await ask_for_earlier_months(cast, now)
        async with transaction(Scope.oem(cast.oem_id)) as tx:
            entry = AuditEntry(action=_FILLED, entity="oem", entity_id=str(cast.oem_id))
            await append(tx, Actor.system(cast.oem_id), await tx.now(), entry)

    await _run_as(servers.postgres_worker_url, finish)


async def _showcase(servers: Servers, oem_id: int, now: datetime, links: Links, extent: Extent) -> None:
    cast = await _run_as(servers.postgres_worker_url, lambda: find_cast(oem_id))
    script = Script(int(now.timestamp()), now, cast.dealers)
    script.showcase(extent.showcase)
    await _play(servers, Player(cast, script), links)
    await _run_as(servers.postgres_worker_url, lambda: close_last_month(oem_id, now))


async def _play(servers: Servers, player: Player, links: Links) -> None:
    """One process registers everything in order; then two go on, each with half of the dealers.

    What registering decides (a number, an owner who has least to do) depends on the cases before it; what
    follows does not go beyond the dealer. So the past is the same for the same script.
    """
    url = f"{servers.postgres_worker_url}{'&' if '?' in servers.postgres_worker_url else '?'}{_LATER_TO_DISK}"
    ids = [dealer.id for dealer in player.cast.dealers]
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(PARTS, context) as pool:
        loop = asyncio.get_running_loop()
        # They start while the complaints are registered.
        started = [loop.run_in_executor(pool, begin_part) for _ in range(PARTS)]
        await _run_as(url, player.register)
        await asyncio.gather(*started)
        halves = [
            loop.run_in_executor(pool, play_part, url, player, frozenset(ids[part::PARTS]), links)
            for part in range(PARTS)
        ]
        await asyncio.gather(*halves)


def begin_part() -> None:
    """Nothing but having a process started, with this module imported."""


def play_part(url: str, player: Player, dealer_ids: frozenset[int], links: Links) -> None:
    """The part of one process; see `_play`."""
    uvloop.run(_run_as(url, lambda: player.handle(dealer_ids, links)))


async def _run_as(url: str, work: Callable[[], Awaitable[Result]]) -> Result:
    await ENGINE.open(url, pool_size=4, acquire_timeout=timedelta(seconds=10), application="huiyin-demo")
    try:
        return await work()
    finally:
        await ENGINE.close()


async def _oem_id(servers: Servers) -> int | None:
    async def asked() -> int | None:
        async with transaction(Scope.platform(), read_only=True) as tx:
            return await tx.value("SELECT id FROM oems WHERE slug = $1", network.SLUG)

    return await _run_as(servers.postgres_app_url, asked)


async def _is_filled(servers: Servers, oem_id: int) -> bool:
    async def asked() -> bool:
        async with transaction(Scope.oem(oem_id), read_only=True) as tx:
            sql = "SELECT EXISTS (SELECT 1 FROM audit_entries WHERE oem_id = $1 AND action = $2)"
            return bool(await tx.value(sql, oem_id, _FILLED))

    return await _run_as(servers.postgres_worker_url, asked)
