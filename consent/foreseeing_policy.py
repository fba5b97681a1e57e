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
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from consent import gate
from consent.drafting import LABEL
from consent.effect import Effect
from consent.grounds import FAMILY_PURPOSES
from consent.judging import Book
from consent.keeper import Keepers
from consent.store import stretches
from policies import revision, supposing
from policies.act import Act
from policies.catalogue import catalogue
from policies.decision import Ground
from policies.difference import Difference, Turn, between
from policies.facts import Kind, label_of_house
from policies.isa import Isa
from policies.label_rows import Kept
from policies.question import Cell, Live, Question
from server.directory import seat_store
from server.directory import store as directory
from server.directory.agency import FAMILY
from server.directory.member import Member, Office, Practitioner
from server.directory.seat_store import Place, Stretch
from server.kernel import clock
from server.kernel.clock import london_day, london_instant
from server.kernel.database import Tx, reading, writing
from server.kernel.ids import AgencyCode, MemberId
from server.kernel.tables import BareId, from_bare

ROOMS_AT_ONCE = 500
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
        held = await supposing.matrices_in_force(tx, draft.code, as_of)
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
    draft = effect.draft
    matrices = await revision.compile_isa(draft.isa)
    as_of = max(clock.now(), london_instant(draft.isa.starts))
    signed = effect.signed if as_signed else frozenset(draft.file.parties)
    async with reading() as tx:
        old, new = await supposing.suppose(tx, draft.isa, matrices, as_of, signed=signed)
        held = await supposing.matrices_in_force(tx, draft.isa.code, as_of)
        day = london_day(as_of)
        sides = [(held, matrices)]
        if {one.code: one.signed for one in old.packs}.get(draft.isa.code) != signed:
            # Whoever joins or leaves gains or loses all that either version says.
            sides += [(held, []), ([], matrices)]
        found = [await asyncio.to_thread(between, *side, since=day) for side in sides]
        seen = await foresee_people(
            tx, old, new, found[0], keepers=keepers, at=as_of, also=found[1:]
        )
        if sees_all:
            return seen
        own = await directory.get_agency(tx, who.agency)
    return replace(seen, shown=tuple(one for one in seen.people if one.agency == own.name))


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

    The rooms are gone through a stretch at a time; between two of them others are served. `also`
    are further classes in which somebody may be touched.
    """
    sectors = {one.code: one.sector for one in await directory.list_agencies(tx)}
    scope = _Scope.of_all([_Scope.of(one, sectors) for one in (difference, *also)])
    weigh = _Weigher(old, new, scope, london_day(at))
    counted: Counter[_Key] = Counter()
    rooms = 0
    stretch = await seat_store.next_stretch(tx, None, ROOMS_AT_ONCE) if scope.roles else None
    while stretch is not None:
        found = await _look(tx, stretch, scope, keepers)
        for _, keys in groupby(_turned(found, weigh), key=itemgetter(0)):
            counted.update({key for _, key in keys})
            rooms += 1
        stretch = await seat_store.next_stretch(tx, stretch.last, ROOMS_AT_ONCE)
    people = await _people(tx, counted)
    return PolicyEffect(difference, people, rooms, london_day(at), people)


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


class _Found(NamedTuple):
    """What stands in a stretch of rooms, ready to be asked room by room."""

    kept: Mapping[BareId, Mapping[tuple[str, AgencyCode], frozenset[BareId]]]
    places: Sequence[Place]
    agreed: "_Agreed"
    decided: Mapping[BareId, Sequence[stretches.Decided]]


async def _look(tx: Tx, stretch: Stretch, scope: _Scope, keepers: Keepers) -> _Found:
    kept: dict[BareId, dict[tuple[str, AgencyCode], frozenset[BareId]]] = {}
    for keeper in keepers:
        for one in await keeper.kept_in(tx, stretch, scope.categories):
            _put(kept, one, scope)
    if not kept:
        return _Found({}, (), _Agreed(()), {})
    places = await seat_store.places_in(tx, stretch, agencies=scope.recipients, roles=scope.roles)
    wants_yes = bool(places) and Ground.AGREED.value in scope.grounds
    wants_decided = bool(places) and Ground.DECIDED.value in scope.grounds
    ends = scope.recipients | scope.sources
    yes = await stretches.yes_in(tx, stretch, scope.categories, ends) if wants_yes else ()
    decided: dict[BareId, list[stretches.Decided]] = {}
    for decision in await stretches.decided_in(tx, stretch) if wants_decided else ():
        decided.setdefault(decision.room, []).append(decision)
    return _Found(kept, places, _Agreed(yes), decided)


def _put(
    kept: dict[BareId, dict[tuple[str, AgencyCode], frozenset[BareId]]], one: Kept, scope: _Scope
) -> None:
    if one.origin in scope.sources:
        of_room = kept.setdefault(one.room, {})
        key = (one.category, one.origin)
        of_room[key] = of_room.get(key, frozenset()) | one.named


class _Agreed:
    """Which yes lets a category go from one organisation to somebody, for a purpose."""

    def __init__(self, yes: Iterable[stretches.Yes]) -> None:
        self._to: dict[tuple[Any, ...], set[tuple[BareId, BareId]]] = {}
        self._from: dict[tuple[Any, ...], set[tuple[BareId, BareId]]] = {}
        for one in yes:
            about = (one.room, one.category, one.purpose)
            whom = (one.giver, one.subject)
            if one.person is None:
                self._to.setdefault(
                    (*about, one.agency if one.member is None else one.member), set()
                ).add(whom)
            self._from.setdefault((*about, one.agency), set()).add(whom)

    def covers(self, place: Place, category: str, purpose: str, origin: AgencyCode) -> bool:
        """Say whether one giver said yes to both ends about one person."""
        about = (place.room, category, purpose)
        giving = self._from.get((*about, origin))
        if not giving:
            return False
        nobody: set[tuple[BareId, BareId]] = set()
        return not giving.isdisjoint(
            self._to.get((*about, place.agency), nobody)
        ) or not giving.isdisjoint(self._to.get((*about, place.member), nobody))


# ---------------------------------------------------------------- what turns for whom


class _Key(NamedTuple):
    """What turned for somebody in a room."""

    member: BareId | None
    agency: AgencyCode
    category: str
    turn: Turn
    verb: str


class _Weigher:
    """Asks both books about one cell, and keeps what they answered."""

    def __init__(self, old: Book, new: Book, scope: _Scope, day: date) -> None:
        self._books = (old, new)
        self._scope = scope
        self._day = day
        self._purposes: dict[frozenset[str], tuple[str, ...]] = {}
        self._grounds: dict[tuple[Any, ...], frozenset[Live]] = {}
        self._turned: dict[tuple[Any, ...], tuple[tuple[Turn, str], ...]] = {}

    def turned(
        self, place: Place, key: tuple[str, AgencyCode], found: _Found, *, named: bool
    ) -> tuple[tuple[Turn, str], ...]:
        """Return which verbs somebody gains or loses on something of this category and origin."""
        category, origin = key
        if place.agency == origin:
            return ()  # within one organisation no agreement is heard
        purposes = self._purposes_of(place)
        grounds = self._live(place, category, origin, purposes, found)
        asked = (place.role, place.agency, purposes, category, origin, grounds, named)
        if asked not in self._turned:
            cell = Cell(category, origin, grounds, named=named)
            question = Question(
                place.role, place.agency, purposes, "view", Kind.CONTENT, (cell,), self._day
            )
            was, is_now = (book.verbs(question) for book in self._books)
            self._turned[asked] = tuple(
                [(Turn.GAINED, verb) for verb in sorted(is_now - was)]
                + [(Turn.LOST, verb) for verb in sorted(was - is_now)]
            )
        return self._turned[asked]

    def _purposes_of(self, place: Place) -> tuple[str, ...]:
        if place.agency == FAMILY:
            return FAMILY_PURPOSES
        known = self._purposes.get(place.purposes)
        if known is None:
            known = self._purposes[place.purposes] = tuple(sorted(place.purposes))
        return known

    def _live(
        self,
        place: Place,
        category: str,
        origin: AgencyCode,
        purposes: tuple[str, ...],
        found: _Found,
    ) -> frozenset[Live]:
        """Return the grounds that may be live; to the family, that it is about her as well."""
        agreed = tuple(one for one in purposes if found.agreed.covers(place, category, one, origin))
        decided = tuple(
            one.purpose
            for one in found.decided.get(place.room, ())
            if one.from_agency == origin
            and one.agency == place.agency
            and one.member in (None, place.member)
            and one.purpose in purposes
        )
        key = (place.agency == FAMILY, agreed, decided)
        if key not in self._grounds:
            self._grounds[key] = frozenset(
                [Live(Ground.STANDING)]
                + [Live(Ground.AGREED, purpose) for purpose in agreed]
                + [Live(Ground.DECIDED, purpose) for purpose in decided]
                + ([Live(Ground.OWN)] if place.agency == FAMILY else [])
            )
        return self._grounds[key]


def _turned(found: _Found, weigh: _Weigher) -> Iterable[tuple[BareId, _Key]]:
    """Give all that turns, one room after the other."""
    for place in sorted(found.places, key=itemgetter(0)):
        member = None if place.agency == FAMILY else place.member
        for key, names in found.kept.get(place.room, {}).items():
            for turn, verb in weigh.turned(place, key, found, named=place.member in names):
                yield place.room, _Key(member, place.agency, key[0], turn, verb)


async def _people(tx: Tx, counted: Counter[_Key]) -> tuple[Touched, ...]:
    """Return who that is in words: verbs that turn in as many rooms stand together."""
    agencies = {one.code: one.name for one in await directory.list_agencies(tx)}
    ids = {key.member: MemberId(from_bare(key.member)) for key in counted if key.member is not None}
    members = await _names(tx, sorted(ids.values()))
    verbs: dict[tuple[BareId | None, AgencyCode, str, Turn, int], list[str]] = {}
    for key, rooms in counted.items():
        verbs.setdefault((*key[:4], rooms), []).append(key.verb)
    found = [
        Touched(
            member=ids.get(member),
            name=members.get(ids[member], "") if member is not None else "",
            agency="Family" if agency == FAMILY else agencies.get(agency, str(agency)),
            category=category,
            turn=turn,
            verbs=tuple(sorted(of_key)),
            rooms=rooms,
        )
        for (member, agency, category, turn, rooms), of_key in verbs.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.agency, one.name, one.category, one.turn)))


async def _names(tx: Tx, ids: Sequence[MemberId]) -> dict[MemberId, str]:
    names: dict[MemberId, str] = {}
    for first in range(0, len(ids), 1_000):
        found = await directory.find_members(tx, ids[first : first + 1_000])
        names.update({member: one.name for member, one in found.items()})
    return names
