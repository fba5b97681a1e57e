"""Queries on the places of many rooms at once, a stretch of rooms at a time, in the order of ids.

For looks at what a change of agreements would do; one room's places are `store.list_seats`.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select

from server.directory.tables import seat, seat_purpose, team
from server.directory.team import TeamState
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, RoomId
from server.kernel.tables import BareId, bare

FEW_AGENCIES = 500
"""Up to so many organisations the store is asked for theirs alone."""


class Stretch(NamedTuple):
    """So many rooms, all there are after `after` (None: from the first) in the order of ids."""

    after: RoomId | None
    rooms: tuple[RoomId, ...]

    @property
    def last(self) -> RoomId:
        """Return the last of them."""
        return self.rooms[-1]

    def holds(self, room: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that a row's room is one of these, for what is read of all."""
        upto = room <= self.last
        return upto if self.after is None else and_(room > self.after, upto)


class Place(NamedTuple):
    """Somebody's place in an open room, now."""

    room: BareId
    member: BareId
    agency: AgencyCode
    role: str
    purposes: frozenset[str]


async def next_stretch(tx: Tx, after: RoomId | None, rooms: int) -> Stretch | None:
    """Return the next so many rooms, whatever state they are in; None after the last."""
    ids = select(team.c.id).order_by(team.c.id).limit(rooms)
    if after is not None:
        ids = ids.where(team.c.id > after)
    found = await tx.rows(ids)
    return Stretch(after, tuple(RoomId(row.id) for row in found)) if found else None


async def places_in(
    tx: Tx, stretch: Stretch, *, agencies: Collection[AgencyCode], roles: Iterable[str]
) -> list[Place]:
    """Return the places that these organisations have now in open rooms, in one of these roles."""
    query = (
        select(bare(seat.c.id), bare(seat.c.room), bare(seat.c.member), seat.c.agency, seat.c.role)
        .add_columns(seat_purpose.c.purpose)
        .join(team, team.c.id == seat.c.room)
        .outerjoin(seat_purpose, seat_purpose.c.seat == seat.c.id)
        .where(
            stretch.holds(seat.c.room),
            team.c.state == TeamState.OPEN,
            seat.c.since <= tx.at,
            or_(seat.c.until.is_(None), seat.c.until > tx.at),
            seat.c.role.in_(sorted(roles)),
        )
    )
    wanted = frozenset(agencies)
    if len(wanted) <= FEW_AGENCIES:
        query = query.where(seat.c.agency.in_(sorted(wanted)))
    found: dict[Any, tuple[Any, set[str]]] = {}
    rows: Sequence[Any] = await tx.rows(query)
    for row in rows:
        seat_id, _, _, agency, _, purpose = row
        if agency in wanted:
            held = found.get(seat_id)
            if held is None:
                held = found[seat_id] = (row, set())
            if purpose is not None:
                held[1].add(purpose)
    return [
        Place(row[1], row[2], row[3], row[4], frozenset(purposes))
        for row, purposes in found.values()
    ]


async def rooms_of_agency(tx: Tx, agency: AgencyCode) -> list[tuple[RoomId, str]]:
    """Return the open rooms in which an organisation has a place now, with their references."""
    query = (
        select(team.c.id, team.c.reference)
        .join(seat, seat.c.room == team.c.id)
        .where(
            seat.c.agency == agency,
            team.c.state == TeamState.OPEN,
            seat.c.since <= tx.at,
            or_(seat.c.until.is_(None), seat.c.until > tx.at),
        )
        .distinct()
        .order_by(team.c.reference)
    )
    return [(RoomId(row.id), row.reference) for row in await tx.rows(query)]
