"""A case just registered as it is read: made of the rows that were written, without asking for them again."""

from typing import Final

import msgspec

from shared.cases.registration import Written
from shared.cases.states import REPORT_STATUSES
from shared.cases.views import CaseView, ClassificationView
from shared.cases.vocabulary import CaseState

# What a case begins without.
_NOT_YET: Final = (
    dict.fromkeys(
        (
            "contacted_at",
            "planned_at",
            "result_told_at",
            "closed_at",
            "promised_at",
            "reopened_at",
            "held_in",
            "merged_into",
            "waiting_since",
            "answer_by",
            "transfer_asked_at",
            "verdict",
            "satisfied_with_process",
            "satisfied_with_result",
        ),
        None,
    )
    | dict.fromkeys(
        ("plan", "result", "found", "advice", "root_cause", "preventive_measure", "waiting_for", "waits_for"),
        "",
    )
    | dict.fromkeys(("open_tasks", "open_compensations"), 0)
    | dict.fromkeys(("visit_unconfirmed", "work_unverified"), False)
)


def view_of(written: Written, *, wants_messages: bool) -> CaseView:
    """The same as `detail.case_view` in the transaction that wrote the case."""
    case, dealer = written.case, written.dealer
    customer, vehicle = written.customer, written.vehicle
    columns = {name: getattr(case, name) for name in case.__struct_fields__ if name in _SHOWN}
    columns |= {f"customer_{name}": getattr(customer, name) for name in _OF_CUSTOMER}
    columns |= {f"vehicle_{name}": getattr(vehicle, name) if vehicle else None for name in _OF_VEHICLE}
    columns |= {
        "version": 1,
        "wants_messages": wants_messages,
        "cycle": 1,
        "major": False,
        "open_points": case.points,
        "report_status": REPORT_STATUSES[CaseState(case.state)],
        "classification": msgspec.convert(case.classification, ClassificationView, from_attributes=True),
        "dealer_code": dealer.code,
        "dealer_name": dealer.name,
        "dealer_name_en": dealer.name_en,
    }
    return msgspec.convert(_NOT_YET | columns, CaseView)


_SHOWN: Final = frozenset(CaseView.__struct_fields__)
_OF_CUSTOMER: Final = ("name", "phone", "phone_kind", "email", "locale")
_OF_VEHICLE: Final = ("vin", "plate", "brand", "series", "model")
