"""One's own profile, whole: name, language, time zone, telephone, and what one is told."""

import msgspec

from shared.accounts.own import Profile, contact_of, set_contact, set_profile
from shared.db.engine import transaction
from shared.errors import FieldError, Invalid
from shared.notifications.rules import CHOICES, IN_APP_CHOICES, choice
from shared.onboarding.staff import staff_phone
from shared.tenancy import Actor, Scope
from shared.tenants.oems import oem

CHOOSABLE = (*(choice(template, channel) for template, channel in CHOICES), *IN_APP_CHOICES)
"""The messages that may be switched off, as `<template>/<channel>`; channel `in_app` is the console."""


class OwnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How a person is called, reads and is told. `muted`: of `CHOOSABLE`, what is not wanted here."""

    name: str
    locale: str
    time_zone: str
    phone: str = ""
    muted: tuple[str, ...] = ()


async def own_profile(actor: Actor) -> OwnProfile:
    """The actor's profile; raises `Forbidden` for what is no person."""
    contact = await contact_of(actor)
    return OwnProfile(
        name=actor.name,
        locale=actor.locale,
        time_zone=actor.time_zone,
        phone=contact.phone,
        muted=tuple(sorted(contact.muted)),
    )


async def save_profile(actor: Actor, profile: OwnProfile) -> OwnProfile:
    """Replace the profile; the platform operator has neither telephone nor choices. Raises `Invalid`."""
    unknown = sorted(set(profile.muted) - set(CHOOSABLE))
    if unknown:
        raise Invalid("invalid_input", fields=[FieldError("muted", "unknown_value")])
    phone = ""
    if actor.membership_id is not None:
        async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
            home = await oem(tx, actor.oem_id)
        phone = staff_phone(profile.phone, home.country)
    await set_profile(actor, Profile(name=profile.name, locale=profile.locale, time_zone=profile.time_zone))
    if actor.membership_id is not None:
        await set_contact(actor, phone, profile.muted)
    return msgspec.structs.replace(profile, name=profile.name.strip(), phone=phone)
