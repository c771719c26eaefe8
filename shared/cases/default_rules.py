"""The classification rules every new OEM starts with, read from the files beside this package."""

from functools import lru_cache
from importlib.resources import files

import msgspec

from shared.cases.rule_set import Decides, Rule, RuleSet


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    rule_set: dict[str, object]


class _Rules(msgspec.Struct, forbid_unknown_fields=True):
    rules: tuple[Rule, ...]


@lru_cache(maxsize=1)
def default_rule_set() -> RuleSet:
    """The rules of `defaults/classification.toml` and of one `defaults/rules_<decided>.toml` per decision."""
    folder = files("shared.cases.defaults")
    head = msgspec.toml.decode((folder / "classification.toml").read_bytes(), type=_Head)
    rules = [
        rule
        for decided in Decides
        for rule in msgspec.toml.decode((folder / f"rules_{decided}.toml").read_bytes(), type=_Rules).rules
    ]
    return msgspec.convert(head.rule_set | {"rules": rules}, RuleSet)
