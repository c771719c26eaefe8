"""What calls for care on a case: signs of a major complaint, and risk periods (R2.6)."""

from services.admin.cases.models import Caution
from services.admin.session import Reader
from shared.cases import major_rows, risk_service
from shared.cases.risk_periods import RunningPeriod
from shared.cases.views import CaseView
from shared.db.engine import Transaction
from shared.permissions import Permission
from shared.web.formatting import Formats
from shared.web.labels import label
from shared.web.locale import Locale, translator


async def cautions_of(tx: Transaction, reader: Reader, case: CaseView) -> list[Caution]:
    """The cautions of a case, the gravest first."""
    found = await _major(tx, reader, case)
    if case.closed_at is not None:
        return found
    running = await risk_service.running_for_case(tx, reader.actor.oem_id, case.id)
    return [*found, *(caution_of(each, reader) for each in running)]


def caution_of(running: RunningPeriod, reader: Reader) -> Caution:
    """A risk period that runs, with its plan and what stands ready."""
    speak, period = translator(reader.locale), running.period
    until = Formats(speak, reader.zone).day(running.ends_on)
    title = speak.gettext(
        "%(name)s, until %(day)s", name=reader.named(period.name.zh, period.name.en), day=until
    )
    lines = [
        reader.named(period.plan.zh, period.plan.en),
        reader.named(period.resources.zh, period.resources.en),
    ]
    return Caution(tone="note", icon="flag", title=title, lines=[line.strip() for line in lines if line])


async def _major(tx: Transaction, reader: Reader, case: CaseView) -> list[Caution]:
    if not case.major and not case.major_candidate:
        return []
    speak = translator(reader.locale)
    found = await major_rows.findings(tx, reader.actor.oem_id, case.id)
    between = ": " if reader.locale is Locale.EN else "："
    lines = [
        label(speak, "major_finding", each.code.value)
        + between
        + (each.reason_en if reader.locale is Locale.EN else each.reason_zh)
        for each in found
    ]
    decides = not case.major and reader.actor.may(Permission.MAJOR_DECIDE)
    title = speak.gettext("Major complaint") if case.major else speak.gettext("Possibly a major complaint")
    return [
        Caution(
            tone="bad" if case.major else "warn",
            icon="flame",
            title=title,
            lines=lines,
            href=f"/cases/{case.id}/major",
            link=speak.gettext("Decide") if decides else speak.gettext("Signs and decisions"),
        )
    ]
