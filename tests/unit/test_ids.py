from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from shared.ids import new_id

AT = datetime(2026, 3, 2, 1, 0, 0, 123_456, tzinfo=UTC)


def test_ids_of_one_instant_sort_as_they_were_made():
    ids = [new_id(AT) for _ in range(1_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1_000


def test_ids_sort_by_instant_to_the_microsecond():
    later = AT + timedelta(microseconds=1)
    assert [new_id(AT), new_id(AT)] < [new_id(later)]
    assert new_id(AT) < new_id(later) < new_id(AT + timedelta(milliseconds=1))


def test_ids_are_of_version_7_and_hold_their_instant():
    made = new_id(AT)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == int(AT.timestamp() * 1_000)
    assert new_id().version == 7
