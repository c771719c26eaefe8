"""Who at the OEM is told of which major complaints, in the console (R3.10)."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post

from services.admin.forms import fields_of, many_of, refused, whole_number
from services.admin.pages import go, look, page
from services.admin.rules.form_versions import FormPolicy, Telling, handlers_of
from services.admin.session import AnyRequest, FromSession, Reader
from shared.accounts.people import Person
from shared.cases import major_persons
from shared.cases.major_persons import NATURES, MajorPersons, NamedPerson
from shared.cases.vocabulary import Nature
from shared.db.engine import transaction
from shared.errors import AppError
from shared.tenants.policies import PolicyName
from shared.web.components import EMPTY_FORM, FormState
from shared.web.labels import label
from shared.web.locale import msgid, translator

_PATH: Final = "/oem/major-persons"


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may be named."""

    id: UUID
    name: str
    role: str
    email: str


class MajorPersonsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list as a table of people and natures; `ticked` holds `<membership>.<nature>`.

    `unheard` are the natures that nobody who is here is named for.
    """

    version: int
    natures: tuple[Nature, ...] = NATURES
    report_natures: tuple[str, ...]
    people: list[PersonRow]
    ticked: frozenset[str]
    unheard: tuple[Nature, ...]
    form: FormState = EMPTY_FORM


@get(_PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The list in force."""
    found = await major_persons.major_persons(reader.actor)
    ticked = {_tick(each.membership_id, nature) for each in found.policy.persons for nature in each.natures}
    return await _page(request, reader, found.version, found.policy.report_natures, ticked)


@post(_PATH)
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Let another list hold."""
    version = (await major_persons.major_persons(reader.actor)).version
    fields = await fields_of(request)
    natures, ticked = await many_of(request, "report_natures"), set(await many_of(request, "told"))
    try:
        version = whole_number(fields, "version")
        async with transaction(reader.actor.scope, read_only=True) as tx:
            able = await major_persons.to_choose_from(tx, reader.actor.oem_id)
        wanted = MajorPersons(
            report_natures=tuple(each for each in NATURES if each.value in natures),
            persons=_named(able, ticked),
        )
        await major_persons.publish(reader.actor, wanted, version=version)
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, version, natures, ticked, form, error.status)
    return go(request, _PATH, "rules_saved")


def _named(able: Collection[Person], ticked: set[str]) -> tuple[NamedPerson, ...]:
    told = {
        one.membership_id: tuple(each for each in NATURES if _tick(one.membership_id, each) in ticked)
        for one in able
    }
    return tuple(NamedPerson(membership_id=one, natures=natures) for one, natures in told.items() if natures)


def _tick(membership_id: UUID, nature: Nature) -> str:
    return f"{membership_id}.{nature.value}"


async def _page(
    request: AnyRequest,
    reader: Reader,
    version: int,
    report_natures: Collection[str],
    ticked: Collection[str],
    form: FormState = EMPTY_FORM,
    status: int = 200,
) -> Response[str]:
    async with transaction(reader.actor.scope, read_only=True) as tx:
        able = await major_persons.to_choose_from(tx, reader.actor.oem_id)
        shown = await look(tx, reader)
    model = MajorPersonsPage(
        version=version,
        report_natures=tuple(report_natures),
        people=[
            PersonRow(id=one.membership_id, name=one.name, role=one.role.value, email=one.email)
            for one in able
        ],
        ticked=frozenset(ticked),
        unheard=tuple(
            nature
            for nature in NATURES
            if not any(_tick(one.membership_id, nature) in ticked for one in able)
        ),
        form=form,
    )
    return await page(request, reader, shown, "rules/major_persons.html", "oem", status=status, page=model)


def _told(policy: MajorPersons, telling: Telling) -> dict[str, str]:
    def named(natures: Collection[Nature]) -> str:
        return telling.listed(
            label(telling.speak, "nature", each.value) for each in NATURES if each in natures
        )

    left = telling.speak.gettext("somebody who has left")
    told = {
        telling.people.get(each.membership_id, f"{left} ({each.membership_id})"): named(each.natures)
        for each in policy.persons
    }
    return {telling.speak.gettext("Written report"): named(policy.report_natures)} | told


_VERSIONED: Final = FormPolicy(
    _PATH,
    PolicyName.MAJOR_PERSONS,
    msgid("Told of major complaints"),
    MajorPersons,
    _told,
    major_persons.publish,
)

HANDLERS = [show, save, *handlers_of(_VERSIONED)]
