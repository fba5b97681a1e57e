"""Everything Casbin decided about one pack, frozen: a small graph that is read, never changed.

From the root, each step goes by one value: role, the receiving agency's class, purpose,
category, the class of the agency it comes from, ground, and whether the asker is named. What is
found at the end is a leaf: which verbs are allowed, which are expressly forbidden, and by which
clause. Where no way leads on, no line can match. The matrix knows no rule of its own.

Rule: ADR-0007.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from sys import intern
from typing import NamedTuple

from policies.catalogue import Catalogue, sector_code
from policies.isa import Clause, IsaState, Sort
from server.kernel.canonical_json import canonical
from server.kernel.ids import AgencyCode

FORMAT = 1
STEPS = ("role", "dst", "purpose", "cat", "src", "ground", "named")


class Leaf(NamedTuple):
    """What a pack says of every verb at once; bit n stands for the n-th verb of the catalogue.

    `refs` names the clause for each verb that is allowed or forbidden. A verb in neither mask
    is simply not spoken of.
    """

    allow: int
    deny: int
    refs: Mapping[str, str]


Node = Mapping[str, int]

_NUMBERS: list[int] = []


@dataclass(frozen=True, slots=True)
class Matrix:
    """The frozen answers of one pack for the days from `since` until before `until`.

    A node gives for a value the number of the next node; at the last step, the number of a
    leaf. `root` is where to begin, None if nothing is said at all. `codes` are the agency,
    sector and group codes that lines name.
    """

    pack: str
    revision: str
    since: date
    until: date
    codes: frozenset[str]
    root: int | None
    nodes: tuple[Node, ...]
    leaves: tuple[Leaf, ...]

    def walk(self, node: int | None, *values: str) -> int | None:
        """Go on from a node by these values; None where no way leads on."""
        for value in values:
            if node is None:
                return None
            node = self.nodes[node].get(value)
        return node

    def to_bytes(self) -> bytes:
        """Return the matrix in its one canonical form."""
        return canonical(
            {
                "format": FORMAT,
                "pack": self.pack,
                "revision": self.revision,
                "since": self.since.isoformat(),
                "until": self.until.isoformat(),
                "codes": sorted(self.codes),
                "root": self.root,
                "nodes": [dict(node) for node in self.nodes],
                "leaves": [
                    {"allow": leaf.allow, "deny": leaf.deny, "refs": dict(leaf.refs)}
                    for leaf in self.leaves
                ],
            }
        )


@dataclass(frozen=True, slots=True)
class InForce:
    """One pack as it stands now. `signed` are the agencies whose signature is live.

    `matrix` is None where the stored one could not be trusted: nothing that touches a party of
    this agreement is answered with yes then, since what it forbids is not known.
    """

    code: str
    version: int
    sort: Sort
    state: IsaState
    matrix: Matrix | None
    clauses: Mapping[str, Clause]
    signed: frozenset[AgencyCode] = frozenset()


def digest(content: bytes) -> str:
    """Return the SHA-256 of these bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_matrix(stored: bytes) -> Matrix:
    """Read a matrix back from its bytes.

    Raises:
        ValueError: the bytes are no matrix of this format.
    """
    raw = json.loads(stored)
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        message = "not a matrix of this format"
        raise ValueError(message)
    # Words and numbers stand in memory once, however many nodes of however many packs have them.
    _NUMBERS.extend(range(len(_NUMBERS), max(len(raw["nodes"]), len(raw["leaves"]))))
    return Matrix(
        pack=raw["pack"],
        revision=raw["revision"],
        since=date.fromisoformat(raw["since"]),
        until=date.fromisoformat(raw["until"]),
        codes=frozenset(raw["codes"]),
        root=raw["root"],
        nodes=tuple(
            {intern(value): _NUMBERS[to] for value, to in node.items()} for node in raw["nodes"]
        ),
        leaves=tuple(
            Leaf(
                leaf["allow"],
                leaf["deny"],
                {intern(verb): intern(ref) for verb, ref in leaf["refs"].items()},
            )
            for leaf in raw["leaves"]
        ),
    )


def closure(links: tuple[tuple[str, str], ...]) -> dict[str, frozenset[str]]:
    """Return, for every member of a group, all groups it belongs to, however indirectly."""
    up: dict[str, set[str]] = {}
    for member, group in links:
        up.setdefault(member, set()).add(group)

    def above(code: str, seen: frozenset[str]) -> set[str]:
        found: set[str] = set()
        for group in up.get(code, set()) - seen:
            found |= {group} | above(group, seen | {group})
        return found

    return {member: frozenset(above(member, frozenset({member}))) for member in up}


def sector_groups(words: Catalogue) -> dict[str, frozenset[str]]:
    """Return for every known sector its own code and those of its groups, as lines write them."""
    groups = closure(words.sector_links)
    return {
        sector: frozenset({sector_code(sector)}) | groups.get(sector_code(sector), frozenset())
        for sector in words.sectors
    }


def agency_class(codes: frozenset[str], agency: str, of_sector: frozenset[str]) -> str:
    """Return an agency's class: those codes among a pack's that it answers to, as one text.

    It is worked out from the directory of now, so that an agency added after the compile falls
    under what is said of its sector, denies included.
    """
    return " ".join(sorted(({agency} | of_sector) & codes))


def agency_classes(codes: frozenset[str], words: Catalogue) -> dict[str, frozenset[str]]:
    """Return every class an agency can fall into: by sector, and for each agency named."""
    by_sector = sector_groups(words)
    agencies = codes - frozenset().union(*by_sector.values())
    classes: dict[str, frozenset[str]] = {}
    for of_sector in by_sector.values():
        for agency in ("", *sorted(agencies)):
            key = agency_class(codes, agency, of_sector)
            classes[key] = frozenset(key.split())
    return classes
