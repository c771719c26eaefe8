"""The API over 200,000 cases: what pages cost beside their bare statements, how fast it finds and creates."""

import asyncio
import random
import resource
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import aiohttp
import msgspec

from infra.bench.api import DEALER_STAFF, DISTRICT, HEAD_OFFICE, Api, live_dealer, running_api
from infra.bench.beside import cost_of
from infra.bench.figures import Figure, at_least, at_most, median, percentile, told
from infra.bench.world import WORDS, fill, grow, let_be_found, start
from infra.dev import servers as dev
from infra.dev.servers import Servers

OEMS, DEALERS, MORE_DEALERS, PER_DEALER = 1, 10, 100, 1980
CREATES, CREATE_ROUNDS, CONCURRENCY = 800, 5, 16
SEARCHES, REGISTRATIONS, ENTRIES = 200, 100, 20
_RARE: Final = 60
"""From this place on words stand in at most 1,000 of the cases: others are refused as too wide."""
_APPLICATION: Final = "CPU of the API beside bare statements"
_WHOLE: Final = "CPU beside bare statements, PostgreSQL's in both"
_ROUTE: Final = "CPU of the API beside a bare route"
_COMPLAINT: Final = "低速转弯时前部有异响，已经第二次来店还没找到原因"


async def measure() -> list[Figure]:
    """Build the world, start one API process, and ask it."""
    with dev.private("bench") as running:
        await start(running, oems=OEMS, dealers=DEALERS)
        scope = await live_dealer(running)
        await grow(running, scope.oem_id or 0, DISTRICT, MORE_DEALERS)
        await fill(running, per_dealer=PER_DEALER, clocks=False)
        await let_be_found(running)
        async with running_api(running) as api:
            figures = await _pages(api, running)
            figures += await _finding(api)
            figures += await _creating(api)
            memory = api.memory_mib()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*figures, told("API process's memory", memory, "MiB"), told("this process's memory", own, "MiB")]


async def _pages(api: Api, running: Servers) -> list[Figure]:
    async with api.signed_in(DEALER_STAFF) as client:
        listed = await cost_of(api, client, running, "/api/v1/cases?limit=50&sort=newest&tab=all")
        case_id = await _long_case(client)
        read = await cost_of(api, client, running, f"/api/v1/cases/{case_id}/history")
    case = f"a case and its {ENTRIES} entries"
    return [
        at_most(f"list of 50: {_APPLICATION}", listed.application, "times", 3),
        told(f"list of 50: {_WHOLE}", listed.whole, "times"),
        told(f"list of 50: {_ROUTE}", listed.route, "times"),
        at_most(f"{case}: {_APPLICATION}", read.application, "times", 3),
        told(f"{case}: {_WHOLE}", read.whole, "times"),
        told(f"{case}: {_ROUTE}", read.route, "times"),
    ]


async def _long_case(client: aiohttp.ClientSession) -> UUID:
    """A case on whose timeline `ENTRIES` things have happened."""
    case = await _post(client, "/api/v1/cases", {"channel": "phone", "words": _COMPLAINT})
    for number in range(1, ENTRIES):
        note = {"text": f"第{number}次记录：等待配件到货", "version": case["version"]}
        case = await _post(client, f"/api/v1/cases/{case['id']}/notes", note)
    return UUID(case["id"])


async def _finding(api: Api) -> list[Figure]:
    """By somebody who sees every case of an OEM."""
    chance = random.Random(1)
    async with api.signed_in(HEAD_OFFICE) as client:
        words = await _search(client, chance.choices(WORDS[_RARE:], k=SEARCHES))
        plates = await _search(client, [f"{chance.randrange(10_000):04d}" for _ in range(SEARCHES)])
    async with api.signed_in(DEALER_STAFF) as client:
        registering = await _register(client)
    return [
        at_most("searching a word of two characters in 200,000 cases, median", words * 1000, "ms", 30),
        at_most("searching the ending of a plate, median", plates * 1000, "ms", 30),
        at_most("registering, look-alikes looked for before, median", registering * 1000, "ms", 60),
    ]


async def _search(client: aiohttp.ClientSession, sought: Sequence[str]) -> float:
    took: list[float] = []
    found = 0
    for text in sought:
        started = time.perf_counter()
        async with client.get("/api/v1/cases", params={"text": text, "tab": "all", "limit": "50"}) as answer:
            body = await answer.read()
        if answer.status != 200:
            raise AssertionError(f"searching {text} answers {answer.status}: {body[:200]!r}")
        took.append(time.perf_counter() - started)
        found += bool(msgspec.json.decode(body)["items"])
    if found < len(sought) // 2:
        raise AssertionError(f"only {found} of {len(sought)} searches found a case")
    return median(took)


async def _register(client: aiohttp.ClientSession) -> float:
    took: list[float] = []
    for number in range(REGISTRATIONS):
        told_now = {"plate": f"测A{number:05d}", "phone": f"1380000{number + 1000}", "words": _COMPLAINT}
        new = {
            "channel": "phone",
            "customer_name": "测试车主",
            "customer_phone": told_now["phone"],
            "vehicle_plate": told_now["plate"],
            "words": told_now["words"],
        }
        started = time.perf_counter()
        await _post(client, "/api/v1/cases/look-alikes", told_now)
        await _post(client, "/api/v1/cases", new)
        took.append(time.perf_counter() - started)
    return median(took)


async def _creating(api: Api) -> list[Figure]:
    """Medians over rounds."""
    async with api.signed_in(DEALER_STAFF) as client:
        # The first round opens the connections and plans the statements of each.
        _, *rounds = [await _create_round(client, number) for number in range(CREATE_ROUNDS + 1)]
    rate, p99 = median([rate for rate, _ in rounds]), median([p99 for _, p99 in rounds])
    return [
        at_least(f"cases created, {CONCURRENCY} at a time, median", rate, "cases/s", 150),
        told("creating a case, p99, median", p99 * 1000, "ms"),
    ]


async def _create_round(client: aiohttp.ClientSession, round_number: int) -> tuple[float, float]:
    left = iter(range(CREATES))
    took: list[float] = []

    async def create() -> None:
        for number in left:
            new = {
                "channel": "phone",
                "customer_name": "测试车主",
                "customer_phone": f"1380000{number % 9000 + 1000}",
                "words": _COMPLAINT,
            }
            started = time.perf_counter()
            await _post(client, "/api/v1/cases", new, key=f"bench-{round_number}-{number}")
            took.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*[create() for _ in range(CONCURRENCY)])
    return CREATES / (time.perf_counter() - started), percentile(took, 0.99)


async def _post(
    client: aiohttp.ClientSession, path: str, data: Mapping[str, object], key: str | None = None
) -> dict[str, Any]:
    async with client.post(path, json=data, headers={"Idempotency-Key": key} if key else {}) as answer:
        if answer.status not in {200, 201}:
            raise AssertionError(f"{path} answers {answer.status}: {await answer.text()}")
        return await answer.json()
