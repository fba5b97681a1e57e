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
    places: int = 1

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.value <= self.most

    def line(self) -> str:
        """The figure as one line of the table."""
        mark = "  " if self.holds else "! "
        value, most = (f"{one:,.{self.places}f}" for one in (self.value, self.most))
        return f"{mark}{self.what:<58}{value:>10} {self.unit:<4} of {most:>7}"

    def row(self) -> str:
        """The figure as one row of `docs/benchmarks.md`."""
        return (
            f"| {self.what} | {self.value:,.{self.places}f} {self.unit} | | "
            f"| {self.most:,.{self.places}f} {self.unit} | {self.verdict} |"
        )

    @property
    def verdict(self) -> str:
        """Whether the promise is kept, in a word."""
        return "holds" if self.holds else "misses"


@dataclass(frozen=True)
class Beside(Figure):
    """Ours beside another server's, measured in the same rounds; `value` is the ratio."""

    ours: float = 0.0
    peer: float = 0.0
    of: str = ""

    def line(self) -> str:
        """The figure as one line of the table."""
        mark = "  " if self.holds else "! "
        return (
            f"{mark}{self.what:<58}{self.ours:>9,.1f} : {self.peer:>8,.1f} {self.of:<3}"
            f"= {self.value:.2f} of {self.most:.2f}"
        )

    def row(self) -> str:
        """The figure as one row of `docs/benchmarks.md`."""
        return (
            f"| {self.what} | {self.ours:,.1f} {self.of} | {self.peer:,.1f} {self.of} "
            f"| {self.value:.2f} {self.unit} | {self.most:.2f} {self.unit} | {self.verdict} |"
        )


def beside(what: str, ours: list[float], peer: list[float], most: float, of: str) -> Beside:
    """Return the median of ours and of the other's, and the median of the rounds' ratios."""
    ratios = [one / other for one, other in zip(ours, peer, strict=True)]
    return Beside(what, median(ratios), most, "", ours=median(ours), peer=median(peer), of=of)


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
