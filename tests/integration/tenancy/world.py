"""A small world of two OEMs, written past the policies, and a way to make one more row of any table in it.

A table without a maker here fails the matrix: new tables enter it by themselves or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from secrets import token_bytes
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from shared.db.manifest import TABLES

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


_positions = count(1)


NOTHING = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """A dealer of an OEM, with the rows other rows point to; `NOTHING` where there is none."""

    oem_id: int
    region_id: int
    dealer_id: int
    account_id: UUID = NOTHING
    membership_id: UUID = NOTHING
    customer_id: UUID = NOTHING
    vehicle_id: UUID = NOTHING
    case_id: UUID = NOTHING
    compensation_id: UUID = NOTHING
    source_id: UUID = NOTHING
    call_id: UUID = NOTHING
    attempt_id: UUID = NOTHING
    robot_id: UUID = NOTHING


@dataclass(frozen=True, slots=True)
class World:
    """Where an actor of `own` stands towards the others."""

    own: Place
    sibling: Place
    other_region: Place
    other_oem: Place

    def targets(self) -> dict[str, Place]:
        return {
            "own": self.own,
            "sibling dealer": self.sibling,
            "other region": self.other_region,
            "other OEM": self.other_oem,
        }


Maker = Callable[[Place], dict[str, Any]]

_case_numbers = iter(range(1, 1_000_000))


def _number() -> str:
    return f"AF20260302{next(_case_numbers):03d}"


MAKERS: dict[str, Maker] = {
    "oems": lambda _: {
        "slug": f"oem-{uuid4().hex[:12]}",
        "name": "测试车厂",
        "name_en": "Test Motors",
        "time_zone": "Asia/Shanghai",
        "locale": "zh-CN",
        "created_at": NOW,
    },
    "regions": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4().int % 2_000_000_000,
        "level": "area",
        "code": uuid4().hex,
        "name": "东区",
        "name_en": "East",
    },
    "dealers": lambda at: {
        "oem_id": at.oem_id,
        "id": at.dealer_id,
        "region_id": at.region_id,
        "code": uuid4().hex,
        "name": "测试店",
        "name_en": "Test dealer",
        "created_at": NOW,
    },
    "accounts": lambda _: {
        "id": uuid4(),
        "email": f"{uuid4().hex}@example.com",
        "name": "测试员",
        "password_hash": "x",
        "locale": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "created_at": NOW,
    },
    "memberships": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "account_id": at.account_id,
        "role": "technician",
        "name": "测试员",
        "email": "staff@example.com",
        "locale": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "created_at": NOW,
    },
    "staff_invitations": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "email": f"{uuid4().hex}@example.com",
        "name": "测试员",
        "role": "technician",
        "locale": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "token_hash": token_bytes(32),
        "created_at": NOW,
        "created_by": "test",
        "expires_at": NOW + timedelta(days=1),
    },
    "absences": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "membership_id": at.membership_id,
        "substitute_id": at.membership_id,
        "starts_at": NOW,
        "ends_at": NOW + timedelta(days=1),
        "created_at": NOW,
        "created_by": "test",
    },
    "password_resets": lambda at: {
        "id": uuid4(),
        "account_id": at.account_id,
        "token_hash": token_bytes(32),
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
    },
    "oem_logos": lambda at: {
        "oem_id": at.oem_id,
        "sha256": token_bytes(32),
        "media_type": "image/png",
        "content": b"x",
        "created_at": NOW,
    },
    "sessions": lambda at: {
        "id": uuid4(),
        "token_hash": token_bytes(32),
        "account_id": at.account_id,
        "oem_id": at.oem_id,
        "membership_id": at.membership_id,
        "client": "test",
        "created_at": NOW,
        "last_seen_at": NOW,
        "idle_seconds": 60,
        "expires_at": NOW + timedelta(days=1),
    },
    "api_keys": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "name": "测试",
        "prefix": uuid4().hex,
        "key_hash": token_bytes(32),
        "created_at": NOW,
        "created_by": "test",
    },
    "sign_in_attempts": lambda _: {"bucket": token_bytes(32), "full_at_ms": 0},
    "policies": lambda at: {
        "oem_id": at.oem_id,
        "dealer_id": 0,
        "name": "channels",
        "version": uuid4().int % 2_000_000_000 + 1,
        "body": "{}",
        "valid_from": NOW,
        "created_by": "test",
    },
    "rule_drafts": lambda at: {
        "oem_id": at.oem_id,
        "rule_id": uuid4().hex,
        "edit": "{}",
        "changed_at": NOW,
        "changed_by": "test",
    },
    "policy_drafts": lambda at: {
        "oem_id": at.oem_id,
        "name": uuid4().hex,
        "version": 1,
        "body": "{}",
        "changed_at": NOW,
        "changed_by": "test",
    },
    "policy_migrations": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "version": 1,
        "cases": 0,
        "after": uuid4(),
        "started_at": NOW,
        "started_by": "test",
        "finished_at": NOW,
    },
    "customers": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "created_at": NOW,
    },
    "vehicles": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "created_at": NOW,
    },
    "case_counters": lambda at: {
        "oem_id": at.oem_id,
        "day": date.fromordinal(date(2026, 1, 1).toordinal() + uuid4().int % 100_000),
        "last": 1,
    },
    "cases": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "number": _number(),
        "state": "registered",
        "channel": "phone",
        "report_code": 2,
        "category": "SQ",
        "kind": "fault",
        "subject": "other",
        "urgency": "medium",
        "classification": "{}",
        "title": "异响",
        "words": "转向异响",
        "customer_id": at.customer_id,
        "vehicle_id": at.vehicle_id,
        "contactable": True,
        "owner_id": at.membership_id,
        "owner_name": "测试员",
        "received_at": NOW,
        "registered_at": NOW,
        "source": "staff",
        "created_by": "test",
        "updated_at": NOW,
    },
    "case_tags": lambda at: {
        "oem_id": at.oem_id,
        "case_id": at.case_id,
        "tag": uuid4().hex[:20],
        "dealer_id": at.dealer_id,
        "added_at": NOW,
        "added_by": "测试员",
    },
    "case_links": lambda at: {
        "oem_id": at.oem_id,
        "case_id": at.case_id,
        "other_id": uuid4(),
        "dealer_id": at.dealer_id,
        "reason": "同一车主",
        "linked_at": NOW,
        "linked_by": "测试员",
    },
    "saved_views": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "membership_id": at.membership_id,
        "name": uuid4().hex,
        "shared": True,
        "filter": "{}",
        "created_at": NOW,
    },
    "case_search": lambda at: {
        "oem_id": at.oem_id,
        "case_id": uuid4(),
        "dealer_id": at.dealer_id,
        "received_at": NOW,
        "text": "异响",
        "codes": [],
        "grams": ["异响"],
    },
    "timeline_entries": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "at": NOW,
        "kind": "registered",
        "actor_kind": "person",
        "actor_name": "测试员",
        "internal": False,
    },
    "case_points": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "position": next(_positions),
        "text": "异响",
        "created_at": NOW,
        "created_by": "test",
    },
    "case_diagnoses": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "cycle": 1,
        "findings": "制动盘磨损",
        "created_at": NOW,
        "created_by": "test",
    },
    "case_plans": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "cycle": 1,
        "plan": "更换制动盘",
        "created_at": NOW,
        "created_by": "test",
    },
    "case_tasks": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "department": "technical_support",
        "title": "分析制动盘",
        "state": "open",
        "created_at": NOW,
        "created_by": "test",
    },
    "case_waits": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "cycle": 1,
        "party": "parts",
        "since": NOW,
        "until": NOW,
        "begun_by": "test",
    },
    "case_compensations": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "kind": "voucher",
        "amount_minor": 10_000,
        "currency": "CNY",
        "reason": "test",
        "state": "asked",
        "created_at": NOW,
        "created_by": "test",
    },
    "case_approvals": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "compensation_id": at.compensation_id,
        "wanted_role": "station_head",
        "state": "pending",
        "asked_at": NOW,
        "asked_name": "测试员",
    },
    "major_findings": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "code": "fire",
        "rule_id": "major-fire",
        "reason_zh": "车辆起火",
        "reason_en": "The vehicle burned.",
        "found_at": NOW,
    },
    "major_decisions": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "decision": "dismissed",
        "criteria": [],
        "reason": "test",
        "decided_at": NOW,
        "decided_name": "测试员",
    },
    "surveys": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "cycle": next(_positions),
        "touchpoint": "result_told",
        "policy_version": 1,
        "questions": "[]",
        "satisfied_from": 4,
        "state": "open",
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=30),
    },
    "follow_up_calls": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "cycle": next(_positions),
        "kind": "follow_up",
        "caller_id": at.membership_id,
        "caller_name": "测试员",
        "call_on": NOW.date(),
        "state": "planned",
        "created_at": NOW,
    },
    "call_attempts": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "call_id": at.call_id,
        "at": NOW,
        "by_name": "测试员",
        "result": "no_answer",
        "effective": False,
    },
    "call_checks": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "call_id": at.call_id,
        "attempt_id": at.attempt_id,
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "score": 4,
        "improper": False,
        "note": "",
        "checked_at": NOW,
        "checked_by": "测试员",
    },
    "case_forms": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "kind": "handling",
        "cycle": 1 + uuid4().int % 30_000,
        "locale": "en",
        "state": "queued",
        "asked_at": NOW,
    },
    "idempotency_keys": lambda at: {
        "oem_id": at.oem_id,
        "actor": "test",
        "key": uuid4().hex,
        "request_hash": b"x",
        "made_id": at.case_id,
        "created_at": NOW,
    },
    "notifications": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "membership_id": at.membership_id,
        "template": "assignment",
        "subject": "x",
        "path": "/cases",
        "dedupe_key": uuid4().hex,
        "created_at": NOW,
    },
    "reveals": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "membership_id": at.membership_id,
        "reason": "other",
        "words": "x",
        "revealed_at": NOW,
        "expires_at": NOW + timedelta(minutes=1),
    },
    "audit_entries": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "at": NOW,
        "actor_kind": "person",
        "actor_role": "advisor",
        "action": "case.register",
        "entity": "case",
        "entity_id": str(at.case_id),
    },
    "clocks": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "metric": "resolve",
        "cycle": uuid4().int % 2_000_000_000 + 1,
        "state": "running",
        "policy_version": 1,
        "calendar_version": 1,
        "started_at": NOW,
        "due_at": NOW,
        "steps": ["level_1"],
        "schedule": [NOW],
        "next_at": NOW,
        "updated_at": NOW,
    },
    "escalations": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "metric": "resolve",
        "cycle": uuid4().int % 2_000_000_000 + 1,
        "step": "level_1",
        "due_at": NOW,
        "fired_at": NOW,
    },
    "events": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "kind": "case.registered",
        "occurred_at": NOW,
        "next_attempt_at": NOW,
    },
    "messages": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "template": "assignment",
        "channel": "email",
        "delivery": "at_least_once",
        "recipient_kind": "staff",
        "recipient_id": at.membership_id,
        "recipient_name": "测试员",
        "address": "staff@example.com",
        "locale": "zh-CN",
        "body": "x",
        "dedupe_key": uuid4().hex,
        "idem_token": uuid4(),
        "state": "queued",
        "next_attempt_at": NOW,
        "expires_at": NOW,
        "created_at": NOW,
    },
    "files": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "name": "report.pdf",
        "media_type": "application/pdf",
        "size_bytes": 1,
        "sha256": b"x",
        "storage_key": uuid4().hex,
        "created_at": NOW,
    },
    "case_attachments": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "file_id": at.case_id,
        "sha256": token_bytes(32),
        "kind": "image",
        "visible_to_customer": True,
        "actor_kind": "person",
        "actor_name": "测试员",
        "created_at": NOW,
    },
    "customer_choices": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "customer_id": at.customer_id,
        "wanted": False,
        "via": "link",
        "chosen_at": NOW,
    },
    "case_consents": lambda at: {
        "oem_id": at.oem_id,
        "case_id": at.case_id,
        "dealer_id": at.dealer_id,
        "version": 1,
        "locale": "zh-CN",
        "given_at": NOW,
    },
    "report_runs": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "month": date(2000 + uuid4().int % 5000, uuid4().int % 12 + 1, 1),
        "locale": "zh-CN",
        "state": "queued",
        "requested_name": "测试员",
        "created_at": NOW,
    },
    "chat_robots": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "name": "测试群",
        "provider": "wecom",
        "locale": "zh-CN",
        "templates": ["breach"],
        "created_at": NOW,
        "created_by": "test",
    },
    "chat_robot_secrets": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "robot_id": at.robot_id,
        "created_at": NOW,
        "url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=invented",
    },
    "webhook_endpoints": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "name": "测试系统",
        "url": "https://hooks.example.com/huiyin",
        "kinds": ["case.registered"],
        "salt": token_bytes(32),
        "created_at": NOW,
        "created_by": "test",
    },
    "inbound_sources": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "code": f"s{uuid4().hex[:12]}",
        "name": "论坛",
        "channel": "platform",
        "salt": token_bytes(32),
        "created_at": NOW,
        "created_by": "test",
    },
    "file_jobs": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "kind": "export",
        "state": "queued",
        "actor_kind": "person",
        "actor_id": at.membership_id,
        "actor_name": "测试员",
        "actor_role": "service_manager",
        "scope": "t_dealer",
        "dealer_ids": [at.dealer_id],
        "locale": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "params": "{}",
        "created_at": NOW,
        "expires_at": NOW,
    },
    "import_mappings": lambda at: {
        "oem_id": at.oem_id,
        "columns_sha256": token_bytes(32),
        "mapping": "{}",
        "saved_at": NOW,
        "saved_by": "test",
    },
    "case_calls": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "case_id": at.case_id,
        "source_id": at.source_id,
        "call_ref": uuid4().hex,
        "phone": "+8613800001234",
        "offered_at": NOW,
        "answer_seconds": 60,
        "created_at": NOW,
    },
    "import_runs": lambda at: {
        "oem_id": at.oem_id,
        "id": uuid4(),
        "dealer_id": at.dealer_id,
        "file_name": "cases.csv",
        "file_sha256": b"x",
        "historical": True,
        "actor_name": "test",
        "started_at": NOW,
    },
}


async def insert(connection: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    """Insert one row; JSON columns are given as text."""
    columns = ", ".join(row)
    holes = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(f"INSERT INTO app.{table} ({columns}) VALUES ({holes})", *row.values())


async def build(connection: asyncpg.Connection) -> World:
    """Write the world as the owner, with the policies' hold on the owner lifted for this transaction."""
    async with connection.transaction():
        for table in TABLES:
            await connection.execute(f"ALTER TABLE app.{table} NO FORCE ROW LEVEL SECURITY")
        first, second = [await _oem(connection) for _ in range(2)]
        regions = {oem: [await _region(connection, oem) for _ in range(2)] for oem in (first, second)}
        world = World(
            own=await _place(connection, first, regions[first][0], 11),
            sibling=await _place(connection, first, regions[first][0], 12),
            other_region=await _place(connection, first, regions[first][1], 13),
            other_oem=await _place(connection, second, regions[second][0], 11),
        )
        for table in TABLES:
            await connection.execute(f"ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY")
    return world


async def _oem(connection: asyncpg.Connection) -> int:
    await insert(connection, "oems", row := MAKERS["oems"](_NOWHERE))
    return await connection.fetchval("SELECT id FROM app.oems WHERE slug = $1", row["slug"])


async def _region(connection: asyncpg.Connection, oem_id: int) -> int:
    row = MAKERS["regions"](_at(oem_id))
    await insert(connection, "regions", row)
    return row["id"]


async def _place(connection: asyncpg.Connection, oem_id: int, region_id: int, dealer_id: int) -> Place:
    place = Place(oem_id, region_id, dealer_id, *(uuid4() for _ in range(10)))
    ids = {
        "dealers": dealer_id,
        "accounts": place.account_id,
        "memberships": place.membership_id,
        "customers": place.customer_id,
        "vehicles": place.vehicle_id,
        "cases": place.case_id,
        "case_compensations": place.compensation_id,
        # So that an attachment can point to it.
        "files": place.case_id,
        "inbound_sources": place.source_id,
        "follow_up_calls": place.call_id,
        "chat_robots": place.robot_id,
        "call_attempts": place.attempt_id,
    }
    for table, maker in MAKERS.items():
        if table in {"oems", "regions"}:
            continue
        row = maker(place)
        if table in ids:
            row["id"] = ids[table]
        await insert(connection, table, row)
    return place


def _at(oem_id: int) -> Place:
    return Place(oem_id, 0, 0)


_NOWHERE = _at(0)
