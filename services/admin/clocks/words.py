"""A clock policy as people read it: whom a rule is for, what is promised, who is told."""

from collections.abc import Sequence
from typing import Final

from services.admin.clocks.models import Change, TargetRow
from shared.errors import FieldError
from shared.sla.policy import (
    EVERY_CASE,
    Basis,
    ChainLevel,
    ClockPolicy,
    ClockRule,
    Match,
    Metric,
    PauseRules,
    Target,
)
from shared.sla.policy_edits import PolicyDifferences, Said
from shared.web.labels import label
from shared.web.locale import Locale, Translator
from shared.web.sentences import sentence

_GROUPS: Final = (
    ("kinds", "kind"),
    ("categories", "category"),
    ("urgencies", "urgency"),
    ("channels", "channel"),
)
_MINUTES_PER_HOUR: Final = 60
_MINUTES_PER_DAY: Final = 24 * _MINUTES_PER_HOUR


class Words:
    """Turns policies into the reader's words."""

    def __init__(self, translator: Translator) -> None:
        self._speak = translator
        self._comma = ", " if translator.locale is Locale.EN else "、"
        self._colon = ": " if translator.locale is Locale.EN else "："

    def metric(self, metric: str) -> str:
        """The name of a metric."""
        return label(self._speak, "metric", metric)

    def match(self, match: Match) -> list[str]:
        """Whom a rule is for, a line for each condition; empty for every case."""
        lines = [
            self._comma.join(label(self._speak, group, value) for value in getattr(match, name))
            for name, group in _GROUPS
            if getattr(match, name)
        ]
        if match.major is not None:
            gettext = self._speak.gettext
            lines.append(gettext("Major complaints") if match.major else gettext("No major complaints"))
        return lines

    def rule(self, rule: ClockRule) -> str:
        """Whom a rule is for in one line."""
        if rule.match == EVERY_CASE:
            return self._speak.gettext("Every other case")
        return " · ".join(self.match(rule.match))

    def minutes(self, minutes: int) -> str:
        """A length of time in days, hours and minutes, none left out."""
        days, rest = divmod(minutes, _MINUTES_PER_DAY) if minutes > 2 * _MINUTES_PER_DAY else (0, minutes)
        hours, left = divmod(rest, _MINUTES_PER_HOUR)
        ngettext = self._speak.ngettext
        parts = [
            ngettext("%(count)s day", "%(count)s days", days) if days else "",
            ngettext("%(count)s hour", "%(count)s hours", hours) if hours else "",
            ngettext("%(count)s minute", "%(count)s minutes", left) if left else "",
        ]
        return " ".join(part for part in parts if part) or ngettext(
            "%(count)s minute", "%(count)s minutes", 0
        )

    def days(self, days: int) -> str:
        """A number of days."""
        return self._speak.ngettext("%(count)s day", "%(count)s days", days)

    def time(self, target: Target) -> str:
        """How long there is, and in which hours it counts."""
        if target.working_days is not None:
            days = target.working_days
            return self._speak.ngettext("%(count)s working day", "%(count)s working days", days)
        return self._in(self.minutes(target.duration_minutes or 0), target.basis)

    def warnings(self, target: Target) -> str:
        """When the owner is warned."""
        return self._comma.join(f"{mark}%" for mark in target.warn_percent) or "–"

    def chain(self, levels: Sequence[ChainLevel]) -> list[str]:
        """Who is told, level by level."""
        lines: list[str] = []
        for level in levels:
            role = label(self._speak, "role", level.role)
            if level.on_duty:
                role = self._speak.gettext("%(role)s on duty", role=role)
            if level.after_minutes:
                after = self._in(self.minutes(level.after_minutes), level.basis)
                lines.append(self._speak.gettext("%(role)s, %(time)s later", role=role, time=after))
            else:
                lines.append(self._speak.gettext("%(role)s, when it is late", role=role))
        return lines

    def row(self, rule: str, metric: Metric, said: Said, own: Said | None = None) -> TargetRow:
        """What a rule says of a metric; `own` is what a dealer says instead."""
        shown = own or said
        target = shown.target
        return TargetRow(
            rule=rule,
            metric=metric.value,
            time=self._speak.gettext("No clock") if target is None else self.time(target),
            warnings="" if target is None else self.warnings(target),
            chain=[] if target is None else self.chain(target.chain),
            of_oem=self.said(said) if own else "",
        )

    def said(self, said: Said | None) -> str:
        """What a rule says of a metric in one line."""
        if said is None:
            return self._speak.gettext("left to the rules behind it")
        if said.target is None:
            return self._speak.gettext("No clock")
        parts = [self.time(said.target)]
        if said.target.warn_percent:
            marks = self.warnings(said.target)
            parts.append(self._speak.gettext("warned at %(marks)s", marks=marks))
        return " · ".join([*parts, " → ".join(self.chain(said.target.chain))])

    def pauses(self, rules: PauseRules) -> str:
        """What pauses, and how long."""
        metrics = self._comma.join(self.metric(metric.value) for metric in rules.metrics)
        if not metrics:
            return self._speak.gettext("Nothing pauses")
        return self._speak.gettext(
            "%(metrics)s: at most %(longest)s at once, %(cap)s in one cycle",
            metrics=metrics,
            longest=self.minutes(rules.longest_minutes),
            cap=self.minutes(rules.cap_minutes),
        )

    def changes(self, found: PolicyDifferences, policy: ClockPolicy) -> list[Change]:
        """What differs, in sentences; `policy` is the newer one."""
        gettext = self._speak.gettext
        titles = {rule.name: self.rule(rule) for rule in (*found.removed, *policy.rules)}
        changes = [
            Change(kind="added", name=rule.name, title=titles[rule.name], after=self._targets(rule))
            for rule in found.added
        ]
        changes += [
            Change(kind="removed", name=rule.name, title=titles[rule.name], before=self._targets(rule))
            for rule in found.removed
        ]
        changes += [
            Change(
                kind="changed",
                name=name,
                title=titles[name],
                what=gettext("Order"),
                after=[gettext("is asked at another place")],
            )
            for name in found.moved
        ]
        every = gettext("Every other case")
        changes += [
            Change(
                kind="changed",
                name=each.rule,
                title=titles[each.rule],
                what=gettext("Which cases"),
                before=self.match(each.before) or [every],
                after=self.match(each.after) or [every],
            )
            for each in found.matches
        ]
        changes += [
            Change(
                kind="changed",
                name=each.rule,
                title=titles[each.rule],
                what=self.metric(each.metric.value),
                before=self._parts(each.before, each.after),
                after=self._parts(each.after, each.before),
            )
            for each in found.targets
        ]
        if found.grace_minutes is not None:
            before, after = found.grace_minutes
            changes.append(
                Change(
                    kind="changed",
                    title=gettext("Grace"),
                    before=[self.minutes(before)],
                    after=[self.minutes(after)],
                )
            )
        if found.pauses is not None:
            old, new = found.pauses
            changes.append(
                Change(
                    kind="changed",
                    title=gettext("Pauses"),
                    before=[self.pauses(old)],
                    after=[self.pauses(new)],
                )
            )
        if found.reopen_days is not None:
            before, after = found.reopen_days
            changes.append(
                Change(
                    kind="changed",
                    title=gettext("Opened again"),
                    before=[self.days(before)],
                    after=[self.days(after)],
                )
            )
        if found.desk_roles is not None:
            old_roles, new_roles = found.desk_roles
            changes.append(
                Change(
                    kind="changed",
                    title=gettext("Who is told at the OEM desk"),
                    before=[label(self._speak, "role", role) for role in old_roles],
                    after=[label(self._speak, "role", role) for role in new_roles],
                )
            )
        if found.first_contact_by is not None:
            then, now = found.first_contact_by
            changes.append(
                Change(
                    kind="changed",
                    title=label(self._speak, "metric", Metric.FIRST_CONTACT.value),
                    before=[label(self._speak, "first_contact_by", then.value)],
                    after=[label(self._speak, "first_contact_by", now.value)],
                )
            )
        return changes

    def problem(self, problem: FieldError, policy: ClockPolicy) -> str:
        """What keeps a policy from being published: the rule, the metric, and why."""
        where, _, rest = problem.field.partition("].")
        params = dict(problem.params)
        if isinstance(params.get("metric"), str):
            params["metric"] = self.metric(str(params["metric"]))
        why = sentence(self._speak, problem.code, params)
        if not where.startswith("rules["):
            return why
        index = where.removeprefix("rules[").rstrip("]")
        rule = policy.rules[int(index)] if index.isdecimal() else None
        parts = [f"{rule.name} ({self.rule(rule)})"] if rule else []
        if rest.startswith("targets."):
            parts.append(self.metric(rest.split(".")[1].partition("[")[0]))
        return self._colon.join([*parts, why])

    def _parts(self, said: Said | None, other: Said | None) -> list[str]:
        """What is said, but for the parts that the other says as well."""
        if said is None or said.target is None or other is None or other.target is None:
            return [self.said(said)]
        mine, theirs = said.target, other.target
        parts: list[str] = []
        if self.time(mine) != self.time(theirs):
            parts.append(self.time(mine))
        if mine.warn_percent != theirs.warn_percent:
            parts.append(self._speak.gettext("warned at %(marks)s", marks=self.warnings(mine)))
        if mine.chain != theirs.chain:
            parts.append(" → ".join(self.chain(mine.chain)))
        return parts

    def _targets(self, rule: ClockRule) -> list[str]:
        return [
            f"{self.metric(metric.value)}{self._colon}{self.said(Said(target))}"
            for metric, target in rule.targets.items()
        ]

    def _in(self, time: str, basis: Basis) -> str:
        if basis is Basis.BUSINESS:
            return self._speak.gettext("%(time)s of opening hours", time=time)
        return self._speak.gettext("%(time)s day and night", time=time)
