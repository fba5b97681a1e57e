"""Queries on the places of all rooms at once, given so many at a time.

For looks at what a change of agreements would do; one room's places are `store.list_seats`.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import func, or_, select

from server.directory.tables import seat, seat_purpose, team
from server.directory.team import TeamState
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, RoomId
from server.kernel.tables import in_text

FEW_AGENCIES = 500
"""Up to so many organisations the store is asked for theirs alone."""

PLACES_AT_ONCE = 1_000


class Place(NamedTuple):
    """Somebody's place in an open room, now, with ids as text; `purposes` are parted by commas."""

    room: str
    member: str
    agency: AgencyCode
    role: str
    purposes: str | None


async def all_places(
    tx: Tx, *, agencies: Collection[AgencyCode], roles: Iterable[str]
) -> AsyncIterator[Sequence[Place]]:
    """Give the places that these organisations have now in open rooms, in one of these roles."""
    not_open = select(team.c.id).where(team.c.state != TeamState.OPEN)
    purposes = (
        select(func.aggregate_strings(seat_purpose.c.purpose, ","))
        .where(seat_purpose.c.seat == seat.c.id)
        .scalar_subquery()
        .label("purposes")
    )
    query = select(
        in_text(seat.c.room), in_text(seat.c.member), seat.c.agency, seat.c.role, purposes
    ).where(
        seat.c.since <= tx.at,
        or_(seat.c.until.is_(None), seat.c.until > tx.at),
        seat.c.role.in_(sorted(roles)),
        seat.c.room.not_in(not_open),
    )
    wanted = frozenset(agencies)
    is_few = len(wanted) <= FEW_AGENCIES
    if is_few:
        query = query.where(seat.c.agency.in_(sorted(wanted)))
    async for rows in tx.stream(query, PLACES_AT_ONCE):
        yield rows if is_few else [row for row in rows if row.agency in wanted]


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
