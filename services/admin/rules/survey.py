"""What customers are asked after the work, edited in the console (R5.1)."""

from collections.abc import Sequence
from typing import Final

import msgspec
from litestar import Response, get, post

from services.admin.forms import Fields, fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.rules.form_versions import FormPolicy, Telling, handlers_of
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases.texts import clean_line
from shared.errors import AppError, FieldError, Invalid
from shared.follow_up import policy_data
from shared.follow_up.policy import (
    MOST_QUESTIONS,
    CallPolicy,
    FollowUpPolicy,
    Option,
    Question,
    SurveyPolicy,
)
from shared.follow_up.vocabulary import Measure, Moment, QuestionKind
from shared.permissions import Permission
from shared.tenants.policies import PolicyName
from shared.web.components import FormState
from shared.web.labels import label
from shared.web.locale import msgid, translator

_PATH: Final = "/oem/survey"
_SLOTS: Final = range(1, MOST_QUESTIONS + 1)
_TYPED: Final = ("key", "zh", "en")


class SurveyPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form: as many slots as there may be questions; a slot without a text asks nothing."""

    version: int
    form: FormState
    slots: list[int]


@get(_PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The questions in force."""
    reader.actor.require(Permission.TENANT_MANAGE)
    version, policy = await policy_data.in_force(reader.actor)
    return await _page(request, reader, version, FormState(values=_values(policy.survey)))


@post(_PATH)
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Ask other questions from now on."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    version, policy = await policy_data.in_force(reader.actor)
    slots = _asked(fields)
    try:
        version = whole_number(fields, "version")
        wanted = FollowUpPolicy(survey=_read(fields, slots), calls=policy.calls)
        await policy_data.publish(reader.actor, wanted, version=version)
    except AppError as error:
        error.fields = tuple(
            msgspec.structs.replace(each, field=_name(each.field, slots)) for each in error.fields
        )
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, version, form, error.status)
    return go(request, _PATH, "rules_saved")


async def _page(
    request: AnyRequest, reader: Reader, version: int, form: FormState, status: int = 200
) -> Response[str]:
    model = SurveyPage(version=version, form=form, slots=list(_SLOTS))
    return await policy_page(request, reader, "rules/survey.html", model, status=status)


def _values(survey: SurveyPolicy) -> dict[str, str]:
    values = {
        "after": survey.after.value,
        "satisfied_from": str(survey.satisfied_from),
        "open_days": str(survey.open_days),
    }
    for slot, question in enumerate(survey.questions, start=1):
        values |= {
            f"place_{slot}": str(slot),
            f"key_{slot}": question.key,
            f"kind_{slot}": question.kind.value,
            f"zh_{slot}": question.zh,
            f"en_{slot}": question.en,
            f"measures_{slot}": question.measures.value if question.measures else "",
            f"required_{slot}": "true" if question.required else "",
            f"options_{slot}": "\n".join(
                f"{each.value} | {each.zh} | {each.en}" for each in question.options
            ),
        }
    return values


def _asked(fields: Fields) -> list[int]:
    """The slots that hold a question, in the order they shall be asked."""
    filled = [slot for slot in _SLOTS if any(fields.get(f"{name}_{slot}", "").strip() for name in _TYPED)]
    return sorted(filled, key=lambda slot: (_place(fields, slot), slot))


def _place(fields: Fields, slot: int) -> int:
    text = fields.get(f"place_{slot}", "")
    return int(text) if text in {str(each) for each in _SLOTS} else slot


def _read(fields: Fields, slots: Sequence[int]) -> SurveyPolicy:
    """The survey that was typed; raises `Invalid` by the paths of the policy."""
    problems: list[FieldError] = []
    after = fields.get("after", "")
    if after not in set(Moment):
        problems.append(FieldError("survey.after", "unknown_value"))
    numbers: dict[str, int] = {}
    for name in ("satisfied_from", "open_days"):
        try:
            numbers[name] = whole_number(fields, name)
        except Invalid as error:
            problems += [FieldError(f"survey.{each.field}", each.code) for each in error.fields]
    questions = [_question(fields, slot, place, problems) for place, slot in enumerate(slots)]
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return SurveyPolicy(questions=tuple(questions), after=Moment(after), **numbers)


def _question(fields: Fields, slot: int, place: int, problems: list[FieldError]) -> Question:
    at = f"survey.questions[{place}]"
    kind, measures = fields.get(f"kind_{slot}", ""), fields.get(f"measures_{slot}", "")
    if kind not in set(QuestionKind):
        problems.append(FieldError(f"{at}.kind", "unknown_value"))
        kind = QuestionKind.TEXT.value
    if measures and measures not in set(Measure):
        problems.append(FieldError(f"{at}.measures", "unknown_value"))
        measures = ""
    return Question(
        key=fields.get(f"key_{slot}", "").strip(),
        kind=QuestionKind(kind),
        zh=clean_line(fields.get(f"zh_{slot}", "")),
        en=clean_line(fields.get(f"en_{slot}", "")),
        measures=Measure(measures) if measures else None,
        options=_options(fields.get(f"options_{slot}", ""), at, problems),
        required=fields.get(f"required_{slot}") == "true",
    )


def _options(text: str, at: str, problems: list[FieldError]) -> tuple[Option, ...]:
    options: list[Option] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        match [clean_line(part) for part in line.replace("｜", "|").split("|")]:
            case [value, zh, en]:
                options.append(Option(value, zh, en))
            case _:
                problems.append(FieldError(f"{at}.options", "option_malformed"))
    return tuple(options)


def _name(path: str, slots: Sequence[int]) -> str:
    """A path of the policy ("survey.questions[2].options[0].zh") as the form has it ("options_4")."""
    whole, _, inner = path.partition("].")
    if not inner:
        return path.removeprefix("survey.")
    place = int(whole.rpartition("[")[2])
    return f"{inner.partition('[')[0]}_{slots[place]}"


def _told(policy: FollowUpPolicy, telling: Telling) -> dict[str, str]:
    speak, survey = telling.speak, policy.survey
    told = {
        speak.gettext("Sent after"): label(speak, "survey_moment", survey.after.value),
        speak.gettext("Satisfied from score"): str(survey.satisfied_from),
        speak.gettext("Can be answered for (days)"): str(survey.open_days),
    }
    for place, each in enumerate(survey.questions, start=1):
        measures = each.measures and label(speak, "measure", each.measures.value)
        parts = {
            speak.gettext("Asked as number"): str(place),
            speak.gettext("In Chinese"): each.zh,
            speak.gettext("In English"): each.en,
            speak.gettext("Answered by"): label(speak, "question_kind", each.kind.value),
            speak.gettext("Measures the satisfaction with"): measures or "",
            speak.gettext("Answers to choose"): " / ".join(f"{one.zh} {one.en}" for one in each.options),
            speak.gettext("Must be answered"): "✓" if each.required else "–",
        }
        told |= telling.under(each.key, parts)
    return told | _calls_told(policy.calls, telling)


def _calls_told(calls: CallPolicy, telling: Telling) -> dict[str, str]:
    speak = telling.speak
    parts = {
        speak.gettext("Planned after"): label(speak, "survey_moment", calls.after.value),
        speak.gettext("Made by"): label(speak, "role", calls.caller_role.value),
        speak.gettext("Dissatisfied customers are called back by"): label(
            speak, "role", calls.callback_role.value
        ),
        speak.gettext("Second call after (days)"): str(calls.second_after_days),
        speak.gettext("Second call for"): telling.listed(
            label(speak, "kind", each) for each in calls.second_kinds
        ),
        speak.gettext("Latest day a customer may ask for (days)"): str(calls.latest_days),
        speak.gettext("Attempts at most"): str(calls.most_attempts),
    }
    return telling.under(speak.gettext("Follow-up calls"), parts)


_VERSIONED: Final = FormPolicy(
    _PATH,
    PolicyName.FOLLOW_UP,
    msgid("Survey and follow-up calls"),
    FollowUpPolicy,
    _told,
    policy_data.publish,
)

HANDLERS = [show, save, *handlers_of(_VERSIONED)]
