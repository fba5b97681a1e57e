"""The policy book: all packs in force at one moment, and their answer to any question.

A book never changes. It holds from `since` until `until`; outside, and for any day or word it
does not know, the answer is no. What it worked out for one role, agency and purpose it keeps,
so that a room's worth of answers takes microseconds.

Rule: ADR-0007. Each guard below is a lock of its own beside the matcher's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from policies.catalogue import Catalogue
from policies.combining import ORDER, Reading, forbidden_by, intersection, opened_by, union
from policies.decision import Ground
from policies.facts import Kind
from policies.isa import FIRST_DAY, LAST_DAY, Clause, IsaState, Sort
from policies.matrix import InForce, Node, digest, sector_groups
from policies.question import ANY_PURPOSE, NO_RECORD, Answer, Cell, Live, Part, Question, Why
from policies.voices import Hearing, Voice, hear, sectors_known, starts_of
from server.directory.agency import FAMILY
from server.kernel.canonical_json import canonical
from server.kernel.ids import AgencyCode

NOBODY = "none"
_KEPT_CELLS = 15_000


# The more a refusal says, the earlier it stands here; a clause says most of all.
_TELLING = (Why.EXCLUDED, Why.MARKED, Why.ISA_REFUSED, Why.FORCE, Why.NO_ISA, Why.GROUND)


class _Found(NamedTuple):
    """What one cell opens under one purpose: a mask of verbs, and where each answer came from."""

    mask: int
    by_ground: tuple[tuple[Reading, ...], ...]
    guard: str | None


_SHUT = {
    why: _Found(0, (), why)
    for why in (
        Why.EXCLUDED,
        Why.MARKED,
        Why.ISA_REFUSED,
        Why.NO_ISA,
        Why.FORCE,
        Why.GROUND,
        Why.OWN,
        Why.NO_CLAUSE,
    )
}


class PolicyBook:
    """All packs in force between two instants; `revision` is the hash of all of it."""

    def __init__(
        self,
        packs: Sequence[InForce],
        sectors: Mapping[AgencyCode, str],
        words: Catalogue,
        *,
        since: datetime,
        until: datetime,
        closed: str | None = None,
    ) -> None:
        """Lay the packs together. `sectors` gives the one sector of every agency of now.

        `closed` is the reason why this book says no to everything.
        """
        self.closed = closed
        self.packs = tuple(packs)
        self.since = since
        self.until = until
        self._words = words
        self._bits = {verb: 1 << number for number, verb in enumerate(words.verbs)}
        self._verbs_of: dict[int, frozenset[str]] = {}
        self._roles = frozenset(words.roles)
        self._agencies = sectors_known(sectors, sector_groups(words))
        self._hearings: dict[tuple[AgencyCode, AgencyCode, bool], Hearing] = {}
        self._starts: dict[tuple[str, AgencyCode, str], tuple[int | None, ...]] = {}
        self._kept: dict[tuple[str, AgencyCode, str], dict[Cell, _Found]] = {}
        self._masks: dict[tuple[str, AgencyCode, tuple[str, ...], tuple[Cell, ...]], int] = {}
        self._live: dict[tuple[frozenset[Live], str], tuple[Ground, ...]] = {}
        self._kept_count = 0
        self._askers: set[tuple[str, AgencyCode, tuple[str, ...]]] = set()
        matrices = [pack.matrix for pack in self.packs if pack.matrix]
        self._first_day = max((matrix.since for matrix in matrices), default=FIRST_DAY)
        self._last_day = min((matrix.until for matrix in matrices), default=LAST_DAY)
        self.revision = self._digest()

    def _digest(self) -> str:
        return digest(
            canonical(
                {
                    "packs": [
                        [
                            pack.code,
                            pack.version,
                            pack.state.value,
                            pack.matrix.revision if pack.matrix else None,
                            sorted(pack.signed),
                        ]
                        for pack in self.packs
                    ],
                    "agencies": {code: sorted(of) for code, of in self._agencies.items()},
                }
            )
        )

    # ------------------------------------------------------------ the face for the gate

    def answer(self, question: Question) -> Answer:
        """Answer one question."""
        guard = self._guard(question)
        if guard is not None:
            return Answer(allowed=False, why=guard)
        bit = self._bits[question.verb]
        refused: tuple[Part, ...] | None = None
        for purpose in question.purposes:
            found = self._found(question, purpose)
            parts = tuple(self._part(one, bit, question.verb) for one in found)
            if all(part.allowed for part in parts):
                return self._spread(parts, purpose)
            refused = _more_telling(refused, parts)
        assert refused is not None  # noqa: S101  the guard sees to it that there is a purpose
        return self._spread(refused, None)

    def verbs(self, question: Question) -> frozenset[str]:
        """Return every verb that `answer` would allow; the question's own verb is not read."""
        mask = self._mask(question)
        verbs = self._verbs_of.get(mask)
        if verbs is None:
            verbs = frozenset(verb for verb, bit in self._bits.items() if mask & bit)
            self._verbs_of[mask] = verbs
        return verbs

    def cover(self, question: Question) -> Answer:
        """Answer as if every ground were live, nobody kept out and the asker named.

        It tells whether any agreement or house rule speaks for this at all, whatever the
        family said: the second of the four factors.
        """
        cells = tuple(
            Cell(cell.category, cell.origin, self._every_ground(question, cell), named=True)
            for cell in question.cells
        )
        return self.answer(replace(question, cells=cells))

    def is_party(self, agency: AgencyCode) -> bool:
        """Return whether the agency has a live signature on any active agreement."""
        return any(
            pack.sort is Sort.ISA and pack.state is IsaState.ACTIVE and agency in pack.signed
            for pack in self.packs
        )

    def knows_agencies(self, agencies: Iterable[AgencyCode]) -> bool:
        """Return whether every one of these agencies stood in the directory of this book."""
        return all(agency in self._agencies for agency in agencies)

    def clause(self, isa: str, ref: str) -> Clause | None:
        """Return a clause of a pack in force by its reference."""
        return next((pack.clauses.get(ref) for pack in self.packs if pack.code == isa), None)

    # ------------------------------------------------------------ locks before any look-up

    def _guard(self, question: Question, *, any_verb: bool = False) -> str | None:
        if self.closed is not None:
            return self.closed
        if question.role == NOBODY:
            return Why.MEMBER
        if not question.cells or not question.purposes:
            return Why.NO_PURPOSE if question.cells else Why.NO_CELLS
        if not ((any_verb or question.verb in self._bits) and self._knows(question)):
            return Why.UNKNOWN
        return None if self._first_day <= question.day < self._last_day else Why.OUT_OF_DATE

    def _knows(self, question: Question) -> bool:
        """Return whether every word is known.

        `other` is not `unknown`: an unknown word would take the lines that say `any`.
        """
        asker = (question.role, question.dst, question.purposes)
        if asker not in self._askers:
            if not self._knows_asker(question):
                return False
            self._askers.add(asker)
        agencies = self._agencies
        known = self._words.categories if question.kind is Kind.CONTENT else (question.kind,)
        for cell in question.cells:
            if cell.category not in known or cell.origin not in agencies:
                return False
        return True

    def _knows_asker(self, question: Question) -> bool:
        return (
            question.role in self._roles
            and question.dst in self._agencies
            and all(purpose in self._words.purposes for purpose in question.purposes)
        )

    def _every_ground(self, question: Question, cell: Cell) -> frozenset[Live]:
        own = question.dst in (FAMILY, cell.origin)
        return frozenset(Live(ground) for ground in ORDER if own or ground is not Ground.OWN)

    # ------------------------------------------------------------ one cell under one purpose

    def _mask(self, question: Question) -> int:
        """Return the verbs open to the asker on all cells, each under one purpose of hers."""
        key = (question.role, question.dst, question.purposes, question.cells)
        mask = self._masks.get(key)
        if mask is not None and self._first_day <= question.day < self._last_day:
            return mask
        if self._guard(question, any_verb=True) is not None:
            return 0
        mask = 0
        for purpose in question.purposes:
            mask |= intersection([found.mask for found in self._found(question, purpose)])
        if self._kept_count < _KEPT_CELLS:
            self._kept_count += 1
            self._masks[key] = mask
        return mask

    def _found(self, question: Question, purpose: str) -> list[_Found]:
        asker = (question.role, question.dst, purpose)
        kept = self._kept.get(asker, {})
        found = []
        for cell in question.cells:
            one = kept.get(cell)
            if one is None:
                one = self._look_up(question, purpose, cell)
                self._keep(asker, cell, one)
            found.append(one)
        return found

    def _keep(self, asker: tuple[str, AgencyCode, str], cell: Cell, found: _Found) -> None:
        # Ids of exclusions and markers make cells without end; the book stays small all the same.
        if self._kept_count >= _KEPT_CELLS:
            self._kept.clear()
            self._masks.clear()
            self._kept_count = 0
        self._kept.setdefault(asker, {})[cell] = found
        self._kept_count += 1

    def _look_up(self, question: Question, purpose: str, cell: Cell) -> _Found:
        dst = question.dst
        hearing = self._hear(cell.origin, dst, content=question.kind is Kind.CONTENT)
        grounds = self._live_grounds(cell.grounds, purpose)
        guard = _lock(cell, dst, hearing, grounds)
        if guard is not None:
            return _SHUT[guard]
        starts = self._starts.get((question.role, dst, purpose))
        if starts is None:
            starts = starts_of(self.packs, question.role, dst, self._agencies[dst], purpose)
            self._starts[question.role, dst, purpose] = starts
        ends = _ends(hearing.voices, starts, cell.category)
        if not ends:
            return _SHUT[hearing.guard or Why.NO_CLAUSE]
        named = "yes" if cell.named else "no"
        by_ground = tuple(_read(ends, ground, named) for ground in grounds)
        return _Found(union(by_ground), by_ground, hearing.guard)

    def _live_grounds(self, grounds: frozenset[Live], purpose: str) -> tuple[Ground, ...]:
        live = self._live.get((grounds, purpose))
        if live is None:
            held = {live.ground for live in grounds if live.purpose in (ANY_PURPOSE, purpose)}
            live = self._live[grounds, purpose] = tuple(g for g in ORDER if g in held)
        return live

    def _hear(self, src: AgencyCode, dst: AgencyCode, *, content: bool) -> Hearing:
        hearing = self._hearings.get((src, dst, content))
        if hearing is None:
            of_sector = self._agencies[src]
            hearing = hear(self.packs, src, of_sector, dst, content=content)
            self._hearings[src, dst, content] = hearing
        return hearing

    # ------------------------------------------------------------ why

    def _part(self, found: _Found, bit: int, verb: str) -> Part:
        opened = opened_by(found.by_ground, bit)
        if opened is not None:
            return self._said(opened, verb, allowed=True)
        forbidden = forbidden_by(found.by_ground, bit)
        if forbidden is not None:
            return self._said(forbidden, verb, allowed=False)
        return Part(allowed=False, why=found.guard or Why.NO_CLAUSE)

    def _said(self, reading: Reading, verb: str, *, allowed: bool) -> Part:
        pack = self.packs[reading.pack]
        return Part(allowed, reading.leaf.refs[verb], pack.code, pack.version, reading.ground)

    def _spread(self, parts: tuple[Part, ...], purpose: str | None) -> Answer:
        """Return the answer, with the part that weighs most spread out in its fields.

        That is the most telling refusal, or else the first that an agreement, not the house,
        allowed.
        """
        allowed = purpose is not None
        part = min(parts, key=_weight)
        clause = self.clause(part.isa, part.why) if part.isa else None
        return Answer(
            allowed=allowed,
            why=part.why,
            ref=part.why if part.isa else None,
            isa=part.isa,
            isa_revision=part.isa_revision,
            ground=part.ground,
            purpose=purpose,
            lawful_basis=(clause.lawful_basis or None) if clause else None,
            condition=(clause.condition or None) if clause else None,
            sentence=clause.sentence if clause else None,
            parts=parts,
        )


def closed_book(words: Catalogue, at: datetime, why: str) -> PolicyBook:
    """Return a book that says no to everything: for a process that is not sure of its own."""
    return PolicyBook((), {}, words, since=at, until=at, closed=why)


def _lock(cell: Cell, dst: AgencyCode, hearing: Hearing, grounds: Sequence[Ground]) -> str | None:
    """Return the guard that shuts a cell whatever the packs say, in the order they are asked."""
    if cell.excl != NO_RECORD:
        return Why.EXCLUDED
    if cell.marker != NO_RECORD:
        return Why.MARKED
    if not hearing.voices:
        return hearing.guard
    if not grounds:
        return hearing.guard or Why.GROUND
    if grounds[0] is Ground.OWN and dst not in (cell.origin, FAMILY):
        # `own` is only as true as who found it: between two agencies it never is.
        return Why.OWN
    return None


def _ends(
    voices: Sequence[Voice], starts: Sequence[int | None], category: str
) -> list[tuple[Voice, Node]]:
    """Return for each pack heard the node behind category and origin, where there is one."""
    found = []
    for voice in voices:
        node = starts[voice.pack]
        if node is None:
            continue
        node = voice.nodes[node].get(category)
        if node is None:
            continue
        node = voice.nodes[node].get(voice.src)
        if node is not None:
            found.append((voice, voice.nodes[node]))
    return found


def _read(ends: Sequence[tuple[Voice, Node]], ground: Ground, named: str) -> tuple[Reading, ...]:
    """Return what each pack says under one ground; packs that say nothing are left out."""
    found = []
    for voice, node in ends:
        below = node.get(ground.value)
        last = None if below is None else voice.nodes[below].get(named)
        if last is not None:
            found.append(Reading(ground, voice.pack, voice.may_allow, voice.leaves[last]))
    return tuple(found)


def _weight(part: Part) -> int:
    """Return how little a part says: refusals first, by clause, then by guard."""
    if part.allowed:
        return 20 if part.isa == "HOUSE" else 19
    if part.isa is not None:
        return 0
    return _TELLING.index(part.why) + 1 if part.why in _TELLING else 10


def _more_telling(one: tuple[Part, ...] | None, other: tuple[Part, ...]) -> tuple[Part, ...]:
    if one is None:
        return other
    return min(one, other, key=lambda parts: min(_weight(part) for part in parts))
