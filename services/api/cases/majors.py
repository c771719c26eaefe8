"""Major complaints: what speaks for one, and what was decided (R2.6)."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases.schemas import Version, example
from services.api.openapi import ALSO
from shared.cases import major, major_report, service
from shared.cases.major import MajorView
from shared.cases.views import CaseView
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor

_TAGS = ["Major complaints"]


class ConfirmMajor(major.ConfirmMajor, frozen=True, kw_only=True):
    """It is a major complaint: criteria, reason, and who outside may take it up."""

    version: Version


class DismissMajor(major.DismissMajor, frozen=True, kw_only=True):
    """It is none, with the reason."""

    version: Version


class FileReport(major_report.FileReport, frozen=True, kw_only=True):
    """The written report: the proposed handling."""

    version: Version


@get(
    "/cases/{case_id:uuid}/major",
    tags=_TAGS,
    summary="Signs, criteria, decisions",
    operation_id="getMajor",
)
async def get_major(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> MajorView:
    """Each sign and criterion with the rule that found it, its reason and its words; every decision."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return await major.view(tx, actor.oem_id, case_id)


@post(
    "/cases/{case_id:uuid}/major/confirm",
    tags=_TAGS,
    summary="Confirm a major complaint",
    operation_id="confirmMajor",
    status_code=200,
)
async def confirm_major(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        ConfirmMajor,
        example(
            "By risk",
            criteria=["risk"],
            nature="potential_media",
            reason="客户已联系电视台，可能公开报道",
            version=2,
        ),
    ],
) -> CaseView:
    """Count the case as a major complaint by one or more of the five criteria; the OEM only."""
    return await service.confirm_major(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/major/dismiss",
    tags=_TAGS,
    summary="Dismiss a candidate",
    operation_id="dismissMajor",
    status_code=200,
)
async def dismiss_major(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[DismissMajor, example("None", reason="经核实为排气管积碳冒烟，并未起火", version=2)],
) -> CaseView:
    """Count the case as an ordinary complaint; the OEM only."""
    return await service.dismiss_major(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/major/report",
    tags=_TAGS,
    summary="File the written report",
    operation_id="fileMajorReport",
    status_code=200,
)
async def file_report(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        FileReport,
        example("Proposal", proposal="更换总成并延长质保一年；由站长当面致歉，暂不接受媒体采访", version=3),
    ],
) -> CaseView:
    """File the report with the proposed handling; the OEM's named persons get it, and the dossier anew."""
    return await service.file_report(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/major/dossier",
    opt={ALSO: (409,)},
    tags=_TAGS,
    summary="Print the dossier anew",
    operation_id="askDossier",
    status_code=202,
)
async def ask_dossier(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> None:
    """Ask for the dossier as things stand now; it is ready as the form `dossier` within a minute."""
    await service.ask_dossier(actor, case_id)


HANDLERS = [get_major, confirm_major, dismiss_major, file_report, ask_dossier]
