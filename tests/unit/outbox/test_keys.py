"""Dedupe keys: different things never share one."""

from itertools import combinations
from uuid import UUID

from shared.outbox import keys

A, B = UUID(int=1), UUID(int=2)


def test_each_part_of_what_is_told_makes_another_key() -> None:
    made = [
        keys.escalation(keys.Fired(A, "resolve", 1, 1, "level_1"), A, "sms"),
        keys.escalation(keys.Fired(B, "resolve", 1, 1, "level_1"), A, "sms"),
        keys.escalation(keys.Fired(A, "first_contact", 1, 1, "level_1"), A, "sms"),
        keys.escalation(keys.Fired(A, "resolve", 2, 1, "level_1"), A, "sms"),
        keys.escalation(keys.Fired(A, "resolve", 1, 1, "level_2"), A, "sms"),
        keys.escalation(keys.Fired(A, "resolve", 1, 1, "level_1"), B, "sms"),
        keys.escalation(keys.Fired(A, "resolve", 1, 1, "level_1"), A, "email"),
        keys.escalation(keys.Fired(A, "resolve", 1, 2, "level_1"), A, "sms"),
        keys.nobody_found(keys.Fired(A, "resolve", 1, 1, "level_1"), A, "sms"),
        keys.case("assignment", A, A, A, "sms"),
        keys.case("assignment", A, B, A, "sms"),
        keys.case("result", A, A, A, "sms"),
        keys.run("report_ready", A, A, "email"),
        keys.run("import_digest", A, A, "email"),
    ]
    assert all(one != other for one, other in combinations(made, 2))


def test_the_same_thing_makes_the_same_key() -> None:
    assert keys.escalation(keys.Fired(A, "resolve", 1, 1, "level_1"), B, "sms") == keys.escalation(
        keys.Fired(A, "resolve", 1, 1, "level_1"), B, "sms"
    )
