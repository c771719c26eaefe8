"""Taking the rows of a file one after another, or rehearsing it so that nothing stays."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from shared.db.engine import Transaction, transaction
from shared.onboarding.files import FileResult, FileRow, RowResult
from shared.tenancy import Scope


class Work(Protocol):
    """What takes rows in an open transaction; each row sees what those before have made."""

    async def take(self, row: FileRow) -> RowResult:
        """The verdict on a row, taken where it can be."""
        ...


class _Rehearsed(Exception):
    """Ends a transaction of which nothing shall stay."""


async def take_rows(
    scope: Scope,
    rows: Iterable[FileRow],
    begin: Callable[[Transaction], Awaitable[Work]],
    *,
    dry_run: bool,
) -> FileResult:
    """Take every row in one transaction; a row that cannot be taken leaves the others alone.

    `dry_run` tells the same and writes nothing.
    """
    results: list[RowResult] = []
    try:
        async with transaction(scope) as tx:
            work = await begin(tx)
            for row in rows:
                results.append(await work.take(row))  # noqa: PERF401  # each sees what those before have made
            if dry_run:
                raise _Rehearsed  # noqa: TRY301  # the one way to leave nothing behind
    except _Rehearsed:
        pass
    return FileResult(results)
