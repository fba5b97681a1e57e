"""Which verbs somebody gains or loses between two books, told from the sort of her room. Pure.

Rooms that keep, agree and decide the same, whoever the family are, are of one sort. Of each sort
the books are asked once for every kind of place in it, however many rooms and places there are.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from consent.grounds import FAMILY_PURPOSES
from consent.judging import Book
from consent.store.everywhere import ANSWER, Decided
from policies.decision import Ground
from policies.difference import Turn
from policies.facts import Kind
from policies.label_rows import Kept
from policies.question import Cell, Live, Question
from server.directory.agency import FAMILY
from server.directory.seat_store import Place
from server.kernel.ids import AgencyCode

_MOST_REMEMBERED = 50_000


class Turned(NamedTuple):
    """That a verb on things of a category opens or closes for somebody."""

    category: str
    turn: Turn
    verb: str


class Given(NamedTuple):
    """What one giver said yes to about one person: which ends may share, for a purpose.

    `to` has the organisations as a whole, and members of those that were named in the yes.
    """

    category: str
    purpose: str
    from_: frozenset[str]
    to: frozenset[str]


class RoomSort:
    """What of a room decides what turns in it; made once for all rooms that are alike."""

    __slots__ = ("decided", "given", "kept", "members", "places")

    def __init__(
        self,
        kept: frozenset[tuple[str, AgencyCode, str | None]],
        given: frozenset[Given],
        decided: frozenset[tuple[str, AgencyCode, AgencyCode, str | None]],
    ) -> None:
        """Lay together what is kept, as (category, origin, named), agreed and decided."""
        self.kept = kept
        self.given = given
        self.decided = decided
        agencies = frozenset(end for one in given for end in one.from_)
        # Who is named anywhere is asked about by herself.
        self.members = frozenset(
            [named for _, _, named in kept if named is not None]
            + [member for *_, member in decided if member is not None]
            + [end for one in given for end in one.to - agencies]
        )
        self.places: dict[tuple[str | str | None, ...], tuple[Turned, ...]] = {}


class Rooms:
    """The sort of every room, as it is read row by row."""

    def __init__(self) -> None:
        """Know no room yet."""
        self._kept: dict[str, frozenset[tuple[str, AgencyCode, str | None]]] = {}
        self._given: dict[str, frozenset[Given]] = {}
        self._decided: dict[str, frozenset[tuple[str, AgencyCode, AgencyCode, str | None]]]
        self._decided = {}
        self._alike: dict[tuple[frozenset[object], ...], RoomSort] = {}
        self.sorts: dict[str, RoomSort] = {}
        self._grown: dict[tuple[object, ...], frozenset[tuple[str, AgencyCode, str | None]]] = {}
        self._read: dict[str, frozenset[Given]] = {}

    def __bool__(self) -> bool:
        return bool(self._kept)

    def keep(self, rows: Iterable[Kept], origins: frozenset[AgencyCode]) -> None:
        """Note what rooms keep from these organisations."""
        kept, grown = self._kept, self._grown
        nothing: frozenset[tuple[str, AgencyCode, str | None]] = frozenset()
        for room, category, origin, named in rows:
            if origin in origins:
                held = kept.get(room, nothing)
                key = (held, category, origin, named)
                found = grown.get(key)
                if found is None:
                    if len(grown) > _MOST_REMEMBERED:
                        grown.clear()
                    found = held | {(category, origin, named), (category, origin, None)}
                    grown[key] = found
                kept[room] = found

    def answer(self, rows: Iterable[tuple[str, str]]) -> None:
        """Note what was answered in rooms that keep something."""
        kept, given, known = self._kept, self._given, self._read
        for room, text in rows:
            if room in kept:
                told = _without_names(text)
                found = known.get(told)
                if found is None:
                    if len(known) > _MOST_REMEMBERED:
                        known.clear()
                    found = known[told] = _read_answers(told)
                if found:
                    given[room] = found

    def decide(self, rows: Iterable[Decided]) -> None:
        """Note what was decided in rooms that keep something."""
        for room, purpose, from_agency, agency, member in rows:
            if room in self._kept:
                held = self._decided.get(room, frozenset())
                self._decided[room] = held | {(purpose, from_agency, agency, member)}

    def sort_of(self, room: str) -> RoomSort | None:
        """Return the sort of a room; None if it keeps nothing that counts."""
        kept = self._kept.get(room)
        if kept is None:
            return None
        given = self._given.get(room, frozenset[Given]())
        decided = self._decided.get(
            room, frozenset[tuple[str, AgencyCode, AgencyCode, str | None]]()
        )
        key = (kept, given, decided)
        sort = self._alike.get(key)
        if sort is None:
            sort = self._alike[key] = RoomSort(kept, given, decided)
        self.sorts[room] = sort
        return sort


def _read_answers(text: str) -> frozenset[Given]:
    newest: dict[tuple[str, ...], int] = {}
    answers = [answer.split("|") for answer in text.split(ANSWER)]
    for *key, _member, version in answers:
        newest[tuple(key)] = max(newest.get(tuple(key), 0), abs(int(version)))
    ends: dict[tuple[str, str, str], tuple[set[str], set[str]]] = {}
    for *key, member, version in answers:
        # The newest version replaces every answer to its question (`ConsentLine.key`).
        if int(version) == newest[tuple(key)]:
            whom, category, purpose, agency = key
            from_, to = ends.setdefault((whom, category, purpose), (set(), set()))
            from_.add(agency)
            if not member:
                to.add(agency)
            elif member != FAMILY:
                to.add(member)
    return frozenset(
        Given(category, purpose, frozenset(from_), frozenset(to))
        for (_, category, purpose), (from_, to) in ends.items()
    )


def _without_names(text: str) -> str:
    """Return answers, in order, with a number for everybody who answered about somebody."""
    number = 0
    while (begins := text.find("#")) >= 0:
        whom = text[begins : text.index("|", begins)]
        text = text.replace(whom, str(number))
        number += 1
    return ANSWER.join(sorted(text.split(ANSWER)))


class Weigher:
    """Asks both books about a place in a sort of room."""

    def __init__(self, old: Book, new: Book, day: date) -> None:
        """Stand between the book that is and the one that would be, on this day."""
        self._books = (old, new)
        self._day = day

    def turned(self, sort: RoomSort, place: Place) -> tuple[Turned, ...]:
        """Return all that somebody gains or loses in a room of this sort."""
        purposes = tuple(sorted(place.purposes.split(","))) if place.purposes else ()
        if place.agency == FAMILY:
            purposes = FAMILY_PURPOSES
        found: set[Turned] = set()
        for category, origin in {(category, origin) for category, origin, _ in sort.kept}:
            if origin == place.agency:
                continue  # within one organisation no agreement is heard
            grounds = _live(sort, place, category, origin, purposes)
            named = (category, origin, place.member) in sort.kept
            cell = Cell(category, origin, grounds, named=named)
            question = Question(
                place.role, place.agency, purposes, "view", Kind.CONTENT, (cell,), self._day
            )
            was, is_now = (book.verbs(question) for book in self._books)
            found |= {Turned(category, Turn.GAINED, verb) for verb in is_now - was}
            found |= {Turned(category, Turn.LOST, verb) for verb in was - is_now}
        return tuple(sorted(found))


def _live(
    sort: RoomSort, place: Place, category: str, origin: AgencyCode, purposes: tuple[str, ...]
) -> frozenset[Live]:
    """Return the grounds that may be live; to the family, that it is about her as well."""
    ends = {place.agency, place.member}
    agreed = {
        one.purpose
        for one in sort.given
        if one.category == category and origin in one.from_ and not one.to.isdisjoint(ends)
    }
    decided = {
        purpose
        for purpose, from_agency, agency, member in sort.decided
        if from_agency == origin and agency == place.agency and member in (None, place.member)
    }
    return frozenset(
        [Live(Ground.STANDING)]
        + [Live(Ground.AGREED, one) for one in purposes if one in agreed]
        + [Live(Ground.DECIDED, one) for one in purposes if one in decided]
        + ([Live(Ground.OWN)] if place.agency == FAMILY else [])
    )
