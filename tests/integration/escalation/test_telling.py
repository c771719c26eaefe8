"""Who is told when a clock fires (R4.2, R4.4)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
import pytest

from shared.cases import service
from shared.cases.commands import Acknowledge
from shared.cases.default_rules import default_rule_set
from shared.cases.rules import ComplaintFacts, classify
from shared.db.engine import transaction
from shared.escalation.sweep import sweep
from shared.outbox.events import EventKind, NewEvent, emit
from shared.permissions import Role
from shared.sla.policy import ChainLevel, ClockPolicy, Metric
from shared.sla.policy_edits import Said, said_of, with_target
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName
from tests.support.background import PUBLIC_URL, STEPS, Company

MINUTE = timedelta(minutes=1)


def present() -> datetime:
    return datetime.now(UTC)


def schedule(due_at: datetime) -> list[datetime]:
    return [due_at + minutes * MINUTE for minutes in (-30, -20, -10, 0, 30, 60)]


async def told(company: Company, case_id: UUID) -> dict[str, asyncpg.Record]:
    """The firings of a case by step."""
    rows = await company.connection.fetch("SELECT * FROM app.escalations WHERE case_id = $1", case_id)
    return {row["step"]: row for row in rows}


async def recipients(company: Company, template: str) -> set[tuple[str, str]]:
    return {(row["recipient_name"], row["channel"]) for row in await company.messages(template=template)}


async def late_case(company: Company, due: datetime, **values: object) -> UUID:
    """A case whose first contact is due at `due`, swept and told."""
    case_id = await company.case(**values)
    await company.clock(case_id, schedule=schedule(due))
    await sweep()
    await company.handle_events()
    return case_id


async def leave(company: Company, *membership_ids: UUID) -> None:
    await company.connection.execute(
        "UPDATE app.memberships SET active = false WHERE oem_id = $1 AND id = ANY ($2)",
        company.oem_id,
        membership_ids,
    )


async def away(company: Company, membership_id: UUID, substitute_id: UUID) -> None:
    """Away from yesterday to tomorrow."""
    await company.connection.execute(
        "INSERT INTO app.absences (oem_id, id, dealer_id, membership_id, substitute_id, starts_at, ends_at,"
        " created_at, created_by) SELECT oem_id, gen_random_uuid(), dealer_id, id, $3, $4, $5, $4, 'test'"
        " FROM app.memberships WHERE oem_id = $1 AND id = $2",
        company.oem_id,
        membership_id,
        substitute_id,
        present() - timedelta(days=1),
        present() + timedelta(days=1),
    )


async def test_a_warning_goes_to_the_owner_by_mail_and_expires_when_the_clock_is_due(
    company: Company,
) -> None:
    """R4.2: warnings before a breach."""
    due_at = present() + 25 * MINUTE
    case_id = await late_case(company, due_at)
    (message,) = await company.messages()
    assert (message["template"], message["channel"]) == ("warning", "email")
    assert (message["recipient_id"], message["address"]) == (
        company.dealers[0].owner_id,
        "advisor.1@example.com",
    )
    assert message["expires_at"] == due_at
    assert message["link"] == f"{PUBLIC_URL}/cases/{case_id}"
    firing = (await told(company, case_id))["warn_50"]
    assert firing["recipient_names"] == ["advisor1"]
    assert firing["told_at"] is not None


async def test_a_breach_goes_to_the_first_level_and_the_owner_by_sms_and_mail(company: Company) -> None:
    """R4.2: breach at the second; R4.4: told to a named person, and the log shows whom and when."""
    case_id = await late_case(company, present() - MINUTE)
    everybody = {(name, channel) for name in ("advisor1", "service_manager1") for channel in ("sms", "email")}
    assert await recipients(company, "breach") == everybody
    firing = (await told(company, case_id))["level_1"]
    assert set(firing["recipient_names"]) == {"service_manager1", "advisor1"}
    assert firing["told_at"] >= firing["fired_at"]
    (entry,) = await company.timeline(case_id)
    assert (entry["kind"], entry["actor_kind"], entry["internal"]) == ("escalation_told", "system", True)
    assert msgspec.json.decode(entry["data"])["recipients"] == firing["recipient_names"]


async def test_each_further_level_goes_to_its_own_people(company: Company) -> None:
    """R4.2: unacknowledged goes one level up."""
    case_id = await late_case(company, present() - 65 * MINUTE)
    assert {name for name, _ in await recipients(company, "escalation")} == {
        "station_head1",
        "regional_manager0",
    }
    firings = await told(company, case_id)
    assert firings["level_2"]["recipient_names"] == ["station_head1"]
    assert firings["level_3"]["recipient_names"] == ["regional_manager0"]


async def test_an_open_case_climbs_the_chain_it_was_promised_by(company: Company) -> None:
    """proofs.md, Changes: policies are immutable versions: open cases keep theirs."""
    case_id = await company.case()
    await company.clock(case_id, schedule=schedule(present() - 65 * MINUTE), policy_version=1)
    admin = Actor.system(company.oem_id)
    async with transaction(Scope.oem(company.oem_id)) as tx:
        version, body = await policies.version_of(tx, company.oem_id, PolicyName.CLOCKS, 1)
        assert version.version == 1
        short = msgspec.json.decode(body, type=ClockPolicy)
        said = said_of(short, "default", Metric.FIRST_CONTACT)
        assert said is not None
        assert said.target is not None
        target = msgspec.structs.replace(said.target, chain=(ChainLevel(1, "head_office"),))
        for rule in short.rules:
            if Metric.FIRST_CONTACT in rule.targets:
                short = with_target(short, rule.name, Metric.FIRST_CONTACT, Said(target))
        await policies.publish(tx, admin, PolicyName.CLOCKS, msgspec.json.encode(short))
    await sweep()
    await company.handle_events()
    firings = await told(company, case_id)
    assert firings["level_2"]["recipient_names"] == ["station_head1"]
    assert firings["level_3"]["recipient_names"] == ["regional_manager0"]


async def test_a_clock_says_whose_policy_it_climbs_by(company: Company) -> None:
    """proofs.md, Shape: policy version; the dealer's first version and the OEM's first are told apart."""
    own_case, oem_case = await company.case(), await company.case()
    dealer_id, past = company.dealers[0].id, schedule(present() - 65 * MINUTE)
    async with transaction(Scope.oem(company.oem_id)) as tx:
        _, body = await policies.version_of(tx, company.oem_id, PolicyName.CLOCKS, 1)
        own = msgspec.json.decode(body, type=ClockPolicy)
        said = said_of(own, "default", Metric.FIRST_CONTACT)
        assert said is not None
        assert said.target is not None
        roles = ("station_head", "service_manager", "service_manager")
        chain = tuple(
            msgspec.structs.replace(level, role=role)
            for level, role in zip(said.target.chain, roles, strict=True)
        )
        target = msgspec.structs.replace(said.target, chain=chain)
        for rule in own.rules:
            if Metric.FIRST_CONTACT in rule.targets:
                own = with_target(own, rule.name, Metric.FIRST_CONTACT, Said(target))
        system = Actor.system(company.oem_id)
        await policies.publish(tx, system, PolicyName.CLOCKS, msgspec.json.encode(own), dealer_id=dealer_id)
    await company.clock(own_case, schedule=past, policy_version=1, policy_dealer_id=dealer_id)
    await company.clock(oem_case, schedule=past, policy_version=1, policy_dealer_id=0)
    await sweep()
    await company.handle_events()
    assert (await told(company, own_case))["level_2"]["recipient_names"] == ["service_manager1"]
    assert (await told(company, oem_case))["level_2"]["recipient_names"] == ["station_head1"]


async def test_after_an_outage_levels_are_told_and_stale_warnings_are_not(company: Company) -> None:
    case_id = await late_case(company, present() - 65 * MINUTE)
    firings = await told(company, case_id)
    assert set(firings) == set(STEPS)
    assert {step for step, firing in firings.items() if firing["suppressed"] == "stale"} == set(STEPS[:3])
    assert await company.messages(template="warning") == []


async def test_of_several_elapsed_warnings_only_the_latest_is_told(company: Company) -> None:
    case_id = await late_case(company, present() + 5 * MINUTE)
    firings = await told(company, case_id)
    assert [step for step in STEPS[:3] if firings[step]["suppressed"] is None] == ["warn_90"]
    assert len(await company.messages(template="warning")) == 1


async def test_a_promise_kept_late_before_anybody_was_told_is_told_afterwards_and_wakes_nobody(
    company: Company,
) -> None:
    """R4.4: nothing late is ever silent; the log shows whom and when."""
    case_id = await company.case()
    clock_id = await company.clock(case_id, schedule=schedule(present() - 31 * MINUTE))
    await sweep()
    await company.connection.execute(
        "UPDATE app.clocks SET state = 'met', met_at = now(), next_at = NULL WHERE id = $1", clock_id
    )
    await company.handle_events()
    assert {(row["template"], row["channel"]) for row in await company.messages()} == {("kept_late", "email")}
    assert {name for name, _ in await recipients(company, "kept_late")} == {"service_manager1", "advisor1"}
    firings = await told(company, case_id)
    breach = firings.pop("level_1")
    assert (breach["suppressed"], set(breach["recipient_names"])) == (None, {"service_manager1", "advisor1"})
    assert breach["told_at"] is not None
    assert {firing["suppressed"] for firing in firings.values()} == {"met_before_told"}


async def test_imported_history_is_recorded_and_wakes_nobody(company: Company) -> None:
    imported = {"historical": True, "registered_at": present()}
    case_id = await late_case(company, present() - 65 * MINUTE, **imported)
    assert await company.messages() == []
    firings = await told(company, case_id)
    assert {firing["suppressed"] for firing in firings.values()} == {"historical"}
    assert len(firings) == len(STEPS)


async def test_what_an_imported_case_breaks_after_its_import_is_told(company: Company) -> None:
    """R4.2: its past is history; what is still open is late like any other."""
    imported = {"historical": True, "registered_at": present() - 10 * MINUTE}
    case_id = await late_case(company, present() - 5 * MINUTE, **imported)
    firings = await told(company, case_id)
    assert (firings["warn_50"]["suppressed"], firings["warn_90"]["suppressed"]) == (
        "historical",
        "historical",
    )
    assert firings["level_1"]["told_at"] is not None
    assert {row["template"] for row in await company.messages()} == {"breach"}


async def test_demo_history_is_told_as_history(company: Company) -> None:
    then = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    case_id = await company.case()
    await company.clock(case_id, schedule=schedule(then))
    assert await sweep(then) == 1
    await company.handle_events(then)
    messages = await company.messages()
    assert {(row["state"], row["sent_at"]) for row in messages} == {("historical", then)}
    firing = (await told(company, case_id))["level_1"]
    assert (firing["fired_at"], firing["told_at"]) == (then, then)


async def test_an_event_handled_twice_tells_once(company: Company) -> None:
    await late_case(company, present() - MINUTE)
    before = await company.messages()
    await company.connection.execute(
        "UPDATE app.events SET state = 'pending', attempts = 0 WHERE oem_id = $1", company.oem_id
    )
    await company.handle_events()
    assert await company.messages() == before


class TestNobody:
    async def test_a_level_without_anybody_is_told_to_the_next_and_to_the_administrator(
        self, company: Company
    ) -> None:
        await leave(company, company.dealers[0].staff["service_manager"])
        case_id = await late_case(company, present() - MINUTE)
        assert set((await told(company, case_id))["level_1"]["recipient_names"]) == {
            "station_head1",
            "advisor1",
        }
        assert await recipients(company, "nobody_found") == {("administrator0", "email")}

    async def test_a_level_whose_people_stand_in_for_each_other_counts_as_nobody(
        self, company: Company
    ) -> None:
        """R4.2: in a circle of substitutes nobody is there: the next level is told, and the administrator."""
        staff = company.dealers[0].staff
        await away(company, staff["service_manager"], staff["advisor"])
        await away(company, staff["advisor"], staff["service_manager"])
        case_id = await late_case(company, present() - MINUTE)
        assert (await told(company, case_id))["level_1"]["recipient_names"] == ["station_head1"]
        assert {name for name, _ in await recipients(company, "breach")} == {"station_head1"}
        assert await recipients(company, "nobody_found") == {("administrator0", "email")}

    async def test_the_substitute_is_told_in_place_of_who_is_away(self, company: Company) -> None:
        staff = company.dealers[0].staff
        await away(company, staff["service_manager"], staff["station_head"])
        case_id = await late_case(company, present() - MINUTE)
        assert set((await told(company, case_id))["level_1"]["recipient_names"]) == {
            "station_head1",
            "advisor1",
        }
        assert not await company.messages(template="nobody_found")

    async def test_where_nobody_is_left_the_administrator_is_told(self, company: Company) -> None:
        """R4.4: nothing late is ever silent."""
        await leave(company, *company.dealers[0].staff.values(), company.regional_manager)
        case_id = await late_case(company, present() - MINUTE)
        firing = (await told(company, case_id))["level_1"]
        assert firing["recipient_names"] == ["administrator0"]
        assert firing["told_at"] is not None

    async def test_the_first_level_is_warned_in_place_of_an_owner_who_has_left(
        self, company: Company
    ) -> None:
        await leave(company, company.dealers[0].owner_id)
        case_id = await late_case(company, present() + 25 * MINUTE)
        assert (await told(company, case_id))["warn_50"]["recipient_names"] == ["service_manager1"]
        assert await recipients(company, "nobody_found") == {("administrator0", "email")}

    async def test_people_without_any_address_count_as_nobody(self, company: Company) -> None:
        await company.connection.execute(
            "UPDATE app.memberships SET email = '', phone = '' WHERE oem_id = $1 AND dealer_id = 1",
            company.oem_id,
        )
        case_id = await late_case(company, present() - MINUTE)
        assert (await told(company, case_id))["level_1"]["recipient_names"] == ["administrator0"]

    async def test_without_an_administrator_either_the_event_stays_and_says_so(
        self, company: Company
    ) -> None:
        everybody = [*company.dealers[0].staff.values(), company.regional_manager, company.administrator]
        await leave(company, *everybody)
        case_id = await late_case(company, present() - MINUTE)
        row = await company.connection.fetchrow(
            "SELECT event.state, event.last_error FROM app.events event JOIN app.escalations escalation"
            " ON escalation.oem_id = event.oem_id AND escalation.id = event.id"
            " WHERE event.case_id = $1 AND escalation.step = 'level_1'",
            case_id,
        )
        assert (row["state"], row["last_error"]) == ("pending", "nobody_to_tell")
        assert (await told(company, case_id))["level_1"]["told_at"] is None

    async def test_a_person_of_another_dealer_is_never_told(self, company: Company) -> None:
        await leave(company, *company.dealers[0].staff.values())
        await late_case(company, present() - 65 * MINUTE)
        assert not {row["recipient_id"] for row in await company.messages()} & set(
            company.dealers[1].staff.values()
        )


async def test_at_the_oem_desk_its_own_roles_are_told(company: Company) -> None:
    """R4.2: cases of the OEM desk climb a chain of their own, of the OEM's people."""
    await company.connection.execute(
        "UPDATE app.dealers SET is_desk = true WHERE oem_id = $1 AND id = $2",
        company.oem_id,
        company.dealers[0].id,
    )
    await company.connection.execute(
        "UPDATE app.memberships SET role = 'head_office', region_ids = '{}' WHERE oem_id = $1 AND id = $2",
        company.oem_id,
        company.regional_manager,
    )
    case_id = await late_case(company, present() - 65 * MINUTE)
    firings = await told(company, case_id)
    assert set(firings["level_1"]["recipient_names"]) == {"regional_manager0", "advisor1"}
    assert firings["level_2"]["recipient_names"] == ["regional_manager0"]
    assert firings["level_3"]["recipient_names"] == ["administrator0"]
    assert await company.messages(template="nobody_found"), "there is no assistance centre"


class TestCallForHelp:
    async def call(self, company: Company, by_id: UUID | None) -> Sequence[str]:
        """What the command writes; the names of those who are told."""
        case_id = await company.case()
        at = present()
        row = await company.connection.fetchrow(
            "INSERT INTO app.escalations (oem_id, id, dealer_id, case_id, metric, cycle, step, due_at,"
            " fired_at, reason)"
            " VALUES ($1, gen_random_uuid(), 1, $2, 'manual', 1, 'manual_1', $3, $3, '客户要求见站长')"
            " RETURNING id",
            company.oem_id,
            case_id,
            at,
        )
        payload = {"escalation_id": str(row["id"]), "by_id": str(by_id) if by_id else None}
        async with transaction(Scope.oem(company.oem_id)) as tx:
            event = NewEvent(kind=EventKind.CASE_ESCALATED, dealer_id=1, case_id=case_id, payload=payload)
            await emit(tx, company.oem_id, at, event)
        await company.handle_events()
        return (await told(company, case_id))["manual_1"]["recipient_names"]

    @pytest.mark.parametrize(
        ("asks", "answers"),
        [
            ("advisor", ["service_manager1"]),
            ("service_manager", ["station_head1"]),
            ("station_head", ["regional_manager0"]),
        ],
    )
    async def test_it_goes_to_whoever_stands_above(
        self, company: Company, asks: str, answers: list[str]
    ) -> None:
        """R3.2: dealer staff, dealer management, regional manager."""
        names = await self.call(company, company.dealers[0].staff[asks])
        assert [name for name in names if name != "advisor1"] == answers
        assert {row["template"] for row in await company.messages()} == {"escalation"}
        assert all("manual" not in row["body"] for row in await company.messages())
        assert any("客户要求见站长" in row["body"] for row in await company.messages())

    async def test_unacknowledged_it_climbs_and_acknowledged_it_stops(self, company: Company) -> None:
        """R4.2: a call for help that nobody acknowledges goes one level up."""
        await self.call(company, company.dealers[0].owner_id)
        help_clock = "SELECT * FROM app.clocks WHERE oem_id = $1 AND metric = 'help'"
        clock = await company.connection.fetchrow(help_clock, company.oem_id)
        assert (clock["steps"], clock["turn"], clock["state"]) == (["level_2", "level_3"], 1, "running")
        await sweep(as_of=clock["schedule"][0])
        await company.handle_events(as_of=clock["schedule"][0])
        firings = await told(company, clock["case_id"])
        assert firings["level_2"]["recipient_names"] == ["station_head1"]
        head = Actor(
            ActorKind.PERSON,
            Role.STATION_HEAD,
            Scope.dealer(company.oem_id, company.dealers[0].id),
            "station_head1",
            id=company.dealers[0].staff["station_head"],
        )
        await company.connection.execute(
            "UPDATE app.cases SET classification = $2 WHERE id = $1",
            clock["case_id"],
            msgspec.json.encode(classify(default_rule_set(), ComplaintFacts(words="异响"))).decode(),
        )
        asks = Acknowledge(note="我来处理", question="客户最在意什么？")
        await service.acknowledge(head, clock["case_id"], asks, version=None, as_of=clock["schedule"][0])
        clock = await company.connection.fetchrow(help_clock, company.oem_id)
        assert (clock["state"], clock["next_at"]) == ("met", None)
        await company.handle_events(as_of=clock["schedule"][0])
        (question,) = await company.messages(template="escalation_question")
        assert question["recipient_name"] == "advisor1"
        assert "客户最在意什么？" in question["body"]

    async def test_whoever_asks_is_not_told_himself(self, company: Company) -> None:
        names = await self.call(company, company.dealers[0].owner_id)
        assert "advisor1" not in names

    async def test_above_the_last_level_it_goes_to_the_administrator(self, company: Company) -> None:
        assert await self.call(company, company.regional_manager) == ["administrator0"]


class TestWords:
    async def test_each_is_told_in_his_own_language_and_the_oems_time(self, company: Company) -> None:
        await company.connection.execute(
            "UPDATE app.memberships SET locale = 'en' WHERE oem_id = $1 AND role = 'service_manager'",
            company.oem_id,
        )
        due_at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        await late_case(company, due_at)
        by_sms, by_email = [
            {row["recipient_name"]: row for row in await company.messages(template="breach", channel=channel)}
            for channel in ("sms", "email")
        ]
        assert "3月2日17:30" in by_sms["advisor1"]["body"]
        assert "First contact late." in by_sms["service_manager1"]["body"], "so that the link has room"
        assert "2 Mar 17:30" in by_email["service_manager1"]["body"]
        assert {row["locale"] for row in by_sms.values()} == {"zh-CN", "en"}


async def test_the_sweep_takes_the_oems_in_turn_until_nothing_is_left(company: Company) -> None:
    for _ in range(5):
        await company.clock(await company.case(), schedule=schedule(present() - MINUTE))
    assert await sweep(batch=2) == 5
    assert await sweep() == 0
