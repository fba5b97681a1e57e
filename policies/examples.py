"""Sentences that have to hold of an agreement's rules, kept with it and tried on what is compiled.

'The member of the team from police may never export domestic abuse' is tried on every class that
Casbin answered when the agreement was compiled, in every span of its days. Pure.

Rule: ADR-0013: what fails one of its own sentences does not take effect.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from policies.catalogue import Catalogue
from policies.isa import ANY, Example, Isa
from policies.matrix import Matrix, agency_class, closure, sector_groups
from server.directory.agency import FAMILY
from server.kernel.ids import AgencyCode

_NAMED = ("yes", "no")


class Tried(NamedTuple):
    """One sentence, and whether it holds."""

    example: Example
    holds: bool


def try_examples(
    isa: Isa, matrices: Sequence[Matrix], words: Catalogue, sectors: Mapping[AgencyCode, str]
) -> tuple[Tried, ...]:
    """Return for every sentence of an agreement whether it holds of its compiled rules.

    'May' holds if each such role at each such organisation may, for at least one purpose and from
    at least one of the origins named; 'may never' if nobody of them may, whatever else is true.
    `sectors` has the one sector of every organisation there is.
    """
    return tuple(
        Tried(
            one,
            bool(matrices)
            and all(_holds(one, _Told(matrix, words, sectors)) for matrix in matrices),
        )
        for one in isa.examples
    )


class _Told(NamedTuple):
    """What a sentence is tried on: compiled rules, the words, and who is of which sector."""

    matrix: Matrix
    words: Catalogue
    sectors: Mapping[AgencyCode, str]


def _holds(example: Example, told: _Told) -> bool:
    ways = list(_opened(example, told))
    return bool(ways) and (all(ways) if example.may else not any(ways))


def _opened(example: Example, told: _Told) -> Iterator[bool]:
    """Say for each role, organisation and category whether anything opens it."""
    matrix, words = told.matrix, told.words
    bit = 1 << words.verbs.index(example.verb)
    sources = _classes(example.source, told)
    grounds = words.grounds if example.ground == ANY else (example.ground,)
    for role in _members(example.recipient.role, words.roles, words.role_links):
        for at in _classes(example.recipient.at, told):
            begin = matrix.walk(matrix.root, role, at)
            for category in _members(example.category, words.categories, words.category_links):
                nodes = {begin}
                for values in (words.purposes, (category,), sources, grounds, _NAMED):
                    nodes = {matrix.walk(node, one) for node in nodes for one in values} - {None}
                yield any(matrix.leaves[end].allow & bit for end in nodes if end is not None)


def _members(
    code: str, every: Iterable[str], links: tuple[tuple[str, str], ...]
) -> tuple[str, ...]:
    """Return the plain words that a word stands for: itself, a group's members, or all."""
    groups = closure(links)
    return tuple(one for one in every if code in (one, ANY) or code in groups.get(one, frozenset()))


def _classes(code: str, told: _Told) -> tuple[str, ...]:
    """Return the classes of the organisations that a word stands for, each once.

    A sector's stands for those of it that there are, and for one that may be added.
    """
    by_sector = {
        sector: groups for sector, groups in sector_groups(told.words).items() if sector != FAMILY
    }
    meant: list[tuple[str, frozenset[str]]] = [
        (agency, by_sector[sector])
        for agency, sector in told.sectors.items()
        if sector in by_sector and (code in (ANY, agency) or code in by_sector[sector])
    ]
    meant += [("", groups) for groups in by_sector.values() if code == ANY or code in groups]
    codes = told.matrix.codes
    return tuple(dict.fromkeys(agency_class(codes, agency, groups) for agency, groups in meant))
