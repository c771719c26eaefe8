"""The loop: every second, against PostgreSQL alone: fire what is due, handle events, send messages.

It needs no Redis. While there is work it does not wait for the second to end.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, TypeVar

from prometheus_client import Gauge

from services.worker.lanes import Lanes
from services.worker.trouble import TROUBLE, note_fault, note_trouble
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.escalation.sweep import sweep
from shared.notifications import releases
from shared.notifications.delivery import BATCH, TEMPLATES, Channels, deliver, deliver_to_endpoint
from shared.notifications.links import Links
from shared.outbox import claim, endpoint_claims, messages
from shared.outbox.endpoint_claims import AT_ONCE, Endpoint
from shared.outbox.events import Handlers
from shared.outbox.messages import Lane
from shared.tenancy import Scope

Key = TypeVar("Key", bound=Hashable)

INTERVAL_S: Final = 1.0
EVENT_WIDTH: Final = 3
"""Batches of events under way at once; each needs a connection to the database."""
HELD_WIDTH: Final = 1
"""OEMs whose held messages are let go at once."""
MESSAGE_WIDTH: Final = 5
"""Batches of messages by one channel under way at once: one that hangs leaves the others theirs, and no
connection to the database is held meanwhile."""
MESSAGE_DEPTH: Final = 2
"""Batches of one lane of messages under way at once: one is sent while the other is claimed and recorded."""
WEBHOOK_WIDTH: Final = 32
"""Other systems that are told something at once: those that hang leave places to others, and no connection to
the database is held meanwhile."""

_BREATH_S: Final = 0.05
_LAST_ROUND = Gauge("huiyin_worker_last_round", "When the loop last looked, in seconds since 1970.")


class Loop:
    """One worker's loop; several workers share the work."""

    def __init__(self, handlers: Handlers, channels: Channels, links: Links) -> None:
        self._handlers = handlers
        self._wake = asyncio.Event()
        self._looked = asyncio.Event()
        self._events = Lanes[int](
            "events",
            self._between_looks(lambda oem_id: claim.handle_events_of_oem(oem_id, handlers)),
            batch=claim.BATCH,
            width=EVENT_WIDTH,
            on_progress=self.wake,
        )
        self._messages = {
            channel: Lanes[Lane](
                f"messages_{channel.value}",
                self._between_looks(lambda lane: deliver(lane, channels)),
                batch=batch,
                width=MESSAGE_WIDTH,
                depth=MESSAGE_DEPTH,
                on_progress=self.wake,
            )
            for channel, batch in BATCH.items()
        }
        self._webhooks = Lanes[Endpoint](
            "webhooks",
            self._between_looks(lambda endpoint: deliver_to_endpoint(endpoint, channels)),
            batch=AT_ONCE,
            width=WEBHOOK_WIDTH,
            on_progress=self.wake,
        )

        self._held = Lanes[int](
            "held",
            self._between_looks(lambda oem_id: releases.release_of_oem(oem_id, links)),
            batch=releases.BATCH,
            width=HELD_WIDTH,
            on_progress=self.wake,
        )

    def wake(self) -> None:
        """Look again at once."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look every second until told to stop.

        Raises what is beyond the usual trouble where it is no single OEM's: when it is not even found out
        who has work.
        """
        ending = asyncio.create_task(stop.wait())
        ending.add_done_callback(lambda _: self.wake())
        try:
            while not stop.is_set():
                self._wake.clear()
                await self._look()
                await asyncio.sleep(_BREATH_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), INTERVAL_S)
        finally:
            ending.cancel()

    async def finish(self, patience_s: float) -> None:
        """Let what is under way end."""
        lanes = (self._events, self._held, *self._messages.values(), self._webhooks)
        await asyncio.gather(*(each.finish(patience_s) for each in lanes))

    async def _look(self) -> None:
        """What falls due is noticed first: no batch begins meanwhile."""
        self._looked.clear()
        try:
            await _sweep()
            await self._start_lanes()
        except TROUBLE as error:
            note_trouble("loop", error)
        finally:
            self._looked.set()

    def _between_looks(self, work: Callable[[Key], Awaitable[int]]) -> Callable[[Key], Awaitable[int]]:
        async def taken_up(key: Key) -> int:
            # A look that takes long, for the clocks of one OEM, holds up nobody's messages.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._looked.wait(), INTERVAL_S)
            return await work(key)

        return taken_up

    async def _start_lanes(self) -> None:
        async with transaction(Scope.system()) as tx:
            with_events = await claim.oems_with_events(tx, self._handlers, None)
            with_held = await releases.oems_with_held(tx)
            with_messages = await messages.lanes_with_messages(tx, TEMPLATES)
            with_webhooks = await endpoint_claims.endpoints_with_messages(tx)
        self._events.start(with_events)
        self._held.start(with_held)
        for channel, lanes in self._messages.items():
            lanes.start([each for each in with_messages if each.channel is channel])
        self._webhooks.start(with_webhooks)
        _LAST_ROUND.set(utc_now().timestamp())


async def _sweep() -> None:
    """By itself: an OEM whose clocks cannot be fired, for whatever reason, keeps nobody's message waiting."""
    try:
        await sweep()
    except TROUBLE as error:
        note_trouble("sweep", error)
    except Exception as error:  # noqa: BLE001  # one OEM's row shall not end everybody's worker
        note_fault("sweep", error)
