"""Emergency accesses as they are shown: to officers at their desk, and to who leads the room.

Both are told at once that one was asked for or opened; nothing of the room stands in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from consent import gate
from consent.emergency import LASTS, Emergency, Finding, State
from consent.keeper import Keepers, all_titles
from consent.store import emergencies
from policies.act import Act
from policies.facts import Kind, label_of_house, label_of_room
from server.audit import search
from server.audit.search import Filter
from server.directory import store as directory
from server.directory.member import Member, Office, Practitioner
from server.directory.team import Role
from server.kernel.database import Tx, writing
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, MemberId, RoomId

SHOWN = 50
A_MOMENT = timedelta(milliseconds=1)  # the log counts in them
_REVIEWERS = frozenset({Office.IG_OFFICER, Office.DPO_CALDICOTT})
_SECONDS = frozenset({Office.IG_OFFICER, Office.COORDINATOR})


@dataclass(frozen=True, slots=True)
class ShownEmergency:
    """One emergency access in words; `read` are titles, where one is looked at by itself."""

    id: UUID
    room: RoomId
    reference: str
    state: State
    by: str
    by_title: str
    agency: str
    asked_at: datetime
    reason: str
    waits_until: datetime
    second: str
    answered_at: datetime | None
    until: datetime | None
    ended_at: datetime | None
    review: Finding | None
    reviewed_by: str
    reviewed_at: datetime | None
    review_words: str
    review_due: datetime | None
    is_late: bool
    may_answer: bool
    may_end: bool
    may_review: bool
    read: tuple[str, ...] = ()


async def list_at_desk(who: Member) -> Sequence[ShownEmergency]:
    """Return what waits for a second person, is open or waits for review, then those reviewed.

    Raises:
        Refused: her office does not look after emergency access.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_EMERGENCIES, label_of_house(Kind.EMERGENCY))
        found = await emergencies.list_to_look_at(tx)
        reviewed = await emergencies.list_reviewed(tx, at_most=SHOWN)
        found += [one for one in reviewed if one not in found]
        rooms = sorted({one.room for one in found})
        labels = [label_of_room(room, Kind.EMERGENCY) for room in rooms]
        # Of an unknown reference there is no room, and so it is shown to nobody.
        shown = {one.room for one in await gate.sift(tx, who, Act.LIST_EMERGENCIES, labels)}
        return await _shown(tx, who, [one for one in found if one.room in shown])


async def list_in_room(who: Member, room: RoomId) -> Sequence[ShownEmergency]:
    """Return the emergency accesses there were to a room, newest first.

    Raises:
        Refused: she neither leads it nor has an office that looks after them.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.LIST_EMERGENCIES, label_of_room(room, Kind.EMERGENCY))
        found = await emergencies.list_of_room(tx, room, at_most=SHOWN)
        return await _shown(tx, who, found)


async def view_emergency(who: Member, emergency: UUID, *, keepers: Keepers) -> ShownEmergency:
    """Return one emergency access, to whoever looks after those of its room.

    Raises:
        Refused: she does not, or there is no such one.
    """
    async with writing() as tx:
        found = await emergencies.find_emergency(tx, emergency)
        label = label_of_room(found.room if found else RoomId(emergency), Kind.EMERGENCY)
        await gate.require(tx, who, Act.LIST_EMERGENCIES, label)
        if found is None:
            raise NotFound
        (shown,) = await _shown(tx, who, [found])
        return replace(shown, read=await _read(tx, found, keepers))


async def _read(tx: Tx, found: Emergency, keepers: Keepers) -> tuple[str, ...]:
    """Return what was read of the room by an access, as the log has it, by its titles."""
    if found.answered_at is None or found.until is None:
        return ()
    sought = Filter(
        member=found.asked_by,
        room=found.room,
        outcome="allowed",
        since=found.answered_at,
        until=(found.ended_at or found.until) + A_MOMENT,
    )
    things = [one.thing async for one in search.all_entries(tx, sought) if one.thing is not None]
    titles = await all_titles(tx, found.room, things, keepers)
    return tuple(titles[one] for one in reversed(dict.fromkeys(things)) if one in titles)


@dataclass(frozen=True, slots=True)
class Told:
    """That an emergency access wants a look: of which room, and for what."""

    id: UUID
    room: RoomId
    reference: str
    state: State
    is_late: bool
    i_lead: bool


async def what_waits(who: Member) -> Sequence[Told]:
    """Return what of emergency accesses wants a look of hers: as a lead, or by her office.

    Nothing is recorded where there is nothing to look at.
    """
    if not isinstance(who, Practitioner):
        return ()
    async with writing() as tx:
        led = {
            seat.room
            for seat in await directory.seats_of(tx, who.id)
            if seat.role is Role.LEAD_PROFESSIONAL
        }
        if not led and who.office not in _REVIEWERS | _SECONDS:
            return ()
        found = await emergencies.list_to_look_at(tx, None if who.office else led)
        if not found:
            return ()
        labels = [
            label_of_room(room, Kind.EMERGENCY) for room in sorted({one.room for one in found})
        ]
        shown = {one.room for one in await gate.sift(tx, who, Act.LIST_EMERGENCIES, labels)}
        return [
            Told(
                one.id,
                one.room,
                one.reference,
                one.state(tx.at),
                _is_late(one, tx.at),
                one.room in led,
            )
            for one in found
            if one.room in shown and one.asked_by != who.id
        ]


async def _shown(tx: Tx, who: Member, found: Sequence[Emergency]) -> list[ShownEmergency]:
    """Return them in words, for somebody whom the gate has let see them."""
    named = {one.asked_by for one in found}
    named |= {one.answered_by for one in found if one.answered_by}
    named |= {one.reviewed_by for one in found if one.reviewed_by}
    members = await directory.find_members(tx, named)
    agencies = {one.code: one.name for one in await directory.list_agencies(tx)}
    seat_of = {
        room: await directory.find_seat(tx, room, who.id) for room in {o.room for o in found}
    }
    leads = {
        room
        for room, seat in seat_of.items()
        if seat is not None and seat.role is Role.LEAD_PROFESSIONAL
    }
    return [
        _one(
            one,
            who,
            at=tx.at,
            members=members,
            agencies=agencies,
            i_lead=one.room in leads,
        )
        for one in found
    ]


def _one(
    one: Emergency,
    who: Member,
    *,
    at: datetime,
    members: Mapping[MemberId, Member],
    agencies: Mapping[AgencyCode, str],
    i_lead: bool,
) -> ShownEmergency:
    asker, state = members.get(one.asked_by), one.state(at)
    office = who.office if isinstance(who, Practitioner) else None
    seconds = i_lead or office in _SECONDS
    return ShownEmergency(
        id=one.id,
        room=one.room,
        reference=one.reference,
        state=state,
        by=asker.name if asker else "",
        by_title=asker.role_title if isinstance(asker, Practitioner) else "",
        agency=agencies.get(one.agency, ""),
        asked_at=one.asked_at,
        reason=one.reason,
        waits_until=one.asked_at + LASTS,
        second=_name(members, one.answered_by),
        answered_at=one.answered_at,
        until=one.until,
        ended_at=one.ended_at,
        review=one.review,
        reviewed_by=_name(members, one.reviewed_by),
        reviewed_at=one.reviewed_at,
        review_words=one.review_words,
        review_due=one.review_due,
        is_late=_is_late(one, at),
        may_answer=seconds and state is State.WAITING and one.asked_by != who.id,
        may_end=(seconds or one.asked_by == who.id) and state is State.OPEN,
        may_review=(
            office in _REVIEWERS
            and one.needs_review
            and who.id not in {one.asked_by, one.answered_by}
        ),
    )


def _is_late(one: Emergency, at: datetime) -> bool:
    return one.needs_review and one.review_due is not None and one.review_due <= at


def _name(members: Mapping[MemberId, Member], member: MemberId | None) -> str:
    found = members.get(member) if member else None
    return found.name if found else ""
