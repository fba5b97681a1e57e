"""Queries on what protects somebody: recording it, listing it, looking at it again, ending it.

What is live of it for the gate is found with everything else that opens or closes things.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, insert, or_, select, union, update

from consent.protection import Exclusion, FamilyRule, RuleSort, SafetyMarker
from consent.tables import exclusion, family_rule, family_rule_part, safety_marker
from server.kernel.database import Tx
from server.kernel.ids import MemberId, PersonId, RoomId, new_id


@dataclass(frozen=True, slots=True)
class Kept:
    """How a record that protects somebody stands beside what it says: who set it, when it ended.

    `against` is the member it protects from, where it is one.
    """

    id: UUID
    room: RoomId
    set_by: MemberId
    set_at: datetime
    against: MemberId | None
    reviewed_at: datetime | None
    lifted_at: datetime | None
    lifted_why: str


async def add_exclusion(tx: Tx, new: Exclusion, *, by: MemberId) -> None:
    """Add an exclusion. The caller changes access."""
    await tx.execute(
        insert(exclusion).values(
            id=new.id,
            room=new.room,
            thing=new.thing,
            member=new.member,
            person=new.person,
            why=new.why,
            sort=new.sort,
            set_by=by,
            set_at=tx.at,
            until=new.until,
        )
    )


async def add_marker(tx: Tx, new: SafetyMarker, *, by: MemberId) -> None:
    """Add a safety marker. The caller changes access."""
    await tx.execute(
        insert(safety_marker).values(
            id=new.id,
            room=new.room,
            kind=new.kind,
            protects=new.protects,
            category=new.category,
            thing=new.thing,
            member=new.member,
            person=new.person,
            basis=new.basis,
            words=new.words,
            review_on=new.review_on,
            set_by=by,
            set_at=tx.at,
        )
    )


async def add_rule(tx: Tx, new: FamilyRule, *, by: MemberId) -> None:
    """Add a rule that came from the family's own words. The caller changes access."""
    await tx.execute(
        insert(family_rule).values(
            id=new.id,
            room=new.room,
            said_by=new.said_by,
            words=new.words,
            sort=new.sort,
            set_by=by,
            set_at=tx.at,
        )
    )
    parts: dict[str, frozenset[Any]] = {
        "category": new.categories,
        "subject": new.subjects,
        "member": new.members,
        "person": new.people,
        "agency": new.agencies,
    }
    empty = dict.fromkeys(parts)
    rows = [
        {**empty, "id": new_id(), "rule": new.id, name: value}
        for name, values in parts.items()
        for value in sorted(values)
    ]
    await tx.execute(insert(family_rule_part), rows)


_TABLES = {"rule": family_rule, "marker": safety_marker, "conflict": exclusion}
SORTS = tuple(_TABLES)


async def list_kept(tx: Tx, room: RoomId) -> dict[UUID, Kept]:
    """Return how each record of the room stands, whatever its sort; those that ended too."""
    found: dict[UUID, Kept] = {}
    for table in _TABLES.values():
        for row in await tx.rows(select(table).where(table.c.room == room)):
            found[row.id] = _kept(row)
    return found


async def ended_rules(tx: Tx, room: RoomId, said_by: PersonId) -> list[tuple[str, Kept]]:
    """Return what somebody had said and no longer stands, in her words, the last to end first."""
    rows = await tx.rows(
        select(family_rule)
        .where(
            family_rule.c.room == room,
            family_rule.c.said_by == said_by,
            family_rule.c.lifted_at.is_not(None),
        )
        .order_by(family_rule.c.lifted_at.desc(), family_rule.c.id)
    )
    return [(row.words, _kept(row)) for row in rows]


async def find_kept(tx: Tx, sort: str, record: UUID) -> Kept | None:
    """Return how one record stands; None if there is none of this sort."""
    table = _TABLES[sort]
    row = await tx.first(select(table).where(table.c.id == record))
    return _kept(row) if row else None


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        id=row.id,
        room=RoomId(row.room),
        set_by=MemberId(row.set_by),
        set_at=row.set_at,
        against=getattr(row, "member", None),
        reviewed_at=getattr(row, "reviewed_at", None),
        lifted_at=row.lifted_at,
        lifted_why=row.lifted_why,
    )


async def lift(tx: Tx, sort: str, record: UUID, *, by: MemberId, why: str) -> bool:
    """End a record; say whether it still stood. The caller changes access."""
    table = _TABLES[sort]
    done = await tx.execute(
        update(table)
        .where(table.c.id == record, table.c.lifted_at.is_(None))
        .values(lifted_at=tx.at, lifted_by=by, lifted_why=why)
    )
    return done.rowcount == 1


async def review_marker(tx: Tx, marker: UUID, *, by: MemberId, review_on: date) -> bool:
    """Note that somebody looked at a marker again and it stays; say whether it still stood."""
    done = await tx.execute(
        update(safety_marker)
        .where(safety_marker.c.id == marker, safety_marker.c.lifted_at.is_(None))
        .values(reviewed_at=tx.at, reviewed_by=by, review_on=review_on)
    )
    return done.rowcount == 1


async def list_markers(tx: Tx, room: RoomId) -> list[SafetyMarker]:
    """Return the markers of a room that stand, with what visitors are told, oldest first."""
    rows = await tx.rows(
        select(safety_marker)
        .where(safety_marker.c.room == room, safety_marker.c.lifted_at.is_(None))
        .order_by(safety_marker.c.set_at, safety_marker.c.id)
    )
    return [
        SafetyMarker(
            id=row.id,
            room=RoomId(row.room),
            kind=row.kind,
            basis=row.basis,
            protects=row.protects,
            category=row.category,
            thing=row.thing,
            member=row.member,
            person=row.person,
            words=row.words,
            review_on=row.review_on,
        )
        for row in rows
    ]


async def reviews_by_room(tx: Tx, reader: MemberId) -> dict[RoomId, date]:
    """Return for each room with a marker that stands the first day on which one is looked at.

    None that is against the reader herself is counted.
    """
    rows = await tx.rows(
        select(safety_marker.c.room, safety_marker.c.review_on)
        .where(
            safety_marker.c.lifted_at.is_(None),
            safety_marker.c.review_on.is_not(None),
            or_(safety_marker.c.member.is_(None), safety_marker.c.member != reader),
        )
        .order_by(safety_marker.c.review_on.desc())
    )
    return {RoomId(row.room): row.review_on for row in rows}


async def rooms_closed_to(tx: Tx, member: MemberId) -> set[RoomId]:
    """Return the rooms in which anything protects somebody from this member, as it stands now.

    A conflict of interest, a safety marker or a rule that names her: any of them.
    """
    conflicts = select(exclusion.c.room).where(
        exclusion.c.member == member,
        exclusion.c.lifted_at.is_(None),
        or_(exclusion.c.until.is_(None), exclusion.c.until > tx.at),
    )
    markers = select(safety_marker.c.room).where(
        safety_marker.c.member == member, safety_marker.c.lifted_at.is_(None)
    )
    rules = (
        select(family_rule.c.room)
        .join(family_rule_part, family_rule_part.c.rule == family_rule.c.id)
        .where(
            family_rule_part.c.member == member,
            family_rule.c.sort == RuleSort.NEVER,
            family_rule.c.lifted_at.is_(None),
        )
    )
    rows = await tx.rows(union(conflicts, markers, rules))
    return {RoomId(row.room) for row in rows}


async def delete_of_room(tx: Tx, room: RoomId) -> None:
    """Delete all that protected somebody in a room whose family said no."""
    of_room = select(family_rule.c.id).where(family_rule.c.room == room)
    await tx.execute(delete(family_rule_part).where(family_rule_part.c.rule.in_(of_room)))
    for table in _TABLES.values():
        await _delete(tx, table, room)


async def _delete(tx: Tx, table: Table, room: RoomId) -> None:
    await tx.execute(delete(table).where(table.c.room == room))
