"""Each organisation confirms that it has stopped using what was withdrawn.

Its members in the room are asked, one confirms for all of them. The lead sees who has; whoever
withdrew sees it of what she stopped herself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consent import bell, gate
from consent.keeper import hold_access
from consent.naming import known_as
from consent.stopped import Stop, stops_in, unconfirmed
from consent.store import confirmations, consents
from consent.store.confirmations import Confirmations
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Kind, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.agency import FAMILY
from server.directory.member import FamilyMember, Member
from server.directory.team import FAMILY_ROLES, Role, Seat
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict
from server.kernel.ids import AgencyCode, ConsentId, PersonId, RoomId


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """A room in which an organisation is asked whether it has stopped; `topics` are words."""

    room: RoomId
    reference: str
    family_name: str
    agency_name: str
    topics: tuple[str, ...]
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class ShownStop:
    """What one organisation was told to stop, and when it confirmed that it has, if it did."""

    giver: PersonId
    agency_name: str
    topics: tuple[str, ...]
    stopped_at: datetime
    confirmed_at: datetime | None


async def stops_to_confirm(who: Member, *, room: RoomId | None = None) -> list[ToConfirm]:
    """Return what `who`'s organisation is asked to confirm in the rooms she has a place in.

    With `room`, only what is asked there. The family confirms nothing.
    """
    async with writing() as tx:
        waiting: dict[RoomId, list[Stop]] = {}
        for seat in await directory.seats_of(tx, who.id):
            if seat.role not in FAMILY_ROLES and room in {None, seat.room}:
                mine = await _unconfirmed(tx, seat.room, seat.agency)
                if mine:
                    waiting[seat.room] = mine
        if not waiting:
            return []
        labels = [label_of_room(one, Kind.CONSENT) for one in waiting]
        shown = await gate.sift(tx, who, Act.CONFIRM_STOP, labels)
        return [await _to_confirm(tx, who, RoomId(one.thing), waiting) for one in shown]


async def confirm_stop(who: Member, room: RoomId) -> None:
    """Confirm that her organisation has stopped using all that was withdrawn from it here.

    Raises:
        Refused: she has no place in the room.
        Conflict: nothing was withdrawn, or it is confirmed already.

    Rule: domain of agreement: agencies cease from the withdrawal on; what was lawfully shared
    before it stays recorded.
    """
    async with writing() as tx:
        # Two colleagues at once: the second one waits, and finds the first.
        await hold_access(tx, room)
        label = label_of_room(room, Kind.CONSENT)
        await gate.require(tx, who, Act.CONFIRM_STOP, label)
        stops = await _unconfirmed(tx, room, who.agency)
        if not stops:
            raise Conflict
        for one in stops:
            version = (one.consent, one.version)
            await consents.add_confirmation(tx, version, one.agency, by=who.id, note="")
            await log.record(tx, _confirmed(who, room, one))
        bell.ring(tx, label, bell.What.ACCESS, told=frozenset({who.agency}))


async def stops_shown(who: Member, room: RoomId) -> list[ShownStop]:
    """Return what was stopped and who has confirmed it, as far as `who` may know; newest first.

    The lead sees all of it, somebody of the family what she stopped herself, others nothing.

    Raises:
        Refused: she has no place in the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_CONSENT, label_of_room(room, Kind.CONSENT))
        seat = await directory.find_seat(tx, room, who.id)
        known = [one for one in await _stops(tx, room) if _may_know(who, seat, one)]
        names = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
        confirmed = await confirmations.confirmations(tx, room)
        return [
            ShownStop(
                giver=one.giver,
                agency_name=names.get(one.agency, one.agency),
                topics=_topics(one.categories),
                stopped_at=one.at,
                confirmed_at=_confirmed_at(confirmed, one),
            )
            for one in sorted(known, key=lambda one: (one.at, one.agency), reverse=True)
        ]


def _confirmed_at(confirmed: Confirmations, stop: Stop) -> datetime | None:
    return min(
        (
            at
            for (consent, agency, version), at in confirmed.items()
            if (consent, agency) == (stop.consent, stop.agency) and version >= stop.version
        ),
        default=None,
    )


def _may_know(who: Member, seat: Seat | None, stop: Stop) -> bool:
    if isinstance(who, FamilyMember):
        return who.person == stop.giver
    return seat is not None and seat.role is Role.LEAD_PROFESSIONAL


async def _stops(tx: Tx, room: RoomId) -> list[Stop]:
    """Return what was stopped for the organisations that have a place in the room."""
    if not await confirmations.has_later_versions(tx, room):
        return []
    here = {seat.agency for seat in await directory.list_seats(tx, room)} - {FAMILY}
    lines = await consents.lines_of_room(tx, room)
    return [one for one in stops_in(lines, tx.at) if one.agency in here]


async def _unconfirmed(tx: Tx, room: RoomId, agency: AgencyCode) -> list[Stop]:
    if not await confirmations.is_anything_taken_back(tx, room, agency):
        return []
    mine = [one for one in await _stops(tx, room) if one.agency == agency]
    if not mine:
        return []
    newest: dict[tuple[ConsentId, AgencyCode], int] = {}
    for consent, confirmed_by, version in await confirmations.confirmations(tx, room):
        held = newest.get((consent, confirmed_by), 0)
        newest[consent, confirmed_by] = max(version, held)
    return unconfirmed(mine, newest)


async def _to_confirm(
    tx: Tx, who: Member, room: RoomId, waiting: Mapping[RoomId, Sequence[Stop]]
) -> ToConfirm:
    stops = waiting[room]
    return ToConfirm(
        room=room,
        reference=(await directory.get_team(tx, room)).reference,
        family_name=await known_as(tx, room),
        agency_name=(await directory.get_agency(tx, who.agency)).name,
        topics=_topics(frozenset().union(*(one.categories for one in stops))),
        stopped_at=max(one.at for one in stops),
    )


def _topics(categories: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        topic.words for topic in catalogue().topics if categories.intersection(topic.categories)
    )


def _confirmed(who: Member, room: RoomId, stop: Stop) -> Entry:
    return Entry(
        kind="consent:stop-confirmed",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=room,
        thing=stop.consent,
        details={
            "consent": [{"id": stop.consent.hex, "version": stop.version}],
            "confirmed_by": stop.agency,
        },
    )
