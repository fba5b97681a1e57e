"""Queries on emergency accesses: who asked, who opened them, what was found."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, or_, select, update

from consent.emergency import LASTS, Emergency, Finding
from consent.tables import emergency_access
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, MemberId, RoomId

_ONE = emergency_access.c
_NEWEST_FIRST = (_ONE.asked_at.desc(), _ONE.id)


async def add_emergency(tx: Tx, new: Emergency) -> None:
    """Add what was asked for."""
    await tx.execute(insert(emergency_access).values(asdict(new)))


async def find_emergency(tx: Tx, emergency: UUID) -> Emergency | None:
    """Return one, or None if there is no such one."""
    found = await _emergencies(tx, _ONE.id == emergency)
    return found[0] if found else None


async def asked_by(tx: Tx, member: MemberId, *, at_most: int) -> list[Emergency]:
    """Return what somebody asked for, newest first."""
    return await _emergencies(tx, _ONE.asked_by == member, at_most=at_most)


async def list_to_look_at(tx: Tx, rooms: Iterable[RoomId] | None = None) -> list[Emergency]:
    """Return those that wait for a second person, are open, or wait for review, newest first.

    `rooms` are the rooms to look in; without them, all.
    """
    waits = _ONE.answered_at.is_(None) & (_ONE.asked_at > tx.at - LASTS)
    unreviewed = _ONE.until.is_not(None) & _ONE.review.is_(None)
    where = [or_(waits, unreviewed, _ONE.until > tx.at)]
    if rooms is not None:
        where.append(_ONE.room.in_(set(rooms)))
    return await _emergencies(tx, *where)


async def list_of_room(tx: Tx, room: RoomId, *, at_most: int) -> list[Emergency]:
    """Return all there were in a room, newest first."""
    return await _emergencies(tx, _ONE.room == room, at_most=at_most)


async def list_reviewed(tx: Tx, *, at_most: int) -> list[Emergency]:
    """Return those reviewed, newest first."""
    return await _emergencies(tx, _ONE.review.is_not(None), at_most=at_most)


async def answer(tx: Tx, found: Emergency, *, by: MemberId, opens: bool) -> bool:
    """Record what the second person said, once; say whether nobody had. The caller changes access.

    Opened, it is open for one hour from now.
    """
    done = await tx.execute(
        update(emergency_access)
        .where(_ONE.id == found.id, _ONE.answered_at.is_(None))
        .values(answered_by=by, answered_at=tx.at, until=tx.at + LASTS if opens else None)
    )
    return done.rowcount == 1


async def end(tx: Tx, emergency: UUID) -> bool:
    """End an open one now, once; say whether it was open. The caller changes access."""
    done = await tx.execute(
        update(emergency_access)
        .where(_ONE.id == emergency, _ONE.ended_at.is_(None), _ONE.until > tx.at)
        .values(ended_at=tx.at)
    )
    return done.rowcount == 1


async def add_review(tx: Tx, emergency: UUID, *, by: MemberId, review: Finding, words: str) -> bool:
    """Record what the reviewer found, once; say whether nobody had."""
    done = await tx.execute(
        update(emergency_access)
        .where(_ONE.id == emergency, _ONE.review.is_(None))
        .values(reviewed_by=by, reviewed_at=tx.at, review=review, review_words=words)
    )
    return done.rowcount == 1


async def _emergencies(
    tx: Tx, *where: ColumnElement[bool], at_most: int | None = None
) -> list[Emergency]:
    asked = select(emergency_access).where(*where).order_by(*_NEWEST_FIRST).limit(at_most)
    return [_emergency(row) for row in await tx.rows(asked)]


def _emergency(row: Row[Any]) -> Emergency:
    return Emergency(
        id=row.id,
        room=RoomId(row.room),
        reference=row.reference,
        asked_by=MemberId(row.asked_by),
        agency=AgencyCode(row.agency),
        asked_at=row.asked_at,
        reason=row.reason,
        answered_by=MemberId(row.answered_by) if row.answered_by else None,
        answered_at=row.answered_at,
        until=row.until,
        ended_at=row.ended_at,
        reviewed_by=MemberId(row.reviewed_by) if row.reviewed_by else None,
        reviewed_at=row.reviewed_at,
        review=Finding(row.review) if row.review else None,
        review_words=row.review_words,
    )
