"""One figure that a benchmark measured, with what it may be at most."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """A measured value: `most` is the limit that we promise, in the same unit."""

    what: str
    value: float
    most: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.value <= self.most

    def line(self) -> str:
        """The figure as one line of the table."""
        mark = "  " if self.holds else "! "
        return f"{mark}{self.what:<58}{self.value:>10,.1f} {self.unit:<4} of {self.most:>7,.1f}"


def median_ns(call: Callable[[], object], *, rounds: int = 200, calls: int = 1_000) -> float:
    """How long one call takes in nanoseconds: the median of the rounds, the loop taken off."""
    bare: list[float] = []
    full: list[float] = []
    for _ in range(rounds):
        for measured, times in ((lambda: None, bare), (call, full)):
            begun = time.perf_counter_ns()
            for _ in range(calls):
                measured()
            times.append((time.perf_counter_ns() - begun) / calls)
    return median(full) - median(bare)
