"""Every query on what is asked about rules. Words are sealed under the room's key."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from consent.rule_wish import RuleWish, Wish
from consent.tables import family_rule, rule_wish
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId
from server.keys import room_keys


def _about(part: str, wish: UUID) -> bytes:
    return b"|".join((b"rule wish", part.encode(), wish.bytes))


async def add_wish(tx: Tx, new: RuleWish) -> None:
    """Add what somebody asks for."""
    sealed = await room_keys.seal(tx, new.room, new.words.encode(), _about("words", new.id))
    await tx.execute(
        insert(rule_wish).values(
            id=new.id,
            room=new.room,
            rule=new.rule,
            wish=new.wish,
            asked_by=new.asked_by,
            asked_at=new.asked_at,
            sealed_words=sealed,
        )
    )


async def wishes_in(tx: Tx, room: RoomId) -> list[RuleWish]:
    """Return all that was asked about the rules of a room, oldest first, opened."""
    rows = await tx.rows(
        select(rule_wish)
        .where(rule_wish.c.room == room)
        .order_by(rule_wish.c.asked_at, rule_wish.c.id)
    )
    return [await _opened(tx, row) for row in rows]


async def answer(tx: Tx, of: RuleWish, *, by: MemberId, words: str) -> bool:
    """Record the answer, once; say whether it still waited for one."""
    sealed = await room_keys.seal(tx, of.room, words.encode(), _about("answer", of.id))
    done = await tx.execute(
        update(rule_wish)
        .where(rule_wish.c.id == of.id, rule_wish.c.answered_at.is_(None))
        .values(answered_at=tx.at, answered_by=by, sealed_answer=sealed)
    )
    return done.rowcount == 1


async def rooms_waiting(tx: Tx, rooms: Iterable[RoomId] | None) -> set[RoomId]:
    """Return in which of these rooms, or of all, somebody waits for an answer about a rule."""
    asked = (
        select(rule_wish.c.room)
        .join(family_rule, family_rule.c.id == rule_wish.c.rule)
        .where(rule_wish.c.answered_at.is_(None), family_rule.c.lifted_at.is_(None))
        .distinct()
    )
    if rooms is not None:
        wanted = sorted(rooms)
        if not wanted:
            return set()
        asked = asked.where(rule_wish.c.room.in_(wanted))
    return {RoomId(row.room) for row in await tx.rows(asked)}


async def delete_of_room(tx: Tx, room: RoomId) -> None:
    """Delete all that was asked in a room whose family said no."""
    await tx.execute(delete(rule_wish).where(rule_wish.c.room == room))


async def _opened(tx: Tx, row: Row[Any]) -> RuleWish:
    room = RoomId(row.room)
    words = await room_keys.unseal(tx, room, row.sealed_words, _about("words", row.id))
    answered = b""
    if row.sealed_answer is not None:
        answered = await room_keys.unseal(tx, room, row.sealed_answer, _about("answer", row.id))
    return RuleWish(
        id=row.id,
        room=room,
        rule=row.rule,
        wish=Wish(row.wish),
        asked_by=MemberId(row.asked_by),
        asked_at=row.asked_at,
        words=words.decode(),
        answer=answered.decode(),
        answered_at=row.answered_at,
    )
