"""Finding what is ready stays cheap however much has been done (docs/background.md)."""

from datetime import timedelta

import asyncpg
import pytest

from shared.db.engine import transaction
from shared.notifications.delivery import TEMPLATES
from shared.outbox import claim, messages
from shared.outbox.vocabulary import MessageChannel
from shared.tenancy import Scope
from tests.support.background import Company
from tests.support.outbox import new_message

DONE = 20_000


@pytest.fixture
async def long_history(company: Company) -> Company:
    """An OEM that has sent and handled a lot."""
    async with transaction(Scope.oem(company.oem_id)) as tx:
        await messages.write(tx, company.oem_id, [new_message()])
    await company.connection.execute(
        "INSERT INTO app.events (oem_id, id, kind, occurred_at, state, next_attempt_at, done_at)"
        " SELECT $1, gen_random_uuid(), 'case.registered', now(), 'done', now(), now()"
        " FROM generate_series(1, $2)",
        company.oem_id,
        DONE,
    )
    await company.connection.execute(
        "INSERT INTO app.messages (oem_id, id, template, channel, delivery, recipient_kind, recipient_id,"
        " recipient_name, address, locale, body, dedupe_key, idem_token, state, next_attempt_at, expires_at,"
        " created_at, sent_at)"
        " SELECT oem_id, gen_random_uuid(), template, channel, delivery, recipient_kind, recipient_id,"
        " recipient_name, address, locale, body, gen_random_uuid()::text, gen_random_uuid(), 'sent', now(),"
        " now(), now(), now() FROM app.messages, generate_series(1, $2) WHERE oem_id = $1",
        company.oem_id,
        DONE,
    )
    await company.connection.execute("ANALYZE app.events; ANALYZE app.messages")
    return company


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_claims_read_the_index_of_what_is_ready(long_history: Company, mode: str) -> None:
    oem_id, lease = long_history.oem_id, "interval '9 s'"
    token = "'00000000-0000-0000-0000-000000000001'"
    kinds, templates = "ARRAY['case.registered']", "ARRAY['assignment']"
    asked = {
        "events_ready": [
            (claim._OEMS, "text[], timestamptz", f"{kinds}, NULL"),
            (
                claim._CLAIM,
                "int, text[], timestamptz, int, uuid, interval, int",
                f"{oem_id}, {kinds}, NULL, 5, {token}, {lease}, 12",
            ),
        ],
        "messages_lanes_ready": [
            (messages._LANES, "timestamptz, text[]", f"NULL, {templates}"),
            (
                messages._CLAIM,
                "int, int, uuid, interval, text, text[]",
                f"{oem_id}, 20, {token}, {lease}, 'email', {templates}",
            ),
        ],
    }
    async with transaction(Scope.system()) as tx:
        await tx.execute(f"SET LOCAL plan_cache_mode = {mode}")
        for index, statements in asked.items():
            for sql, types, values in statements:
                plan = await _explain(tx.connection, sql, types, values)
                assert f"using {index}" in plan or f"on {index}" in plan, plan
                assert "Seq Scan on" not in plan, plan


async def test_a_claim_among_a_long_history_is_quick(long_history: Company) -> None:
    lane = messages.Lane(long_history.oem_id, MessageChannel.EMAIL)
    async with transaction(Scope.system()) as tx:
        assert len(await messages.claim(tx, lane, TEMPLATES, 20, timedelta(seconds=9))) == 1


async def _explain(connection: asyncpg.Connection, sql: str, types: str, values: str) -> str:
    await connection.execute(f"PREPARE asked ({types}) AS {sql}")
    rows = await connection.fetch(f"EXPLAIN EXECUTE asked ({values})")
    await connection.execute("DEALLOCATE asked")
    return "\n".join(row[0] for row in rows)
