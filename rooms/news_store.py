"""Every query on how far members have read, and on who changed a section when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from rooms.tables import section, section_history, section_read, section_update
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId, SectionId

MOST_CHANGES = 2_000


@dataclass(frozen=True, slots=True)
class Touch:
    """A change of a section's words without the words: its place, whose it was, and when."""

    seq: int
    by: MemberId
    at: datetime


async def read_upto(tx: Tx, who: MemberId, sections: Collection[SectionId]) -> dict[SectionId, int]:
    """Return up to which change a member has read these sections; absent: she never has."""
    rows = await tx.rows(
        select(section_read.c.section, section_read.c.seq).where(
            section_read.c.member == who, section_read.c.section.in_(set(sections))
        )
    )
    return {SectionId(row.section): row.seq for row in rows}


async def note_read(tx: Tx, who: MemberId, upto: Mapping[SectionId, int]) -> None:
    """Note up to which change a member has read sections; two pages of hers may do it at once."""
    if not upto:
        return
    dialect = sqlite if tx.dialect == "sqlite" else postgresql
    added = dialect.insert(section_read)
    await tx.execute(
        added.on_conflict_do_update(
            index_elements=["member", "section"], set_={"seq": added.excluded.seq}
        ),
        [
            {"member": who, "section": one, "seq": seq}
            for one, seq in sorted(upto.items(), key=lambda found: found[0].bytes)
        ],
    )


async def rooms_read(tx: Tx, who: MemberId, rooms: Collection[RoomId]) -> frozenset[RoomId]:
    """Return those of these rooms in which a member has read anything."""
    rows = await tx.rows(
        select(section.c.room)
        .join(section_read, section_read.c.section == section.c.id)
        .where(section_read.c.member == who, section.c.room.in_(set(rooms)))
        .distinct()
    )
    return frozenset(RoomId(row.room) for row in rows)


async def changed_since_read(
    tx: Tx, who: MemberId, rooms: Collection[RoomId]
) -> dict[SectionId, Touch]:
    """Return the last change of every section of these rooms that a member has not read so far.

    Her own changes are no news. Nobody was asked yet whether she may know of any of them.
    """
    found: dict[SectionId, Touch] = {}
    read = and_(section_read.c.section == section.c.id, section_read.c.member == who)
    for table in (section_update, section_history):
        last = and_(table.c.section == section.c.id, table.c.seq == section.c.seq)
        rows = await tx.rows(
            select(section.c.id, section.c.seq, table.c.member, table.c.at)
            .join(table, last)
            .outerjoin(section_read, read)
            .where(
                section.c.room.in_(set(rooms)),
                table.c.member != who,
                (section_read.c.seq.is_(None)) | (section_read.c.seq < section.c.seq),
            )
        )
        found |= {SectionId(row.id): _touch(row) for row in rows}
    return found


async def changed_by_others(
    tx: Tx, who: MemberId, read: Mapping[SectionId, int]
) -> frozenset[SectionId]:
    """Return those of these sections that others changed after the change named for each."""
    if not read:
        return frozenset()
    found: set[SectionId] = set()
    for table in (section_update, section_history):
        later = or_(
            *(and_(table.c.section == one, table.c.seq > seq) for one, seq in sorted(read.items()))
        )
        rows = await tx.rows(select(table.c.section).where(later, table.c.member != who).distinct())
        found |= {SectionId(row.section) for row in rows}
    return frozenset(found)


async def touches_of(
    tx: Tx, section_id: SectionId, *, upto_seq: int | None = None, at_most: int = MOST_CHANGES
) -> list[Touch]:
    """Return who changed a section when, up to a change, the newest first; no more than asked."""
    found: list[Touch] = []
    for table in (section_update, section_history):
        asked = select(table.c.seq, table.c.member, table.c.at).where(
            table.c.section == section_id, ~table.c.set_aside
        )
        if upto_seq is not None:
            asked = asked.where(table.c.seq <= upto_seq)
        rows = await tx.rows(asked.order_by(table.c.seq.desc()).limit(at_most))
        found += [_touch(row) for row in rows]
    return sorted(found, key=lambda one: one.seq, reverse=True)[:at_most]


def _touch(row: Row[Any]) -> Touch:
    return Touch(row.seq, MemberId(row.member), row.at)
