"""Who calls the API while everything is being killed: each complaint is sent until it is accepted, once."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import aiohttp

from shared.accounts.keys import create_api_key
from tests.integration.accounts.people import found_company, hire
from tests.support.worker_process import WorkerProcess

PATIENCE = aiohttp.ClientTimeout(total=8)
ACCEPTED = {200, 201}
STALE = 409
TROUBLE = (aiohttp.ClientError, TimeoutError)


@dataclass(slots=True)
class Callers:
    """Send complaints and notes to whichever API process they meet; `accepted` holds what was accepted."""

    apis: list[WorkerProcess]
    chance: random.Random
    accepted: set[UUID] = field(default_factory=set)
    oem_id: int = 0
    _key: str = ""

    async def settle_in(self) -> None:
        """An OEM made by the product, with somebody to answer and a key; needs the engine to be open."""
        company = await found_company()
        await hire(company)
        self.oem_id = company.oem_id
        self._key = await create_api_key(company.admin, "callers", company.dealers[0])

    async def run(self, seconds: float, per_second: float) -> None:
        """Send complaints for `seconds`, and then what is still under way."""
        clock = asyncio.get_running_loop()
        end = clock.time() + seconds
        async with aiohttp.ClientSession(timeout=PATIENCE) as client, asyncio.TaskGroup() as calls:
            while clock.time() < end:
                calls.create_task(self._complain(client))
                await asyncio.sleep(self.chance.expovariate(per_second))

    async def _complain(self, client: aiohttp.ClientSession) -> None:
        number = self.chance.randrange(10_000)
        complaint = {
            "channel": "phone",
            "words": "低速转弯时前部有异响",
            "customer_name": "测试车主",
            "customer_phone": f"1380000{number:04d}",
            "customer_email": f"owner{number}@example.com",
        }
        made = await self._send(client, "/api/v1/cases", complaint, uuid4().hex)
        self.accepted.add(UUID(made["id"]))
        note = {"text": "客户再次来电", "version": made["version"]}
        await self._send(client, f"/api/v1/cases/{made['id']}/notes", note)

    async def _send(
        self, client: aiohttp.ClientSession, path: str, data: Mapping[str, object], key: str | None = None
    ) -> dict[str, Any]:
        """Until it is accepted; a stale version says that it was, and the answer was lost."""
        headers = {"Authorization": f"Bearer {self._key}"} | ({"Idempotency-Key": key} if key else {})
        while True:
            url = f"http://127.0.0.1:{self.chance.choice(self.apis).port}{path}"
            try:
                async with client.post(url, json=data, headers=headers) as answer:
                    if answer.status in ACCEPTED:
                        return await answer.json()
                    if answer.status == STALE:
                        return {}
                    if answer.status < 500:
                        raise AssertionError(f"{path} answers {answer.status}: {await answer.text()}")
            except TROUBLE:
                pass
            await asyncio.sleep(0.3)
