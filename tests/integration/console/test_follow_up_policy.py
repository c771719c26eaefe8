"""When customers are called, and by whom, in the console (R5.2, R5.3)."""

from shared.db.engine import transaction
from shared.follow_up import policy_data
from shared.follow_up.policy import FollowUpPolicy
from shared.permissions import Role
from tests.integration.console.test_criteria import sent
from tests.support.console import Browsers, Maker, found_maker

PATH = "/oem/follow-up-calls"
CALLS = {
    "after": "result_told",
    "caller_role": "advisor",
    "callback_role": "station_head",
    "second_after_days": "21",
    "second_kinds": "complaint",
    "latest_days": "5",
    "most_attempts": "4",
}


async def in_force(maker: Maker) -> tuple[int, FollowUpPolicy]:
    async with transaction(maker.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        return await policy_data.follow_up_policy(tx, maker.oem_id)


async def test_calls_are_planned_otherwise_and_the_questions_stay(browsers: Browsers) -> None:
    """R5.2, R5.3: after what, by whom, how often; a version of the same policy as the questions."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    _, before = await in_force(maker)
    form = (await admin.get(PATH)).text
    assert 'value="fault" checked' in form
    assert 'value="complaint" checked' not in form
    assert f'href="{PATH}"' in (await admin.get("/oem")).text
    saved = await sent(admin, PATH, CALLS | {"version": "1"})
    assert (saved.status_code, saved.headers["location"]) == (303, PATH)
    version, after = await in_force(maker)
    assert (version, after.survey) == (2, before.survey)
    assert (after.calls.after.value, after.calls.second_kinds) == ("result_told", ("complaint",))
    assert (after.calls.caller_role, after.calls.callback_role) == (Role.ADVISOR, Role.STATION_HEAD)
    numbers = (after.calls.second_after_days, after.calls.latest_days, after.calls.most_attempts)
    assert numbers == (21, 5, 4)
    compared = (await admin.get("/oem/survey/compare?since=1&until=2")).text
    assert "<dt>Follow-up calls · Made by</dt>" in compared


async def test_refused_calls_come_back_as_they_were_typed(browsers: Browsers) -> None:
    """R5.2: each field says what is wrong with it."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    wrong = CALLS | {"version": "1", "most_attempts": "99", "latest_days": "abc", "caller_role": "king"}
    answer = await sent(admin, PATH, wrong)
    assert answer.status_code == 422
    assert 'id="most_attempts-error"' in answer.text
    assert "Please enter a number from 1 to 10." in answer.text
    assert "Please enter a whole number." in answer.text
    assert 'id="caller_role-error"' in answer.text
    assert 'value="99"' in answer.text
    assert 'value="complaint" checked' in answer.text
    for name, value in (
        ("after", "x"),
        ("caller_role", "king"),
        ("callback_role", "reader"),
        ("latest_days", ""),
    ):
        refused = await sent(admin, PATH, CALLS | {"version": "1", name: value})
        assert (refused.status_code, f'id="{name}-error"' in refused.text) == (422, True), name
    assert (await sent(admin, PATH, CALLS | {"version": "7"})).status_code == 409
    assert (await in_force(maker))[0] == 1


async def test_only_the_administrator_changes_calls(browsers: Browsers) -> None:
    """R9.1."""
    maker = await found_maker()
    for role in (Role.STATION_HEAD, Role.HEAD_OFFICE):
        client = await browsers.of(maker.person(role))
        assert (await client.get(PATH)).status_code == 403
        assert (await sent(client, PATH, CALLS | {"version": "1"})).status_code == 403
