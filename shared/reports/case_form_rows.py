"""Rows of the forms of cases, and what is read to print one (R3.9)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.accounts import people
from shared.cases import detail, major_rows
from shared.cases.rule_set import Bilingual
from shared.db.engine import Transaction
from shared.files.store import StoredFile
from shared.reports.case_form import (
    CaseForm,
    Dossier,
    FormCompensation,
    FormContact,
    FormDecision,
    FormEntry,
    FormKind,
    FormSign,
)
from shared.tenants.oems import oem
from shared.web.locale import Locale

MOST_ATTEMPTS: Final = 3
_MOST_ENTRIES: Final = 60


class WaitingForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form that nobody has printed yet."""

    oem_id: int
    id: UUID
    dealer_id: int
    case_id: UUID
    kind: FormKind
    locale: Locale


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """A form of a case; `filed_at` is when the OEM got it."""

    kind: FormKind
    cycle: int
    locale: Locale
    state: str
    ready_at: datetime | None
    filed_at: datetime | None


class FormFile(msgspec.Struct, frozen=True):
    """A printed form in the store."""

    name: str
    storage_key: str
    size_bytes: int
    sha256: bytes

    @property
    def stored(self) -> StoredFile:
        """As the store knows it."""
        return StoredFile(self.storage_key, self.size_bytes, self.sha256)


ASK: Final = """
INSERT INTO case_forms (oem_id, id, dealer_id, case_id, kind, cycle, locale, state, asked_at)
SELECT oem_id, $3, dealer_id, id, $4, cycle, $5, 'queued', $6 FROM cases
WHERE oem_id = $1 AND id = $2 AND NOT historical
ON CONFLICT (oem_id, case_id, kind, cycle, locale) DO NOTHING
"""
# While it is printed anew there is none: half of a case must not go to the press office.
ASK_DOSSIER: Final = """
INSERT INTO case_forms (oem_id, id, dealer_id, case_id, kind, cycle, locale, state, asked_at)
SELECT oem_id, $3, dealer_id, id, 'dossier', cycle, $4, 'queued', $5 FROM cases c
WHERE oem_id = $1 AND id = $2 AND NOT historical AND (major OR major_candidate) AND ($6 OR EXISTS (
    SELECT FROM clocks k WHERE k.oem_id = c.oem_id AND k.case_id = c.id AND k.cycle = c.cycle
                           AND k.metric = 'major_report' AND k.state <> 'cancelled'))
ON CONFLICT (oem_id, case_id, kind, cycle, locale) DO UPDATE
SET state = 'queued', asked_at = $5, attempts = 0, file_id = NULL, ready_at = NULL WHERE $6
"""
WAITING: Final = """
SELECT oem_id, id, dealer_id, case_id, kind, locale FROM case_forms
WHERE state = 'queued' AND kind = ANY ($1) ORDER BY asked_at LIMIT 20
"""
ADD_FILE: Final = """
INSERT INTO files (oem_id, id, dealer_id, case_id, name, media_type, size_bytes, sha256, storage_key,
                   created_at)
SELECT $1, $2, dealer_id, case_id, $4, 'application/pdf', $5, $6, $7, $8 FROM case_forms
WHERE oem_id = $1 AND id = $3
"""
STILL_WAITING: Final = """
SELECT true FROM case_forms WHERE oem_id = $1 AND id = $2 AND state = 'queued' FOR UPDATE
"""
FINISH: Final = """
UPDATE case_forms SET state = 'ready', file_id = $3, ready_at = $4,
                      filed_at = CASE WHEN kind = 'tracking' THEN $4::timestamptz END
WHERE oem_id = $1 AND id = $2 AND state = 'queued'
"""
FAIL: Final = """
UPDATE case_forms SET attempts = attempts + 1,
                      state = CASE WHEN attempts + 1 >= $3 THEN 'failed' ELSE state END
WHERE oem_id = $1 AND id = $2 AND state = 'queued'
"""
FORMS: Final = """
SELECT kind, cycle, locale, state, ready_at, filed_at FROM case_forms
WHERE oem_id = $1 AND case_id = $2 ORDER BY cycle, kind, locale DESC
"""
FILE: Final = """
SELECT f.name, f.storage_key, f.size_bytes, f.sha256 FROM case_forms c
JOIN files f ON f.oem_id = c.oem_id AND f.id = c.file_id
WHERE c.oem_id = $1 AND c.case_id = $2 AND c.kind = $3 AND c.locale = $4 ORDER BY c.cycle DESC LIMIT 1
"""
_POINTS: Final = "SELECT text FROM case_points WHERE oem_id = $1 AND case_id = $2 ORDER BY position"
_ENTRIES: Final = """
SELECT at, actor_name AS who, text FROM timeline_entries
WHERE oem_id = $1 AND case_id = $2 AND text <> '' AND kind <> ALL (ARRAY['add_note', 'backdate'])
ORDER BY at, id LIMIT $3
"""
_COMPENSATIONS: Final = """
SELECT kind, amount_minor, currency, coalesce(approver, '') AS approver FROM case_compensations
WHERE oem_id = $1 AND case_id = $2 AND state = 'given' ORDER BY created_at, id
"""
_REPORTS: Final = """
SELECT at, actor_name AS who, text FROM timeline_entries
WHERE oem_id = $1 AND case_id = $2 AND kind = 'file_report' ORDER BY at, id
"""
_CONTACTS: Final = """
SELECT at, actor_name AS who, coalesce(data->>'channel', '') AS way, kind = 'log_contact' AS effective, text
FROM timeline_entries
WHERE oem_id = $1 AND case_id = $2 AND kind IN ('log_contact', 'log_attempt') ORDER BY at, id LIMIT $3
"""
_FILES: Final = """
SELECT f.name FROM case_attachments a JOIN files f ON f.oem_id = a.oem_id AND f.id = a.file_id
WHERE a.oem_id = $1 AND a.case_id = $2 ORDER BY f.created_at, f.id
"""
_DUE: Final = """
SELECT due_at FROM clocks
WHERE oem_id = $1 AND case_id = $2 AND metric = 'major_report' AND state <> 'cancelled'
ORDER BY cycle DESC, turn DESC LIMIT 1
"""
_MORE: Final = """
SELECT d.phone AS dealer_phone, v.purchased_on FROM cases c
JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
LEFT JOIN vehicles v ON v.oem_id = c.oem_id AND v.id = c.vehicle_id
WHERE c.oem_id = $1 AND c.id = $2
"""


async def case_form(tx: Transaction, oem_id: int, case_id: UUID, kind: FormKind) -> CaseForm:
    """Everything a form shows, as it stands now; needs OEM scope, raises `NotFound` (`case_not_found`)."""
    case = await detail.case_view(tx, oem_id, case_id)
    more = await tx.connection.fetchrow(_MORE, oem_id, case_id)
    maker = await oem(tx, oem_id)
    managers = await people.regional_managers_of(tx, oem_id, case.dealer_id)
    return CaseForm(
        kind=kind,
        printed_at=await tx.now(),
        time_zone=maker.time_zone,
        oem=Bilingual(maker.name, maker.name_en),
        dealer=Bilingual(case.dealer_name, case.dealer_name_en),
        dealer_code=case.dealer_code,
        dealer_phone=more["dealer_phone"] if more else "",
        number=case.number,
        oem_number=case.external_ref or "",
        status=case.report_status.value,
        title=case.title,
        words=case.words,
        description=case.description,
        demand=case.demand,
        background=case.background,
        customer_name=case.customer_name,
        customer_phone=case.customer_phone,
        vehicle=" ".join(
            part for part in (case.vehicle_brand, case.vehicle_series, case.vehicle_model) if part
        ),
        plate=case.vehicle_plate or "",
        vin=case.vehicle_vin or "",
        mileage_km=case.mileage_km,
        purchased_on=more["purchased_on"] if more else None,
        channel=case.channel.value,
        category=case.category.value,
        case_kind=case.kind.value,
        urgency=case.urgency.value,
        nature=case.nature.value,
        major=case.major,
        received_at=case.received_at,
        registered_at=case.registered_at,
        closed_at=case.closed_at,
        handler=case.owner_name,
        field_manager=managers[0].name if managers else "",
        points=await tx.values(_POINTS, oem_id, case_id),
        plan=case.plan,
        found=case.found,
        result=case.result,
        advice=case.advice,
        root_cause=case.root_cause,
        preventive_measure=case.preventive_measure,
        satisfied_with_process=case.satisfied_with_process,
        satisfied_with_result=case.satisfied_with_result,
        entries=await tx.rows(FormEntry, _ENTRIES, oem_id, case_id, _MOST_ENTRIES),
        compensations=await tx.rows(FormCompensation, _COMPENSATIONS, oem_id, case_id),
        dossier=await _dossier(tx, oem_id, case_id) if kind is FormKind.DOSSIER else None,
    )


async def _dossier(tx: Transaction, oem_id: int, case_id: UUID) -> Dossier:
    found = await major_rows.findings(tx, oem_id, case_id)
    made = await major_rows.decisions(tx, oem_id, case_id)
    return Dossier(
        report_due_at=await tx.value(_DUE, oem_id, case_id),
        reports=await tx.rows(FormEntry, _REPORTS, oem_id, case_id),
        signs=[FormSign(each.code.value, Bilingual(each.reason_zh, each.reason_en)) for each in found],
        decisions=[
            FormDecision(each.decided_at, each.decided_name, each.decision.value, each.reason)
            for each in made
        ],
        contacts=await tx.rows(FormContact, _CONTACTS, oem_id, case_id, _MOST_ENTRIES),
        files=await tx.values(_FILES, oem_id, case_id),
    )
