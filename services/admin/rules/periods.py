"""The risk periods in the console: all of them, and the form of one (R2.6)."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from litestar import Response, get, post

from services.admin.forms import Fields, digits, fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.rules.form_versions import FormPolicy, Telling, handlers_of
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import risk_service
from shared.cases.risk_periods import DAYS, MONTHS, RiskKind, RiskPeriod, RiskPolicy
from shared.cases.risk_service import RiskPeriods
from shared.cases.rule_set import Bilingual
from shared.cases.texts import clean
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, FieldError, Invalid, NotFound
from shared.permissions import Permission
from shared.tenants.policies import PolicyName
from shared.web.components import EMPTY_FORM, FormState
from shared.web.formatting import Formats
from shared.web.locale import msgid, translator

_PATH: Final = "/oem/risk-periods"
_NUMBERS: Final = {
    "month": (1, 12),
    "day": (1, 31),
    "before_days": DAYS,
    "after_days": DAYS,
    "from_months": MONTHS,
    "to_months": MONTHS,
    "months": MONTHS,
}
"""The fields that hold numbers, with the least and the most."""
_DATES: Final = ("starts_on", "ends_on", "launched_on")


class PeriodRow(msgspec.Struct, frozen=True, kw_only=True):
    """One period; `when` in words, `runs` says that it is on today by the calendar."""

    period: RiskPeriod
    name: str
    when: str
    plan: str
    resources: str
    runs: bool


class PeriodsPage(msgspec.Struct, frozen=True, kw_only=True):
    """All periods."""

    rows: list[PeriodRow]
    version: int
    form: FormState


class PeriodPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one period; `period_id` is empty for a new one."""

    period_id: str
    version: int
    form: FormState


@get(_PATH)
async def periods(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Every period with its plan."""
    reader.actor.require(Permission.TENANT_MANAGE)
    return await _list(request, reader)


async def _list(
    request: AnyRequest, reader: Reader, form: FormState = EMPTY_FORM, status: int = 200
) -> Response[str]:
    known = await risk_service.risk_periods(reader.actor)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        running = {each.period.id for each in await risk_service.running_now(tx, reader.actor.oem_id)}
    rows = [
        PeriodRow(
            period=each,
            name=reader.named(each.name.zh, each.name.en),
            when=_when(each, Formats(translator(reader.locale), reader.zone)),
            plan=reader.named(each.plan.zh, each.plan.en),
            resources=reader.named(each.resources.zh, each.resources.en),
            runs=each.id in running,
        )
        for each in known.periods
    ]
    model = PeriodsPage(rows=rows, version=known.version, form=form)
    return await policy_page(request, reader, "rules/periods.html", model, status=status)


@get(f"{_PATH}/edit")
async def edit(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form of one period, or of a new one."""
    reader.actor.require(Permission.TENANT_MANAGE)
    known = await risk_service.risk_periods(reader.actor)
    wanted = request.query_params.get("id") or ""
    form = FormState(values=_typed(_period(known, wanted))) if wanted else EMPTY_FORM
    return await _form(request, reader, wanted, known.version, form)


@post(f"{_PATH}/edit")
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Publish the periods with this one changed or added."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    known = await risk_service.risk_periods(reader.actor)
    before = fields.get("before", "")
    version = known.version
    try:
        version = whole_number(fields, "version")
        changed = _read(fields)
        kept = [changed if each.id == before else each for each in known.periods]
        wanted = kept if before in {each.id for each in known.periods} else [*kept, changed]
        await risk_service.publish(reader.actor, RiskPolicy(tuple(wanted)), version=version)
    except AppError as error:
        form = refused(fields, _by_name(error), translator(reader.locale))
        return await _form(request, reader, before, version, form, status=error.status)
    return go(request, _PATH, "rules_saved")


@post(f"{_PATH}/remove")
async def remove(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Publish the periods without this one."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    known = await risk_service.risk_periods(reader.actor)
    gone = _period(known, fields.get("before", ""))
    kept = tuple(each for each in known.periods if each.id != gone.id)
    version = whole_number(fields, "version")
    try:
        await risk_service.publish(reader.actor, RiskPolicy(kept), version=version)
    except Conflict as error:
        return await _list(request, reader, refused({}, error, translator(reader.locale)), error.status)
    return go(request, _PATH, "rules_saved")


async def _form(
    request: AnyRequest,
    reader: Reader,
    period_id: str,
    version: int,
    form: FormState,
    status: int = 200,
) -> Response[str]:
    model = PeriodPage(period_id=period_id, version=version, form=form)
    return await policy_page(request, reader, "rules/period.html", model, status=status)


def _period(known: RiskPeriods, period_id: str) -> RiskPeriod:
    found = next((each for each in known.periods if each.id == period_id), None)
    if found is None:
        raise NotFound("not_found")
    return found


def _typed(period: RiskPeriod) -> dict[str, str]:
    """A period as its form holds it."""
    texts = {
        f"{name}_{language}": text
        for name, both in (("name", period.name), ("plan", period.plan), ("resources", period.resources))
        for language, text in (("zh", both.zh), ("en", both.en))
    }
    numbers = {name: str(getattr(period, name)) for name in _NUMBERS}
    dates = {name: str(getattr(period, name) or "") for name in _DATES}
    return {
        **texts,
        **numbers,
        **dates,
        "id": period.id,
        "kind": period.kind.value,
        "enabled": "true" if period.enabled else "",
        "models": "\n".join(period.models),
    }


def _read(fields: Fields) -> RiskPeriod:
    problems: list[FieldError] = []
    values: dict[str, object] = {
        "id": fields.get("id", "").strip(),
        "enabled": fields.get("enabled") == "true",
        "models": [clean(line) for line in fields.get("models", "").splitlines() if line.strip()],
    }
    for name in ("name", "plan", "resources"):
        values[name] = Bilingual(clean(fields.get(f"{name}_zh", "")), clean(fields.get(f"{name}_en", "")))
    for name in ("kind", *_NUMBERS, *_DATES):
        text = fields.get(name, "").strip()
        if text:
            _put(values, problems, name, text)
    problems += [
        FieldError(name, "required")
        for name in ("name_zh", "name_en", "kind")
        if not fields.get(name, "").strip()
    ]
    if problems:
        raise Invalid("invalid_input", fields=problems)
    try:
        return msgspec.convert(values, RiskPeriod, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("invalid_input", fields=[_unfit(error)]) from error


def _put(values: dict[str, object], problems: list[FieldError], name: str, text: str) -> None:
    try:
        if name == "kind":
            values[name] = RiskKind(text)
        elif name in _DATES:
            values[name] = date.fromisoformat(text)
        else:
            least, most = _NUMBERS[name]
            number = digits(text)
            if number is None or not least <= number <= most:
                problems.append(FieldError(name, "out_of_range", {"least": least, "most": most}))
            values[name] = number
    except ValueError:
        problems.append(FieldError(name, "unknown_value"))


def _unfit(error: msgspec.ValidationError) -> FieldError:
    """The field that does not fit; msgspec names it last."""
    name = str(error).rpartition("$.")[2].rstrip("`").split("[")[0]
    return FieldError(name, "unknown_value")


def _by_name(error: AppError) -> AppError:
    """The fields of one period by their names in the form."""
    fields: Sequence[FieldError] = [
        FieldError(each.field.rpartition(".")[2], each.code, each.params) for each in error.fields
    ]
    error.fields = tuple(fields)
    return error


def _when(period: RiskPeriod, formats: Formats) -> str:
    speak = formats.translator
    match period.kind:
        case RiskKind.YEARLY:
            return speak.gettext(
                "Every year: %(day)s/%(month)s, from %(before)s days before to %(after)s days after",
                day=period.day,
                month=period.month,
                before=period.before_days,
                after=period.after_days,
            )
        case RiskKind.DATES if period.starts_on and period.ends_on:
            return f"{formats.day(period.starts_on)} – {formats.day(period.ends_on)}"
        case RiskKind.DATES:
            return speak.gettext("No dates yet")
        case RiskKind.AFTER_PURCHASE:
            return speak.gettext(
                "From %(since)s to %(until)s months after the purchase",
                since=period.from_months,
                until=period.to_months,
            )
        case RiskKind.NEW_MODEL if period.launched_on:
            launched = speak.gettext(
                "%(months)s months from %(day)s",
                months=period.months,
                day=formats.day(period.launched_on),
            )
            return f"{', '.join(period.models)}: {launched}"
        case RiskKind.NEW_MODEL:
            return speak.gettext("No model yet")


def _day(day: date | None, formats: Formats) -> str:
    return formats.day(day) if day else ""


def _told(policy: RiskPolicy, telling: Telling) -> dict[str, str]:
    speak = telling.speak
    told: dict[str, str] = {}
    for period in policy.periods:
        parts = {
            speak.gettext("Name in Chinese"): period.name.zh,
            speak.gettext("Name in English"): period.name.en,
            speak.gettext("On"): telling.yes_no(period.enabled),
            speak.gettext("When"): _when(period, telling.formats),
            speak.gettext("First day"): _day(period.starts_on, telling.formats),
            speak.gettext("Last day"): _day(period.ends_on, telling.formats),
            speak.gettext("Models"): telling.listed(period.models),
            speak.gettext("On sale since"): _day(period.launched_on, telling.formats),
            speak.gettext("Plan in Chinese"): period.plan.zh,
            speak.gettext("Plan in English"): period.plan.en,
            speak.gettext("Resources in Chinese"): period.resources.zh,
            speak.gettext("Resources in English"): period.resources.en,
        }
        told |= telling.under(period.id, parts)
    return told


_VERSIONED: Final = FormPolicy(
    _PATH, PolicyName.RISK_PERIODS, msgid("Risk periods"), RiskPolicy, _told, risk_service.publish
)

HANDLERS = [periods, edit, save, remove, *handlers_of(_VERSIONED)]
