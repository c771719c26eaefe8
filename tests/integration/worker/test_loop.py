"""The loop, from a clock that falls due to the message at the provider."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from prometheus_client import REGISTRY

from services.worker.gauges import measure
from services.worker.handlers import build_handlers
from services.worker.loop import EVENT_WIDTH, MESSAGE_WIDTH, Loop
from shared.db.engine import transaction
from shared.escalation.sweep import WIDTH, sweep
from shared.notifications import delivery
from shared.notifications.channels.sms_gateway import SmsGateway
from shared.notifications.channels.smtp import CONNECTIONS, SmtpChannel
from shared.observability import render_metrics
from shared.outbox.claim import BATCH
from shared.outbox.events import EventKind, NewEvent, emit
from shared.outbox.messages import NewMessage, write
from shared.outbox.vocabulary import MessageChannel
from shared.settings import SmtpSettings, WorkerDatabaseSettings
from shared.tenancy import Scope
from tests.support.background import LINKS, STEPS, Company, build_company
from tests.support.outbox import new_message
from tests.support.providers import Behaviour, Provider, sms_gateway, smtp_server
from tests.support.waiting import eventually

MINUTE = timedelta(minutes=1)


@asynccontextmanager
async def running(mail: Provider, sms: Provider) -> AsyncIterator[Loop]:
    channels = {
        MessageChannel.EMAIL: SmtpChannel(SmtpSettings(host="127.0.0.1", port=mail.port), 5.0),
        MessageChannel.SMS: SmsGateway(f"http://127.0.0.1:{sms.port}/sms", "secret", 5.0),
    }
    loop, stop = Loop(build_handlers(LINKS), channels, LINKS), asyncio.Event()
    work = asyncio.create_task(loop.run(stop))
    try:
        yield loop
        assert not work.done()
    finally:
        stop.set()
        await work
        await loop.finish(5)
        for channel in channels.values():
            await channel.close()


@pytest.fixture
async def providers() -> AsyncIterator[tuple[Provider, Provider]]:
    async with smtp_server() as mail, sms_gateway() as sms:
        yield mail, sms


async def due_case(company: Company, due_at: datetime) -> None:
    planned = [due_at + minutes * MINUTE for minutes in (-30, -20, -10, 0, 30, 60)]
    await company.clock(await company.case(), schedule=planned)


async def test_a_breach_is_told_within_seconds(
    company: Company, providers: tuple[Provider, Provider]
) -> None:
    """R4.2: from the due instant to the SMS at the gateway, nobody clicking."""
    mail, sms = providers
    async with running(mail, sms):
        due_at = datetime.now(UTC) + timedelta(seconds=1)
        await due_case(company, due_at)

        async def told() -> bool:
            return len(sms.taken) == 2 and sum("已超时" in text for _, text in mail.taken) == 2

        await eventually(told, "service manager and owner told by SMS and mail")
    assert datetime.now(UTC) - due_at < timedelta(seconds=10)
    assert all("已超时" in text for _, text in sms.taken)


async def test_the_loop_outlives_a_database_that_goes_away(
    company: Company, providers: tuple[Provider, Provider]
) -> None:
    mail, sms = providers
    async with running(mail, sms):
        await due_case(company, datetime.now(UTC) - MINUTE)
        await company.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'huiyin-tests'"
        )

        async def told() -> bool:
            return len(sms.taken) == 2

        await eventually(told, "told all the same")


async def test_clocks_that_cannot_be_fired_do_not_hold_up_what_is_to_be_told(
    company: Company, providers: tuple[Provider, Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep of one OEM is refused again and again: the messages of the others go."""
    mail, sms = providers
    await due_case(company, datetime.now(UTC) - MINUTE)
    await sweep()

    async def refused() -> int:
        raise asyncpg.QueryCanceledError

    monkeypatch.setattr("services.worker.loop.sweep", refused)
    async with running(mail, sms):

        async def told() -> bool:
            return len(sms.taken) == 2

        await eventually(told, "told all the same")


async def test_a_mail_server_that_hangs_keeps_no_sms_waiting(
    company: Company, providers: tuple[Provider, Provider]
) -> None:
    """R4.4: neither of the same OEM nor of others, however much mail there is."""
    mail, sms = providers
    mail.behaviour = Behaviour.HANG
    others = [await build_company(company.connection, dealers=1) for _ in range(MESSAGE_WIDTH)]
    everybody = [company, *others]
    for each in everybody:
        await post(each, *(new_message() for _ in range(3 * delivery.BATCH[MessageChannel.EMAIL])))
    async with running(mail, sms):

        async def hanging() -> bool:
            return mail.connections >= CONNECTIONS

        await eventually(hanging, "as many mails hang as may be under way")
        started = asyncio.get_running_loop().time()
        for each in everybody:
            await post(each, new_message(channel=MessageChannel.SMS, address="+8613800001234"))

        async def sent() -> bool:
            return len(sms.taken) == len(everybody)

        await eventually(sent, "every OEM's SMS")
        assert asyncio.get_running_loop().time() - started < 4
        assert not mail.taken
        mail.released.set()


async def post(company: Company, *new: NewMessage) -> None:
    async with transaction(Scope.oem(company.oem_id)) as tx:
        await write(tx, company.oem_id, new)


async def test_events_wait_while_the_sweep_looks_for_what_is_due(
    company: Company, providers: tuple[Provider, Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4.2: what falls due is noticed first, however much there is to tell."""
    mail, sms = providers
    await due_case(company, datetime.now(UTC) - MINUTE)
    await sweep()
    looks, enough = 0, asyncio.Event()

    async def looking() -> int:
        nonlocal looks
        looks += 1
        if looks > 1:
            await enough.wait()
        return 0

    monkeypatch.setattr("services.worker.loop.sweep", looking)
    taken_up: list[int] = []

    async def handle(oem_id: int, *_: object) -> int:
        await asyncio.sleep(0)
        taken_up.append(looks)
        return BATCH

    monkeypatch.setattr("services.worker.loop.claim.handle_events_of_oem", handle)
    async with running(mail, sms):

        async def looked() -> bool:
            return looks == 2

        try:
            await eventually(looked, "the second look has begun")
            await some_turns()  # a batch taken up before ends
            count = len(taken_up)
            assert count > 0
            await some_turns()
            assert len(taken_up) == count
        finally:
            enough.set()

        async def went_on() -> bool:
            return len(taken_up) > count

        await eventually(went_on, "events are handled again")


async def some_turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_clocks_that_nobody_can_read_are_loud_and_do_not_end_the_loop(
    company: Company, providers: tuple[Provider, Provider], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One OEM's row that a version cannot read keeps nobody's message waiting; the operator sees it."""
    mail, sms = providers
    await due_case(company, datetime.now(UTC) - MINUTE)
    await sweep()

    async def fail() -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("services.worker.loop.sweep", fail)
    before = faults("sweep")
    async with running(mail, sms):

        async def told() -> bool:
            # Others' events may wait here, too.
            return len(await company.messages(channel="sms", state="sent")) == 2

        await eventually(told, "told all the same")
    assert faults("sweep") > before


async def test_a_fault_in_finding_out_who_has_work_ends_the_loop(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> list[int]:
        raise ZeroDivisionError

    monkeypatch.setattr("services.worker.loop.messages.lanes_with_messages", fail)
    loop = Loop(build_handlers(LINKS), {}, LINKS)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(loop.run(asyncio.Event()), 5)


def faults(part: str) -> float:
    return REGISTRY.get_sample_value("huiyin_worker_faults_total", {"part": part}) or 0.0


async def test_history_is_settled_at_its_instant_and_nothing_is_sent(company: Company) -> None:
    """Issue 2: history is made by the product's own services at past instants; its messages are recorded."""
    then = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    case_id = await company.case()
    await company.clock(case_id, schedule=[then + minutes * MINUTE for minutes in (-30, -20, -10, 0, 30, 60)])
    async with transaction(Scope.oem(company.oem_id), as_of=then) as tx:
        event = NewEvent(
            kind=EventKind.CASE_REGISTERED, dealer_id=1, case_id=case_id, payload={"by_id": None}
        )
        await emit(tx, company.oem_id, then, event)
    await sweep(then)
    await company.handle_events(then)
    rows = await company.messages()
    assert {row["template"] for row in rows} == {"acknowledgement", "assignment", "breach"}
    assert {(row["state"], row["sent_at"]) for row in rows} == {("historical", then)}
    later = then + 60 * MINUTE
    await sweep(later)
    await company.handle_events(later)
    steps = await company.connection.fetch(
        "SELECT step, told_at FROM app.escalations WHERE case_id = $1 ORDER BY due_at", case_id
    )
    assert [row["step"] for row in steps] == list(STEPS)
    assert [row["told_at"] for row in steps[3:]] == [then, later, later]


async def test_the_gauges_tell_how_far_behind_the_work_is(company: Company) -> None:
    # What other tests have promised in a past of theirs.
    await company.connection.execute("UPDATE app.clocks SET next_at = NULL WHERE next_at < now()")
    await due_case(company, datetime.now(UTC) - 60 * MINUTE)
    async with transaction(Scope.oem(company.oem_id)) as tx:
        at = datetime.now(UTC) - 10 * MINUTE
        event = NewEvent(kind=EventKind.CASE_REGISTERED, dealer_id=1, case_id=await company.case())
        await emit(tx, company.oem_id, at, event)
        await write(tx, company.oem_id, [new_message()])
    await company.connection.execute(
        "UPDATE app.events SET state = 'dead' WHERE id = (SELECT id FROM app.events"
        " WHERE state = 'done' LIMIT 1)"
    )
    await company.connection.execute(
        "UPDATE app.messages SET attempts = 5, next_attempt_at = now() + interval '1 hour'"
        " WHERE oem_id = $1 AND state = 'queued'",
        company.oem_id,
    )
    async with transaction(Scope.system(), read_only=True) as tx:
        await measure(tx)
    values = {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
        for line in render_metrics().decode().splitlines()
        if line.startswith("huiyin_")
    }
    assert 5_350 < values["huiyin_clock_lag_seconds"] < 5_500
    assert 590 < values["huiyin_event_lag_seconds"] < 700
    assert values["huiyin_message_lag_seconds"] >= 0
    assert values["huiyin_held_lag_seconds"] == 0, "what waits for its time has no lag"
    assert 'huiyin_messages{state="dead"}' in values
    assert values['huiyin_messages_retrying{channel="email"}'] >= 1


def test_the_pool_is_wide_enough_for_what_runs_at_once() -> None:
    at_once = WIDTH + EVENT_WIDTH + MESSAGE_WIDTH
    assert at_once <= WorkerDatabaseSettings(url="postgresql://x").pool_size
