"""Versions of a policy: what came with each, and the way back (R2.6, R3.1, R3.2, R3.10, R5.1)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec
from litestar import Response, get, post

from services.admin.forms import fields_of, refused, whole_number
from services.admin.pages import go
from services.admin.policy_pages import VersionsPage, policy_page, version_asked, versions_page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.accounts.people import Person, members
from shared.db.engine import Transaction, transaction
from shared.errors import AppError
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants.dealers import regions
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import policy_at, published
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.formatting import Formats
from shared.web.labels import label
from shared.web.locale import Locale, Translator, translator

Policy = TypeVar("Policy", bound=msgspec.Struct)
Wanted_contra = TypeVar("Wanted_contra", bound=msgspec.Struct, contravariant=True)


@dataclass(frozen=True, slots=True)
class Telling:
    """How a version is told: the reader's language, and the names of people and regions it may name by id.

    Where several people have one name, their e-mail addresses tell them apart.
    """

    formats: Formats
    people: Mapping[UUID, str]
    regions: Mapping[int, str]

    @property
    def speak(self) -> Translator:
        """The sentences of the reader's language."""
        return self.formats.translator

    @property
    def locale(self) -> Locale:
        """The reader's language."""
        return self.formats.locale

    def under(self, what: str, parts: Mapping[str, str]) -> dict[str, str]:
        """What is said of the parts of a thing, each by the names of both."""
        return {f"{what} · {name}": text for name, text in parts.items()}

    def listed(self, words: Iterable[str]) -> str:
        """Several words as one."""
        return (", " if self.locale is Locale.EN else "、").join(words)

    def yes_no(self, answer: bool) -> str:  # noqa: FBT001  the only thing said
        """Yes or no."""
        return label(self.speak, "yes_no", "yes" if answer else "no")


class Publish(Protocol[Wanted_contra]):
    """How a policy is put in force that was edited from `version`."""

    async def __call__(self, actor: Actor, policy: Wanted_contra, /, *, version: int) -> object:
        """Publish it."""
        ...


@dataclass(frozen=True, slots=True)
class FormPolicy(Generic[Policy]):
    """A policy, where its page stands (`path`), and how it is read, told in words and published.

    `title` is the page's own, to be translated. `told`: everything a version says, by what it is about.
    `publish` raises as the form's own does.
    """

    path: str
    name: PolicyName
    title: str
    shape: type[Policy]
    told: Callable[[Policy, Telling], Mapping[str, str]]
    publish: Publish[Policy]


class FormVersionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Every version, the newest first."""

    title: str
    path: str
    versions: VersionsPage


class Told(msgspec.Struct, frozen=True):
    """One thing that two versions do not say alike; empty where one says nothing of it."""

    what: str
    before: str
    after: str


class FormComparePage(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions; `can_take`: `until` is in force, so that `since` may be published again."""

    title: str
    path: str
    since: int
    until: int
    versions: list[Choice]
    changes: list[Told]
    can_take: bool
    form: FormState


def handlers_of(policy: FormPolicy[Any]) -> list[Any]:
    """The pages of a policy's versions."""

    @get(f"{policy.path}/versions")
    async def versions(request: AnyRequest, reader: FromSession) -> Response[str]:
        """Every version, the newest first."""
        found = await published(reader.actor, policy.name)
        listed = versions_page(found, found[0].version if found else 0)
        title = translator(reader.locale).gettext(policy.title)
        model = FormVersionsPage(title=title, path=policy.path, versions=listed)
        return await policy_page(request, reader, "rules/form_versions.html", model)

    @get(f"{policy.path}/compare")
    async def compare(request: AnyRequest, reader: FromSession) -> Response[str]:
        """What one version says otherwise than another."""
        reader.actor.require(Permission.TENANT_MANAGE)
        since, until = (version_asked(request, name) for name in ("since", "until"))
        return await _compare(policy, request, reader, since, until)

    @post(f"{policy.path}/take-again")
    async def take_again(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
        """Publish an earlier version again, as a new one."""
        reader.actor.require(Permission.TENANT_MANAGE)
        fields = await fields_of(request)
        number, version = whole_number(fields, "number"), whole_number(fields, "version")
        earlier = await policy_at(reader.actor, policy.name, policy.shape, number)
        try:
            await policy.publish(reader.actor, earlier, version=version)
        except AppError as error:
            form = refused({}, error, translator(reader.locale))
            newest = (await published(reader.actor, policy.name))[0].version
            return await _compare(policy, request, reader, number, newest, form, error.status)
        return go(request, f"{policy.path}/versions", "rules_saved")

    return [versions, compare, take_again]


async def _compare(
    policy: FormPolicy[Any],
    request: AnyRequest,
    reader: Reader,
    since: int,
    until: int,
    form: FormState = EMPTY_FORM,
    status: int = 200,
) -> Response[str]:
    speak = translator(reader.locale)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        telling = await telling_to(tx, reader)
    before, after = [
        policy.told(await policy_at(reader.actor, policy.name, policy.shape, each), telling)
        for each in (since, until)
    ]
    known = await published(reader.actor, policy.name)
    model = FormComparePage(
        title=speak.gettext(policy.title),
        path=policy.path,
        since=since,
        until=until,
        versions=[
            Choice(str(each.version), speak.gettext("Version %(number)s", number=each.version))
            for each in known
        ],
        changes=[
            Told(what, before.get(what, ""), after.get(what, ""))
            for what in dict.fromkeys([*after, *before])
            if before.get(what, "") != after.get(what, "")
        ],
        can_take=known[0].version == until != since,
        form=form,
    )
    return await policy_page(request, reader, "rules/form_compare.html", model, status=status)


def _told_apart(member: Person, called: Counter[str | tuple[str, str]], speak: Translator) -> str:
    """By the name, and as much more as tells the person from others, or from himself in another role."""
    if called[member.name] == 1:
        return member.name
    role = "" if called[member.name, member.email] == 1 else f", {label(speak, 'role', member.role.value)}"
    return f"{member.name} ({member.email}{role})"


async def telling_to(tx: Transaction, reader: Reader) -> Telling:
    """How versions are told to a reader of the OEM."""
    people = await members(tx, reader.actor.oem_id)
    called = Counter(part for each in people for part in (each.name, (each.name, each.email)))
    places = await regions(tx, reader.actor.oem_id)
    return Telling(
        formats=Formats(translator(reader.locale), reader.zone),
        people={each.membership_id: _told_apart(each, called, translator(reader.locale)) for each in people},
        regions={each.id: reader.named(each.name, each.name_en) for each in places},
    )
