"""Who reacts to which event."""

from shared.escalation.service import Escalations
from shared.notifications.links import Links
from shared.notifications.service import Notifications
from shared.outbox.events import EventKind, Handlers


def build_handlers(public_url: str) -> Handlers:
    """The reactions to every kind of event; `public_url` is where the messages' links lead."""
    links = Links(public_url)
    notifications, escalations = Notifications(links), Escalations(links)
    return {
        EventKind.CASE_REGISTERED: notifications.on_registered,
        EventKind.CASE_ASSIGNED: notifications.on_assigned,
        EventKind.CASE_CLASSIFIED: None,
        EventKind.CASE_CONTACTED: None,
        EventKind.CASE_PLANNED: None,
        EventKind.CASE_RESULT_TOLD: notifications.on_result_told,
        EventKind.CASE_CLOSED: None,
        EventKind.CLOCK_FIRED: escalations.on_fired,
        EventKind.CASE_ESCALATED: escalations.on_called_for_help,
        EventKind.ESCALATION_ACKNOWLEDGED: None,
        EventKind.REPORT_READY: notifications.on_report_ready,
        EventKind.IMPORT_FINISHED: notifications.on_import_finished,
    }
