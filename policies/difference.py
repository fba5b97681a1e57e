"""What a change of an agreement changes, class by class: two compiled versions side by side. Pure.

Both graphs are gone down together, by the classes of agencies that either version tells apart,
so what comes out is every question that is answered otherwise than before, and no other.

Rule: ADR-0007: the domain is finite, so who gains and who loses is an exact difference of sets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

from policies.catalogue import Catalogue, catalogue
from policies.combining import ORDER
from policies.isa import FIRST_DAY
from policies.matrix import Matrix, agency_classes, digest
from server.kernel.canonical_json import Json, canonical

ALLOW, DENY = "allow", "deny"
_STEPS = ("role", "dst", "purpose", "cat", "src")
_NAMED = ("no", "yes")


class Said(NamedTuple):
    """What a version says under one ground: it allows or it forbids, by this clause."""

    ground: str
    effect: str
    ref: str


class Turn(StrEnum):
    """Which way a class turned: open now, shut now, or open or shut as before for other reasons."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"


class Changed(NamedTuple):
    """One class of questions that is answered otherwise, on the days from `since` to `until`.

    The class is every combination of its words, each in order. `recipients` and `sources` are
    classes of agencies, told apart by the codes of the difference (see `matrix.agency_class`).
    `before` and `after` have one word for each ground that a version speaks of; one without any
    says nothing.
    """

    since: date
    until: date
    roles: tuple[str, ...]
    recipients: tuple[str, ...]
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    sources: tuple[str, ...]
    named: tuple[str, ...]
    verbs: tuple[str, ...]
    before: tuple[Said, ...]
    after: tuple[Said, ...]

    @property
    def turn(self) -> Turn:
        """Return which way the class turned, whatever grounds it takes."""
        was, is_now = _grounds(self.before, ALLOW), _grounds(self.after, ALLOW)
        if bool(was) == bool(is_now):
            return Turn.CHANGED
        return Turn.GAINED if is_now else Turn.LOST

    @property
    def opened(self) -> frozenset[str]:
        """Return the grounds that open the class now and did not before."""
        return _grounds(self.after, ALLOW) - _grounds(self.before, ALLOW)

    @property
    def shut(self) -> frozenset[str]:
        """Return the grounds that opened the class before and do not now."""
        return _grounds(self.before, ALLOW) - _grounds(self.after, ALLOW)

    @property
    def only_takes_away(self) -> bool:
        """Return whether all that is open was, by the same clauses, and all forbidden still is.

        What one agreement no longer forbids, another may open.
        """
        kept = {said for said in self.after if said.effect == ALLOW} <= set(self.before)
        return kept and _grounds(self.before, DENY) <= _grounds(self.after, DENY)

    @property
    def cells(self) -> int:
        """Return how many class-cells there are in it."""
        return prod(len(words) for words in self[2:9])


@dataclass(frozen=True, slots=True)
class Difference:
    """Every class that a new version answers otherwise than the old one, in stable order.

    `codes` are the agencies, sectors and groups that either version names.
    """

    pack: str
    codes: frozenset[str]
    changes: tuple[Changed, ...]

    @property
    def is_narrowing(self) -> bool:
        """Return whether it only takes away; what says the same in every class takes nothing away.

        Rule: ADR-0007: one person may always take access away, two must agree to give it.
        """
        return bool(self.changes) and all(change.only_takes_away for change in self.changes)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all of it in hexadecimal: what an approval is bound to."""
        return digest(
            canonical({"pack": self.pack, "changes": [_plain(change) for change in self.changes]})
        )

    def cells(self, turn: Turn) -> int:
        """Return how many class-cells turned this way."""
        return sum(change.cells for change in self.changes if change.turn is turn)


def between(old: Iterable[Matrix], new: Iterable[Matrix], *, since: date = FIRST_DAY) -> Difference:
    """Return what differs between two versions of one agreement, from a day on.

    Each version is given by its matrices, one for each span of its days; without any, it says
    nothing at all.

    Raises:
        ValueError: the matrices are of several agreements.
    """
    was, is_now = tuple(old), tuple(new)
    every = (*was, *is_now)
    packs = {matrix.pack for matrix in every}
    if len(packs) > 1:
        message = f"a difference is between versions of one agreement, not of {sorted(packs)}"
        raise ValueError(message)
    codes = frozenset[str]().union(*(matrix.codes for matrix in every))
    bounds = {bound for matrix in every for bound in (matrix.since, matrix.until)} | {since}
    spans: list[tuple[date, date, tuple[_Rest, ...]]] = []
    for first, last in pairwise(sorted(bound for bound in bounds if bound >= since)):
        sides = _of(was, first), _of(is_now, first)
        found = () if sides[0] == sides[1] else _Walk(*sides, codes, catalogue()).changes()
        if spans and spans[-1][1:] == (first, found):
            spans[-1] = (spans[-1][0], last, found)
        else:
            spans.append((first, last, found))
    changes = sorted(Changed(first, last, *rest) for first, last, found in spans for rest in found)
    return Difference("".join(packs), codes, tuple(changes))


_Rest = tuple[Any, ...]
"""What is left of a change below a step: the words of the later steps, then before and after."""


def _of(matrices: Sequence[Matrix], day: date) -> Matrix | None:
    return next((one for one in matrices if one.since <= day < one.until), None)


class _Walk:
    """Goes down two graphs at once; either may be missing."""

    def __init__(
        self, old: Matrix | None, new: Matrix | None, codes: frozenset[str], words: Catalogue
    ) -> None:
        self._sides = (old, new)
        self._words = words
        self._classes = {
            key: tuple(_own_class(side, key) for side in self._sides)
            for key in agency_classes(codes, words)
        }
        self._met: dict[tuple[int, int | None, int | None], tuple[_Rest, ...]] = {}

    def changes(self) -> tuple[_Rest, ...]:
        """Return everything that differs, in order."""
        roots = [side.root if side else None for side in self._sides]
        return tuple(sorted(self._below(0, roots[0], roots[1])))

    def _below(self, step: int, old: int | None, new: int | None) -> tuple[_Rest, ...]:
        key = (step, old, new)
        if key not in self._met:
            at_the_end = step == len(_STEPS)
            self._met[key] = self._said(old, new) if at_the_end else self._ways(step, old, new)
        return self._met[key]

    def _ways(self, step: int, old: int | None, new: int | None) -> tuple[_Rest, ...]:
        by_pair: dict[tuple[int | None, int | None], list[str]] = {}
        for value, own in self._values(_STEPS[step]):
            pair = (self._next(0, old, own[0]), self._next(1, new, own[1]))
            if pair != (None, None):
                by_pair.setdefault(pair, []).append(value)
        by_rest: dict[tuple[_Rest, ...], list[str]] = {}
        for pair, values in by_pair.items():
            by_rest.setdefault(self._below(step + 1, *pair), []).extend(values)
        return tuple(
            (tuple(sorted(values)), *rest) for below, values in by_rest.items() for rest in below
        )

    def _values(self, step: str) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Give every value of a step with what each side calls it."""
        words = self._words
        if step in ("dst", "src"):
            return self._classes.items()
        plain = {
            "role": tuple(words.roles),
            "purpose": tuple(words.purposes),
            "cat": (*words.categories, *words.objects),
        }[step]
        return [(value, (value, value)) for value in plain]

    def _next(self, side: int, node: int | None, value: str) -> int | None:
        matrix = self._sides[side]
        return None if matrix is None else matrix.walk(node, value)

    def _said(self, old: int | None, new: int | None) -> tuple[_Rest, ...]:
        """Return for named and unnamed askers the verbs of which the two say different things."""
        verbs: dict[tuple[tuple[Said, ...], tuple[Said, ...]], dict[str, list[str]]] = {}
        for named in _NAMED:
            for verb in self._words.verbs:
                both = (self._says(0, old, named, verb), self._says(1, new, named, verb))
                if both[0] != both[1]:
                    verbs.setdefault(both, {}).setdefault(named, []).append(verb)
        found: list[_Rest] = []
        for both, by_named in verbs.items():
            merged: dict[tuple[str, ...], list[str]] = {}
            for named, of_named in by_named.items():
                merged.setdefault(tuple(sorted(of_named)), []).append(named)
            found += [(tuple(names), of_names, *both) for of_names, names in merged.items()]
        return tuple(sorted(found))

    def _says(self, side: int, node: int | None, named: str, verb: str) -> tuple[Said, ...]:
        matrix = self._sides[side]
        if matrix is None or node is None:
            return ()
        bit = 1 << self._words.verbs.index(verb)
        found = []
        for ground in ORDER:
            end = matrix.walk(node, ground.value, named)
            ref = None if end is None else matrix.leaves[end].refs.get(verb)
            if end is not None and ref is not None:
                effect = ALLOW if matrix.leaves[end].allow & bit else DENY
                found.append(Said(ground.value, effect, ref))
        return tuple(found)


def _own_class(side: Matrix | None, key: str) -> str:
    codes = side.codes if side else frozenset()
    return " ".join(code for code in key.split() if code in codes)


def _grounds(said: Iterable[Said], effect: str) -> frozenset[str]:
    return frozenset(one.ground for one in said if one.effect == effect)


def _plain(change: Changed) -> list[Json]:
    return [
        change.since.isoformat(),
        change.until.isoformat(),
        *(list(words) for words in change[2:9]),
        *([list(said) for said in side] for side in (change.before, change.after)),
    ]
