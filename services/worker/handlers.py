"""Who reacts to which event."""

from collections.abc import Awaitable, Callable

from shared.cases import calendar_change, policy_migration
from shared.cases.major_watch import watch
from shared.db.engine import Transaction
from shared.escalation.major_reports import MajorReports
from shared.escalation.service import Escalations
from shared.follow_up.progress import Progress
from shared.follow_up.reactions import FollowUp
from shared.inbound import calls
from shared.notifications import unwanted
from shared.notifications.case_work import CaseWorkNotices
from shared.notifications.links import Links
from shared.notifications.major_notices import MajorNotices
from shared.notifications.service import Notifications
from shared.notifications.unreached import Unreached
from shared.notifications.webhooks import telling as webhooks
from shared.notifications.webhooks.vocabulary import OFFERED
from shared.outbox.events import Event, EventKind, Handler, Handlers
from shared.reports import case_forms


def build_handlers(links: Links, ask_forms: Handler = case_forms.ask) -> Handlers:
    """The reactions to every kind of event; `links` says where their messages lead.

    `ask_forms` asks for the forms of a case: a past that is told does not print all of its forms.
    """
    notifications, escalations = Notifications(links), Escalations(links)
    work, majors, follow_up = CaseWorkNotices(links), MajorNotices(links), FollowUp(links)
    reports, progress = MajorReports(links), Progress(links)
    owed = each_of(reports.on_changed, case_forms.ask_dossier)
    reactions: Handlers = {
        EventKind.CASE_REGISTERED: each_of(
            ask_forms,
            notifications.on_registered,
            calls.on_registered,
            watch,
            progress.on_opened,
        ),
        EventKind.CASE_ASSIGNED: each_of(notifications.on_assigned, follow_up.on_assigned),
        EventKind.CASE_CLASSIFIED: each_of(watch, owed),
        EventKind.CASE_CONTACTED: each_of(watch, progress.on_contacted),
        EventKind.CASE_PLANNED: each_of(notifications.on_planned, progress.on_planned),
        EventKind.CASE_RESULT_TOLD: each_of(
            notifications.on_result_told, follow_up.on_result_told, progress.on_result_told
        ),
        EventKind.CASE_CLOSED: each_of(follow_up.on_closed, ask_forms),
        EventKind.CASE_DIAGNOSED: None,
        EventKind.CASE_AGREED: notifications.on_agreed,
        EventKind.CASE_WORKED_ON: None,
        EventKind.CASE_VERIFIED: None,
        EventKind.CASE_SURVEYED: each_of(watch, follow_up.on_surveyed),
        EventKind.CASE_HELD: watch,
        EventKind.CASE_RESUMED: None,
        EventKind.CASE_WITHDRAWN: each_of(notifications.on_withdrawn, follow_up.on_over),
        EventKind.CASE_MERGED: notifications.on_merged,
        EventKind.CASE_UNMERGED: each_of(notifications.on_unmerged, follow_up.on_apart),
        EventKind.CASE_REOPENED: each_of(
            notifications.on_reopened, watch, owed, follow_up.on_over, progress.on_opened
        ),
        EventKind.FORM_FILED: majors.on_filed,
        EventKind.MAJOR_FOUND: each_of(majors.on_found, owed),
        EventKind.MAJOR_DECIDED: each_of(majors.on_decided, owed),
        EventKind.MAJOR_REPORTED: each_of(reports.on_reported, case_forms.ask_dossier_anew),
        EventKind.DOSSIER_ASKED: case_forms.ask_dossier_anew,
        EventKind.CASE_MENTIONED: work.on_mentioned,
        EventKind.CUSTOMER_ASKED: progress.on_asked,
        EventKind.TASK_ADDED: work.on_task_added,
        EventKind.TASK_ENDED: None,
        EventKind.APPROVAL_ASKED: each_of(work.on_approval_asked, watch),
        EventKind.APPROVAL_DECIDED: work.on_approval_decided,
        EventKind.COMPENSATION_GIVEN: watch,
        EventKind.TRANSFER_ASKED: work.on_transfer_asked,
        EventKind.CUSTOMER_CHOSE: unwanted.on_customer_chose,
        EventKind.CASE_CUSTOMER_WROTE: each_of(notifications.on_customer_wrote, watch),
        EventKind.CUSTOMER_UNREACHED: each_of(
            Unreached(links).on_unreached, follow_up.on_unreached, progress.on_unreached
        ),
        EventKind.CUSTOMER_REACHED: each_of(follow_up.on_reached, progress.on_reached),
        EventKind.CLOCK_FIRED: _unless_told(progress.told, escalations.on_fired),
        EventKind.CASE_ESCALATED: each_of(escalations.on_called_for_help, watch),
        EventKind.ESCALATION_ACKNOWLEDGED: escalations.on_acknowledged,
        EventKind.REPORT_READY: notifications.on_report_ready,
        EventKind.CALENDAR_PUBLISHED: calendar_change.on_published,
        EventKind.POLICY_MIGRATION: policy_migration.on_migration,
        EventKind.IMPORT_FINISHED: notifications.on_import_finished,
    }
    return {
        kind: _told_to_systems(reaction) if kind in OFFERED else reaction
        for kind, reaction in reactions.items()
    }


def _unless_told(told: Callable[[Transaction, Event], Awaitable[bool]], otherwise: Handler) -> Handler:
    """What the customer has been told by a message nobody else has to be told of."""

    async def react(tx: Transaction, event: Event) -> None:
        if not await told(tx, event):
            await otherwise(tx, event)

    return react


def _told_to_systems(reaction: Handler | None) -> Handler:
    return webhooks.on_event if reaction is None else each_of(webhooks.on_event, reaction)


def each_of(*handlers: Handler) -> Handler:
    """One reaction after another, in the same transaction."""

    async def react(tx: Transaction, event: Event) -> None:
        for handler in handlers:
            await handler(tx, event)

    return react
