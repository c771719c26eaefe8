"""What goes in and out of the routes of exports."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from services.api.cases.schemas import example
from shared.cases.queries import CaseFilter
from shared.exports.writing import Format
from shared.file_jobs.repository import FileJob, JobState
from shared.web.locale import Locale, Translator
from shared.web.sentences import sentence


class NewExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list to take out; in the OEM's language unless `locale` says otherwise."""

    format: Format
    filter: CaseFilter = msgspec.field(default_factory=CaseFilter)
    locale: Locale | None = None


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An export: `done` of `total` rows are read; its file is removed at `expires_at`.

    `error` says why there is none, in the reader's language.
    """

    id: UUID
    state: JobState
    total: int
    done: int
    name: str | None
    size_bytes: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime


class Exports(msgspec.Struct, frozen=True):
    """One's own exports, newest first."""

    items: list[Export]


def export_of(job: FileJob, speak: Translator) -> Export:
    """The job as the API shows it."""
    return Export(
        id=job.id,
        state=job.state,
        total=job.total,
        done=job.done,
        name=job.result.name if job.result else None,
        size_bytes=job.result.size_bytes if job.result else None,
        error=sentence(speak, job.error.code, job.error.params) if job.error else None,
        created_at=job.created_at,
        finished_at=job.finished_at,
        expires_at=job.expires_at,
    )


NEW_EXPORT: Final = example(
    "Late and urgent, as a workbook",
    format="xlsx",
    filter={"tab": "breached", "urgencies": ["urgent", "high"]},
    locale="zh-CN",
)
