"""Checking calls in the console (R5.2)."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from shared.clock import utc_now
from shared.follow_up.calls import LogCall, log_call
from shared.follow_up.vocabulary import CallResult
from shared.permissions import Role
from tests.support.console import Browsers, Maker, register, send
from tests.support.happening import planned_call


async def test_a_manager_checks_the_calls_of_a_day(browsers: Browsers, maker: Maker) -> None:
    """R5.2: score, mark and remark; what is refused comes back; callers are not let in."""
    case = await register(maker.actor(Role.ADVISOR))
    call_id = await planned_call(maker.oem_id, case.id)
    tried = LogCall(result=CallResult.CONTENT, note="客户满意，致谢")
    await log_call(maker.actor(Role.CUSTOMER_RELATIONS), call_id, tried, version=None)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    assert "/calls/records" in (await client.get("/calls")).text
    day = utc_now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    shown = [f"/calls/records?day={each}" for each in (day, "nonsense", "0001-01-01", "9999-12-31")]
    for path in (*shown, "/calls/records?dealer=x", f"/calls/records?dealer={maker.here}"):
        assert (await client.get(path)).status_code == 200, path
    path = f"/calls/{call_id}/check"
    refusals: list[dict[str, Any]] = [{}, {"score": "6"}, {"score": "2"}, {"score": "5", "improper": "true"}]
    for wrong in refusals:
        refused = await send(client, path, day=day, **wrong)
        assert refused.status_code == 422, wrong
    attempt = re.search(r'name="attempt" value="([^"]+)"', refused.text)
    assert attempt
    marks = {"score": "2", "improper": "true", "note": "语气生硬"}
    assert (await send(client, path, day=day, attempt="x", **marks)).status_code == 422
    done = await send(client, path, day=day, attempt=attempt[1], **marks)
    assert done.status_code == 303
    assert done.headers["location"].startswith("/calls/records?day=")
    caller = await browsers.of(maker.person(Role.CUSTOMER_RELATIONS))
    assert "/calls/records" not in (await caller.get("/calls")).text
    assert (await caller.get("/calls/records")).status_code == 403
    assert (await send(caller, path, score="5")).status_code == 403
    elsewhere = await browsers.of(maker.person(Role.SERVICE_MANAGER, maker.sibling))
    assert (await send(elsewhere, path, score="5")).status_code == 404
