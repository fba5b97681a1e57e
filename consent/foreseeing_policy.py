"""Looks at what a change of an agreement would do, before it is done, for the officer alone.

What changes class by class is exact. Who is touched is told from places, from what is kept where,
and from what is agreed and decided now; what is restricted or kept back to protect somebody can
only make it fewer. No name of a family, a child or a room's things is in it.

Rule: ADR-0007: nobody is asked to approve a change whose effect was not shown.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from consent import gate
from consent.drafting import LABEL
from consent.effect import Effect
from consent.how_far import HowFar
from consent.judging import Book
from consent.keeper import Keepers
from consent.store import everywhere
from consent.weighing import Rooms, Turned, Weigher
from policies import revision, supposing
from policies.act import Act
from policies.catalogue import catalogue
from policies.decision import Ground
from policies.difference import Difference, Turn, between
from policies.facts import Kind, label_of_house
from policies.isa import Isa
from server.directory import seat_store
from server.directory import store as directory
from server.directory.agency import FAMILY
from server.directory.member import Member, Office, Practitioner
from server.directory.seat_store import Place
from server.kernel import clock
from server.kernel.clock import london_day, london_instant
from server.kernel.database import Tx, reading, writing
from server.kernel.ids import AgencyCode, MemberId

NAMED_AT_ONCE = 200
_LABEL = label_of_house(Kind.AUDIT)


@dataclass(frozen=True, slots=True)
class Touched:
    """One person who would gain or lose something of a category, and in how many rooms.

    Families stand together in one row without a name: nobody needs to know which.
    """

    member: MemberId | None
    name: str
    agency: str
    category: str
    turn: Turn
    verbs: tuple[str, ...]
    rooms: int


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What would change: class by class, and for whom; `rooms` are those where anything would.

    `people` are counted; `shown` are those of them that the reader may know by name.
    """

    difference: Difference
    people: tuple[Touched, ...]
    rooms: int
    day: date
    shown: tuple[Touched, ...]

    @property
    def how_far(self) -> HowFar:
        """Return how far it reaches, to be compared with how far it reaches later."""
        turned = {(one.member, one.agency, one.category, one.turn) for one in self.people}
        return HowFar.of(self.rooms, turned)

    def how_many(self, turn: Turn) -> tuple[int, int]:
        """Return how many, of how many organisations, would gain or lose; no family counts."""
        turned = [one for one in self.people if one.turn is turn and one.member is not None]
        return len({one.member for one in turned}), len({one.agency for one in turned})


async def foresee_isa(
    who: Member,
    draft: Isa,
    *,
    keepers: Keepers,
    signed: Iterable[AgencyCode] | None = None,
    at: datetime | None = None,
) -> PolicyEffect:
    """Return what would change were a draft in force in the place of the version that is.

    It is looked at as of `at`, else of now or the draft's first day, whichever is later.
    `signed` are the organisations that would be party; else those that are. The look is recorded.

    Raises:
        Refused: `who` is no information governance officer.
        Invalid: the draft has faults; each is told by a sentence.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.FORESEE_POLICY, _LABEL)
    matrices = await revision.compile_isa(draft)
    as_of = at or max(clock.now(), london_instant(draft.starts))
    async with reading() as tx:
        old, new = await supposing.suppose(tx, draft, matrices, as_of, signed=signed)
        held = await supposing.matrices_in_force(tx, draft, as_of)
        difference = await asyncio.to_thread(between, held, matrices, since=london_day(as_of))
        return await foresee_people(tx, old, new, difference, keepers=keepers, at=as_of)


async def foresee_effect(
    who: Practitioner, effect: Effect, *, keepers: Keepers, as_signed: bool
) -> PolicyEffect:
    """Return whom the open draft of an agreement would touch, as far as the reader may know.

    An information governance officer sees everybody; others the people of their own organisation,
    and how many there are besides. `as_signed` counts the signatures of now; else it is looked at
    as if every organisation that is asked had signed. The look is recorded.

    Raises:
        Refused: `who` has no office that sees drafts.
    """
    sees_all = who.office is Office.IG_OFFICER
    asked = (Act.FORESEE_POLICY, _LABEL) if sees_all else (Act.VIEW_EFFECT, LABEL)
    async with writing() as tx:
        await gate.require(tx, who, *asked)
    signed = effect.signed if as_signed else frozenset(effect.draft.file.parties)
    seen = await people_of(effect.draft.isa, signed, keepers=keepers)
    if sees_all:
        return seen
    async with reading() as tx:
        own = await directory.get_agency(tx, who.agency)
    return replace(seen, shown=tuple(one for one in seen.people if one.agency == own.name))


async def people_of(isa: Isa, signed: frozenset[AgencyCode], *, keepers: Keepers) -> PolicyEffect:
    """Return whom a version would touch, were it signed by these and in the place of what is.

    A part of a larger step, which passes the gate. Where it is to take effect later already, that
    does not count yet.
    """
    matrices = await revision.compile_isa(isa)
    as_of = max(clock.now(), london_instant(isa.starts))
    async with reading() as tx:
        old, new = await supposing.suppose(tx, isa, matrices, as_of, signed=signed)
        held = await supposing.matrices_in_force(tx, isa, as_of)
        day = london_day(as_of)
        sides = [(held, matrices)]
        if {one.code: one.signed for one in old.packs}.get(isa.code) != signed:
            # Whoever joins or leaves gains or loses all that either version says.
            sides += [(held, []), ([], matrices)]
        found = [await asyncio.to_thread(between, *side, since=day) for side in sides]
        return await foresee_people(
            tx, old, new, found[0], keepers=keepers, at=as_of, also=found[1:]
        )


async def foresee_people(
    tx: Tx,
    old: Book,
    new: Book,
    difference: Difference,
    *,
    keepers: Keepers,
    at: datetime,
    also: Sequence[Difference] = (),
) -> PolicyEffect:
    """Return whom a difference touches; a part of a larger look, which has passed the gate.

    Rows are read so many at a time; between two lots others are served. `also` are further
    classes in which somebody may be touched.
    """
    sectors = {one.code: one.sector for one in await directory.list_agencies(tx)}
    scope = _Scope.of_all([_Scope.of(one, sectors) for one in (difference, *also)])
    counted = _Counted()
    rooms = await _look(tx, scope, keepers)
    if rooms:
        weigh = Weigher(old, new, london_day(at))
        places = seat_store.all_places(tx, agencies=scope.recipients, roles=scope.roles)
        async for some in places:
            counted.count(some, rooms, weigh)
    people = await _people(tx, counted)
    return PolicyEffect(difference, people, len(counted.rooms), london_day(at), people)


# ---------------------------------------------------------------- whom a difference can touch


class _Scope(NamedTuple):
    """The values that any of the changed classes names; all else stays as it is."""

    roles: frozenset[str]
    recipients: frozenset[AgencyCode]
    sources: frozenset[AgencyCode]
    categories: frozenset[str]
    grounds: frozenset[str]

    @classmethod
    def of_all(cls, scopes: Sequence["_Scope"]) -> "_Scope":
        """Return what any of these names."""
        return cls(*(frozenset().union(*parts) for parts in zip(*scopes, strict=True)))

    @classmethod
    def of(cls, difference: Difference, sectors: Mapping[AgencyCode, str]) -> "_Scope":
        changes = difference.changes
        classes = supposing.classes_of_agencies(difference.codes, {**sectors, FAMILY: "family"})
        to = {key for change in changes for key in change.recipients}
        of = {key for change in changes for key in change.sources}
        said = [one for change in changes for one in (*change.before, *change.after)]
        return cls(
            roles=frozenset(role for change in changes for role in change.roles),
            recipients=frozenset(code for code, key in classes.items() if key in to),
            sources=frozenset(code for code, key in classes.items() if key in of),
            categories=frozenset(word for change in changes for word in change.categories)
            & frozenset(catalogue().categories),
            grounds=frozenset(one.ground for one in said),
        )


async def _look(tx: Tx, scope: _Scope, keepers: Keepers) -> Rooms:
    """Read what stands in every room that keeps something which any changed class names."""
    rooms = Rooms()
    for keeper in keepers if scope.roles else ():
        async for kept in keeper.all_kept(tx, scope.categories):
            rooms.keep(kept, scope.sources)
    if rooms and Ground.AGREED.value in scope.grounds:
        ends = scope.recipients | scope.sources
        async for answered in everywhere.all_answered(tx, scope.categories, ends):
            rooms.answer(answered)
    if rooms and Ground.DECIDED.value in scope.grounds:
        async for decided in everywhere.all_decided(tx):
            rooms.decide(decided)
    return rooms


# ---------------------------------------------------------------- for whom it turns


class _Counted:
    """In how many rooms what turns for whom; those of families together, without a name."""

    def __init__(self) -> None:
        self.rooms: set[str] = set()
        self.places: Counter[tuple[str | None, AgencyCode, tuple[Turned, ...]]] = Counter()
        self._families: set[tuple[str, Turned]] = set()

    def count(self, places: Sequence[Place], rooms: Rooms, weigh: Weigher) -> None:
        """Count what turns for those with these places."""
        sorts, touched, counted = rooms.sorts, self.rooms, self.places
        for place in places:
            room, member, agency, role, purposes = place
            sort = sorts.get(room) or rooms.sort_of(room)
            if sort is None:
                continue
            who = member if member in sort.members else None
            turned = sort.places.get((agency, role, purposes, who))
            if turned is None:
                turned = weigh.turned(sort, place)
                sort.places[agency, role, purposes, who] = turned
            if not turned:
                continue
            touched.add(room)
            if agency == FAMILY:
                self._count_family(room, turned)
            else:
                counted[member, agency, turned] += 1

    def _count_family(self, room: str, turned: tuple[Turned, ...]) -> None:
        """Count each once for a room, however many of the family have a place there."""
        for one in turned:
            if (room, one) not in self._families:
                self._families.add((room, one))
                self.places[None, FAMILY, (one,)] += 1

    def touched(
        self, names: Mapping[str, tuple[MemberId, str]], agencies: Mapping[str, str]
    ) -> tuple[Touched, ...]:
        """Return who that is in words: verbs that turn in as many rooms stand together."""
        rooms: Counter[tuple[str | None, AgencyCode, Turned]] = Counter()
        for (member, agency, turned), number in self.places.items():
            for one in turned:
                rooms[member, agency, one] += number
        verbs: dict[tuple[str | None, AgencyCode, str, Turn, int], list[str]] = {}
        for (member, agency, one), number in rooms.items():
            verbs.setdefault((member, agency, one.category, one.turn, number), []).append(one.verb)
        found = [
            Touched(
                member=names[member][0] if member is not None else None,
                name=names[member][1] if member is not None else "",
                agency="Family" if agency == FAMILY else agencies.get(agency, str(agency)),
                category=category,
                turn=turn,
                verbs=tuple(sorted(of_key)),
                rooms=number,
            )
            for (member, agency, category, turn, number), of_key in verbs.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.agency, one.name, one.category, one.turn)))


async def _people(tx: Tx, counted: _Counted) -> tuple[Touched, ...]:
    agencies = {str(one.code): one.name for one in await directory.list_agencies(tx)}
    bare_ids = sorted({member for member, *_ in counted.places if member is not None})
    names: dict[str, tuple[MemberId, str]] = {}
    for first in range(0, len(bare_ids), NAMED_AT_ONCE):
        ids = {MemberId(UUID(one)): one for one in bare_ids[first : first + NAMED_AT_ONCE]}
        found = await directory.find_members(tx, list(ids))
        names.update({bare_id: (member, found[member].name) for member, bare_id in ids.items()})
    # Many people make many rows: others are served meanwhile.
    return await asyncio.to_thread(counted.touched, names, agencies)
