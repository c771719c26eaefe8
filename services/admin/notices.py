"""What is said after something was done: by a code that travels to the next page in a cookie."""

from collections.abc import Mapping
from typing import Final

from services.admin.session import AnyConnection
from shared.web.components import Toast
from shared.web.locale import Translator, msgid

NOTICE_COOKIE: Final = "huiyin_notice"

NOTICES: Final[Mapping[str, str]] = {
    "followed_on": msgid("It was closed too long ago: this new case is linked to it."),
    "migration_started": msgid("Open cases are being migrated."),
    "register": msgid("The complaint is registered."),
    "confirm": msgid("Receipt confirmed."),
    "take": msgid("The case is yours now."),
    "assign": msgid("The case was handed over."),
    "classify": msgid("The classification was saved."),
    "contact": msgid("The contact was saved."),
    "note": msgid("The note was saved."),
    "attach": msgid("The file was added."),
    "tag": msgid("The tag was added."),
    "untag": msgid("The tag was removed."),
    "source_revoked": msgid("Nothing more is taken from that source."),
    "webhook_changed": msgid("The webhook was changed."),
    "webhook_stopped": msgid("That system is told nothing more."),
    "webhook_let": msgid("That system is told again of what happens."),
    "webhook_tested": msgid("A test is on its way."),
    "webhook_replayed": msgid("It is being told again."),
    "robot_added": msgid("The group hears of what is late from now on."),
    "robot_tested": msgid("A test is on its way; the messages tell what becomes of it."),
    "robot_revoked": msgid("The group is told nothing more."),
    "plan": msgid("The plan was saved."),
    "resolve": msgid("The result was saved; the customer is being told."),
    "close": msgid("The case was closed."),
    "major_confirmed": msgid("The case counts as a major complaint now."),
    "major_dismissed": msgid("The case counts as an ordinary complaint."),
    "report_filed": msgid("The written report is filed; the OEM is being told."),
    "dossier_asked": msgid("The dossier is being printed."),
    "form_printing": msgid("This form is being printed just now. It appears here by itself."),
    "form_failed": msgid("This form could not be printed. Please tell the operator."),
    "all_read": msgid("Everything was marked as read."),
    "reveal": msgid("Name, number, plate and VIN are shown for half an hour."),
    "escalate": msgid("Help was called; the next level is being told."),
    "merge": msgid("The case is handled in the other one from now on."),
    "unmerge": msgid("The case goes on by itself again."),
    "link": msgid("The two cases show each other now."),
    "unlink": msgid("The link was taken away."),
    "acknowledge": msgid("Acknowledged."),
    "call": msgid("The call was saved."),
    "call_checked": msgid("The check was saved."),
    "call_handed_over": msgid("The call was handed over."),
    "request": msgid("The request was saved; the case waits for the customer."),
    "points": msgid("The points were saved."),
    "diagnose": msgid("The diagnosis was saved."),
    "agree": msgid("The agreement was saved."),
    "visit": msgid("The visit is confirmed."),
    "step": msgid("The step was saved."),
    "verify": msgid("The check was saved."),
    "verdict": msgid("The verdict was saved; the customer is being told."),
    "survey": msgid("The answers were saved."),
    "compensate": msgid("The compensation was saved; above your limit somebody is asked first."),
    "approve": msgid("Approved."),
    "decline": msgid("Declined."),
    "give": msgid("Recorded as given."),
    "drop": msgid("The compensation was dropped."),
    "task": msgid("The task was added."),
    "finish-task": msgid("The task is done."),
    "cancel-task": msgid("The task was cancelled."),
    "renew-link": msgid("The links that were sent do not open the case any more."),
    "choose-messages": msgid("What the customer wants was saved."),
    "wait": msgid("The wait is recorded; its promise runs."),
    "end-wait": msgid("The wait is over."),
    "hold": msgid("The case is on hold; its promises run on."),
    "resume": msgid("The case goes on."),
    "withdraw": msgid("The case was withdrawn."),
    "reopen": msgid("The case is open again; new promises are running."),
    "take-over": msgid("The case is yours now."),
    "hand-back": msgid("The case was handed back."),
    "ask-transfer": msgid("The OEM was asked to move the case."),
    "refuse-transfer": msgid("The case stays where it is."),
    "transfer": msgid("The case was moved to the other dealer."),
    "requeue": msgid("The message will be sent again."),
    "requeue_failed": msgid("The messages will be sent again."),
    "requeue_some": msgid("The first of them will be sent again. Those below are left."),
    "requeue_none": msgid("There was nothing to send again."),
    "report": msgid("The report is being made."),
    "import": msgid("The file is being worked on."),
    "export": msgid("The file is being made."),
    "view": msgid("The view was saved."),
    "view_removed": msgid("The view was removed."),
    "settings": msgid("Your settings were saved."),
    "password": msgid("Your password was changed. Please sign in with the new one."),
    "session": msgid("That browser was signed out."),
    "absence": msgid("The substitute was saved."),
    "absence_end": msgid("The substitute was taken back."),
    "oem_opened": msgid("The OEM is open; its administrator has been invited."),
    "oem_saved": msgid("The settings were saved."),
    "rule_kept": msgid("The change is kept in the draft. Nothing holds before it is published."),
    "rule_undone": msgid("The change was taken back."),
    "draft_discarded": msgid("All changes were taken back."),
    "rules_saved": msgid("The new version is in force."),
    "consent": msgid("The new text is in force."),
    "dealer": msgid("The dealer was added."),
    "invite": msgid("The invitation is on its way."),
    "revoke": msgid("The invitation was withdrawn."),
    "welcome": msgid("Welcome. You are signed in now."),
    "staff": msgid("The post was changed."),
    "abilities": msgid("What the person can do is written down."),
    "deactivate": msgid("The place was taken away, and the open cases were handed over."),
    "reactivate": msgid("The person can sign in again."),
}
_FAILURES: Final = frozenset({"form_failed"})


def done(translator: Translator, code: str) -> Toast:
    """The message for something that has just been done."""
    text = translator.gettext(NOTICES[code])
    return Toast(text, "bad") if code in _FAILURES else Toast(text)


def notice(connection: AnyConnection, translator: Translator) -> list[Toast]:
    """What the page before left to say."""
    code = connection.cookies.get(NOTICE_COOKIE, "")
    return [done(translator, code)] if code in NOTICES else []
