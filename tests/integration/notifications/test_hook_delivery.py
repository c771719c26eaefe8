"""Events to other systems and groups of a chat: written, sent by real channels, recorded."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from standardwebhooks import Webhook

from services.worker.loop import Loop
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.notifications import delivery
from shared.notifications.channels.robot import RobotChannel
from shared.notifications.channels.webhook import WebhookChannel
from shared.notifications.outbound import Outbound
from shared.notifications.robots import service as robots
from shared.notifications.robots.vocabulary import RobotProvider
from shared.notifications.rules import Template
from shared.notifications.signing import webhook_secret, webhook_signature
from shared.notifications.webhooks import deliveries, endpoints
from shared.notifications.webhooks.addresses import StoredDirectory
from shared.outbox import endpoint_claims
from shared.outbox.endpoint_claims import AT_ONCE, Endpoint, endpoints_with_messages
from shared.outbox.events import EventKind, NewEvent, emit
from shared.outbox.messages import write
from shared.outbox.vocabulary import MessageChannel
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants.renewed_secrets import MOST_SECRETS
from tests.integration.escalation.test_telling import MINUTE, late_case, present
from tests.support.background import LINKS, Company
from tests.support.channels import LOOPBACK, TIMEOUT_S
from tests.support.hooks import a_robot, a_webhook, dingtalk, webhook
from tests.support.outbox import deliver_all, new_message
from tests.support.providers import Behaviour
from tests.support.waiting import eventually

KEY = "k" * 32


def person(company: Company, role: Role = Role.ADMINISTRATOR) -> Actor:
    return Actor(ActorKind.PERSON, role, Scope.oem(company.oem_id), "管理员", id=company.administrator)


def channels() -> delivery.Channels:
    return {
        MessageChannel.CHAT: RobotChannel(LOOPBACK, TIMEOUT_S),
        MessageChannel.WEBHOOK: WebhookChannel(StoredDirectory(KEY), LOOPBACK, TIMEOUT_S),
    }


async def waiting(company: Company) -> list[Endpoint]:
    """The systems of the OEM that have something to be told."""
    async with transaction(Scope.system()) as tx:
        found = await endpoints_with_messages(tx)
    return [each for each in found if each.oem_id == company.oem_id]


async def send(company: Company) -> None:
    """What a worker does: messages to people and to systems, those that wait for another try as well."""
    await company.connection.execute("UPDATE app.messages SET next_attempt_at = now()")
    used = channels()
    await deliver_all(company.oem_id, used)
    for endpoint in await waiting(company):
        await delivery.deliver_to_endpoint(endpoint, used)
    for channel in used.values():
        await channel.close()


async def happen(
    company: Company, kind: EventKind, case_id: UUID | None = None, dealer_id: int = 1, **payload: str
) -> None:
    async with transaction(Scope.oem(company.oem_id)) as tx:
        event = NewEvent(kind=kind, dealer_id=dealer_id, case_id=case_id, payload=payload)
        await emit(tx, company.oem_id, await tx.now(), event)
    await company.handle_events()


class TestWebhooks:
    async def test_what_was_asked_for_is_told_once_with_ids_only(self, company: Company) -> None:
        actor = person(company)
        case_id = await company.case(customer_name="张测试")
        async with webhook() as provider:
            made = await endpoints.create(
                actor, a_webhook(url=f"http://127.0.0.1:{provider.port}/hook"), KEY, LOOPBACK
            )
            provider.secret = made.secret
            await happen(company, EventKind.CASE_REGISTERED, case_id)
            await happen(company, EventKind.CASE_WORKED_ON, case_id)
            await send(company)
            await send(company)
            ((token, text),) = provider.taken
        (told,) = (await deliveries.deliveries(actor, made.endpoint.id)).items
        assert (str(told.webhook_id), told.state, told.kind) == (token, "sent", "case.registered")
        body = msgspec.json.decode(text)
        assert body["type"] == "case.registered"
        assert body["data"] == {"case_id": str(case_id), "dealer_id": 1}
        assert "张测试" not in text

    async def test_a_system_of_one_dealer_is_told_of_no_other(self, company: Company) -> None:
        await endpoints.create(person(company), a_webhook(dealer_id=2), KEY, Outbound())
        case_id = await company.case()
        await happen(company, EventKind.CASE_REGISTERED, case_id, dealer_id=1)
        assert await company.messages(channel="webhook") == []
        await happen(company, EventKind.CASE_REGISTERED, case_id, dealer_id=2)
        assert len(await company.messages(channel="webhook")) == 1

    async def test_an_event_handled_again_is_told_once(self, company: Company) -> None:
        await endpoints.create(person(company), a_webhook(), KEY, Outbound())
        await happen(company, EventKind.CASE_CLOSED, await company.case())
        await company.connection.execute(
            "UPDATE app.events SET state = 'pending', next_attempt_at = now(), done_at = NULL"
        )
        await company.handle_events()
        assert len(await company.messages(channel="webhook")) == 1

    async def test_one_that_is_gone_is_told_no_more_until_it_is_let_again(self, company: Company) -> None:
        actor = person(company)
        async with webhook() as provider:
            made = await endpoints.create(
                actor, a_webhook(url=f"http://127.0.0.1:{provider.port}/hook"), KEY, LOOPBACK
            )
            provider.secret, provider.behaviour = made.secret, Behaviour.REFUSE
            await happen(company, EventKind.CASE_REGISTERED, await company.case())
            await send(company)
            (known,) = await endpoints.endpoints(actor)
            assert known.disabled_reason == "gone"
            (told,) = (await deliveries.deliveries(actor, known.id)).items
            assert (told.state, told.last_error) == ("dead", "http 410")
            with pytest.raises(Conflict, match="endpoint_stopped"):
                await deliveries.replay(actor, known.id, told.id)
            await happen(company, EventKind.CASE_REGISTERED, await company.case())
            assert len((await deliveries.deliveries(actor, known.id)).items) == 1
            provider.behaviour = Behaviour.TAKE
            await endpoints.let(actor, known.id)
            await deliveries.replay(actor, known.id, told.id)
            await send(company)
            assert provider.tokens == [str(told.webhook_id)]

    async def test_what_was_taken_can_be_told_again_under_its_id(self, company: Company) -> None:
        actor = person(company)
        async with webhook() as provider:
            made = await endpoints.create(
                actor, a_webhook(url=f"http://127.0.0.1:{provider.port}/hook"), KEY, LOOPBACK
            )
            provider.secret = made.secret
            await happen(company, EventKind.CASE_REGISTERED, await company.case())
            await send(company)
            (told,) = (await deliveries.deliveries(actor, made.endpoint.id)).items
            again = await deliveries.replay(actor, made.endpoint.id, told.id)
            assert (again.state, again.webhook_id) == ("queued", told.webhook_id)
            with pytest.raises(Conflict, match="delivery_waits"):
                await deliveries.replay(actor, made.endpoint.id, told.id)
            await send(company)
            assert provider.tokens == [str(told.webhook_id)]

    async def test_both_secrets_sign_for_a_day_after_a_renewal(self, company: Company) -> None:
        actor = person(company)
        made = await endpoints.create(actor, a_webhook(), KEY, Outbound())
        renewed = await endpoints.renew(actor, made.endpoint.id, KEY)
        directory = StoredDirectory(KEY)
        found = await directory.find(company.oem_id, made.endpoint.id)
        assert found is not None
        assert found.secrets == (renewed.secret, made.secret)
        await company.connection.execute(
            "UPDATE app.webhook_endpoints SET previous_until = now() WHERE previous_until > now()"
        )
        found = await directory.find(company.oem_id, made.endpoint.id)
        assert found is not None
        assert found.secrets == (renewed.secret,)

    async def test_renewing_twice_ends_neither_secret_before_its_day_is_over(self, company: Company) -> None:
        """A receiver that has put in the second secret goes on with it after the third is made."""
        actor, now = person(company), utc_now()
        made = await endpoints.create(actor, a_webhook(), KEY, Outbound())
        second = await endpoints.renew(actor, made.endpoint.id, KEY, as_of=now - timedelta(hours=20))
        third = await endpoints.renew(actor, made.endpoint.id, KEY, as_of=now - timedelta(hours=10))
        directory = StoredDirectory(KEY)
        found = await directory.find(company.oem_id, made.endpoint.id)
        assert found is not None
        assert found.secrets == (third.secret, second.secret, made.secret)
        fourth = await endpoints.renew(actor, made.endpoint.id, KEY, as_of=now + timedelta(hours=6))
        found = await directory.find(company.oem_id, made.endpoint.id)
        assert found is not None
        assert found.secrets == (fourth.secret, third.secret, second.secret), "the first had its 24 hours"

    async def test_five_secrets_at_most_sign_at_a_time(self, company: Company) -> None:
        actor = person(company)
        made = await endpoints.create(actor, a_webhook(), KEY, Outbound())
        for _ in range(MOST_SECRETS - 1):
            await endpoints.renew(actor, made.endpoint.id, KEY)
        with pytest.raises(Conflict, match="too_many_secrets"):
            await endpoints.renew(actor, made.endpoint.id, KEY)
        found = await StoredDirectory(KEY).find(company.oem_id, made.endpoint.id)
        assert found is not None
        assert len(found.secrets) == MOST_SECRETS
        assert made.secret in found.secrets

    async def test_a_test_is_tried_once_and_stands_in_the_log(self, company: Company) -> None:
        actor = person(company)
        async with webhook() as provider:
            made = await endpoints.create(
                actor, a_webhook(url=f"http://127.0.0.1:{provider.port}/hook"), KEY, LOOPBACK
            )
            provider.secret, provider.behaviour = made.secret, Behaviour.TROUBLE
            await endpoints.test(actor, made.endpoint.id)
            await send(company)
        (told,) = (await deliveries.deliveries(actor, made.endpoint.id)).items
        assert (told.kind, told.state, told.last_error) == ("webhook.test", "dead", "http 503")

    async def test_a_system_that_hangs_keeps_no_person_waiting(self, company: Company) -> None:
        """Messages to people are claimed without a look at those to systems."""
        await endpoints.create(person(company), a_webhook(), KEY, Outbound())
        await happen(company, EventKind.CASE_CLOSED, await company.case())
        await company.connection.execute("DELETE FROM app.messages WHERE channel <> 'webhook'")
        assert await deliver_all(company.oem_id, {}) == 0
        (endpoint,) = await waiting(company)
        assert await delivery.deliver_to_endpoint(endpoint, {}) == 1

    async def test_a_system_that_hangs_keeps_no_other_system_waiting(self, company: Company) -> None:
        """A real server that never answers beside one that does: each is told in a lane of its own."""
        actor = person(company)
        async with webhook() as hanging, webhook() as healthy:
            for provider in (hanging, healthy):
                made = await endpoints.create(
                    actor,
                    a_webhook(name=f"测试{provider.port}", url=f"http://127.0.0.1:{provider.port}/hook"),
                    KEY,
                    LOOPBACK,
                )
                provider.secret = made.secret
            hanging.behaviour = Behaviour.HANG
            for _ in range(AT_ONCE * 3):
                await happen(company, EventKind.CASE_REGISTERED, await company.case())
            used = {MessageChannel.WEBHOOK: WebhookChannel(StoredDirectory(KEY), LOOPBACK, 30.0)}
            loop, stop = Loop({}, used, LINKS), asyncio.Event()
            work = asyncio.create_task(loop.run(stop))

            async def told() -> bool:
                return len(healthy.taken) == AT_ONCE * 3

            await eventually(told, "everything told to the system that answers")
            assert len(hanging.requests) == AT_ONCE, "no more is under way to the one that hangs"
            under_way = f"lease_token IS NOT NULL AND recipient_name = '测试{hanging.port}'"
            held = await company.connection.fetchval(
                f"SELECT count(*) FROM app.messages WHERE oem_id = $1 AND {under_way}", company.oem_id
            )
            assert held == AT_ONCE
            hanging.behaviour = Behaviour.TAKE
            hanging.released.set()

            async def all_told() -> bool:
                return len(hanging.requests) == AT_ONCE * 3

            await eventually(all_told, "the rest once it answers again")
            stop.set()
            await work
            await loop.finish(5)
            await used[MessageChannel.WEBHOOK].close()

    async def test_workers_that_claim_at_the_same_moment_keep_to_the_bound_together(
        self, company: Company
    ) -> None:
        await endpoints.create(person(company), a_webhook(), KEY, Outbound())
        for _ in range(AT_ONCE * 2):
            await happen(company, EventKind.CASE_CLOSED, await company.case())
        (endpoint,) = await waiting(company)

        async def claim() -> int:
            async with transaction(Scope.system()) as tx:
                return len(await endpoint_claims.claim(tx, endpoint, AT_ONCE, timedelta(minutes=1)))

        for _ in range(3):
            taken = sum(await asyncio.gather(*(claim() for _ in range(4))))
            assert taken in {AT_ONCE, 0}
        async with transaction(Scope.system()) as tx:
            assert await endpoint_claims.claim(tx, endpoint, AT_ONCE, timedelta(minutes=1)) == []
        await company.connection.execute(
            "UPDATE app.messages SET next_attempt_at = now() WHERE oem_id = $1", company.oem_id
        )
        assert await claim() == AT_ONCE, "leases of workers that never came back count no more"

    async def test_the_log_comes_in_pages(self, company: Company) -> None:
        actor = person(company)
        made = await endpoints.create(actor, a_webhook(), KEY, Outbound())
        for _ in range(3):
            await endpoints.test(actor, made.endpoint.id)
        first = await deliveries.deliveries(actor, made.endpoint.id, limit=2)
        rest = await deliveries.deliveries(actor, made.endpoint.id, cursor=first.next_cursor, limit=2)
        assert (len(first.items), len(rest.items), rest.next_cursor) == (2, 1, None)
        assert len({each.id for each in [*first.items, *rest.items]}) == 3

    async def test_what_cannot_be_accepted(self, company: Company) -> None:
        for wrong, field in (
            (a_webhook(name=" "), "name"),
            (a_webhook(kinds=[]), "kinds"),
            (a_webhook(kinds=[EventKind.CALENDAR_PUBLISHED]), "kinds"),
            (a_webhook(url="https://10.0.0.1/hook"), "url"),
            (a_webhook(dealer_id=999), "dealer_id"),
        ):
            with pytest.raises(Invalid) as refused:
                await endpoints.create(person(company), wrong, KEY, Outbound())
            assert refused.value.fields[0].field == field

    async def test_only_administrators_keep_webhooks(self, company: Company) -> None:
        made = await endpoints.create(person(company), a_webhook(), KEY, Outbound())
        other = person(company, Role.HEAD_OFFICE)
        with pytest.raises(Forbidden):
            await endpoints.endpoints(other)
        for refused in (
            endpoints.stop(other, made.endpoint.id),
            endpoints.renew(other, made.endpoint.id, KEY),
            endpoints.test(other, made.endpoint.id),
            deliveries.deliveries(other, made.endpoint.id),
            deliveries.replay(other, made.endpoint.id, uuid4()),
        ):
            with pytest.raises(NotFound):
                await refused

    async def test_at_most_so_many_are_told_at_the_same_time(
        self, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(endpoints, "MOST", 1)
        made = await endpoints.create(person(company), a_webhook(), KEY, Outbound())
        with pytest.raises(Conflict, match="too_many_endpoints"):
            await endpoints.create(person(company), a_webhook(), KEY, Outbound())
        await endpoints.stop(person(company), made.endpoint.id)
        await endpoints.create(person(company), a_webhook(), KEY, Outbound())


class TestRobots:
    async def test_a_group_hears_of_a_breach_once_with_the_way_to_the_case(self, company: Company) -> None:
        """R4.2: what is late is told; here to a group."""
        async with dingtalk() as provider:
            url = f"http://127.0.0.1:{provider.port}/robot/send?access_token=invented"
            await robots.add(person(company), a_robot(url=url), LOOPBACK)
            case_id = await late_case(company, present() - MINUTE)
            await send(company)
            await send(company)
            ((_, text),) = provider.taken
        (row,) = await company.messages(channel="chat")
        assert (row["state"], row["template"], row["recipient_kind"]) == ("sent", "breach", "group")
        assert str(case_id) in text
        assert row["subject"] in text

    async def test_a_group_hears_only_what_it_wants_of_its_dealer(self, company: Company) -> None:
        actor = person(company)
        await robots.add(actor, a_robot(dealer_id=2), Outbound())
        await robots.add(actor, a_robot(templates=[Template.NOBODY_FOUND]), Outbound())
        revoked = await robots.add(actor, a_robot(), Outbound())
        await robots.revoke(actor, revoked.id)
        await late_case(company, present() - MINUTE)
        assert await company.messages(channel="chat") == []

    async def test_the_address_is_kept_where_no_door_can_read_it(self, company: Company) -> None:
        actor = person(company)
        made = await robots.add(actor, a_robot(), Outbound())
        assert "invented" not in repr(made) + repr(await robots.robots(actor))
        with pytest.raises(Exception, match="permission denied"):
            async with transaction(Scope.oem(company.oem_id)) as tx:
                await tx.values("SELECT url FROM chat_robot_secrets")

    async def test_a_robot_elsewhere_than_at_its_chat_is_refused(self, company: Company) -> None:
        for provider, url in (
            (RobotProvider.WECOM, "https://oapi.dingtalk.com/robot/send"),
            (RobotProvider.FEISHU, "https://example.com/open.feishu.cn"),
            (RobotProvider.DINGTALK, "http://oapi.dingtalk.com/robot/send"),
            (RobotProvider.DINGTALK, ""),
        ):
            with pytest.raises(Invalid) as refused:
                await robots.add(person(company), a_robot(provider=provider, url=url), Outbound())
            assert refused.value.fields[0].field == "url"

    async def test_a_test_reaches_the_group_in_its_language(self, company: Company) -> None:
        actor = person(company)
        async with dingtalk() as provider:
            url = f"http://127.0.0.1:{provider.port}/robot/send?access_token=invented"
            made = await robots.add(actor, a_robot(url=url), LOOPBACK)
            await robots.test(actor, made.id)
            await send(company)
            ((_, text),) = provider.taken
        assert text.startswith("回音")

    async def test_only_administrators_keep_robots(self, company: Company) -> None:
        made = await robots.add(person(company), a_robot(), Outbound())
        other = person(company, Role.HEAD_OFFICE)
        with pytest.raises(Forbidden):
            await robots.robots(other)
        with pytest.raises(Forbidden):
            await robots.add(other, a_robot(), Outbound())
        for refused in (robots.revoke(other, made.id), robots.test(other, made.id)):
            with pytest.raises(NotFound):
                await refused


async def test_more_tries_than_usual_can_be_asked_for(company: Company) -> None:
    async with transaction(Scope.oem(company.oem_id)) as tx:
        await write(tx, company.oem_id, [new_message(max_attempts=200)])
    assert [row["max_attempts"] for row in await company.messages()] == [200]


def test_the_secrets_are_those_of_standard_webhooks() -> None:
    """Checked against the specification's own library."""
    secret = webhook_secret(KEY, 1, uuid4(), b"s" * 32)
    now = datetime.now(UTC)
    body = '{"type": "a"}'
    ours = webhook_signature(secret, "msg_1", int(now.timestamp()), body.encode())
    assert ours == Webhook(secret).sign("msg_1", now, body)
