"""Queries on who accepted which version of the confidentiality statement, and for which room."""

from typing import Any

from sqlalchemy import ScalarSelect, func, insert, select

from server.directory.tables import seat, statement_acceptance
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId, new_id

_ONE = statement_acceptance.c


def _version_accepted() -> ScalarSelect[Any]:
    newest = _ONE.accepted_at.desc()
    of_member = select(_ONE.version).where(_ONE.member == seat.c.member)
    return of_member.order_by(newest, _ONE.id).limit(1).correlate(seat).scalar_subquery()


def _accepted_here_at() -> ScalarSelect[Any]:
    here = (_ONE.member == seat.c.member, _ONE.room == seat.c.room)
    return select(func.max(_ONE.accepted_at)).where(*here).correlate(seat).scalar_subquery()


ACCEPTED = (
    _version_accepted().label("statement"),
    _accepted_here_at().label("accepted_here_at"),
)
"""Of a row of `seat`: which version its member accepted last, in whatever room, and when here."""


async def add_acceptance(tx: Tx, member: MemberId, room: RoomId, *, version: str) -> None:
    """Add that somebody accepted a version now, on coming into a room."""
    row = {"id": new_id(), "member": member, "room": room, "version": version}
    await tx.execute(insert(statement_acceptance).values(**row, accepted_at=tx.at))
