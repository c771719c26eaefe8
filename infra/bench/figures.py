"""What a benchmark says: a value with its unit, and what it was meant to be."""

import statistics
from collections.abc import Sequence
from typing import Literal

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value. `target` is its bound, None for figures that are only told."""

    name: str
    value: float
    unit: str
    bound: Literal["at_most", "at_least"] | None = None
    target: float | None = None

    @property
    def good(self) -> bool | None:
        """Whether the bound holds; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.bound == "at_most" else self.value >= self.target


def at_most(name: str, value: float, unit: str, target: float) -> Figure:
    """A figure with an upper bound."""
    return Figure(name=name, value=value, unit=unit, bound="at_most", target=target)


def at_least(name: str, value: float, unit: str, target: float) -> Figure:
    """A figure with a lower bound."""
    return Figure(name=name, value=value, unit=unit, bound="at_least", target=target)


def told(name: str, value: float, unit: str) -> Figure:
    """A figure without a bound."""
    return Figure(name=name, value=value, unit=unit)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0–1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)
