"""Every query on what the family says is wrong. Words are sealed under the room's key."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from rooms.objection import Objection, Outcome
from rooms.tables import section_objection
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId, SectionId
from server.keys import room_keys


def _about(part: str, objection: UUID) -> bytes:
    return b"|".join((b"objection", part.encode(), objection.bytes))


async def add_objection(tx: Tx, new: Objection) -> None:
    """Add what somebody says is wrong."""
    await tx.execute(
        insert(section_objection).values(
            id=new.id,
            room=new.room,
            section=new.section,
            said_by=new.said_by,
            said_at=new.said_at,
            sealed_words=await room_keys.seal(
                tx, new.room, new.words.encode(), _about("words", new.id)
            ),
        )
    )


async def find_objection(tx: Tx, objection: UUID) -> Objection | None:
    """Return one of them, opened."""
    row = await tx.first(select(section_objection).where(section_objection.c.id == objection))
    return await _opened(tx, row) if row else None


async def objections_in(
    tx: Tx, room: RoomId, *, sections: Iterable[SectionId] | None = None
) -> list[Objection]:
    """Return those of a room, or of some parts of it, oldest first, opened."""
    asked = select(section_objection).where(section_objection.c.room == room)
    if sections is not None:
        asked = asked.where(section_objection.c.section.in_(sorted(sections)))
    rows = await tx.rows(asked.order_by(section_objection.c.said_at, section_objection.c.id))
    return [await _opened(tx, row) for row in rows]


async def open_sections(tx: Tx, rooms: Iterable[RoomId]) -> list[tuple[RoomId, SectionId]]:
    """Return in which parts of these rooms something waits for an answer."""
    wanted = sorted(rooms)
    if not wanted:
        return []
    rows = await tx.rows(
        select(section_objection.c.room, section_objection.c.section)
        .where(section_objection.c.room.in_(wanted), section_objection.c.answered_at.is_(None))
        .distinct()
    )
    return [(RoomId(row.room), SectionId(row.section)) for row in rows]


async def answer(tx: Tx, of: Objection, *, by: MemberId, outcome: Outcome, words: str) -> bool:
    """Record the answer, once; say whether it still waited for one."""
    sealed = await room_keys.seal(tx, of.room, words.encode(), _about("answer", of.id))
    done = await tx.execute(
        update(section_objection)
        .where(section_objection.c.id == of.id, section_objection.c.answered_at.is_(None))
        .values(answered_at=tx.at, answered_by=by, outcome=outcome, sealed_answer=sealed)
    )
    return done.rowcount == 1


async def _opened(tx: Tx, row: Row[Any]) -> Objection:
    room = RoomId(row.room)
    words = await room_keys.unseal(tx, room, row.sealed_words, _about("words", row.id))
    answer_words = b""
    if row.sealed_answer is not None:
        answer_words = await room_keys.unseal(tx, room, row.sealed_answer, _about("answer", row.id))
    return Objection(
        id=row.id,
        room=room,
        section=SectionId(row.section),
        said_by=MemberId(row.said_by),
        said_at=row.said_at,
        words=words.decode(),
        outcome=Outcome(row.outcome) if row.outcome else None,
        answer=answer_words.decode(),
        answered_by=MemberId(row.answered_by) if row.answered_by else None,
        answered_at=row.answered_at,
    )
