"""How packs and grounds combine. Pure: what each pack says goes in, what holds comes out.

Rule: ADR-0007: one pack must allow and none may forbid, ground by ground; then every category,
origin and subject must be open, all under one purpose.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import NamedTuple

from policies.decision import Ground
from policies.matrix import Leaf

ORDER = (Ground.OWN, Ground.STANDING, Ground.AGREED, Ground.DECIDED, Ground.EMERGENCY)
"""The grounds in the order they are tried; the record names the first that opens."""


class Reading(NamedTuple):
    """What one pack says under one ground.

    `may_allow` is false for a pack that only forbids here: a suspended agreement, or one that
    not both ends have signed.
    """

    ground: Ground
    pack: int
    may_allow: bool
    leaf: Leaf


def open_under(readings: Iterable[Reading]) -> int:
    """Return the verbs open under one ground: allowed by one pack, forbidden by none."""
    allow = deny = 0
    for reading in readings:
        deny |= reading.leaf.deny
        if reading.may_allow:
            allow |= reading.leaf.allow
    return allow & ~deny


def union(by_ground: Iterable[Sequence[Reading]]) -> int:
    """Return the verbs open under any of the grounds that are live."""
    return reduce(lambda mask, readings: mask | open_under(readings), by_ground, 0)


def intersection(masks: Sequence[int]) -> int:
    """Return the verbs open in every cell; without any cell none is."""
    if not masks:
        return 0
    open_in_all = masks[0]
    for mask in masks:
        open_in_all &= mask
    return open_in_all


def opened_by(by_ground: Iterable[Sequence[Reading]], bit: int) -> Reading | None:
    """Return the first ground's pack that opens a verb; the last of its packs where several do."""
    for readings in by_ground:
        if open_under(readings) & bit:
            return next(r for r in reversed(readings) if r.may_allow and r.leaf.allow & bit)
    return None


def forbidden_by(by_ground: Iterable[Sequence[Reading]], bit: int) -> Reading | None:
    """Return the first pack that expressly forbids a verb, under the first ground it does."""
    for readings in by_ground:
        for reading in readings:
            if reading.leaf.deny & bit:
                return reading
    return None
