"""Who reacts to which event."""

from shared.db.engine import Transaction
from shared.escalation.service import Escalations
from shared.inbound import calls
from shared.notifications.case_work import CaseWorkNotices
from shared.notifications.links import Links
from shared.notifications.service import Notifications
from shared.outbox.events import Event, EventKind, Handler, Handlers


def build_handlers(links: Links) -> Handlers:
    """The reactions to every kind of event; `links` says where their messages lead."""
    notifications, escalations = Notifications(links), Escalations(links)
    work = CaseWorkNotices(links)
    return {
        EventKind.CASE_REGISTERED: each_of(notifications.on_registered, calls.on_registered),
        EventKind.CASE_ASSIGNED: notifications.on_assigned,
        EventKind.CASE_CLASSIFIED: None,
        EventKind.CASE_CONTACTED: None,
        EventKind.CASE_PLANNED: notifications.on_planned,
        EventKind.CASE_RESULT_TOLD: notifications.on_result_told,
        EventKind.CASE_CLOSED: None,
        EventKind.CASE_DIAGNOSED: None,
        EventKind.CASE_AGREED: notifications.on_agreed,
        EventKind.CASE_WORKED_ON: None,
        EventKind.CASE_VERIFIED: None,
        EventKind.CASE_SURVEYED: None,
        EventKind.CASE_HELD: None,
        EventKind.CASE_RESUMED: None,
        EventKind.CASE_WITHDRAWN: notifications.on_withdrawn,
        EventKind.CASE_REOPENED: notifications.on_reopened,
        EventKind.CASE_MENTIONED: work.on_mentioned,
        EventKind.CUSTOMER_ASKED: None,
        EventKind.TASK_ADDED: work.on_task_added,
        EventKind.TASK_ENDED: None,
        EventKind.APPROVAL_ASKED: work.on_approval_asked,
        EventKind.APPROVAL_DECIDED: work.on_approval_decided,
        EventKind.COMPENSATION_GIVEN: None,
        EventKind.TRANSFER_ASKED: work.on_transfer_asked,
        EventKind.CASE_CUSTOMER_WROTE: notifications.on_customer_wrote,
        EventKind.CLOCK_FIRED: escalations.on_fired,
        EventKind.CASE_ESCALATED: escalations.on_called_for_help,
        EventKind.ESCALATION_ACKNOWLEDGED: None,
        EventKind.REPORT_READY: notifications.on_report_ready,
        EventKind.IMPORT_FINISHED: notifications.on_import_finished,
    }


def each_of(*handlers: Handler) -> Handler:
    """One reaction after another, in the same transaction."""

    async def react(tx: Transaction, event: Event) -> None:
        for handler in handlers:
            await handler(tx, event)

    return react
