"""A chat's robots and another system that takes webhooks, both behind the gateway's faults."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import msgspec
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from infra.dev.postoffice.faults import Fault, FaultMaker
from shared.notifications.robots import service as robots
from shared.notifications.robots.service import NewRobot
from shared.notifications.robots.vocabulary import RobotProvider
from shared.notifications.rules import Template
from shared.notifications.webhooks import endpoints
from shared.notifications.webhooks.endpoints import NewEndpoint
from shared.outbox.events import EventKind
from shared.tenancy import Actor
from tests.support.channels import LOOPBACK

KINDS = (EventKind.CASE_REGISTERED, EventKind.CASE_CONTACTED, EventKind.CASE_RESULT_TOLD)

# Each rule as the rows that break it; of the OEM $1 with the endpoint $2, which has asked for the kinds $3.
_BROKEN = {
    "the other system has one message for each event it has asked for": """
        SELECT v.id, v.kind FROM events v
        WHERE v.oem_id = $1 AND v.kind = ANY ($3::text[])
          AND (SELECT count(*) FROM messages m WHERE m.oem_id = $1 AND m.channel = 'webhook'
               AND m.recipient_id = $2 AND m.dedupe_key = 'webhook:' || v.id || ':' || $2) <> 1
    """,
    "the group hears once of each level that is told, and not of what was kept late": """
        SELECT e.id, e.metric, e.step FROM escalations e
        WHERE e.oem_id = $1 AND e.told_at IS NOT NULL AND $2::uuid IS NOT NULL
          AND (SELECT count(*) FROM messages m WHERE m.oem_id = $1 AND m.case_id = e.case_id
               AND m.channel = 'chat' AND m.template = ANY ($3::text[])
               AND starts_with(m.dedupe_key, 'esc:' || e.case_id || ':' || e.metric || ':' || e.cycle || ':'
                                             || e.step || ':'))
              <> (CASE WHEN e.step LIKE 'warn%' OR EXISTS (
                  SELECT FROM messages m WHERE m.oem_id = $1 AND m.case_id = e.case_id
                      AND m.template = 'kept_late'
                      AND starts_with(m.dedupe_key, 'esc:' || e.case_id || ':' || e.metric || ':' || e.cycle
                                                    || ':' || e.step || ':')) THEN 0 ELSE 1 END)
    """,
}
_HEARD = [Template.BREACH, Template.ESCALATION]


class _Post(msgspec.Struct):
    type: str


class _Said(msgspec.Struct):
    content: str


class _Text(msgspec.Struct):
    text: _Said


@dataclass(slots=True)
class Listeners:
    """What has arrived: texts in the group, events by their `webhook-id`, forged ones by none.

    `too_slow` counts what was answered when nobody waited for it any more.
    """

    faults: FaultMaker
    texts: list[str] = field(default_factory=list)
    bodies: defaultdict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    forged: int = 0
    too_slow: int = 0
    url: str = ""
    _endpoint_id: UUID | None = None
    _secret: str = ""

    async def ask_to_be_told(self, administrator: Actor, key: str) -> None:
        """The OEM's administrator lets both be told; `key` is the installation's."""
        robot = NewRobot(
            name="测试值班群", provider=RobotProvider.WECOM, url=f"{self.url}/chat", templates=_HEARD
        )
        await robots.add(administrator, robot, LOOPBACK)
        wanted = NewEndpoint(name="测试CRM", url=f"{self.url}/hook", kinds=list(KINDS))
        made = await endpoints.create(administrator, wanted, key, LOOPBACK)
        self._endpoint_id, self._secret = made.endpoint.id, made.secret

    async def chat(self, request: web.Request) -> web.Response:
        """A text to the group."""
        text = msgspec.json.decode(await request.read(), type=_Text).text.content
        return await self._answer(request, lambda: self.texts.append(text))

    async def hook(self, request: web.Request) -> web.Response:
        """An event to the other system, which checks who has signed it."""
        body = await request.read()
        try:
            Webhook(self._secret).verify(body, dict(request.headers), json_parse=False)
        except WebhookVerificationError:
            self.forged += 1
            return web.Response(status=401)
        return await self._answer(request, lambda: self.bodies[request.headers["webhook-id"]].append(body))

    async def _answer(self, request: web.Request, keep: Callable[[], None]) -> web.Response:
        fault = self.faults.next()
        await asyncio.sleep(self.faults.faults.delay_ms / 1000)
        self.too_slow += request.transport is None or request.transport.is_closing()
        if fault is Fault.ERROR:
            return web.Response(status=500)
        if fault is Fault.THROTTLE:
            return web.Response(status=429, headers={"Retry-After": "1"})
        keep()
        if fault is Fault.LOST_ANSWER and request.transport is not None:
            request.transport.abort()
        return web.json_response({"errcode": 0})

    async def broken(self, pool: asyncpg.Pool, oem_id: int) -> list[str]:
        """The rules that do not hold, each with some of what breaks it."""
        found: list[str] = []
        for (rule, query), wanted in zip(_BROKEN.items(), (KINDS, _HEARD), strict=True):
            rows = await pool.fetch(query, oem_id, self._endpoint_id, [each.value for each in wanted])
            if rows:
                found.append(f"{rule}: {len(rows)} break it, such as {[dict(row) for row in rows[:3]]}")
        told = await pool.fetch(
            "SELECT oem_id, channel, state, subject, body, idem_token::text AS token FROM messages"
            " WHERE channel IN ('chat', 'webhook')"
        )
        if any(row["oem_id"] != oem_id for row in told):
            found.append("a group or system was told of another OEM's cases")
        return found + self._events(told) + self._group(told)

    def _events(self, told: list[asyncpg.Record]) -> list[str]:
        events = {row["token"]: row for row in told if row["channel"] == "webhook"}
        found = [f"{self.forged} events were signed by nobody we know"] if self.forged else []
        found += [f"event {token} belongs to no message" for token in self.bodies.keys() - events.keys()]
        found += [
            f"event {token} was sent and never arrived"
            for token, row in events.items()
            if row["state"] == "sent" and token not in self.bodies
        ]
        ids_of: defaultdict[bytes, set[str]] = defaultdict(set)
        for token, bodies in self.bodies.items():
            for body in bodies:
                ids_of[body].add(token)
                if token in events and msgspec.json.decode(body, type=_Post).type != events[token]["subject"]:
                    found.append(f"event {token} says something else than was written")
            if len(set(bodies)) > 1:
                found.append(f"event {token} has said different things")
        return found + [f"one event came as {ids}" for ids in ids_of.values() if len(ids) > 1]

    def _group(self, told: list[asyncpg.Record]) -> list[str]:
        written = {row["subject"] for row in told if row["channel"] == "chat"}
        sent = Counter(row["subject"] for row in told if row["channel"] == "chat" and row["state"] == "sent")
        arrived = Counter(text.partition("\n")[0] for text in self.texts)
        lost = list(sent - arrived)
        found = [f"{len(lost)} messages to the group never arrived, such as {lost[:3]}"] if lost else []
        strange = arrived.keys() - written
        return found + ([f"the group has heard of {list(strange)[:3]}"] if strange else [])


@asynccontextmanager
async def listening(faults: FaultMaker) -> AsyncGenerator[Listeners]:
    """Both at work on a port of their own."""
    listeners = Listeners(faults)
    application = web.Application()
    application.router.add_post("/chat", listeners.chat)
    application.router.add_post("/hook", listeners.hook)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        listeners.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield listeners
    finally:
        await runner.cleanup()
