"""Criteria of major complaints and survey questions in the console (R2.6, R5.1)."""

from collections.abc import Mapping
from datetime import timedelta

import asyncpg
import httpx

from shared.cases import authority, major_criteria
from shared.cases.vocabulary import DEFAULT_REPORT_CODES, Channel, Nature
from shared.db.engine import transaction
from shared.follow_up import policy_data
from shared.follow_up.policy import SurveyPolicy
from shared.permissions import Role
from tests.support.console import Browsers, Maker, found_maker, register, send
from tests.support.servers import Database

CRITERIA = {
    "cases": "2",
    "within_days": "90",
    "limit": "5,000.50",
    "currency": "cny",
    "level": "2",
    "nature.legal": "true",
} | {
    f"{part}_{language}": f"{part} {{count}}"
    for part in ("repeated", "amount", "procedure", "risk")
    for language in ("zh", "en")
}


async def sent(client: httpx.AsyncClient, path: str, fields: Mapping[str, str]) -> httpx.Response:
    return await send(client, path, **fields)  # type: ignore[arg-type]


def questions(count: int = 5) -> dict[str, str]:
    """A survey as its form sends it."""
    fields = {"after": "closed", "satisfied_from": "3", "open_days": "14"}
    for slot in range(1, count + 1):
        fields |= {
            f"key_{slot}": f"question_{slot}",
            f"kind_{slot}": "score",
            f"zh_{slot}": f"问题{slot}？",
            f"en_{slot}": f"Question {slot}?",
            f"measures_{slot}": "process" if slot == 1 else "result",
            f"required_{slot}": "true",
            f"place_{slot}": str(slot),
        }
    return fields


async def asked(maker: Maker) -> SurveyPolicy:
    async with transaction(maker.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        return (await policy_data.follow_up_policy(tx, maker.oem_id))[1].survey


async def test_the_criteria_are_published_as_a_new_version(browsers: Browsers) -> None:
    """R2.6: numbers, amount, level and natures are data of the OEM."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    page = await admin.get("/oem/major-criteria")
    assert 'value="10000"' in page.text
    assert (await sent(admin, "/oem/major-criteria", CRITERIA | {"version": "1"})).status_code == 303
    found = await major_criteria.criteria(maker.actor(Role.ADMINISTRATOR))
    assert found.version == 2
    policy = found.policy
    assert (policy.repeated.cases, policy.repeated.within_days, policy.procedure.level) == (2, 90, 2)
    assert (policy.amount.limit_minor, policy.amount.currency) == (500050, "CNY")
    assert policy.risk.natures == (Nature.LEGAL,)
    stale = await sent(admin, "/oem/major-criteria", CRITERIA | {"version": "1"})
    assert stale.status_code == 409


async def test_refused_criteria_come_back_as_they_were_typed(browsers: Browsers) -> None:
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    wrong = CRITERIA | {"version": "1", "cases": "1", "currency": "XQX", "within_days": "many"}
    answer = await sent(admin, "/oem/major-criteria", wrong)
    assert answer.status_code == 422
    for text in ("Please enter a number from 2 to 100.", "This is no currency, such as CNY.", "5,000.50"):
        assert text in answer.text
    empty = await sent(admin, "/oem/major-criteria", CRITERIA | {"version": "1", "risk_zh": " "})
    assert empty.status_code == 422
    assert 'id="risk_zh-error"' in empty.text


async def test_questions_are_changed_and_put_in_another_order(browsers: Browsers) -> None:
    """R5.1: five to eight questions per OEM, their kinds, touchpoint and languages."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    assert "您对处理速度是否满意？" in (await admin.get("/oem/survey")).text
    choice = {
        "key_6": "heard", "kind_6": "choice", "zh_6": "如何得知？", "en_6": "How did you hear?",
        "options_6": "told | 主动告知 | We told you\nasked ｜ 自己询问 ｜ You asked", "place_6": "1",
    }  # fmt: skip
    fields = questions() | choice | {"version": "1", "place_1": "7"}
    assert (await sent(admin, "/oem/survey", fields)).status_code == 303
    survey = await asked(maker)
    keys = ["heard", "question_2", "question_3", "question_4", "question_5", "question_1"]
    assert [each.key for each in survey.questions] == keys
    assert [each.value for each in survey.questions[0].options] == ["told", "asked"]
    assert not survey.questions[0].required
    assert (survey.after.value, survey.satisfied_from, survey.open_days) == ("closed", 3, 14)
    assert (await sent(admin, "/oem/survey", fields)).status_code == 409


async def test_refused_questions_are_named_at_their_place(browsers: Browsers) -> None:
    """R5.1."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    few = await sent(admin, "/oem/survey", questions(4) | {"version": "1"})
    assert few.status_code == 422
    assert "Ask 5 to 8 questions." in few.text
    changes = {"version": "1", "en_3": "", "place_3": "1", "kind_5": "text", "options_2": "just this"}
    answer = await sent(admin, "/oem/survey", questions() | changes)
    assert answer.status_code == 422
    assert 'id="options_2-error"' in answer.text
    answer = await sent(admin, "/oem/survey", questions() | changes | {"options_2": ""})
    for name in ("en_3", "measures_5"):
        assert f'id="{name}-error"' in answer.text
    assert "Question 4?" in answer.text
    odd = questions() | {"version": "1", "kind_1": "x", "measures_2": "x", "after": "x", "open_days": "x"}
    assert (await sent(admin, "/oem/survey", odd)).status_code == 422


async def test_only_the_administrator_changes_them(browsers: Browsers) -> None:
    """R9.1."""
    maker = await found_maker()
    for role in (Role.STATION_HEAD, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE):
        client = await browsers.of(maker.person(role))
        for path, fields in (("/oem/major-criteria", CRITERIA), ("/oem/survey", questions())):
            assert (await client.get(path)).status_code == 403
            assert (await sent(client, path, fields | {"version": "1"})).status_code == 403


async def test_versions_of_the_criteria_are_compared_and_taken_again(browsers: Browsers) -> None:
    """R2.6: who published what, what changed, and the way back, for whoever looked at the newest."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    before = await major_criteria.criteria(maker.actor(Role.ADMINISTRATOR))
    assert (await sent(admin, "/oem/major-criteria", CRITERIA | {"version": "1"})).status_code == 303
    listed = (await admin.get("/oem/major-criteria/versions")).text
    assert 'href="/oem/major-criteria/compare?since=1&amp;until=2"' in listed
    compared = (await admin.get("/oem/major-criteria/compare?since=1&until=2")).text
    assert "Amount · More than" in compared
    assert "<del>CN¥10,000.00</del> <ins>CN¥5,000.50</ins>" in compared
    taken = await send(admin, "/oem/major-criteria/take-again", number="1", version="2")
    assert (taken.status_code, taken.headers["location"]) == (303, "/oem/major-criteria/versions")
    after = await major_criteria.criteria(maker.actor(Role.ADMINISTRATOR))
    assert (after.version, after.policy) == (3, before.policy)
    assert (
        "Both versions say the same." in (await admin.get("/oem/major-criteria/compare?since=1&until=3")).text
    )
    overtaken = await send(admin, "/oem/major-criteria/take-again", number="2", version="2")
    assert overtaken.status_code == 409
    assert "From version 2 to version 3" in overtaken.text
    for path in ("compare?since=1&until=9", "compare?since=x&until=1", "compare"):
        assert (await admin.get(f"/oem/major-criteria/{path}")).status_code == 404
    assert (await send(admin, "/oem/major-criteria/take-again", number="8", version="3")).status_code == 404
    assert (await send(admin, "/oem/major-criteria/take-again", number="1")).status_code == 422


async def test_questions_of_an_earlier_version_are_asked_again(browsers: Browsers) -> None:
    """R5.1."""
    maker = await found_maker()
    actor = maker.actor(Role.ADMINISTRATOR)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR), "zh-CN")
    async with transaction(actor.scope) as tx:
        _, first = await policy_data.follow_up_policy(tx, actor.oem_id)
    assert (await sent(admin, "/oem/survey", questions() | {"version": "1"})).status_code == 303
    compared = (await admin.get("/oem/survey/compare?since=1&until=2")).text
    assert "question_1 · 中文" in compared
    assert "<ins>问题1？</ins>" in compared
    assert (await send(admin, "/oem/survey/take-again", number="1", version="2")).status_code == 303
    async with transaction(actor.scope) as tx:
        version, again = await policy_data.follow_up_policy(tx, actor.oem_id)
    assert (version, again) == (3, first)


async def test_limits_of_an_earlier_version_hold_again(browsers: Browsers) -> None:
    """R3.2."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    only = {"version": "1", "currency": "CNY", "station_head.any": "100"}
    assert (await sent(admin, "/oem/authority", only)).status_code == 303
    compared = (await admin.get("/oem/authority/compare?since=1&until=2")).text
    assert "Station head · Whatever is given, up to" in compared
    assert "<del>CN¥10,000.00</del> <ins>CN¥100.00</ins>" in compared
    assert (await send(admin, "/oem/authority/take-again", number="1", version="2")).status_code == 303
    limits = await authority.authority_limits(maker.actor(Role.ADMINISTRATOR))
    assert (limits.version, limits.authority) == (3, authority.default_authority())


async def test_versions_are_the_administrators(browsers: Browsers) -> None:
    """R9.1."""
    maker = await found_maker()
    client = await browsers.of(maker.person(Role.HEAD_OFFICE))
    for path in ("/oem/major-criteria", "/oem/survey", "/oem/authority", "/oem/report-codes"):
        assert (await client.get(f"{path}/versions")).status_code == 403
        assert (await client.get(f"{path}/compare?since=1&until=1")).status_code == 403
        assert (await send(client, f"{path}/take-again", number="1", version="1")).status_code == 403


async def test_another_channel_counts_under_another_code_from_then_on(browsers: Browsers) -> None:
    """R1.1: each channel maps, as policy data, to one of the five report codes."""
    maker = await found_maker()
    before = await register(maker.actor(Role.ADVISOR), channel=Channel.CHAT)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    codes = {channel.value: str(code.value) for channel, code in DEFAULT_REPORT_CODES.items()}
    wrong = await sent(admin, "/oem/report-codes", codes | {"version": "1", "chat": "6"})
    assert wrong.status_code == 422
    assert 'id="chat-error"' in wrong.text
    saved = await sent(admin, "/oem/report-codes", codes | {"version": "1", "chat": "2"})
    assert (saved.status_code, saved.headers["location"]) == (303, "/oem/report-codes")
    assert (await sent(admin, "/oem/report-codes", codes | {"version": "1"})).status_code == 409
    compared = (await admin.get("/oem/report-codes/compare?since=1&until=2")).text
    assert "<dt>Online chat</dt><dd><del>Letter or e-mail</del> <ins>Phone</ins></dd>" in compared
    after = await register(maker.actor(Role.ADVISOR), channel=Channel.CHAT, ago=timedelta())
    assert (before.report_code, after.report_code) == (3, 2)


async def test_a_policy_that_was_never_published_has_no_versions(
    browsers: Browsers, database: Database
) -> None:
    """R2.6: an OEM of before a policy was thought of sees an empty list."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    await unpublish(database, maker.oem_id, "major")
    listed = await admin.get("/oem/major-criteria/versions")
    assert listed.status_code == 200
    assert "Nothing was published yet." in listed.text


async def unpublish(database: Database, oem_id: int, name: str) -> None:
    connection = await asyncpg.connect(database.owner_url)
    try:
        async with connection.transaction():
            await connection.execute("ALTER TABLE app.policies NO FORCE ROW LEVEL SECURITY")
            await connection.execute("DELETE FROM app.policies WHERE oem_id = $1 AND name = $2", oem_id, name)
            await connection.execute("ALTER TABLE app.policies FORCE ROW LEVEL SECURITY")
    finally:
        await connection.close()
