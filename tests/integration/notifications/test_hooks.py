"""Robots of chats and webhooks: what each wants and says, and where neither may lead."""

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from shared.notifications.channels.robot import RobotChannel
from shared.notifications.channels.webhook import WebhookChannel
from shared.notifications.outbound import Outbound
from shared.notifications.robots.addresses import RobotAddress
from shared.notifications.robots.vocabulary import RobotProvider
from shared.outbox.outcomes import Outcome, Reject, Retry, Sent, Unknown
from tests.support.channels import EVENT, LOOPBACK, ROOM, TIMEOUT_S, Pair, Subscribers, connected
from tests.support.hooks import WEBHOOK_SECRET, webhook
from tests.support.providers import RETRY_AFTER_S, Behaviour


class TestRobots:
    @pytest.mark.parametrize(
        ("name", "answer", "expected"),
        [
            ("wecom", {"errcode": 45009}, Retry("wecom 45009", timedelta(minutes=1))),
            ("wecom", {"errcode": 93000}, Retry("wecom 93000")),
            ("wecom", {"errcode": -1}, Retry("wecom -1")),
            ("dingtalk", {"errcode": 130101}, Retry("dingtalk 130101", timedelta(minutes=10))),
            ("dingtalk", {"errcode": 310000}, Retry("dingtalk 310000")),
            ("feishu", {"code": 11232}, Retry("feishu 11232", timedelta(minutes=1))),
            ("feishu", {"code": 19024}, Reject("feishu 19024")),
            ("feishu", {"oops": 1}, Unknown("answer_unreadable")),
        ],
    )
    async def test_what_they_answer(self, name: str, answer: dict[str, int], expected: Outcome) -> None:
        async with connected(name) as pair:
            pair.provider.behaviour, pair.provider.answer = Behaviour.REFUSE, answer
            assert await pair.send() == expected

    async def test_a_group_reads_subject_text_and_link_cut_to_what_fits(self) -> None:
        async with connected("wecom") as pair:
            pair.message = msgspec.structs.replace(ROOM, text="很长" * 1000)
            assert isinstance(await pair.send(), Sent)
            ((_, text),) = pair.provider.taken
            assert text.startswith("逾期\n很长")
            assert text.endswith("…")
            assert len(text.encode()) <= 2_000

    async def test_the_address_of_a_robot_is_in_no_trace(self) -> None:
        hidden = RobotAddress(RobotProvider.WECOM, "https://qyapi.weixin.qq.com/send?key=hidden", "hidden")
        assert "hidden" not in repr(hidden)

    async def test_a_robot_elsewhere_than_at_its_chat_is_never_asked(self) -> None:
        for url in ("https://evil.example.com/send", "https://oapi.dingtalk.com/robot", "http://127.0.0.1/x"):

            async def find(*_: object, url: str = url) -> RobotAddress:
                return RobotAddress(RobotProvider.WECOM, url, "")

            channel = RobotChannel(Outbound(), TIMEOUT_S, find)
            async with webhook() as provider:
                assert await Pair(channel, provider, ROOM).send() == Reject("host_not_allowed")
            await channel.close()

    async def test_a_robot_no_longer_used_is_told_nothing(self) -> None:
        async def find(*_: object) -> None:
            return None

        channel = RobotChannel(LOOPBACK, TIMEOUT_S, find)
        async with webhook() as provider:
            assert await Pair(channel, provider, ROOM).send() == Reject("robot_revoked")
        await channel.close()


class TestWebhooks:
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (400, Retry("http 400")),
            (404, Retry("http 404")),
            (301, Retry("http 301")),
            (500, Retry("http 500")),
            (410, Reject("http 410")),
        ],
    )
    async def test_whatever_is_no_success_is_tried_again_but_for_gone(
        self, status: int, expected: Outcome
    ) -> None:
        async with connected("webhook") as pair:
            pair.provider.behaviour, pair.provider.refusal = Behaviour.REFUSE, status
            assert await pair.send() == expected

    async def test_it_may_say_when_to_come_again(self) -> None:
        async with connected("webhook") as pair:
            pair.provider.behaviour = Behaviour.THROTTLE
            assert await pair.send() == Retry("http 429", timedelta(seconds=RETRY_AFTER_S))

    async def test_gone_ends_the_subscription(self) -> None:
        async with webhook() as provider:
            directory = Subscribers(f"http://127.0.0.1:{provider.port}/hook", WEBHOOK_SECRET)
            pair = Pair(WebhookChannel(directory, LOOPBACK, TIMEOUT_S), provider, EVENT)
            provider.behaviour = Behaviour.REFUSE
            assert await pair.send() == Reject("http 410")
            assert directory.found is None
            provider.behaviour = Behaviour.TAKE
            assert await pair.send() == Reject("endpoint_disabled")
            assert provider.taken == []
            await pair.channel.close()

    async def test_while_a_secret_is_renewed_both_sign(self) -> None:
        newer = "whsec_bmV3ZXI="
        for secrets, expected in (
            ((newer, WEBHOOK_SECRET), Sent),
            ((WEBHOOK_SECRET, newer), Sent),
            ((newer,), Retry),
        ):
            async with webhook() as provider:
                directory = Subscribers(f"http://127.0.0.1:{provider.port}/hook", *secrets)
                pair = Pair(WebhookChannel(directory, LOOPBACK, TIMEOUT_S), provider, EVENT)
                assert isinstance(await pair.send(), expected)
                await pair.channel.close()

    async def test_a_repetition_is_recognised_by_its_id(self) -> None:
        async with connected("webhook") as pair:
            token = uuid4()
            for _ in range(3):
                assert isinstance(await pair.send(token), Sent)
            assert pair.provider.tokens == [str(token)]

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "127.0.0.1.nip.test"])
    async def test_nothing_inside_is_ever_reached(self, host: str) -> None:
        async with webhook() as provider:
            directory = Subscribers(f"https://{host}:{provider.port}/hook", WEBHOOK_SECRET)
            channel = WebhookChannel(directory, Outbound(), TIMEOUT_S)
            outcome = await Pair(channel, provider, EVENT).send()
            assert isinstance(outcome, Reject | Retry)
            assert provider.requests == []
            await channel.close()

    async def test_a_name_that_stands_for_an_inside_address_is_not_followed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def inside(*_: object, **__: object) -> list[dict[str, object]]:
            return [
                {
                    "hostname": "x",
                    "host": "127.0.0.1",
                    "port": provider.port,
                    "family": 2,
                    "proto": 0,
                    "flags": 0,
                }
            ]

        monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", inside)
        async with webhook() as provider:
            directory = Subscribers(f"https://hooks.example.com:{provider.port}/hook", WEBHOOK_SECRET)
            channel = WebhookChannel(directory, Outbound(), TIMEOUT_S)
            assert isinstance(await Pair(channel, provider, EVENT).send(), Retry)
            assert provider.connections == 0
            assert provider.requests == []
            await channel.close()
