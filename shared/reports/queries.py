"""The database behind the figures: six statements, run in OEM scope, for one dealer and month (R6.1, R6.2).

- A month is one of local dates in the OEM's time zone; a case belongs to it by `received_at`.
- Everything else is as it stands when the figures are taken: category, state, what was told, what is due.
- An indicator counts a case as met, missed or running (`shared/reports/judge.py`). *Timeliness* is the clock
  of the first contact (R4.1); *response* is an answer, not an attempt, within 24 h of receipt (R6.2);
  *handling* and *closed loop* are missed once the clock of the resolution is due. Without a clock, time is
  never up.
- Peers are the dealers of the same area that received a case in the month; where those are fewer than
  `PEERS_AT_LEAST`, all dealers of the OEM; where even those are, nobody. The OEM desk is no peer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from shared.cases.states import REPORT_STATUSES
from shared.cases.vocabulary import Category, ReportCode, ReportStatus
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.reports.figures import (
    PEERS_AT_LEAST,
    TREND_MONTHS,
    Attainment,
    CaseRow,
    CategoryCounts,
    ClockOutcome,
    DealerMonth,
    EscalationLevel,
    Kpi,
    MonthFigures,
    Name,
    PeerRate,
    Peers,
    PhoneKind,
)
from shared.reports.judge import rate_of
from shared.reports.month import Month
from shared.web.formatting import masked_name, masked_phone, masked_plate

CONCLUDED: Final = sorted(
    state.value
    for state, status in REPORT_STATUSES.items()
    if status in {ReportStatus.IN_PROCESS, ReportStatus.CLOSED}
)
"""The states of a case that has a conclusion (R3.3)."""

# How a case stands to its promise of a first contact; `f` is that clock, $2 the present instant.
_FIRST_CONTACT: Final = """
CASE WHEN f.breached_at IS NOT NULL OR (f.state = 'running' AND f.due_at <= $2) THEN 'missed'
     WHEN coalesce(f.met_at, c.contacted_at) IS NOT NULL THEN 'met'
     ELSE 'running' END
"""
_CLOCKS: Final = """
LEFT JOIN clocks f ON f.oem_id = c.oem_id AND f.case_id = c.id AND f.metric = 'first_contact' AND f.cycle = 1
"""
# The time between receipt and result, or $2, in which the case waited; what ran side by side counts once.
_WAITS: Final = """
LEFT JOIN LATERAL (
    SELECT range_agg(span) FILTER (WHERE party = 'customer') AS customer, range_agg(span) AS anybody
    FROM (
        SELECT waits.party,
               tstzrange(greatest(waits.since, c.received_at),
                         least(coalesce(waits.until, $2), coalesce(c.result_told_at, $2))) AS span
        FROM case_waits waits
        WHERE waits.oem_id = c.oem_id AND waits.case_id = c.id
          AND waits.since < least($2, coalesce(c.result_told_at, $2))
          AND coalesce(waits.until, $2) > c.received_at
    ) AS spans
) w ON true
"""
_SECONDS: Final = """
(SELECT coalesce(floor(sum(extract(epoch FROM upper(span) - lower(span)))), 0)::int
 FROM unnest({spans}) AS span)
"""


class _Place(msgspec.Struct, frozen=True):
    dealer: str
    dealer_en: str
    code: str
    city: str
    oem: str
    oem_en: str
    time_zone: str
    area_id: int | None
    area: str | None
    area_en: str | None
    district: str
    district_en: str


class _Case(msgspec.Struct, frozen=True):
    number: str
    received_at: datetime
    customer: str
    phone: str
    phone_kind: PhoneKind
    plate: str
    series: str
    report_code: ReportCode
    category: Category
    major: bool
    content: str
    found: str
    result: str
    advice: str
    result_told_at: datetime | None
    owner_name: str
    root_cause: str
    preventive_measure: str
    first_contact: ClockOutcome
    contacted_at: datetime | None
    customer_seconds: int
    waited_seconds: int


class _Counts(msgspec.Struct, frozen=True):
    dealer_id: int
    year: int
    month: int
    received: int
    sales: int
    service: int
    product_quality: int
    parts: int
    other: int
    contact_met: int
    contact_missed: int
    handled: int
    not_handled: int
    answered: int
    not_answered: int
    told: int
    not_told: int

    def figures(self, month: Month) -> MonthFigures:
        """The counts as the report has them; what is neither met nor missed is running."""
        return MonthFigures(
            month=month,
            categories=CategoryCounts(
                sales=self.sales,
                service=self.service,
                product_quality=self.product_quality,
                parts=self.parts,
                other=self.other,
            ),
            timeliness=self._attained(self.contact_met, self.contact_missed),
            handling=self._attained(self.handled, self.not_handled),
            response=self._attained(self.answered, self.not_answered),
            closed_loop=self._attained(self.told, self.not_told),
        )

    def _attained(self, met: int, missed: int) -> Attainment:
        return Attainment(met=met, missed=missed, running=self.received - met - missed)


_PLACE: Final = """
SELECT d.name AS dealer, d.name_en AS dealer_en, d.code, d.city,
       o.name AS oem, o.name_en AS oem_en, o.time_zone,
       area.id AS area_id, area.name AS area, area.name_en AS area_en,
       district.name AS district, district.name_en AS district_en
FROM dealers d
JOIN oems o ON o.id = d.oem_id
JOIN regions district ON district.oem_id = d.oem_id AND district.id = d.region_id
LEFT JOIN regions area ON area.oem_id = d.oem_id AND area.id = district.parent_id
WHERE d.oem_id = $1 AND d.id = $2
"""
_CASES: Final = f"""
SELECT c.number, c.received_at, p.name AS customer, p.phone, p.phone_kind, coalesce(v.plate, '') AS plate,
       coalesce(nullif(v.series, ''), v.model, '') AS series, c.report_code, c.category, c.major,
       coalesce(nullif(c.words, ''), nullif(c.description, ''), c.title) AS content,
       c.found, c.result, c.advice, c.result_told_at, c.owner_name, c.root_cause, c.preventive_measure,
       {_FIRST_CONTACT} AS first_contact, coalesce(f.met_at, c.contacted_at) AS contacted_at,
       {_SECONDS.format(spans="w.customer")} AS customer_seconds,
       {_SECONDS.format(spans="w.anybody")} AS waited_seconds
FROM cases c
JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
LEFT JOIN vehicles v ON v.oem_id = c.oem_id AND v.id = c.vehicle_id
{_CLOCKS}
{_WAITS}
WHERE c.oem_id = $1 AND c.dealer_id = $3 AND c.received_at <= $2 AND c.received_at < $5
  AND (c.received_at >= $4 OR c.result_told_at IS NULL OR c.result_told_at >= $4)
ORDER BY c.received_at, c.number
"""
_COUNTS: Final = f"""
SELECT dealer_id, extract(year FROM day)::int AS year, extract(month FROM day)::int AS month,
       count(*) AS received,
       count(*) FILTER (WHERE category = 'S') AS sales,
       count(*) FILTER (WHERE category = 'SA') AS service,
       count(*) FILTER (WHERE category = 'SQ') AS product_quality,
       count(*) FILTER (WHERE category = 'SP') AS parts,
       count(*) FILTER (WHERE category = 'OT') AS other,
       count(*) FILTER (WHERE contact = 'met') AS contact_met,
       count(*) FILTER (WHERE contact = 'missed') AS contact_missed,
       count(*) FILTER (WHERE is_concluded) AS handled,
       count(*) FILTER (WHERE NOT is_concluded AND is_due) AS not_handled,
       count(*) FILTER (WHERE is_answered) AS answered,
       count(*) FILTER (WHERE NOT is_answered AND is_day_over) AS not_answered,
       count(*) FILTER (WHERE is_told) AS told,
       count(*) FILTER (WHERE NOT is_told AND is_due) AS not_told
FROM (
    SELECT c.dealer_id, c.category, date_trunc('month', c.received_at AT TIME ZONE $6) AS day,
           {_FIRST_CONTACT} AS contact,
           c.state = ANY ($7::text[]) AS is_concluded,
           c.result_told_at IS NOT NULL AS is_told,
           coalesce(c.contacted_at < c.received_at + interval '24 hours', false) AS is_answered,
           c.received_at + interval '24 hours' <= $2 AS is_day_over,
           coalesce(r.due_at <= $2, false) AS is_due
    FROM cases c
    {_CLOCKS}
    LEFT JOIN clocks r ON r.oem_id = c.oem_id AND r.case_id = c.id AND r.metric = 'resolve'
                      AND r.cycle = c.cycle AND r.state <> 'cancelled'
    WHERE c.oem_id = $1 AND c.dealer_id = ANY ($3::bigint[])
      AND c.received_at >= $4 AND c.received_at < $5 AND c.received_at <= $2
) AS received
GROUP BY dealer_id, day ORDER BY dealer_id, day
"""
_DEALERS: Final = """
SELECT d.id FROM dealers d
JOIN regions district ON district.oem_id = d.oem_id AND district.id = d.region_id
WHERE d.oem_id = $1 AND NOT d.is_desk AND ($2::int IS NULL OR district.parent_id = $2)
"""
_REPEAT_VEHICLES: Final = """
SELECT count(*) FROM (
    SELECT vehicle_id FROM cases
    WHERE oem_id = $1 AND dealer_id = $2 AND vehicle_id IS NOT NULL AND received_at >= $3 AND received_at < $5
      AND received_at <= $6
    GROUP BY vehicle_id
    HAVING count(*) >= 2 AND max(received_at) >= $4
) AS repeated
"""
# A firing that nobody was told of (met in between, history) is no escalation.
_ESCALATIONS: Final = """
SELECT substr(step, 7)::int AS level, count(*) AS raised, count(acknowledged_at) AS acknowledged,
       floor(extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY acknowledged_at - fired_at)))::int
           AS median_acknowledge_seconds
FROM escalations
WHERE oem_id = $1 AND dealer_id = $2 AND fired_at >= $3 AND fired_at < $4 AND fired_at <= $5
  AND step LIKE 'level\\_%' AND suppressed IS NULL
GROUP BY step ORDER BY 1
"""


async def dealer_month(tx: Transaction, oem_id: int, dealer_id: int, month: Month) -> DealerMonth:
    """The figures of a dealer's month, as they stand at the transaction's instant; in OEM scope.

    Raises `NotFound` outside the scope.
    """
    now = await tx.now()
    place = await tx.row(_Place, _PLACE, oem_id, dealer_id)
    if place is None:
        raise NotFound("not_found")
    months = month.back(TREND_MONTHS)
    begins, ends = month.bounds(place.time_zone)
    trend_begins, _ = months[0].bounds(place.time_zone)
    cases = await tx.rows(_Case, _CASES, oem_id, now, dealer_id, begins, ends)
    counts = await _counts(tx, oem_id, [dealer_id], (trend_begins, ends), place.time_zone, now)
    of_month = {Month(each.year, each.month): each for each in counts}
    return DealerMonth(
        oem=_name(place.oem, place.oem_en),
        dealer=_name(place.dealer, place.dealer_en),
        dealer_code=place.code,
        city=place.city,
        region_path=_region_path(place),
        time_zone=place.time_zone,
        month=month,
        generated_at=now,
        cases=tuple(_case_row(each) for each in cases),
        months=tuple(
            of_month[each].figures(each) if each in of_month else MonthFigures(month=each) for each in months
        ),
        repeat_vehicles=await tx.value(_REPEAT_VEHICLES, oem_id, dealer_id, trend_begins, begins, ends, now),
        escalations=tuple(await tx.rows(EscalationLevel, _ESCALATIONS, oem_id, dealer_id, begins, ends, now)),
        peers=await _peers(tx, oem_id, place, (begins, ends), now),
    )


async def _counts(
    tx: Transaction,
    oem_id: int,
    dealer_ids: Sequence[int],
    span: tuple[datetime, datetime],
    time_zone: str,
    now: datetime,
) -> list[_Counts]:
    return await tx.rows(_Counts, _COUNTS, oem_id, now, dealer_ids, *span, time_zone, CONCLUDED)


async def _peers(
    tx: Transaction, oem_id: int, place: _Place, span: tuple[datetime, datetime], now: datetime
) -> Peers | None:
    groups = [(place.area_id, _name(place.area or "", place.area_en or ""))] if place.area_id else []
    for area_id, group in [*groups, (None, _name(place.oem, place.oem_en))]:
        dealer_ids = await tx.values(_DEALERS, oem_id, area_id)
        counts = await _counts(tx, oem_id, dealer_ids, span, place.time_zone, now)
        if len(counts) >= PEERS_AT_LEAST:
            return Peers(group=group, dealers=len(counts), rates=_peer_rates(counts))
    return None


def _peer_rates(counts: Sequence[_Counts]) -> dict[Kpi, PeerRate]:
    figures = [each.figures(Month(each.year, each.month)) for each in counts]
    return {kpi: _peer_rate([each.of(kpi) for each in figures]) for kpi in Kpi}


def _peer_rate(dealers: Sequence[Attainment]) -> PeerRate:
    rates = sorted(each.met * 1000 // each.accepted for each in dealers)
    whole = Attainment(
        met=sum(each.met for each in dealers),
        missed=sum(each.missed for each in dealers),
        running=sum(each.running for each in dealers),
    )
    # The nearest rank: a quarter of the dealers, rounded down, is better.
    return PeerRate(average=rate_of(whole) or 0, upper_quartile=rates[-(len(rates) // 4) - 1])


def _region_path(place: _Place) -> tuple[Name, ...]:
    district = _name(place.district, place.district_en)
    return (district,) if place.area is None else (_name(place.area, place.area_en or ""), district)


def _name(name: str, name_en: str) -> Name:
    return Name(name, name_en or name)


def _case_row(case: _Case) -> CaseRow:
    contacted = case.contacted_at
    return CaseRow(
        number=case.number,
        received_at=case.received_at,
        customer=masked_name(case.customer),
        plate=masked_plate(case.plate),
        phone_kind=case.phone_kind if case.phone else PhoneKind.UNKNOWN,
        phone=masked_phone(case.phone) if case.phone else "",
        channel=case.report_code,
        category=case.category,
        is_major=case.major,
        series=case.series,
        content=case.content,
        found=case.found,
        result=case.result,
        advice=case.advice,
        result_at=case.result_told_at,
        handler=case.owner_name,
        cause=case.root_cause,
        measure=case.preventive_measure,
        first_contact=case.first_contact,
        first_contact_seconds=(
            max(int((contacted - case.received_at).total_seconds()), 0) if contacted else None
        ),
        customer_seconds=case.customer_seconds,
        waited_seconds=case.waited_seconds,
    )
