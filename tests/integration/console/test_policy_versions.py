"""Versions of rules and people that the console keeps: listed, compared, taken again (R2.6, R3.1, R3.10)."""

from uuid import uuid4

import msgspec

from shared.cases import assignment_service, major_persons, risk_service
from shared.cases.major_persons import MajorPersons, NamedPerson
from shared.cases.vocabulary import Nature
from shared.db.engine import transaction
from shared.follow_up import policy_data
from shared.notifications import holds
from shared.onboarding.changes import deactivate_staff
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from tests.integration.console.test_assignment import RULE
from tests.integration.console.test_criteria import sent
from tests.integration.console.test_risk_periods import CAMPAIGN
from tests.support.console import Browsers, found_maker, send

PATHS = ("/oem/risk-periods", "/oem/assignment", "/oem/major-persons", "/oem/message-times")


async def test_risk_periods_of_an_earlier_version_hold_again(browsers: Browsers) -> None:
    """R2.6: what a version says of each period, in words; the way back."""
    maker = await found_maker()
    actor = maker.actor(Role.ADMINISTRATOR)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    before = await risk_service.risk_periods(actor)
    dates = {"starts_on": "2030-09-01", "ends_on": "2030-10-15"}
    added = await sent(admin, "/oem/risk-periods/edit", {**CAMPAIGN, **dates, "version": "1"})
    assert added.status_code == 303
    assert 'href="/oem/risk-periods/versions"' in (await admin.get("/oem/risk-periods")).text
    listed = (await admin.get("/oem/risk-periods/versions")).text
    assert 'href="/oem/risk-periods/compare?since=1&amp;until=2"' in listed
    compared = (await admin.get("/oem/risk-periods/compare?since=1&until=2")).text
    assert "<dt>autumn-sale · When</dt><dd><ins>1 Sep 2030 – 15 Oct 2030</ins></dd>" in compared
    assert "<dt>autumn-sale · Plan in English</dt><dd><ins>Answer disputes" in compared
    assert compared.count("<del>") == 0
    taken = await send(admin, "/oem/risk-periods/take-again", number=1, version=2)
    assert (taken.status_code, taken.headers["location"]) == (303, "/oem/risk-periods/versions")
    after = await risk_service.risk_periods(actor)
    assert (after.version, after.periods) == (3, before.periods)


async def test_what_of_a_period_is_given_before_all_of_it_is_told_too(browsers: Browsers) -> None:
    """R2.6: models without a launch day, one of two dates."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    model = {**CAMPAIGN, "enabled": "", "id": "spring-model", "kind": "new_model", "models": "ES6\nET5"}
    sale = {**CAMPAIGN, "enabled": "", "starts_on": "2030-09-01"}
    for version, period in enumerate((model, sale), 1):
        answer = await sent(admin, "/oem/risk-periods/edit", {**period, "version": str(version)})
        assert answer.status_code == 303
    compared = (await admin.get("/oem/risk-periods/compare?since=1&until=3")).text
    assert "<dt>spring-model · Models</dt><dd><ins>ES6, ET5</ins></dd>" in compared
    assert "<dt>autumn-sale · First day</dt><dd><ins>1 Sep 2030</ins></dd>" in compared
    changed = {**model, "before": "spring-model", "models": "ES6", "version": "3"}
    assert (await sent(admin, "/oem/risk-periods/edit", changed)).status_code == 303
    compared = (await admin.get("/oem/risk-periods/compare?since=3&until=4")).text
    assert "<dt>spring-model · Models</dt><dd><del>ES6, ET5</del> <ins>ES6</ins></dd>" in compared


async def test_assignment_rules_of_an_earlier_version_hold_again(browsers: Browsers) -> None:
    """R3.1: whom a rule names is shown by name."""
    maker = await found_maker()
    actor = maker.actor(Role.ADMINISTRATOR)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    person = str(maker.actor(Role.ADVISOR).membership_id)
    assert (await sent(admin, "/oem/assignment/edit", RULE | {"version": "1"})).status_code == 303
    changed = {**RULE, "before": "night", "on_duty": "", "person_id": person}
    assert (await sent(admin, "/oem/assignment/edit", changed | {"version": "2"})).status_code == 303
    assert 'href="/oem/assignment/versions"' in (await admin.get("/oem/assignment")).text
    compared = (await admin.get("/oem/assignment/compare?since=2&until=3")).text
    name = maker.person(Role.ADVISOR).name
    assert f"<dt>night · Who gets them</dt><dd><del>on duty</del> <ins>{name}</ins></dd>" in compared
    assert compared.count("<ins>") == 1
    assert (await send(admin, "/oem/assignment/take-again", number=2, version=3)).status_code == 303
    [rule] = (await assignment_service.assignment_rules(actor)).rules
    assert (rule.on_duty, rule.person_id) == (True, None)


async def test_named_persons_of_an_earlier_version_are_told_again(browsers: Browsers) -> None:
    """R3.10; whoever has left is not named again, and the page says so."""
    maker = await found_maker()
    actor = maker.actor(Role.ADMINISTRATOR)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    reader = maker.person(Role.READER)
    told = {"told": f"{reader.membership_id}.legal", "report_natures": "legal"}
    first = await major_persons.major_persons(actor)
    assert (
        await sent(admin, "/oem/major-persons", told | {"version": str(first.version)})
    ).status_code == 303
    second = first.version + 1
    assert (
        await send(admin, "/oem/major-persons", version=second, report_natures="legal")
    ).status_code == 303
    compared = (await admin.get(f"/oem/major-persons/compare?since={second}&until={second + 1}")).text
    assert f"<dt>{reader.name}</dt><dd><del>Legal</del> </dd>" in compared
    again = {"number": str(second), "version": str(second + 1)}
    assert (await sent(admin, "/oem/major-persons/take-again", again)).status_code == 303
    [named] = (await major_persons.major_persons(actor)).policy.persons
    assert named.natures == (Nature.LEGAL,)
    await deactivate_staff(actor, reader.membership_id)
    gone = await send(admin, "/oem/major-persons/take-again", number=second, version=second + 2)
    assert gone.status_code == 422
    assert "<li>There is no such person.</li>" in gone.text


async def test_two_named_persons_of_one_name_are_told_apart(browsers: Browsers) -> None:
    """R3.10: by their e-mail addresses, so that neither hides what changed of the other."""
    maker = await found_maker()
    actor = maker.actor(Role.ADMINISTRATOR)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    namesakes = [
        NewStaff(email=f"{uuid4().hex[:8]}@example.com", name="王测试", role=Role.READER) for _ in range(2)
    ]
    first, second = [await add_staff(actor, each) for each in namesakes]
    version = (await major_persons.major_persons(actor)).version
    for nature in (Nature.LEGAL, Nature.AUTHORITY):
        wanted = MajorPersons(
            report_natures=(),
            persons=(
                NamedPerson(membership_id=first, natures=(nature,)),
                NamedPerson(membership_id=second, natures=(Nature.AUTHORITY,)),
            ),
        )
        version = (await major_persons.publish(actor, wanted, version=version)).version
    compared = (await admin.get(f"/oem/major-persons/compare?since={version - 1}&until={version}")).text
    assert f"<dt>王测试 ({namesakes[0].email})</dt><dd><del>Legal</del> <ins>Authority</ins></dd>" in compared
    assert compared.count("<ins>") == 1


async def test_message_times_of_an_earlier_version_hold_again(browsers: Browsers) -> None:
    """Issue 4: digests, quiet hours and limits."""
    maker = await found_maker()
    actor = maker.actor(Role.ADMINISTRATOR)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR), "zh-CN")
    before = (await holds.shown(actor)).policy
    wanted = {"digest_minutes": "15", "most_per_number": "9", "most_per_case": "0", "quiet.email": "true"}
    assert (await sent(admin, "/oem/message-times", wanted | {"version": "1"})).status_code == 303
    assert 'href="/oem/message-times/versions"' in (await admin.get("/oem/message-times")).text
    compared = (await admin.get("/oem/message-times/compare?since=1&until=2")).text
    assert "<del>短信</del> <ins>邮件</ins>" in compared
    assert "<del>22:00</del> </dd>" in compared
    assert (await send(admin, "/oem/message-times/take-again", number=1, version=2)).status_code == 303
    assert (await holds.shown(actor)).policy == before


async def test_a_version_that_changed_only_the_calls_is_told(browsers: Browsers) -> None:
    """R5.1, R5.2: the policy holds questions and calls, and is taken again whole."""
    maker = await found_maker()
    actor = maker.actor(Role.ADMINISTRATOR)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    async with transaction(actor.scope) as tx:
        _, first = await policy_data.follow_up_policy(tx, actor.oem_id)
    calls = msgspec.structs.replace(first.calls, most_attempts=5, second_kinds=("fault",))
    await policy_data.publish(actor, msgspec.structs.replace(first, calls=calls), version=1)
    compared = (await admin.get("/oem/survey/compare?since=1&until=2")).text
    assert "<dt>Follow-up calls · Attempts at most</dt><dd><del>3</del> <ins>5</ins></dd>" in compared
    assert "<del>Fault, Technical support</del> <ins>Fault</ins>" in compared
    assert compared.count("<ins>") == 2
    assert (await send(admin, "/oem/survey/take-again", number=1, version=2)).status_code == 303
    async with transaction(actor.scope) as tx:
        assert await policy_data.follow_up_policy(tx, actor.oem_id) == (3, first)


async def test_versions_are_the_administrators(browsers: Browsers) -> None:
    """R9.1."""
    maker = await found_maker()
    client = await browsers.of(maker.person(Role.HEAD_OFFICE))
    for path in PATHS:
        assert (await client.get(f"{path}/versions")).status_code == 403
        assert (await client.get(f"{path}/compare?since=1&until=1")).status_code == 403
        assert (await send(client, f"{path}/take-again", number=1, version=1)).status_code == 403
