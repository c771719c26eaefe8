"""What the post office received, in an SQLite file: a restart keeps it."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

Channel = Literal["email", "sms"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
    token TEXT,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    raw BLOB NOT NULL,
    received_at TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX IF NOT EXISTS one_sms_per_token ON received (token) WHERE channel = 'sms';
CREATE VIEW IF NOT EXISTS listed AS
    SELECT id, channel, token, sender, recipient, subject, text, received_at, times FROM received;
"""


class Received(msgspec.Struct, frozen=True):
    """A message that arrived. `token` is the sender's key of an SMS or the Message-ID of an e-mail.

    An SMS that arrives again under its token stays one message and counts up `times`; e-mails are all kept.
    """

    id: int
    channel: Channel
    token: str | None
    sender: str
    recipient: str
    subject: str
    text: str
    received_at: datetime
    times: int


class NewMessage(msgspec.Struct, frozen=True):
    """A message as it arrives; `raw` is what came over the wire."""

    channel: Channel
    token: str | None
    sender: str
    recipient: str
    subject: str
    text: str
    raw: bytes


class Store:
    """The messages in `file`; made when missing."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        # Committed messages survive the death of the process, which is all that is asked of a mailbox for
        # trials.
        self._connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add(self, message: NewMessage, now: datetime) -> Received:
        """Keep a message; an SMS known by its token only counts up."""
        row = self._connection.execute(
            "INSERT INTO received (channel, token, sender, recipient, subject, text, raw, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (token) WHERE channel = 'sms' DO UPDATE SET times = times + 1"
            " RETURNING *",
            (*msgspec.structs.astuple(message), now.isoformat()),
        ).fetchone()
        return _received(row)

    def newest(self, recipient: str = "", channel: str = "", limit: int = 200) -> list[Received]:
        """The newest first: those whose recipient contains `recipient`, of one channel or (empty) both."""
        rows = self._connection.execute(
            "SELECT * FROM listed WHERE instr(lower(recipient), lower(?)) > 0 AND ? IN ('', channel)"
            " ORDER BY id DESC LIMIT ?",
            (recipient, channel, limit),
        )
        return [_received(row) for row in rows]

    def sms(self, token: str) -> Received | None:
        """The SMS with this token."""
        row = self._connection.execute(
            "SELECT * FROM listed WHERE channel = 'sms' AND token = ?", (token,)
        ).fetchone()
        return None if row is None else _received(row)

    def raw(self, message_id: int) -> bytes | None:
        """What came over the wire."""
        row = self._connection.execute("SELECT raw FROM received WHERE id = ?", (message_id,)).fetchone()
        return None if row is None else row["raw"]

    def count(self) -> int:
        """How many messages there are."""
        return self._connection.execute("SELECT count(*) FROM received").fetchone()[0]

    def clear(self) -> None:
        """Throw everything away."""
        self._connection.execute("DELETE FROM received")


def _received(row: sqlite3.Row) -> Received:
    return msgspec.convert(dict(row), Received)
