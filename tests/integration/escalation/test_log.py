"""The fire log: who was told of what fell due, when, by which message (R4.4)."""

from datetime import timedelta
from uuid import UUID

import pytest

from shared.db.engine import transaction
from shared.errors import Invalid
from shared.escalation.log import Answer, FiringFilter, FiringPage, firings, with_digests
from shared.escalation.sweep import sweep
from shared.tenancy import Scope
from tests.integration.escalation.test_telling import MINUTE, late_case, present, schedule
from tests.integration.notifications.test_digests import GATHER, late, pass_time, policy, release
from tests.support.background import Company


async def log(company: Company, cursor: str | None = None, limit: int = 50, **wanted: object) -> FiringPage:
    async with transaction(Scope.oem(company.oem_id)) as tx:
        return await firings(tx, company.oem_id, FiringFilter(**wanted), cursor=cursor, limit=limit)


async def late_elsewhere(company: Company) -> UUID:
    """A case of the second dealer that has just become late."""
    dealer = company.dealers[1]
    case_id = await company.case(dealer)
    await company.clock(case_id, schedule=schedule(present() - MINUTE), dealer=dealer)
    await sweep()
    await company.handle_events()
    return case_id


def steps(page: FiringPage) -> set[str]:
    return {each.step for each in page.items}


async def test_a_firing_says_who_was_told_by_which_message_and_who_took_it(company: Company) -> None:
    """R4.4: an overdue clock has been told to a named person, and the log shows whom and when."""
    case_id = await late_case(company, present() - MINUTE)
    page = await log(company, case_id=case_id, only_late=True)
    (breach,) = page.items
    assert (breach.metric, breach.step, breach.number[:2]) == ("first_contact", "level_1", "AF")
    assert set(breach.told) == {"service_manager1", "advisor1"}
    assert breach.told_at is not None
    assert breach.told_at - breach.due_at < timedelta(minutes=2)
    assert {(each.recipient, each.channel.value, each.state.value) for each in breach.messages} == {
        (name, channel, "queued") for name in breach.told for channel in ("sms", "email")
    }
    await company.connection.execute(
        "UPDATE app.escalations SET acknowledged_at = now(), acknowledged_name = 'service_manager1'"
        " WHERE case_id = $1 AND step = 'level_1'",
        case_id,
    )
    (answered,) = (await log(company, case_id=case_id, answer=Answer.ACKNOWLEDGED)).items
    assert answered.acknowledged_by == "service_manager1"
    assert steps(await log(company, case_id=case_id, answer=Answer.OPEN)) == set()


async def test_what_nobody_was_told_says_why(company: Company) -> None:
    case_id = await late_case(company, present() - 65 * MINUTE)
    page = await log(company, case_id=case_id, answer=Answer.NOBODY_TOLD)
    assert {(each.step, each.suppressed) for each in page.items} == {
        ("warn_50", "stale"),
        ("warn_75", "stale"),
        ("warn_90", "stale"),
    }


async def test_the_log_is_read_page_by_page_and_by_filters(company: Company) -> None:
    first = await late_case(company, present() - 65 * MINUTE)
    second = await late_elsewhere(company)
    seen: list[UUID] = []
    cursor = None
    while True:
        page = await log(company, cursor, 4)
        seen += [each.id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 10
    assert {each.case_id for each in (await log(company, dealer_id=company.dealers[0].id)).items} == {first}
    assert {each.case_id for each in (await log(company, dealer_id=company.dealers[1].id)).items} == {second}
    assert (await log(company, metric="resolve")).items == []
    today = present().date()
    assert len((await log(company, first_day=today - timedelta(days=1))).items) == 10
    assert (await log(company, last_day=today - timedelta(days=2))).items == []
    with pytest.raises(Invalid):
        await log(company, "strange")


async def test_a_dealer_reads_its_own_firings_only(company: Company) -> None:
    """R9.1."""
    await late_case(company, present() - MINUTE)
    other = await late_elsewhere(company)
    async with transaction(Scope.dealer(company.oem_id, company.dealers[1].id)) as tx:
        page = await firings(tx, company.oem_id, FiringFilter())
    assert {each.case_id for each in page.items} == {other}


_OF_DIGEST = "UPDATE app.messages SET {} WHERE oem_id = $1 AND template = 'digest' AND channel = 'sms'"
_QUEUED = "state = 'queued'"
_DEAD = "state = 'dead', last_error = 'isv.BUSINESS_LIMIT_CONTROL'"
_SENT = "state = 'sent', sent_at = now()"
_DELIVERED = f"{_SENT}, receipt = 'delivered', receipt_at = now()"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_QUEUED, ("queued", False, False, "")),
        (_DEAD, ("dead", False, False, "isv.BUSINESS_LIMIT_CONTROL")),
        (_SENT, ("sent", True, False, "")),
        (_DELIVERED, ("sent", True, True, "")),
    ],
    ids=["queued", "dead", "sent", "delivered"],
)
async def test_of_what_went_in_a_digest_the_log_says_what_became_of_that(
    company: Company, change: str, expected: tuple[str, bool, bool, str]
) -> None:
    """R4.4, issue 4: by which message, when delivered; digests are what a new OEM begins with."""
    await policy(company, GATHER)
    case_id, *_ = await late(company, 2)
    await pass_time(company)
    await release(company)
    await company.connection.execute(_OF_DIGEST.format(change), company.oem_id)
    page = await with_digests(company.oem_id, await log(company, case_id=case_id, only_late=True))
    ((told,),) = [
        [one for one in each.messages if one.channel.value == "sms" and one.recipient == "service_manager1"]
        for each in page.items
    ]
    assert (told.state.value, told.sent_at) == ("digested", None)
    assert told.digest is not None
    assert told.digest.channel.value == "sms"
    assert (
        told.digest.state.value,
        told.digest.sent_at is not None,
        told.digest.delivered_at is not None,
        told.digest.error,
    ) == expected


async def test_a_dealer_reads_what_became_of_a_digest_over_several_dealers(company: Company) -> None:
    """R4.4, R9.1: whether its own case was told, and nothing else of that digest."""
    await policy(company, GATHER)
    await late(company, 2)
    await pass_time(company)
    await release(company)
    await company.connection.execute(
        "UPDATE app.messages SET dealer_id = 0 WHERE oem_id = $1 AND template = 'digest'", company.oem_id
    )
    async with transaction(Scope.dealer(company.oem_id, company.dealers[0].id)) as tx:
        page = await firings(tx, company.oem_id, FiringFilter(only_late=True))
    page = await with_digests(company.oem_id, page)
    assert {one.digest.state.value for each in page.items for one in each.messages if one.digest} == {
        "queued"
    }
    assert all(one.digest for each in page.items for one in each.messages)
