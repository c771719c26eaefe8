"""Who calls the API and the console while everything is being killed: each request is sent until it is
accepted, once.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg

from shared.accounts.keys import create_api_key
from shared.accounts.service import sign_in
from shared.notifications.holding import MessagePolicy
from shared.notifications.holds import publish
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from shared.tenancy import Actor
from tests.chaos.browser import AGAIN_S, TROUBLE, Browser
from tests.chaos.hurry import bring_clocks_forward, let_go_soon, until_done
from tests.chaos.workload import LAST_STEP_S
from tests.integration.accounts.people import CLIENT, PASSWORD, Company, found_company, new_email
from tests.support.worker_process import WorkerProcess

PATIENCE = aiohttp.ClientTimeout(total=8)
ACCEPTED = {200, 201}
STALE = 409
KEPT_SHARE = 0.5
CONSOLE_SHARE = 0.5
"""How many of the commands are given on the console's pages."""


@dataclass(frozen=True, slots=True)
class _Command:
    """A command by its path in the API, its form on the console and its entry in the audit log."""

    path: str
    form: str
    audited: str


_NOTE = _Command("notes", "note", "case.add_note")
_CONTACT = _Command("contacts", "contact", "case.log_contact")
_RESOLVE = _Command("resolve", "resolve", "case.resolve")


@dataclass(slots=True)
class Complaint:
    """What was asked of one complaint, in its order; when the API had said that all promises are kept."""

    done: list[str]
    kept_at: datetime | None = None


@dataclass(slots=True)
class Callers:
    """Send complaints to whichever API process they meet, and commands there or to the console; `accepted`
    holds what was accepted.

    The promises of an accepted complaint are brought forward, to fall due within seconds; the callers keep
    some of them. Their company gathers what its people are told in digests.
    """

    apis: list[WorkerProcess]
    console: WorkerProcess
    pool: asyncpg.Pool
    chance: random.Random
    accepted: dict[UUID, Complaint] = field(default_factory=dict)
    oem_id: int = 0
    on_console: int = 0
    _key: str = ""
    _advisor: str = ""

    async def settle_in(self) -> Actor:
        """An OEM made by the product, with people to answer and a key; needs the engine to be open."""
        company = await found_company()
        emails = [await _hire(company, *place) for place in enumerate(Role(each) for each in _CHAIN)]
        await publish(company.admin, MessagePolicy(digest_minutes=1), version=1)
        self.oem_id = company.oem_id
        self._key = await create_api_key(company.admin, "callers", company.dealers[0])
        self._advisor = (await sign_in(emails[0], PASSWORD, CLIENT)).token
        return company.admin

    async def run(self, seconds: float, per_second: float) -> None:
        """Send complaints for `seconds`, and then what is still under way."""
        clock = asyncio.get_running_loop()
        end = clock.time() + seconds
        letting_go = asyncio.create_task(let_go_soon(self.pool))
        try:
            async with aiohttp.ClientSession(timeout=PATIENCE) as client, asyncio.TaskGroup() as calls:
                while clock.time() < end:
                    calls.create_task(self._complain(client))
                    await asyncio.sleep(self.chance.expovariate(per_second))
        finally:
            letting_go.cancel()

    async def _complain(self, client: aiohttp.ClientSession) -> None:
        number = self.chance.randrange(10_000)
        words = {
            "channel": "phone",
            "words": "低速转弯时前部有异响",
            "customer_name": "测试车主",
            "customer_phone": f"1380000{number:04d}",
            "customer_email": f"owner{number}@example.com",
        }
        headers = self._as(self._key) | {"Idempotency-Key": uuid4().hex}
        made = await self._send(client, "", words, headers)
        assert made is not None, "the key says that it is another complaint's"
        case_id = UUID(made["id"])
        complaint = self.accepted[case_id] = Complaint(["case.register"])
        note = {"text": "客户再次来电"}
        version = await self._command(client, case_id, _NOTE, note, made["version"])
        await until_done(lambda: bring_clocks_forward(self.pool, self.oem_id, case_id))
        if self.chance.random() < KEPT_SHARE:
            await asyncio.sleep(self.chance.uniform(0, LAST_STEP_S / 2))
            summary = "已致歉，约明日到店检测"
            said = {"effective": True, "channel": "phone", "direction": "outbound", "summary": summary}
            version = await self._command(client, case_id, _CONTACT, said, version)
            await asyncio.sleep(self.chance.uniform(0, LAST_STEP_S / 2))
            result = {"result": "已更换制动盘，路试正常", "told_via": "phone"}
            await self._command(client, case_id, _RESOLVE, result, version)
            complaint.kept_at = datetime.now(UTC)

    async def _command(
        self,
        client: aiohttp.ClientSession,
        case_id: UUID,
        command: _Command,
        data: Mapping[str, object],
        version: int,
    ) -> int:
        """One command of the advisor's; the version after it."""
        self.accepted[case_id].done.append(command.audited)
        if self.chance.random() < CONSOLE_SHARE:
            self.on_console += 1
            browser = Browser(self.console, client, self._advisor)
            return await browser.command(case_id, command.form, _as_form(data), version)
        headers = self._as(self._advisor)
        made = await self._send(client, f"/{case_id}/{command.path}", {**data, "version": version}, headers)
        # A stale version says that it was accepted, and the answer was lost: nobody else is at the case.
        return version + 1 if made is None else made["version"]

    async def _send(
        self,
        client: aiohttp.ClientSession,
        path: str,
        data: Mapping[str, object],
        headers: Mapping[str, str],
    ) -> dict[str, Any] | None:
        """The answer, asked for until there is one; None for a version that is stale."""
        tries = 0
        while True:
            url = f"http://127.0.0.1:{self.chance.choice(self.apis).port}/api/v1/cases{path}"
            tries += 1
            try:
                async with client.post(url, json=data, headers=headers) as answer:
                    if answer.status in ACCEPTED:
                        return await answer.json()
                    if answer.status == STALE and tries > 1:
                        return None
                    if answer.status < 500:
                        raise AssertionError(f"{path} answers {answer.status}: {await answer.text()}")
            except TROUBLE:
                pass
            await asyncio.sleep(AGAIN_S)

    def _as(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}


_CHAIN = ("advisor", "service_manager", "station_head", "regional_manager")


def _as_form(data: Mapping[str, object]) -> dict[str, str]:
    return {name: "true" if value is True else str(value) for name, value in data.items()}


async def _hire(company: Company, number: int, role: Role) -> str:
    is_of_oem = role is Role.REGIONAL_MANAGER
    person = NewStaff(
        email=new_email(),
        name=role.value,
        role=role,
        dealer_id=0 if is_of_oem else company.dealers[0],
        region_ids=(company.area,) if is_of_oem else (),
        phone=f"1380001{number:04d}",
        password=PASSWORD,
    )
    await add_staff(company.admin, person)
    return person.email
