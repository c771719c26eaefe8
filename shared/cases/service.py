"""Everything done to cases: each function is one transaction.

All commands take `(actor, case_id, command, *, version, as_of=None)`, those on a task or a compensation its
id after the case's, and return the case as it is afterwards.
They raise `NotFound` (`case_not_found`) for a case outside the actor's scope before anything else,
`Forbidden` without the permission, `Conflict` for a stale `version` (`stale_version`; None: no check) or
a command out of order, and `Invalid` for fields that cannot be accepted. `as_of` replaces the present instant
(demo history and tests).

`register(actor, intake, *, source, idempotency_key=None, as_of=None, historical=False, alongside=None,
once=None)` returns the new case; what `alongside(tx, case_id)` writes is there with it or not at all.
The same key with the same intake returns the first case, with another it raises `Conflict`
(`idempotency_key_reused`); `once` is a key that belongs to nobody alone. A known `external_ref` raises
`Conflict` (`external_ref_exists`, params `case_id` and `number`). A `historical` case records its breaches;
whoever reacts to its events tells nobody.

`register_many(actor, intakes, *, source, as_of=None, historical=False)` returns for each intake, in order,
the case (`Registered`) or the error that `register` would have raised. All cases are made in one transaction,
at one instant; where somebody else comes between, each in one of its own. References have to be different
within one call. `rehearse_many(actor, intakes, *, source, as_of=None)` says the same and writes nothing.
"""

from shared.cases.compensation import approve, compensate, decline, drop, give
from shared.cases.customer_choice import choose_messages
from shared.cases.customer_messages import customer_message
from shared.cases.linking import link, unlink
from shared.cases.major import confirm as confirm_major
from shared.cases.major import dismiss as dismiss_major
from shared.cases.major_report import ask_dossier, file_report
from shared.cases.merging import merge, unmerge
from shared.cases.outcome import close, judge, resolve, survey
from shared.cases.progress import add_note, confirm_receipt, log_contact, request_from_customer
from shared.cases.reclassify import classify
from shared.cases.register import register
from shared.cases.register_many import register_many, rehearse_many
from shared.cases.reopening import reopen
from shared.cases.responsibility import acknowledge, assign, escalate, hand_back, take, take_over
from shared.cases.tags import add_tag, remove_tag
from shared.cases.tasks import add_task, cancel_task, finish_task
from shared.cases.transfer import ask_transfer, refuse_transfer, transfer
from shared.cases.turns import hold, renew_link, resume, withdraw
from shared.cases.waiting import end_wait, wait
from shared.cases.work import add_points, agree, confirm_visit, diagnose, execute_step, plan, verify

__all__ = [
    "acknowledge",
    "add_note",
    "add_points",
    "add_tag",
    "add_task",
    "agree",
    "approve",
    "ask_dossier",
    "ask_transfer",
    "assign",
    "cancel_task",
    "choose_messages",
    "classify",
    "close",
    "compensate",
    "confirm_major",
    "confirm_receipt",
    "confirm_visit",
    "customer_message",
    "decline",
    "diagnose",
    "dismiss_major",
    "drop",
    "end_wait",
    "escalate",
    "execute_step",
    "file_report",
    "finish_task",
    "give",
    "hand_back",
    "hold",
    "judge",
    "link",
    "log_contact",
    "merge",
    "plan",
    "refuse_transfer",
    "register",
    "register_many",
    "rehearse_many",
    "remove_tag",
    "renew_link",
    "reopen",
    "request_from_customer",
    "resolve",
    "resume",
    "survey",
    "take",
    "take_over",
    "transfer",
    "unlink",
    "unmerge",
    "verify",
    "wait",
    "withdraw",
]
