"""Whether a case is a major complaint: what speaks for it, and the forms to say so (R2.6)."""

from collections.abc import Sequence
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.cases.case_page import clock_lines
from services.admin.cases.forms import form_lines
from services.admin.forms import command, fields_of, many_of, refused, version_of
from services.admin.majors.models import DecisionLine, FindingLine, MajorPage, ReportLine, ToldLine
from services.admin.pages import go, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import major, queries, service
from shared.cases.major import ConfirmMajor, DismissMajor, MajorView
from shared.cases.major_report import FileReport
from shared.cases.states import Command, available
from shared.cases.vocabulary import MajorCriterion
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid
from shared.permissions import Permission
from shared.reports.case_form import FormKind
from shared.sla.policy import Metric
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import Locale, translator


@get("/cases/{case_id:uuid}/major")
async def major_page(request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]) -> Response[str]:
    """The signs, the decisions, and the forms for those who decide."""
    return await _page(request, reader, case_id)


@post("/cases/{case_id:uuid}/major/confirm")
async def confirm(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """It is a major complaint."""
    fields, criteria = await fields_of(request), await many_of(request, "criteria")
    try:
        values: dict[str, object] = {
            "criteria": criteria,
            "reason": fields.get("reason", ""),
            "nature": fields.get("nature") or None,
        }
        wanted = command(ConfirmMajor, values)
        await service.confirm_major(reader.actor, case_id, wanted, version=version_of(fields))
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, case_id, status=error.status, chosen=criteria, confirming=form)
    return go(request, f"/cases/{case_id}", "major_confirmed")


@post("/cases/{case_id:uuid}/major/dismiss")
async def dismiss(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """It is none."""
    fields = await fields_of(request)
    try:
        wanted = DismissMajor(reason=fields.get("reason", ""))
        await service.dismiss_major(reader.actor, case_id, wanted, version=version_of(fields))
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, case_id, status=error.status, dismissing=form)
    return go(request, f"/cases/{case_id}", "major_dismissed")


@post("/cases/{case_id:uuid}/major/report")
async def report(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """The written report with the proposed handling."""
    fields = await fields_of(request)
    try:
        wanted = FileReport(proposal=fields.get("proposal", ""))
        await service.file_report(reader.actor, case_id, wanted, version=version_of(fields))
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, case_id, status=error.status, reporting=form)
    return go(request, f"/cases/{case_id}/major", "report_filed")


@post("/cases/{case_id:uuid}/major/dossier")
async def dossier(request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]) -> Response[None]:
    """The dossier as things stand now."""
    await service.ask_dossier(reader.actor, case_id)
    return go(request, f"/cases/{case_id}/major", "dossier_asked")


async def _page(
    request: AnyRequest,
    reader: Reader,
    case_id: UUID,
    *,
    status: int = 200,
    chosen: Sequence[str] | None = None,
    confirming: FormState = EMPTY_FORM,
    dismissing: FormState = EMPTY_FORM,
    reporting: FormState = EMPTY_FORM,
) -> Response[str]:
    async with transaction(reader.actor.scope, read_only=True) as tx:
        case = await queries.case_view(tx, reader.actor.oem_id, case_id)
        reader.actor.require(Permission.CASE_READ)
        found = await major.view(tx, reader.actor.oem_id, case_id)
        clocks = await queries.clocks_of(tx, reader.actor.oem_id, case_id)
        forms = await form_lines(tx, reader, case)
        now = await tx.now()
        shown = await look(tx, reader)
    owed = [each for each in clock_lines(case, clocks, now) if each.chip.metric == Metric.MAJOR_REPORT]
    possible = available(case.state, reader.actor.role)
    model = MajorPage(
        id=case.id,
        version=case.version,
        number=case.number,
        title=case.title,
        is_major=found.major,
        may_be_major=found.candidate,
        nature=found.nature,
        findings=_findings(found, reader.locale),
        decisions=_decisions(found),
        may_confirm=Command.CONFIRM_MAJOR in possible,
        may_dismiss=Command.DISMISS_MAJOR in possible and (found.major or found.candidate),
        chosen=list(_suggested(found) if chosen is None else chosen),
        confirming=confirming,
        dismissing=dismissing,
        may_report=Command.FILE_REPORT in possible and (found.major or found.candidate),
        may_ask=found.major or found.candidate,
        report=owed[-1] if owed else None,
        reports=[
            ReportLine(filed_at=each.filed_at, filed_by=each.filed_by, proposal=each.proposal)
            for each in reversed(found.reports)
        ],
        told=[
            ToldLine(name=each.name, channel=each.channel, told_at=each.told_at, sent_at=each.sent_at)
            for each in found.told
        ],
        dossiers=[each for each in forms if each.kind == FormKind.DOSSIER],
        reporting=reporting,
    )
    return await page(request, reader, shown, "majors/major.html", "queue", status=status, page=model)


def _findings(found: MajorView, locale: Locale) -> list[FindingLine]:
    return [
        FindingLine(
            code=each.code,
            reason=each.reason_en if locale is Locale.EN else each.reason_zh,
            words=each.words,
            found_at=each.found_at,
        )
        for each in found.findings
    ]


def _decisions(found: MajorView) -> list[DecisionLine]:
    return [
        DecisionLine(
            decision=each.decision,
            criteria=each.criteria,
            reason=each.reason,
            decided_at=each.decided_at,
            decided_by=each.decided_name,
        )
        for each in reversed(found.decisions)
    ]


def _suggested(found: MajorView) -> list[str]:
    """The criteria that were found by rule."""
    codes = {each.code.value for each in found.findings}
    return [each.value for each in MajorCriterion if each.value in codes]


HANDLERS = [major_page, confirm, dismiss, report, dossier]
