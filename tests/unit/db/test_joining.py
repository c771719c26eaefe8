"""Several writes made one statement."""

import pytest

from shared.db.joining import joined

_INSERT = "INSERT INTO colours (id, name) VALUES ($1, $2)"
_UPDATE = "UPDATE shapes SET sides = $2 WHERE id = $1"


def test_each_write_has_its_own_arguments():
    assert joined(((_INSERT, 2), (_UPDATE, 2))) == (
        "WITH w0 AS (INSERT INTO colours (id, name) VALUES ($1, $2)),"
        " w1 AS (UPDATE shapes SET sides = $4 WHERE id = $3) SELECT"
    )


def test_rows_inserted_one_after_another_become_one_insertion():
    assert joined(((_INSERT, 2), (_INSERT, 2), (_UPDATE, 2), (_INSERT, 2))) == (
        "WITH w0 AS (INSERT INTO colours (id, name) VALUES ($1, $2), ($3, $4)),"
        " w1 AS (UPDATE shapes SET sides = $6 WHERE id = $5),"
        " w2 AS (INSERT INTO colours (id, name) VALUES ($7, $8)) SELECT"
    )


@pytest.mark.parametrize("sql", [_INSERT + " RETURNING id", _INSERT.replace("$2", "lower($2)"), _UPDATE])
def test_what_is_more_than_a_plain_row_stays_a_statement_of_its_own(sql: str):
    assert joined(((sql, 2), (sql, 2))).count(" AS (") == 2
