"""Sentences of proofs.md with their instants written out: Shape, Metrics, Start, what others got wrong (R4).

The dealer and the days are those of `test_sla_sentences`, which holds the other sections.
"""

from datetime import timedelta

import pytest

from shared.cases import policy_drafts, policy_editing, service
from shared.cases.command_table import RULES
from shared.cases.commands import Classify, LogContact
from shared.cases.states import Command
from shared.cases.vocabulary import Urgency
from shared.db.engine import transaction
from shared.errors import Forbidden
from shared.permissions import Role
from shared.sla.policy import FirstContactBy, Metric
from shared.tenancy import Scope
from tests.integration.cases.test_sla_sentences import (
    CAUSE,
    FRIDAY,
    MISSED,
    SPOKEN,
    TOLD,
    china,
    clocks,
    lower,
    registered,
    sweep,
)
from tests.support.console import Maker, found_maker

pytestmark = pytest.mark.usefixtures("app_engine")

_COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE table_schema = 'app' AND table_name = $1
"""


async def columns_of(maker: Maker, table: str) -> set[str]:
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        return set(await tx.values(_COLUMNS, table))


class TestShape:
    async def test_a_clock_is_one_promise_on_one_case_in_one_cycle(self) -> None:
        """Shape: one clock = one promise on one case in one cycle, with everything that it is made of.

        The warn marks are its `steps`; pauses belong to the case, so that no change of a clock loses one.
        """
        maker = await found_maker()
        case = await registered(maker, FRIDAY)
        found = await clocks(maker, case)
        assert {each.cycle for each in found.values()} == {1}
        assert {"register", "first_contact", "first_response", "resolve"} == set(found)
        known = {"oem_id", "dealer_id", "case_id", "metric", "cycle", "policy_version", "calendar_version"}
        times = {"started_at", "due_at", "steps", "schedule", "met_at", "breached_at", "state"}
        assert known | times <= await columns_of(maker, "clocks")
        assert "pauses" in await columns_of(maker, "cases")

    async def test_the_due_instant_is_the_same_whenever_it_is_worked_out(self) -> None:
        """Shape: due_at is a pure function of start, target, calendar and pauses; no "now" inside."""
        maker = await found_maker()
        at_once = await clocks(maker, await registered(maker, FRIDAY))
        late = await clocks(maker, await registered(maker, china(18, 11), FRIDAY))
        for metric in ("first_contact", "first_response", "resolve"):
            assert late[metric].due_at == at_once[metric].due_at

    async def test_a_breach_stays_whatever_happens_afterwards(self) -> None:
        """Shape: a breach is a fact: once recorded it is never undone by a later change."""
        maker = await found_maker()
        manager = maker.actor(Role.SERVICE_MANAGER)
        case = await registered(maker, FRIDAY)
        await sweep(maker, china(15, 11))
        await lower(maker, case, Urgency.LOW, china(15, 12), "误报")
        await service.log_contact(manager, case.id, SPOKEN, version=None, as_of=china(15, 13))
        await service.resolve(manager, case.id, TOLD, version=None, as_of=china(15, 14))
        await service.close(manager, case.id, CAUSE, version=None, as_of=china(15, 15))
        contact = (await clocks(maker, case))["first_contact"]
        assert (contact.state, contact.breached_at, contact.met_at) == ("met", china(15, 10), china(15, 13))


class TestMetrics:
    def test_every_metric_of_the_list_is_there(self) -> None:
        """Metrics: register, first contact, first response, progress, resolve, major report, and so on."""
        named = (
            "register first_contact first_response progress resolve major_report survey follow_up"
            " second_follow_up dissatisfied_callback feedback_after_handling"
        )
        assert set(named.split()) <= set(Metric)

    async def test_what_is_promised_to_begin_with(self) -> None:
        """R4.1: contact within 2 h, registered and answered within 24 h; received on Friday at 17:00."""
        maker = await found_maker()
        found = await clocks(maker, await registered(maker, china(12, 17, 30), FRIDAY))
        assert {name: each.due_at for name, each in found.items()} == {
            "register": china(13, 17),
            "first_contact": china(15, 10),
            "first_response": china(13, 17),
            "resolve": china(22, 18),
        }


class TestStart:
    def test_nothing_but_speaking_or_trying_to_meets_a_first_contact(self) -> None:
        """Start: met only by the fact itself, never by an automatic reply, a note or an assignment."""
        meeting = {rule.command for rule in RULES if Metric.FIRST_CONTACT in rule.meets}
        assert meeting == {
            Command.LOG_CONTACT,
            Command.LOG_ATTEMPT,
            Command.TELL_PLAN,
            Command.JUDGE_SUGGESTION,
            Command.JUDGE_EXPERIENCE,
            Command.RESOLVE,
        }

    async def test_the_policy_says_whether_an_attempt_is_a_contact(self) -> None:
        """Start: by a logged effective or attempted contact with the customer (policy says which)."""
        maker = await found_maker()
        admin, manager = maker.actor(Role.ADMINISTRATOR), maker.actor(Role.SERVICE_MANAGER)
        present = (await policy_editing.clock_policy(admin)).policy
        draft = await policy_drafts.put_whole(
            admin,
            present.pauses,
            present.grace_minutes,
            present.reopen_days,
            first_contact_by=FirstContactBy.EFFECTIVE,
        )
        assert draft.differences.first_contact_by == (FirstContactBy.ATTEMPT, FirstContactBy.EFFECTIVE)
        await policy_drafts.publish_draft(admin, version=1, revision=draft.revision, migrate=False)
        friday = china(11, 17, month=12)
        case = await registered(maker, friday)
        await service.log_contact(manager, case.id, MISSED, version=None, as_of=friday)
        assert (await clocks(maker, case))["first_contact"].state == "running"
        later = friday + timedelta(minutes=5)
        await service.log_contact(manager, case.id, SPOKEN, version=None, as_of=later)
        contact = (await clocks(maker, case))["first_contact"]
        assert (contact.state, contact.met_at) == ("met", later)


class TestWhatOthersGotWrong:
    async def test_no_promise_to_answer_runs_after_the_result_is_told(self) -> None:
        """What users of other systems complain about: the next-reply clock running after resolve."""
        maker = await found_maker()
        manager = maker.actor(Role.SERVICE_MANAGER)
        case = await registered(maker, FRIDAY)
        await service.log_contact(manager, case.id, SPOKEN, version=None, as_of=china(12, 17, 10))
        await service.resolve(manager, case.id, TOLD, version=None, as_of=china(12, 17, 20))
        talk = LogContact(effective=True, channel=SPOKEN.channel, summary="客户来电致谢")
        await service.log_contact(manager, case.id, talk, version=None, as_of=china(15, 10))
        assert {each.state for each in (await clocks(maker, case)).values()} == {"met"}
        await sweep(maker, china(29, 18))
        assert {each.breached_at for each in (await clocks(maker, case)).values()} == {None}

    async def test_only_a_manager_lowers_the_urgency(self) -> None:
        """Changes: lowering needs a manager's reason."""
        maker = await found_maker()
        case = await lower(maker, await registered(maker, FRIDAY), Urgency.URGENT, FRIDAY, "冒烟")
        command = Classify(urgency=Urgency.LOW, reason="误报")
        with pytest.raises(Forbidden):
            await service.classify(
                maker.actor(Role.ADVISOR), case.id, command, version=None, as_of=china(12, 18)
            )
        assert (await clocks(maker, case))["resolve"].due_at == china(13, 17)
