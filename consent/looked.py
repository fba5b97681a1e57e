"""Who looked at what is about somebody of a family, as her own page may say: role, day and why.

Told from the log. It names no staff, no thing and no other grown-up, and only organisations that
she was told of; that something is left out does not show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from consent import gate
from consent.keeper import Keepers, all_labels
from consent.naming import people_of
from consent.sharing_decision import Outcome
from consent.store import decisions
from consent.telling_family import told_in
from policies.act import Act
from policies.decision import Ground
from policies.facts import Kind, Label, label_of_house, label_of_room
from server.audit import search
from server.audit.search import SeenEntry
from server.directory import store as directory
from server.directory.member import FamilyMember, Practitioner
from server.directory.team import FAMILY_ROLES, Role
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.ids import AgencyCode, RoomId

LOOKS = frozenset(
    {
        Act.OPEN_SECTION.past,
        Act.READ_VERSION.past,
        Act.VIEW_DOCUMENT.past,
        Act.DOWNLOAD_DOCUMENT.past,
    }
)
"""What counts as looking: words were shown. A list of titles is none."""

LASTS = timedelta(days=84)
MOST_READ = 2_000
"""How many entries of a room are read for one page."""

_PLACES = frozenset(role.value for role in Role) - FAMILY_ROLES
_NOT_TOLD = frozenset({Ground.DECIDED.value, Ground.EMERGENCY.value})


@dataclass(frozen=True, slots=True)
class Looked:
    """That somebody looked on a day: what she is, at which organisation, and what for (codes)."""

    day: date
    title: str
    agency: str
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhoLooked:
    """All who looked from a day on, newest first."""

    since: date
    looks: tuple[Looked, ...]


async def who_looked(who: FamilyMember, *, keepers: Keepers) -> WhoLooked:
    """Return who looked at what is about her, or those she speaks for, in the last twelve weeks.

    Rule: UK GDPR Art 15(1)(c); ADR-0008: on a family page nothing of another grown-up, of a young
    person's own service or of what protects somebody. What she does not see herself, and what was
    shown without her agreement, is not told there: it may be told in person.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_ROOMS, label_of_house(Kind.ROOM))
        since = tx.at - LASTS
        seats = await directory.seats_of(tx, who.id)
        rooms = await gate.sift(
            tx, who, Act.VIEW_ROOM, [label_of_room(seat.room) for seat in seats]
        )
        looks = [
            one
            for label in rooms
            for one in await _in_room(tx, who, RoomId(label.thing), since, keepers)
        ]
        newest = sorted(looks, key=lambda one: (one.day.toordinal() * -1, one.agency, one.title))
        return WhoLooked(london_day(since), tuple(newest))


async def _in_room(
    tx: Tx, who: FamilyMember, room: RoomId, since: datetime, keepers: Keepers
) -> list[Looked]:
    told = await told_in(tx, who, room)
    hers = {person.id for person in await people_of(tx, who, room)}
    about = [
        label
        for label in await all_labels(tx, room, keepers)
        if told.takes_part and label.subjects & hers
    ]
    shown = await gate.sift(tx, who, Act.LIST_LOOKS, about)
    entries = await search.entries_of_room(tx, room, LOOKS, since=since, at_most=MOST_READ)
    decided = await _decided(tx, room)
    kept = [one for one in entries if one.agency in told.agencies and _tells(one, shown, decided)]
    return await _looks(tx, kept)


async def _decided(tx: Tx, room: RoomId) -> frozenset[tuple[AgencyCode | None, UUID]]:
    """Return what was ever opened to an organisation by a decision, not by the family's yes.

    A family is not always told of such a decision, so its page never tells what it let be seen.
    """
    return frozenset(
        (to.agency, thing)
        for one in await decisions.list_decisions(tx, room)
        if one.outcome is Outcome.SHARE
        for to in one.recipients
        for thing in one.things
    )


def _tells(
    entry: SeenEntry,
    shown: Sequence[Label],
    decided: frozenset[tuple[AgencyCode | None, UUID]],
) -> bool:
    """Say whether a page may tell of this look: by a place, at something that she sees herself."""
    details: Mapping[str, Any] = entry.details or {}
    if details.get("role") not in _PLACES or details.get("ground") in _NOT_TOLD:
        return False
    things = {UUID(hex=thing) for thing in details.get("things") or ()} | {entry.thing}
    return any(
        label.thing in things and (entry.agency, label.thing) not in decided for label in shown
    )


async def _looks(tx: Tx, entries: Sequence[SeenEntry]) -> list[Looked]:
    members = await directory.find_members(tx, {one.who for one in entries if one.who})
    names = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
    why: dict[tuple[date, str, str], dict[str, None]] = {}
    for entry in reversed(entries):
        looker = members.get(entry.who) if entry.who else None
        if isinstance(looker, Practitioner) and entry.agency is not None:
            of = (london_day(entry.at), looker.role_title, names.get(entry.agency, ""))
            why.setdefault(of, {}).update({entry.purpose: None} if entry.purpose else {})
    return [Looked(*of, tuple(purposes)) for of, purposes in why.items()]
