"""What changed in a plan since somebody last looked, and who changed a part of it when.

Only what passes the gate is told or counted. The family is told of no staff by name.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby

from consent import gate
from policies.act import Act
from policies.facts import Label
from rooms import news_store, store
from server.directory import store as directory
from server.directory.member import FamilyMember, Member, Practitioner
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, MemberId, RoomId, SectionId

LONGEST_LIST = 20

Sift = Callable[[Act, Iterable[Label]], Awaitable[list[Label]]]
"""How the gate is asked about a list."""


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """A part that somebody else changed since the reader last looked; `by` in her words."""

    section: SectionId
    heading: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """What is new in one room. `never_looked`: she has not read its plan at all."""

    never_looked: bool
    changed: tuple[ChangedPart, ...]


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who wrote in a part on one day, from her first change of that day to her last."""

    name: str
    agency: str
    day: date
    first_at: datetime
    last_at: datetime


async def news_of(who: Member, rooms: Collection[RoomId]) -> dict[RoomId, News]:
    """Return what is new to a member in rooms she was shown, the newest first."""
    async with writing() as tx:
        return await news_in(tx, who, rooms)


async def news_in(tx: Tx, who: Member, rooms: Collection[RoomId]) -> dict[RoomId, News]:
    """Return the same inside a larger act."""
    if not rooms:
        return {}
    return await _news(tx, who, rooms, partial(gate.sift, tx, who))


async def news_seen(tx: Tx, look: gate.Look) -> News:
    """Return what is new in a room looked at."""
    return (await _news(tx, look.who, [look.room], look.sift))[look.room]


async def _news(tx: Tx, who: Member, rooms: Collection[RoomId], sift: Sift) -> dict[RoomId, News]:
    touched = await news_store.changed_since_read(tx, who.id, rooms)
    looked = await news_store.rooms_read(tx, who.id, rooms)
    changed: dict[RoomId, list[ChangedPart]] = {room: [] for room in rooms}
    if touched:
        found = await store.find_sections(tx, touched)
        labels = [one.label for one in found.values()]
        names = await names_of_authors(tx, who, {one.by for one in touched.values()})
        for label in await sift(Act.LIST_SECTIONS, labels):
            section = found[SectionId(label.thing)]
            touch = touched[section.id]
            by = names[touch.by][0]
            changed[section.room].append(ChangedPart(section.id, section.heading, by, touch.at))
    return {
        room: News(
            never_looked=room not in looked,
            changed=tuple(sorted(parts, key=lambda one: one.at, reverse=True)),
        )
        for room, parts in changed.items()
    }


async def who_wrote(who: Member, room: RoomId, section_id: SectionId) -> list[Author]:
    """Return who wrote in a part on which day, the newest first.

    Raises:
        Refused: `who` may not see the part, or there is none in this room.
    """
    async with writing() as tx:
        section, label = await store.find_labelled(tx, room, section_id)
        await gate.require(tx, who, Act.LIST_SECTIONS, label)
        if section is None:
            raise NotFound
        touches = await news_store.touches_of(tx, section_id)
        names = await names_of_authors(tx, who, {one.by for one in touches})
    days = groupby(touches, key=lambda one: (one.by, london_day(one.at)))
    authors = [_author(by, day, [one.at for one in each], names) for (by, day), each in days]
    return authors[:LONGEST_LIST]


def _author(
    by: MemberId, day: date, at: list[datetime], names: Mapping[MemberId, tuple[str, str]]
) -> Author:
    name, agency = names[by]
    return Author(name=name, agency=agency, day=day, first_at=min(at), last_at=max(at))


async def names_of_authors(
    tx: Tx, who: Member, ids: Collection[MemberId]
) -> dict[MemberId, tuple[str, str]]:
    """Return name and organisation of those who wrote, as `who` may read them."""
    members = await directory.find_members(tx, ids)
    agencies = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
    return {one: _name(who, members.get(one), agencies) for one in ids}


def _name(
    who: Member, author: Member | None, agencies: Mapping[AgencyCode, str]
) -> tuple[str, str]:
    if author is None:
        return "Somebody who has left", ""
    agency = agencies.get(author.agency, "")
    # Rule: families see role and organisation, not staff names, and nobody of their own.
    if isinstance(who, FamilyMember):
        return (author.role_title, agency) if isinstance(author, Practitioner) else ("Somebody", "")
    return author.name, agency
