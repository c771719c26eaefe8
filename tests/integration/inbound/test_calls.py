"""Telephone calls as a telephone system tells them (R1.4)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from shared.cases import service
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.inbound.calls import on_registered
from shared.inbound.sources import NewSource, SourceWithSecret, create
from shared.outbox.events import Event, EventKind
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.api_cases.conftest import Api
from tests.support.webhooks import deliver

KEY = "x" * 32


async def telephone(api: Api, dealer_id: int | None = None) -> SourceWithSecret:
    new = NewSource(code=f"t{uuid4().hex[:8]}", name="热线", channel=Channel.PHONE, dealer_id=dealer_id)
    return await create(api.tenant.actor(Role.ADMINISTRATOR), new, KEY)


def a_phone() -> str:
    return f"138{uuid4().int % 10**8:08d}"


async def registered(api: Api, phone: str) -> CaseView:
    advisor = api.tenant.actor(Role.ADVISOR)
    intake = Intake(channel=Channel.PHONE, words="异响", customer_phone=phone)
    return await service.register(advisor, intake, source=Source.STAFF)


def call(phone: str, offered: datetime, waited_s: float | None, **more: Any) -> dict[str, Any]:
    answered = (
        {} if waited_s is None else {"answered_at": (offered + timedelta(seconds=waited_s)).isoformat()}
    )
    return {"call_id": uuid4().hex, "phone": phone, "offered_at": offered.isoformat(), **answered, **more}


async def react(api: Api, case: CaseView) -> None:
    """What the worker does with a new case."""
    event = Event(
        oem_id=api.tenant.oem_id,
        id=uuid4(),
        dealer_id=case.dealer_id,
        case_id=case.id,
        kind=EventKind.CASE_REGISTERED,
        payload={},
        occurred_at=utc_now(),
        attempts=1,
        lease_token=uuid4(),
    )
    async with transaction(Scope.oem(api.tenant.oem_id)) as tx:
        await on_registered(tx, event)


async def tell(
    api: Api, source: SourceWithSecret, sent: dict[str, Any], name: str | None = None
) -> httpx.Response:
    path = f"/api/v1/inbound/{source.source.id}/calls"
    return await deliver(api.client, path, source.secret, sent, message_id=name)


async def calls_on(api: Api, case: CaseView) -> list[dict[str, Any]]:
    advisor = await api.sign_in(Role.ADVISOR)
    return (await advisor.get(f"/cases/{case.id}/calls")).json()["items"]


async def test_a_call_joins_the_case_of_its_number(api: Api) -> None:
    """R1.4: answered within 60 seconds, or too late, or not at all."""
    hotline, phone, ago = await telephone(api), a_phone(), utc_now() - timedelta(minutes=10)
    case = await registered(api, phone)

    for waited_s in (60, 61, None):
        answer = await tell(api, hotline, call(phone, ago, waited_s))
        assert answer.status_code == 201, answer.text
        assert answer.json()["case_number"] == case.number

    found = {each["outcome"]: each["waited_seconds"] for each in await calls_on(api, case)}
    assert found == {"in_time": 60, "late": 61, "not_answered": None}


async def test_a_case_takes_the_call_that_brought_it(api: Api) -> None:
    """R1.4: the telephone system tells the call before the complaint is registered."""
    hotline, phone = await telephone(api), a_phone()
    told = await tell(api, hotline, call(phone, utc_now() - timedelta(minutes=3), 20))
    assert told.json()["case_id"] is None

    case = await registered(api, phone)
    await react(api, case)

    assert [each["outcome"] for each in await calls_on(api, case)] == ["in_time"]


async def test_a_call_is_told_bit_by_bit(api: Api) -> None:
    hotline, phone, offered = await telephone(api), a_phone(), utc_now() - timedelta(minutes=3)
    case = await registered(api, phone)
    bare = call(phone, offered, None)

    first = await tell(api, hotline, bare)
    second = await tell(api, hotline, {**bare, "answered_at": (offered + timedelta(seconds=9)).isoformat()})
    third = await tell(api, hotline, {**bare, "ended_at": (offered + timedelta(seconds=99)).isoformat()})

    assert first.json() == second.json() == third.json()
    [known] = await calls_on(api, case)
    assert known["waited_seconds"] == 9
    assert known["ended_at"] is not None


async def test_a_replayed_call_changes_nothing(api: Api) -> None:
    hotline, phone, offered = await telephone(api), a_phone(), utc_now() - timedelta(minutes=3)
    case, sent = await registered(api, phone), call(phone, offered, 10)

    first = await tell(api, hotline, sent, "msg_call")
    again = await tell(api, hotline, sent, "msg_call")
    other = await tell(api, hotline, call(phone, offered, 10), "msg_call")

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert other.json()["code"] == "idempotency_key_reused"
    assert len(await calls_on(api, case)) == 1


async def test_a_call_may_name_its_case(api: Api) -> None:
    hotline, ago = await telephone(api), utc_now() - timedelta(minutes=3)
    case = await registered(api, a_phone())

    withheld = await tell(api, hotline, call("", ago, 5, case_number=case.number))
    unknown = await tell(api, hotline, call("", ago, 5, case_number="AF19990101001"))

    assert withheld.json()["case_id"] == str(case.id)
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["field"] == "case_number"


async def test_a_dealers_telephone_sees_the_dealers_cases_only(api: Api) -> None:
    """R9.1: a number known at another dealer brings no case."""
    elsewhere, phone = await telephone(api, api.tenant.sibling), a_phone()
    case = await registered(api, phone)
    ago = utc_now() - timedelta(minutes=3)

    told = await tell(api, elsewhere, call(phone, ago, 5))
    named = await tell(api, elsewhere, call(phone, ago, 5, case_number=case.number))

    assert told.json()["case_id"] is None
    assert named.status_code == 422


async def test_times_that_cannot_be_are_refused_as_fields(api: Api) -> None:
    hotline, now = await telephone(api), utc_now()

    early = await tell(api, hotline, call("13800001234", now, -5))
    future = await tell(api, hotline, call("13800001234", now + timedelta(hours=1), None))
    naive = await tell(api, hotline, {"call_id": "x", "offered_at": "2026-03-02T09:05:00"})
    nobody = await tell(api, hotline, call("123", now, None))

    assert [each.json()["errors"][0]["code"] for each in (early, future, naive, nobody)] == [
        "before_offered",
        "received_in_future",
        "time_zone_missing",
        "phone_not_possible",
    ]


async def test_only_who_knows_the_secret_tells_calls(api: Api) -> None:
    hotline, other = await telephone(api), await telephone(api)
    path = f"/api/v1/inbound/{hotline.source.id}/calls"

    answer = await deliver(api.client, path, other.secret, call("13800001234", utc_now(), 1))

    assert answer.status_code == 401
