"""One contract for every channel, against real providers on loopback."""

import asyncio
import hashlib
import hmac
import json
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from shared.cases.customer_links import CustomerLinks, Purpose
from shared.notifications.channels.protocol import Outgoing
from shared.notifications.channels.smtp import SmtpChannel
from shared.outbox.outcomes import Outcome, Reject, Retry, Sent, Unknown, Untried
from shared.settings import SmtpSettings
from tests.support.channels import (
    BOUNDED,
    CHANNELS,
    EVENT,
    MAIL,
    SMS,
    TIMEOUT_S,
    Pair,
    connected,
    mail_channel,
)
from tests.support.providers import RETRY_AFTER_S, Behaviour, Provider, deaf_port, smtp_server
from tests.support.sms_providers import SECRET


@pytest.fixture(params=list(CHANNELS))
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    async with connected(request.param) as found:
        yield found


@pytest.fixture
async def mail() -> AsyncIterator[Pair]:
    async with connected("smtp") as found:
        yield found


@pytest.fixture
async def sms() -> AsyncIterator[Pair]:
    async with connected("gateway") as found:
        yield found


class TestContract:
    async def test_what_is_taken_is_sent_under_its_token(self, pair: Pair) -> None:
        token = uuid4()
        outcome = await pair.send(token)
        assert isinstance(outcome, Sent)
        assert not pair.gives_reference or "42" in (outcome.reference or "")
        assert pair.provider.tokens == ([str(token)] if pair.knows_token else [""])
        assert "内容" in pair.provider.taken[0][1]

    async def test_a_refused_message_is_rejected_and_the_next_one_goes(self, pair: Pair) -> None:
        pair.provider.behaviour = Behaviour.REFUSE
        assert isinstance(await pair.send(), Reject)
        pair.provider.behaviour = Behaviour.TAKE
        # What another system refuses for good, it is told nothing of any more.
        assert isinstance(await pair.send(), Reject if pair.message is EVENT else Sent)

    async def test_throttling_and_trouble_may_be_tried_again(self, pair: Pair) -> None:
        for behaviour in (Behaviour.THROTTLE, Behaviour.TROUBLE):
            pair.provider.behaviour = behaviour
            assert isinstance(await pair.send(), Retry)
        assert pair.provider.taken == []

    async def test_a_server_that_hangs_leaves_the_end_unknown_at_the_deadline(self, pair: Pair) -> None:
        pair.provider.behaviour = Behaviour.HANG
        started = asyncio.get_running_loop().time()
        assert isinstance(await pair.send(within_s=0.2), Unknown)
        assert asyncio.get_running_loop().time() - started < 1

    async def test_an_answer_that_is_lost_leaves_the_end_unknown(self, pair: Pair) -> None:
        pair.provider.behaviour = Behaviour.TAKE_AND_DROP
        token = uuid4()
        assert isinstance(await pair.send(token), Unknown)
        assert pair.provider.tokens == ([str(token)] if pair.knows_token else [""])
        pair.provider.behaviour = Behaviour.TAKE
        assert isinstance(await pair.send(token), Sent)
        assert set(pair.provider.tokens) == ({str(token)} if pair.knows_token else {""})
        assert len(pair.provider.tokens) == (1 if pair.channel.idempotent else 2)

    @pytest.mark.parametrize("name", list(CHANNELS))
    async def test_a_server_that_is_away_may_be_tried_again(self, name: str) -> None:
        async with smtp_server() as gone:
            port = gone.port
        _, connect, message = CHANNELS[name]
        away = connect(port)
        assert isinstance(await Pair(away, gone, message).send(), Retry)
        await away.close()

    async def test_a_server_without_an_answer_that_can_be_read_is_never_taken_as_one_that_refuses(
        self, pair: Pair
    ) -> None:
        pair.provider.behaviour = Behaviour.TROUBLE
        assert not isinstance(await pair.send(), Reject | Sent)

    async def test_a_deadline_that_has_passed_sends_nothing(self, pair: Pair) -> None:
        assert isinstance(await pair.send(within_s=-1), Retry | Unknown)
        assert pair.provider.taken == []

    @pytest.mark.parametrize("name", list(CHANNELS))
    async def test_a_connection_that_is_never_made_may_be_tried_again(self, name: str) -> None:
        """R4.4: nothing has left, so that even what goes once at most has not been sent."""
        _, connect, message = CHANNELS[name]
        async with deaf_port() as port:
            deaf = connect(port)
            assert isinstance(await Pair(deaf, Provider(), message).send(within_s=0.3), Retry)
            await deaf.close()

    @pytest.mark.parametrize(("name", "connections"), BOUNDED.items())
    async def test_who_waits_in_vain_for_a_free_connection_has_not_been_tried(
        self, name: str, connections: int
    ) -> None:
        """R4.4: neither a try that counts nor one of which nobody knows the end."""
        async with connected(name) as pair:
            pair.provider.behaviour = Behaviour.HANG
            outcomes = await asyncio.gather(*(pair.send(within_s=1) for _ in range(connections + 3)))
            assert [type(each) for each in outcomes] == [Unknown] * connections + [Untried] * 3

    async def test_many_at_once_all_arrive_once(self, pair: Pair) -> None:
        outcomes = await asyncio.gather(*(pair.send() for _ in range(40)))
        assert all(isinstance(outcome, Sent) for outcome in outcomes)
        assert len(pair.provider.tokens) == 40
        assert len(set(pair.provider.tokens)) == (40 if pair.knows_token else 1)


class TestMail:
    async def test_a_mail_carries_its_token_as_message_id_text_and_html(self, mail: Pair) -> None:
        token = uuid4()
        await mail.send(token)
        (received,) = mail.provider.requests
        assert received["Message-ID"] == f"<{token}@example.com>"
        assert received["To"] == "张测试 <owner@example.com>"
        assert received["Subject"] == "您的投诉"
        assert received["Auto-Submitted"] == "auto-generated"
        assert received.get_body(("plain",)).get_content().split() == ["内容", ".", "第二行"]
        assert received.get_body(("html",)).get_content().strip() == "<p>内容</p>"

    async def test_a_mail_its_reader_may_do_without_can_be_ended_at_one_press(self, mail: Pair) -> None:
        """R5.1, RFC 8058: opt-out for what is not required; nothing else carries the button."""
        await mail.send()
        link = "https://care.example.com/m/abc"
        outgoing = msgspec.structs.replace(mail.message, choice_link=link)
        await Pair(mail.channel, mail.provider, outgoing).send()
        plain, optional = mail.provider.requests
        assert plain["List-Unsubscribe"] is None
        assert optional["List-Unsubscribe"] == f"<{link}>"
        assert optional["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    async def test_the_address_of_that_press_leaves_in_one_piece_however_long_it_is(self, mail: Pair) -> None:
        """RFC 8058, RFC 2369: an encoded or broken address is none; other lines stay short (RFC 2047)."""
        token = CustomerLinks("", "s" * 32).token(Purpose.CHOICE, 1, uuid4(), 1)
        for host in ("care.example.com", "customer-care.complaints.a-car-maker-with-a-long-name.example.com"):
            link = f"https://{host}/m/{token}"
            outgoing = msgspec.structs.replace(mail.message, choice_link=link, subject="您的投诉" * 30)
            await Pair(mail.channel, mail.provider, outgoing).send()
            lines = mail.provider.raw[-1].split(b"\r\n\r\n")[0].split(b"\r\n")
            assert f"List-Unsubscribe: <{link}>".encode() in lines
            assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
            assert all(len(line) <= 78 for line in lines if not line.startswith(b"List-Unsubscribe: "))

    async def test_connections_are_kept(self, mail: Pair) -> None:
        for _ in range(5):
            await mail.send()
        assert mail.provider.connections == 1

    async def test_a_connection_that_the_server_has_closed_is_replaced(self, mail: Pair) -> None:
        assert isinstance(await mail.send(), Sent)
        mail.provider.drop()
        await asyncio.sleep(0)
        assert isinstance(await mail.send(), Sent)
        assert mail.provider.connections == 2

    async def test_a_refused_mail_leaves_its_connection_fit_for_the_next(self, mail: Pair) -> None:
        mail.provider.behaviour = Behaviour.REFUSE
        assert await mail.send() == Reject("smtp 550 5.1.1")
        mail.provider.behaviour = Behaviour.TAKE
        assert isinstance(await mail.send(), Sent)
        assert mail.provider.connections == 1

    @pytest.mark.parametrize(
        "address", ["", "nobody", "a b@example.com", "a@example.com\r\nBcc: x@example.com", "é@example.com"]
    )
    async def test_what_is_no_address_is_rejected_unsent(self, mail: Pair, address: str) -> None:
        mail.message = Outgoing(address=address, recipient_name="x", subject="s", text="t", html="h")
        assert await mail.send() == Reject("bad_address")
        assert mail.provider.connections == 0

    async def test_a_name_cannot_add_headers(self, mail: Pair) -> None:
        name = "x\r\nBcc: other@example.com"
        mail.message = Outgoing(address="a@example.com", recipient_name=name, subject="s", text="t", html="h")
        assert isinstance(await mail.send(), Sent)
        assert mail.provider.requests[0]["Bcc"] is None

    async def test_a_temporary_refusal_of_the_recipient_may_be_tried_again(self, mail: Pair) -> None:
        mail.provider.behaviour, mail.provider.refusal = Behaviour.REFUSE, 452
        mail.provider.enhanced = "4.2.2"
        assert await mail.send() == Retry("smtp 452 4.2.2")

    @pytest.mark.parametrize("said", ["550 5.7.1 Sender refused", "553 5.1.8 No such domain", "501 Syntax"])
    async def test_a_server_that_refuses_our_sender_kills_no_message(self, mail: Pair, said: str) -> None:
        """Our own fault, as a wrong password is: mended by the operator, and everything goes."""
        mail.provider.sender_refusal = said
        outcome = await mail.send()
        assert isinstance(outcome, Retry)
        assert outcome.reason in {"smtp from 550 5.7.1", "smtp from 553 5.1.8", "smtp from 501"}
        mail.provider.sender_refusal = ""
        assert isinstance(await mail.send(), Sent)
        assert mail.provider.connections == 1

    @pytest.mark.parametrize(
        ("code", "enhanced", "kind"),
        [
            (553, "5.1.7", Retry),
            (550, "5.1.8", Retry),
            (530, "5.7.0", Retry),
            (550, "5.7.23", Retry),
            (550, "5.7.1", Reject),
            (550, "5.1.1", Reject),
            (554, "No", Reject),
        ],
    )
    async def test_what_is_said_of_our_sender_at_the_recipient_is_our_own_fault_too(
        self, mail: Pair, code: int, enhanced: str, kind: type[Outcome]
    ) -> None:
        """Postfix judges the sender only once the recipient is named (smtpd_delay_reject)."""
        mail.provider.behaviour, mail.provider.refusal = Behaviour.REFUSE, code
        mail.provider.enhanced = enhanced
        outcome = await mail.send()
        assert isinstance(outcome, kind)
        assert outcome.reason == f"smtp {code} {enhanced}".removesuffix(" No")

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    async def test_tls_and_starttls_with_a_password(self, security: str, tmp_path: Path) -> None:
        server_tls, client_tls = _tls(tmp_path)
        async with smtp_server(server_tls, starttls=security == "starttls", password="right") as provider:
            settings = SmtpSettings(
                host="localhost",
                port=provider.port,
                user="huiyin",
                password="right",
                security=security,
                sender="huiyin@example.com",
            )
            channel = SmtpChannel(settings, TIMEOUT_S, client_tls)
            assert isinstance(await Pair(channel, provider, MAIL).send(), Sent)
            assert provider.sign_ins == 1
            await channel.close()

    async def test_a_wrong_password_is_our_fault_not_the_messages(self) -> None:
        async with smtp_server(password="right") as provider:
            channel = mail_channel(provider.port, user="huiyin", password="wrong")
            assert await Pair(channel, provider, MAIL).send() == Retry("smtp 535 5.7.8")
            await channel.close()

    async def test_a_certificate_nobody_vouches_for_is_not_accepted(self, tmp_path: Path) -> None:
        server_tls, _ = _tls(tmp_path)
        async with smtp_server(server_tls) as provider:
            channel = mail_channel(provider.port, security="tls")
            assert isinstance(await Pair(channel, provider, MAIL).send(), Retry)
            assert provider.taken == []
            await channel.close()


class TestSmsGateway:
    async def test_a_request_is_signed_and_carries_its_token(self, sms: Pair) -> None:
        token = uuid4()
        await sms.send(token)
        headers, body = sms.provider.requests[0]
        signed = f"{headers['X-Huiyin-Timestamp']}.".encode() + body
        expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["X-Huiyin-Signature"] == f"v1={expected}"
        assert headers["Idempotency-Key"] == str(token)
        assert json.loads(body) == {"to": SMS.address, "text": SMS.text, "token": str(token)}

    @pytest.mark.parametrize(
        ("header", "at_least_s", "at_most_s"),
        [
            (str(RETRY_AFTER_S), RETRY_AFTER_S, RETRY_AFTER_S),
            ("", 0, 0),
            ("soon", 0, 0),
            ("-5", 0, 0),
            ("999999999999", 3_600, 3_600),
            ("in ten minutes", 500, 600),
            ("Mon, 02 Mar 2020 09:00:00 GMT", 0, 0),
        ],
    )
    async def test_the_gateway_says_how_long_to_wait(
        self, sms: Pair, header: str, at_least_s: int, at_most_s: int
    ) -> None:
        if header == "in ten minutes":
            header = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
        sms.provider.behaviour, sms.provider.retry_after = Behaviour.THROTTLE, header
        outcome = await sms.send()
        assert isinstance(outcome, Retry)
        assert at_least_s <= outcome.after.total_seconds() <= at_most_s

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(400, Reject), (404, Reject), (422, Reject), (401, Retry), (403, Retry), (408, Retry)],
    )
    async def test_a_wrong_message_is_refused_and_a_wrong_key_is_not_its_fault(
        self, sms: Pair, status: int, kind: type[Outcome]
    ) -> None:
        sms.provider.behaviour, sms.provider.refusal = Behaviour.REFUSE, status
        outcome = await sms.send()
        assert isinstance(outcome, kind)
        assert outcome.reason == f"http {status}"


def _tls(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate of its own making, and a client's that trusts it."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    _make_certificate(certificate, key)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


def _make_certificate(certificate: Path, key: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [openssl, *command.split(), *names, "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
