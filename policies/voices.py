"""Which packs are heard when something of one agency is asked for by another. Pure.

Rule: ADR-0007: only the house for what stays within one agency; only the family's page for the
family, with all that agreements forbid it; else every agreement that either end has signed, of
which only an active one, signed by both, may open anything. What an agreement forbids counts as
soon as one end has signed, and stays while it is suspended: else suspending would widen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from policies.isa import IsaState, Sort
from policies.matrix import InForce, Leaf, Node, agency_class
from policies.question import Why
from server.directory.agency import FAMILY
from server.kernel.ids import AgencyCode


class Voice(NamedTuple):
    """A pack that is heard; `src` is the class, in it, of the agency it is asked for from.

    `pack` is its number; a voice that may not allow can still forbid.
    """

    pack: int
    may_allow: bool
    src: str
    nodes: Sequence[Node]
    leaves: Sequence[Leaf]


class Hearing(NamedTuple):
    """The packs heard for a pair of agencies; `guard` says why none may open anything."""

    voices: tuple[Voice, ...]
    guard: str | None


def hear(
    packs: Sequence[InForce],
    src: AgencyCode,
    of_sector: frozenset[str],
    dst: AgencyCode,
    *,
    content: bool,
) -> Hearing:
    """Return who is heard about what comes from `src` (with its sector's codes) for `dst`.

    `content` tells information from things that are none, which never leave the house's rules.
    """
    voices: list[Voice] = []
    for number, may_allow in _heard(packs, src, dst, content=content):
        matrix = packs[number].matrix
        if matrix is None:
            # What it forbids is not known, so nothing is open where it would be heard.
            return Hearing((), Why.ISA_REFUSED)
        key = agency_class(matrix.codes, src, of_sector)
        voices.append(Voice(number, may_allow, key, matrix.nodes, matrix.leaves))
    if not voices:
        return Hearing((), Why.NO_ISA)
    force = any(voice.may_allow for voice in voices)
    return Hearing(tuple(voices), None if force else Why.FORCE)


def starts_of(
    packs: Iterable[InForce], role: str, dst: AgencyCode, of_sector: frozenset[str], purpose: str
) -> tuple[int | None, ...]:
    """Return for every pack where the asker's own steps end: role, agency and purpose."""
    return tuple(
        pack.matrix.walk(
            pack.matrix.root, role, agency_class(pack.matrix.codes, dst, of_sector), purpose
        )
        if pack.matrix
        else None
        for pack in packs
    )


def _heard(
    packs: Sequence[InForce], src: AgencyCode, dst: AgencyCode, *, content: bool
) -> Iterator[tuple[int, bool]]:
    within_house = not content or (src == dst and dst != FAMILY)
    for number, pack in enumerate(packs):
        if pack.sort is Sort.HOUSE:
            if within_house and src == dst:
                yield number, True
        elif within_house:
            continue
        elif pack.sort is Sort.FAMILY:
            if dst == FAMILY:
                yield number, True
        elif pack.signed & {src, dst}:
            yield number, dst != FAMILY and _opens(pack, src, dst)


def _opens(pack: InForce, src: AgencyCode, dst: AgencyCode) -> bool:
    # Both ends: testing the asker's agency alone would let an unsigned agency's words flow.
    return pack.state is IsaState.ACTIVE and src in pack.signed and dst in pack.signed


def sectors_known(
    sectors: Mapping[AgencyCode, str], groups: Mapping[str, frozenset[str]]
) -> dict[AgencyCode, frozenset[str]]:
    """Return the codes of its sector for every agency whose sector is known, and the family."""
    everyone = {**sectors, FAMILY: "family"}
    return {agency: groups[sector] for agency, sector in everyone.items() if sector in groups}
