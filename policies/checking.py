"""Compares a matrix with Casbin itself: the same question to both, decision and reason.

The sample is asked when a matrix is loaded, every class when `tacroom policy check` is called.
Where the two differ, the matrix is not used.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policies.catalogue import Catalogue, catalogue
from policies.enforcer import (
    NO,
    NO_CLAUSE,
    NO_GROUND,
    NOBODY,
    YES,
    Links,
    Pack,
    Request,
    Verdict,
    decide,
    links_of,
)
from policies.isa import ANY, Line
from policies.matrix import Matrix, agency_class, closure, sector_groups

SAMPLE = 200
_NEAR_A_LINE = 0.7
_STATES = (
    {"role": NOBODY},
    {"force": NO},
    {"excl": "x"},
    {"marker": "x"},
    {"ground": NO_GROUND},
)


class Difference(NamedTuple):
    """A question that the matrix and Casbin answer differently."""

    request: Request
    matrix: Verdict
    casbin: Verdict


@dataclass(frozen=True, slots=True)
class Checked:
    """How many questions were put to a matrix and to Casbin, and where the two differed.

    `follows` is whether compiling the clauses anew gives this very matrix.
    """

    pack: str
    version: int
    cells: int
    follows: bool
    differences: tuple[Difference, ...]


def read_cell(matrix: Matrix, request: Request, classes: Mapping[str, str]) -> Verdict:
    """Answer one request from a matrix alone; `classes` gives the class of each agency."""
    guards = (
        (request.role == NOBODY, "GUARD-MEMBER"),
        (request.excl != NO, "GUARD-EXCLUDED"),
        (request.marker != NO, "GUARD-MARKED"),
        (request.force != YES, "GUARD-FORCE"),
        (request.ground == NO_GROUND, "GUARD-GROUND"),
    )
    for shut, why in guards:
        if shut:
            return Verdict(allowed=False, ref=why)
    end = matrix.walk(
        matrix.root,
        request.role,
        classes[request.dst],
        request.purpose,
        request.cat,
        classes[request.src],
        request.ground,
        request.named,
    )
    ref = None if end is None else matrix.leaves[end].refs.get(request.verb)
    if end is None or ref is None:
        return Verdict(allowed=False, ref=NO_CLAUSE)
    bit = 1 << catalogue().verbs.index(request.verb)
    return Verdict(allowed=bool(matrix.leaves[end].allow & bit), ref=ref)


def compare(
    matrix: Matrix, pack: Pack, requests: Iterable[Request], classes: Mapping[str, str]
) -> Iterator[Difference | None]:
    """Ask both about every request, with all lines: None where they agree."""
    for request in requests:
        read, asked = read_cell(matrix, request, classes), decide(pack, request)
        yield None if read == asked else Difference(request, read, asked)


def classes_of(matrix: Matrix, sectors: Mapping[str, str], words: Catalogue) -> dict[str, str]:
    """Return the class of every agency in one matrix, by the sectors given."""
    groups = sector_groups(words)
    return {
        agency: agency_class(matrix.codes, agency, groups[sector])
        for agency, sector in sectors.items()
    }


def sample(
    matrix: Matrix, lines: Sequence[Line], words: Catalogue, *, count: int, seed: int
) -> list[Difference]:
    """Ask both about random questions, most of them close to a line, and return differences.

    The agencies are those that lines name, in every sector turn by turn, and one more of each
    sector.
    """
    rng = random.Random(seed)  # noqa: S311  a repeatable sample, no secret
    sectors = _made_up_agencies(lines, words, rng)
    pack = Pack(lines, links_of(words, sectors), sectors, words=words)
    classes = classes_of(matrix, sectors, words)
    requests = [random_request(rng, lines, matrix, words, sectors) for _ in range(count)]
    return [found for found in compare(matrix, pack, requests, classes) if found is not None]


def random_request(
    rng: random.Random,
    lines: Sequence[Line],
    matrix: Matrix,
    words: Catalogue,
    sectors: Mapping[str, str],
) -> Request:
    """Return one question; seven of ten take values that some line speaks of, field by field."""
    members = _members(words, sectors)
    line = _some_line(rng, lines)._asdict() if lines and rng.random() < _NEAR_A_LINE else {}
    agencies = sorted(sectors)

    def pick(field: str, known: Sequence[str]) -> str:
        said = line.get(field, ANY)
        spoken_of = [said] if said in known else sorted(members.get(said, ()))
        return rng.choice(spoken_of or list(known))

    request = Request(
        role=pick("role", list(words.roles)),
        cat=pick("cat", [*words.categories, *words.objects]),
        purpose=pick("purpose", list(words.purposes)),
        verb=pick("verb", words.verbs),
        ground=pick("ground", list(words.grounds)),
        src=pick("src", agencies),
        dst=pick("dst", agencies),
        named=rng.choice((YES, NO)),
        force=YES,
        excl=NO,
        marker=NO,
        day=matrix.since.isoformat(),
    )
    return request if rng.random() < 0.9 else request._replace(**rng.choice(_STATES))  # noqa: PLR2004  one in ten meets a guard


def _some_line(rng: random.Random, lines: Sequence[Line]) -> Line:
    """Return a line, each clause as likely as any other, however many lines it has."""
    ref = rng.choice(sorted({line.ref for line in lines}))
    return rng.choice([line for line in lines if line.ref == ref])


def _made_up_agencies(
    lines: Sequence[Line], words: Catalogue, rng: random.Random
) -> dict[str, str]:
    known = {group for _, group in words.sector_links}
    known |= {f"sec_{sector}" for sector in words.sectors} | {ANY}
    named = sorted({code for line in lines for code in (line.src, line.dst)} - known)
    every = list(words.sectors)
    return {f"x_{sector}": sector for sector in every} | {
        agency: rng.choice(every) for agency in named
    }


def _members(words: Catalogue, sectors: Mapping[str, str]) -> dict[str, set[str]]:
    """Return for every group the plain values in it."""
    links: Links = links_of(words, sectors)
    found: dict[str, set[str]] = {}
    for pairs, plain in (
        (links.roles, set(words.roles)),
        (links.categories, set(words.categories)),
        (links.agencies, set(sectors)),
    ):
        for member, groups in closure(pairs).items():
            if member in plain:
                for group in groups:
                    found.setdefault(group, set()).add(member)
    return found
