"""The present as a test wants it: its dates stay right in whatever year it runs."""

from collections.abc import Callable
from datetime import datetime

import pytest

from shared.db.engine import Transaction


def let_now_be(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Let every transaction without an instant of its own act at `at` instead of PostgreSQL's clock."""

    async def now(transaction: Transaction) -> datetime:
        return transaction.as_of or at

    monkeypatch.setattr(Transaction, "now", now)


def always(at: datetime) -> Callable[..., None]:
    """A fixture that lets each test of its module act at `at`: what it publishes is in force later."""

    @pytest.fixture(autouse=True)
    def present(monkeypatch: pytest.MonkeyPatch) -> None:
        let_now_be(monkeypatch, at)

    return present
