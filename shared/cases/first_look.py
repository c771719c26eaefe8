"""What can be said of a complaint while it is being written down (R1.2, R2.4)."""

from typing import Final

import msgspec

from shared.cases import policy_data
from shared.cases.bigrams import compact
from shared.cases.intake import Intake
from shared.cases.registration import classified
from shared.cases.symptoms import is_vague
from shared.cases.texts import clean
from shared.cases.views import ClassificationView
from shared.customers.identifiers import BadIdentifier, plate_fits, vin, vin_check_digit_fits
from shared.db.engine import Transaction
from shared.tenants.oems import oem

_FEWEST: Final = 2


class FirstLook(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules suggest, and what should be looked at again before the complaint is registered.

    `classification` is None while there are no words yet. `symptom_needed`: the words name no concrete
    symptom, and neither does the description. `warnings` are codes of what looks odd and may be right all
    the same: `vin_check_digit`, `vin_length`, `plate_form`.
    """

    classification: ClassificationView | None
    symptom_needed: bool
    warnings: list[str]


async def first_look(tx: Transaction, oem_id: int, intake: Intake) -> FirstLook:
    """What can be said of what is known so far, in any state of writing."""
    intake = msgspec.structs.replace(
        intake, words=clean(intake.words), description=clean(intake.description), demand=clean(intake.demand)
    )
    told = any(len(text) >= _FEWEST for text in (intake.words, intake.description, intake.fault_label))
    found = None
    if told:
        classification = classified(await policy_data.rule_set(tx, oem_id), intake)
        found = msgspec.convert(classification, ClassificationView, from_attributes=True)
    country = (await oem(tx, oem_id)).country
    return FirstLook(
        classification=found,
        symptom_needed=symptom_needed(intake),
        warnings=[*_about_vin(intake.vehicle_vin), *_about_plate(intake.vehicle_plate, country)],
    )


def symptom_needed(intake: Intake) -> bool:
    """Whether somebody should ask what exactly is seen, heard or felt (R1.2, pure)."""
    return bool(intake.words) and not intake.description.strip() and is_vague(intake.words)


def _about_vin(text: str) -> list[str]:
    if not compact(text):
        return []
    try:
        return [] if vin_check_digit_fits(vin(text)) else ["vin_check_digit"]
    except BadIdentifier:
        return ["vin_length"]


def _about_plate(text: str, country: str) -> list[str]:
    return ["plate_form"] if compact(text) and not plate_fits(text, country) else []
