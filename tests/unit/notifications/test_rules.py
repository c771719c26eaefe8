"""What is told, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.notifications.rules import RULES, Template, expiry, template_of_level
from shared.outbox.messages import UNTIL_EXPIRY
from shared.outbox.outcomes import backoff
from shared.outbox.vocabulary import Delivery, MessageChannel, RecipientKind

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_every_message_has_a_rule() -> None:
    assert set(RULES) == set(Template)


@pytest.mark.parametrize(
    ("level", "template"),
    [(None, Template.WARNING), (1, Template.BREACH), (2, Template.ESCALATION), (3, Template.ESCALATION)],
)
def test_a_step_is_told_as_what_it_is(level: int | None, template: Template) -> None:
    """R4.2: warnings, the breach, the levels above it."""
    assert template_of_level(level) is template


def test_staff_get_an_sms_for_what_is_late_and_mail_for_the_rest() -> None:
    by_sms = {
        template
        for template, rule in RULES.items()
        if rule.audience is RecipientKind.STAFF and MessageChannel.SMS in rule.channels
    }
    assert by_sms == {
        Template.BREACH,
        Template.ESCALATION,
        Template.MAJOR_CANDIDATE,
        Template.MAJOR_NAMED,
        Template.DIGEST,
    }
    assert all(MessageChannel.EMAIL in rule.channels for rule in RULES.values())


def test_what_is_required_goes_at_least_once_and_a_survey_at_most_once() -> None:
    """R1.4, R3.7, R4.2, R4.4; R5.1: nobody is asked twice for a lost answer."""
    once = {template for template, rule in RULES.items() if rule.delivery is Delivery.AT_MOST_ONCE}
    assert once == {Template.IMPORT_DIGEST, Template.SURVEY}


def test_a_warning_is_worthless_once_the_clock_is_due() -> None:
    due_at = NOW + timedelta(minutes=12)
    assert expiry(Template.WARNING, NOW, due_at) == due_at
    assert expiry(Template.WARNING, NOW, NOW + timedelta(days=9)) == NOW + RULES[Template.WARNING].lifetime
    assert expiry(Template.BREACH, NOW, due_at) == NOW + RULES[Template.BREACH].lifetime


def test_the_acknowledgement_reaches_the_customer_within_a_day_or_not_at_all() -> None:
    """R1.4: within 24 h."""
    assert expiry(Template.ACKNOWLEDGEMENT, NOW) == NOW + timedelta(hours=24)


def test_what_is_late_goes_before_what_is_merely_news() -> None:
    assert (
        RULES[Template.BREACH].priority
        < RULES[Template.RESULT].priority
        < RULES[Template.REPORT_READY].priority
    )


def test_no_message_runs_out_of_tries_before_its_life_is_over() -> None:
    """R4.4: a message to people is tried until it expires, however long its provider is away."""
    longest, passed, tries = max(rule.lifetime for rule in RULES.values()), timedelta(0), 0
    while passed < longest:
        tries += 1
        passed += backoff(tries, 0.0)
    assert tries < UNTIL_EXPIRY
