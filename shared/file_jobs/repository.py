"""Jobs in the database: who asked for what, how far it is, and the file that came of it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.errors import Forbidden, NotFound, Param
from shared.files.store import StoredFile
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, DbRole, Scope

MOST_ATTEMPTS: Final = 3
LEASE: Final = timedelta(seconds=60)
"""How long a worker that died keeps others from a job; a living one renews its lease."""
MOST_LISTED: Final = 100


class JobKind(StrEnum):
    """What a job makes."""

    EXPORT = "export"
    IMPORT = "import"


class JobState(StrEnum):
    """Where a job stands; `queued` and `running` are under way, `expired` has no files any more."""

    DRAFT = "draft"
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


class Trouble(msgspec.Struct, frozen=True):
    """Why the last try failed: code and parameters of a sentence (`shared/web/sentences.py`)."""

    code: str
    params: dict[str, Param] = {}


class KeptFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a job: its name for people, its kind, and where it is kept."""

    name: str
    media_type: str
    key: str
    size_bytes: int
    sha256: bytes

    @property
    def stored(self) -> StoredFile:
        """What the store knows it by."""
        return StoredFile(self.key, self.size_bytes, self.sha256)


class FileJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as who asked for it sees it.

    `params` is what the package of its kind has put there. `done` of `total` rows are done; `counts` says
    what became of them.
    """

    id: UUID
    kind: JobKind
    state: JobState
    params: object
    locale: str
    total: int
    done: int
    counts: dict[str, int]
    error: Trouble | None
    input: KeptFile | None
    result: KeptFile | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime

    @property
    def is_under_way(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in {JobState.QUEUED, JobState.RUNNING}


class LeasedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that nobody else makes until the lease ends."""

    oem_id: int
    id: UUID
    kind: JobKind
    actor_kind: ActorKind
    actor_id: UUID
    actor_name: str
    actor_role: Role
    scope: DbRole
    dealer_ids: list[int]
    locale: str
    time_zone: str
    params: object
    input: KeptFile | None
    attempts: int
    total: int
    created_at: datetime

    @property
    def actor(self) -> Actor:
        """Who asked, with what could be seen then."""
        scopes = {
            DbRole.DEALER: lambda: Scope.dealer(self.oem_id, self.dealer_ids[0]),
            DbRole.REGION: lambda: Scope.region(self.oem_id, tuple(self.dealer_ids)),
            DbRole.OEM: lambda: Scope.oem(self.oem_id),
        }
        return Actor(
            kind=self.actor_kind,
            role=self.actor_role,
            scope=scopes[self.scope](),
            name=self.actor_name,
            id=self.actor_id,
            locale=self.locale,
            time_zone=self.time_zone,
            request_id=str(self.id),
        )


_SEEN: Final = ", ".join(FileJob.__struct_fields__)
_LEASED: Final = ", ".join(LeasedJob.__struct_fields__)
_INSERT: Final = """
INSERT INTO file_jobs (oem_id, id, dealer_id, kind, state, actor_kind, actor_id, actor_name, actor_role,
                       scope, dealer_ids, locale, time_zone, params, total, input, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
"""
_OWN: Final = "oem_id = $1 AND kind = $2 AND actor_kind = $3 AND actor_id = $4"
_ONE: Final = f"SELECT {_SEEN} FROM file_jobs WHERE {_OWN} AND id = $5"
_ALL: Final = f"SELECT {_SEEN} FROM file_jobs WHERE {_OWN} ORDER BY created_at DESC, id DESC LIMIT $5"
_UNDER_WAY: Final = f"SELECT count(*) FROM file_jobs WHERE {_OWN} AND state IN ('queued', 'running')"
_QUEUE: Final = f"""
UPDATE file_jobs SET state = 'queued', params = $6, attempts = 0, done = 0, counts = '{{}}', error = NULL,
                     finished_at = NULL
WHERE {_OWN} AND id = $5 AND state IN ('draft', 'ready', 'failed')
"""
_TAKE: Final = f"""
UPDATE file_jobs SET state = 'running', attempts = attempts + 1, lease_token = $3, leased_until = now() + $4
WHERE oem_id = $1 AND id = $2 AND kind = ANY ($5)
  AND (state = 'queued' OR (state = 'running' AND leased_until < now()))
RETURNING {_LEASED}
"""
_STILL_THERE: Final = """
SELECT EXISTS (SELECT FROM memberships WHERE oem_id = $1 AND id = $2 AND active AND role = $3)
    OR EXISTS (SELECT FROM api_keys WHERE oem_id = $1 AND id = $2 AND revoked_at IS NULL)
"""
_HELD: Final = "WHERE oem_id = $1 AND id = $2 AND lease_token = $3"
_KEEP: Final = f"UPDATE file_jobs SET leased_until = now() + $4 {_HELD}"
_PROGRESS: Final = f"UPDATE file_jobs SET done = $4, total = $5, leased_until = now() + $6 {_HELD}"
_FINISH: Final = f"""
UPDATE file_jobs SET state = 'ready', result = $4, counts = $5, done = total, error = NULL,
                     finished_at = now(), lease_token = NULL, leased_until = NULL {_HELD}
"""
_FAIL: Final = f"""
UPDATE file_jobs SET state = CASE WHEN $5 THEN 'failed' ELSE 'queued' END, error = $4,
                     finished_at = CASE WHEN $5 THEN now() END, lease_token = NULL, leased_until = NULL
{_HELD}
"""
_EXPIRED: Final = f"""
SELECT {_SEEN} FROM file_jobs
WHERE oem_id = $1 AND expires_at <= $2 AND state IN ('draft', 'ready', 'failed')
LIMIT 200
"""
_EXPIRE: Final = (
    "UPDATE file_jobs SET state = 'expired', input = NULL, result = NULL WHERE oem_id = $1 AND id = $2"
)


def home(actor: Actor) -> Scope:
    """The scope a job is kept in: the dealer's for its people, the OEM's for everybody else."""
    return actor.scope if actor.scope.role is DbRole.DEALER else Scope.oem(actor.oem_id)


def place(actor: Actor) -> int:
    """The dealer a job is kept at, 0 for the OEM."""
    return actor.scope.dealer_ids[0] if actor.scope.role is DbRole.DEALER else 0


def _own(actor: Actor, kind: JobKind) -> tuple[object, ...]:
    if actor.kind not in {ActorKind.PERSON, ActorKind.API_KEY}:
        raise Forbidden("people_only")
    return actor.oem_id, kind.value, actor.kind.value, actor.id


async def insert(
    tx: Transaction,
    actor: Actor,
    job_id: UUID,
    *,
    kind: JobKind,
    state: JobState,
    params: msgspec.Struct,
    total: int,
    locale: str,
    expires_at: datetime,
    file: KeptFile | None = None,
) -> None:
    """Write a job in the scope of `home`."""
    _own(actor, kind)
    await tx.execute(
        _INSERT,
        actor.oem_id,
        job_id,
        place(actor),
        kind.value,
        state.value,
        actor.kind.value,
        actor.id,
        actor.name,
        actor.role.value,
        actor.scope.role.value,
        list(actor.scope.dealer_ids),
        locale,
        actor.time_zone,
        params,
        total,
        file,
        await tx.now(),
        expires_at,
    )


async def job(tx: Transaction, actor: Actor, kind: JobKind, job_id: UUID) -> FileJob:
    """One of the actor's own jobs; raises `NotFound` for any other."""
    found = await tx.row(FileJob, _ONE, *_own(actor, kind), job_id)
    if found is None:
        raise NotFound("not_found")
    return found


async def jobs(tx: Transaction, actor: Actor, kind: JobKind) -> list[FileJob]:
    """The actor's own jobs, newest first, at most `MOST_LISTED`."""
    return await tx.rows(FileJob, _ALL, *_own(actor, kind), MOST_LISTED)


async def under_way(tx: Transaction, actor: Actor, kind: JobKind) -> int:
    """How many of the actor's jobs wait or are being made."""
    return await tx.value(_UNDER_WAY, *_own(actor, kind))


async def queue(tx: Transaction, actor: Actor, kind: JobKind, job_id: UUID, params: msgspec.Struct) -> bool:
    """Let a job be made (again) with these params; False where it is under way or gone."""
    return bool(await tx.execute(_QUEUE, *_own(actor, kind), job_id, params))


async def take(
    tx: Transaction, oem_id: int, job_id: UUID, token: UUID, kinds: Collection[JobKind]
) -> LeasedJob | None:
    """Lease a job of these kinds that waits or whose worker died; None when there is nothing to take."""
    known = [kind.value for kind in kinds]
    return await tx.row(LeasedJob, _TAKE, oem_id, job_id, token, LEASE, known)


async def is_still_there(tx: Transaction, leased: LeasedJob) -> bool:
    """Whether who asked still has the place, or the key, he asked from."""
    return bool(await tx.value(_STILL_THERE, leased.oem_id, leased.actor_id, leased.actor_role.value))


async def keep(tx: Transaction, oem_id: int, job_id: UUID, token: UUID) -> bool:
    """Renew the lease; False when it is lost."""
    return bool(await tx.execute(_KEEP, oem_id, job_id, token, LEASE))


async def progress(tx: Transaction, oem_id: int, job_id: UUID, token: UUID, done: int, total: int) -> bool:
    """Note how far it is; False when the lease is lost."""
    return bool(await tx.execute(_PROGRESS, oem_id, job_id, token, done, total, LEASE))


async def finish(
    tx: Transaction, oem_id: int, job_id: UUID, token: UUID, result: KeptFile, counts: dict[str, int]
) -> bool:
    """The file is there; False when the lease is lost."""
    return bool(await tx.execute(_FINISH, oem_id, job_id, token, result, counts))


async def fail(
    tx: Transaction, oem_id: int, job_id: UUID, token: UUID, trouble: Trouble, *, for_good: bool
) -> bool:
    """Record why there is no file; the job waits for its next try unless `for_good`."""
    return bool(await tx.execute(_FAIL, oem_id, job_id, token, trouble, for_good))


async def expired(tx: Transaction, oem_id: int) -> list[FileJob]:
    """Jobs of the OEM whose files have been kept long enough."""
    return await tx.rows(FileJob, _EXPIRED, oem_id, await tx.now())


async def expire(tx: Transaction, oem_id: int, job_id: UUID) -> None:
    """Forget the files of a job."""
    await tx.execute(_EXPIRE, oem_id, job_id)
