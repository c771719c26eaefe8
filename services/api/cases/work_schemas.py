"""What goes in and out of the routes of a case's work: commands, each with the version seen."""

import msgspec

from services.api.cases.schemas import Version
from shared.cases import commands, work_commands
from shared.cases.linking import LinkedCase
from shared.cases.merging import MergedCase


class RequestFromCustomer(commands.RequestFromCustomer, frozen=True, kw_only=True):
    """Record what the customer was asked for."""

    version: Version


class RenewLink(commands.RenewLink, frozen=True, kw_only=True):
    """No link that was sent opens the customer's page any more."""

    version: Version


class ChooseMessages(commands.ChooseMessages, frozen=True, kw_only=True):
    """Whether the customer wants surveys and word of the progress."""

    version: Version


class Wait(commands.Wait, frozen=True, kw_only=True):
    """Wait for the OEM or for parts."""

    version: Version


class EndWait(commands.EndWait, frozen=True, kw_only=True):
    """What the case waited for is there."""

    version: Version


class Hold(commands.Hold, frozen=True, kw_only=True):
    """Stalemate, cooled down."""

    version: Version


class Resume(commands.Resume, frozen=True, kw_only=True):
    """Go on where the case was held."""

    version: Version


class Withdraw(commands.Withdraw, frozen=True, kw_only=True):
    """The customer does not pursue the case."""

    version: Version


class Merge(commands.Merge, frozen=True, kw_only=True):
    """Handle the case in another."""

    version: Version


class Unmerge(commands.Unmerge, frozen=True, kw_only=True):
    """Take a merged case out again."""

    version: Version


class Link(commands.Link, frozen=True, kw_only=True):
    """Relate the case to another."""

    version: Version


class Unlink(commands.Unlink, frozen=True, kw_only=True):
    """Take the relation away."""

    version: Version


class RelatedCases(msgspec.Struct, frozen=True):
    """Other cases that belong to one: those merged into it, and those that have to do with it."""

    merged: list[MergedCase]
    linked: list[LinkedCase]


class Reopen(commands.Reopen, frozen=True, kw_only=True):
    """Begin a new cycle with promises of its own."""

    version: Version


class TakeOver(commands.TakeOver, frozen=True, kw_only=True):
    """Somebody of the OEM becomes the owner of a dealer's case."""

    version: Version


class HandBack(commands.HandBack, frozen=True, kw_only=True):
    """The owner gives the case back to who had it before."""

    version: Version


class AskTransfer(commands.AskTransfer, frozen=True, kw_only=True):
    """The dealer asks the OEM to move the case to another dealer."""

    version: Version


class RefuseTransfer(commands.RefuseTransfer, frozen=True, kw_only=True):
    """The case stays where it is."""

    version: Version


class Transfer(commands.Transfer, frozen=True, kw_only=True):
    """Move the case with all that belongs to it to another dealer."""

    version: Version


class AddPoints(work_commands.AddPoints, frozen=True, kw_only=True):
    """Write down what the customer complains of, point by point."""

    version: Version


class Diagnose(work_commands.Diagnose, frozen=True, kw_only=True):
    """Write down what was found out."""

    version: Version


class Agree(work_commands.Agree, frozen=True, kw_only=True):
    """Record that the customer agrees to the plan."""

    version: Version


class ConfirmVisit(work_commands.ConfirmVisit, frozen=True, kw_only=True):
    """The customer has confirmed the visit."""

    version: Version


class ExecuteStep(work_commands.ExecuteStep, frozen=True, kw_only=True):
    """Record a key step, what was measured, which parts went in and what is charged."""

    version: Version


class Verify(work_commands.Verify, frozen=True, kw_only=True):
    """The functional check."""

    version: Version


class Judge(commands.Judge, frozen=True, kw_only=True):
    """Tell the customer what becomes of a suggestion or an experience, which answers the complaint."""

    version: Version


class Survey(commands.Survey, frozen=True, kw_only=True):
    """Record whether the customer is satisfied with process and result."""

    version: Version


class Compensate(work_commands.Compensate, frozen=True, kw_only=True):
    """Give something within one's own limit."""

    version: Version


class Approve(work_commands.Approve, frozen=True, kw_only=True):
    """Let a compensation be given that somebody below asked for."""

    version: Version


class Decline(work_commands.Decline, frozen=True, kw_only=True):
    """A compensation that somebody below asked for is not given."""

    version: Version


class GiveCompensation(work_commands.GiveCompensation, frozen=True, kw_only=True):
    """What was approved has been given."""

    version: Version


class DropCompensation(work_commands.DropCompensation, frozen=True, kw_only=True):
    """A compensation asked for or approved is not needed any more."""

    version: Version


class AddTask(work_commands.AddTask, frozen=True, kw_only=True):
    """Give another department something to do."""

    version: Version


class FinishTask(work_commands.FinishTask, frozen=True, kw_only=True):
    """The task is done."""

    version: Version


class CancelTask(work_commands.CancelTask, frozen=True, kw_only=True):
    """The task is not needed any more."""

    version: Version
