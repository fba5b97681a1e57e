"""Every query on the directory's rows. It answers who is who and decides nothing.

`get_` raises NotFound, `find_` gives None. A place counts from `since` until `until`.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update

from server.directory.agency import Agency
from server.directory.member import FamilyMember, Member, Office, Practitioner
from server.directory.reading_store import reading_of
from server.directory.statement_store import ACCEPTED
from server.directory.tables import agency, member, member_claim, seat, seat_purpose, team
from server.directory.team import Role, Seat, Team, TeamState
from server.kernel.database import Tx
from server.kernel.errors import Conflict, NotFound
from server.kernel.ids import AgencyCode, FamilyId, MemberId, PersonId, RoomId, SeatId


async def add_agency(tx: Tx, new: Agency) -> None:
    """Add an organisation."""
    await tx.execute(insert(agency).values(code=new.code, name=new.name, sector=new.sector))


async def find_agency(tx: Tx, code: AgencyCode) -> Agency | None:
    """Return the organisation of this code."""
    row = await tx.first(select(agency).where(agency.c.code == code))
    return _agency(row) if row else None


async def get_agency(tx: Tx, code: AgencyCode) -> Agency:
    """Return the organisation of this code, or raise NotFound."""
    found = await find_agency(tx, code)
    if found is None:
        raise NotFound
    return found


async def list_agencies(tx: Tx) -> list[Agency]:
    """Return every organisation, by name."""
    return [_agency(row) for row in await tx.rows(select(agency).order_by(agency.c.name))]


def _agency(row: Row[Any]) -> Agency:
    return Agency(code=AgencyCode(row.code), name=row.name, sector=row.sector)


# ---------------------------------------------------------------- members


async def add_member(tx: Tx, new: Member) -> None:
    """Add a member. Nobody can sign in as her until a sign-in of hers is bound to her.

    Raises:
        Conflict: her organisation has somebody of this work mail already.
    """
    if isinstance(new, FamilyMember):
        own: dict[str, Any] = {"person": new.person}
    else:
        if await find_by_work_mail(tx, new.agency, new.work_mail) is not None:
            raise Conflict
        own = {
            "agency": new.agency,
            "work_mail": _same_mail(new.work_mail),
            "role_title": new.role_title,
            "office": new.office,
        }
    await tx.execute(insert(member).values(id=new.id, name=new.name, added_at=tx.at, **own))


async def find_member(tx: Tx, member_id: MemberId) -> Member | None:
    """Return the member of this id."""
    return _one_member(await tx.first(select(member).where(member.c.id == member_id)))


async def get_member(tx: Tx, member_id: MemberId) -> Member:
    """Return the member of this id.

    Raises:
        NotFound: there is none.
    """
    found = await find_member(tx, member_id)
    if found is None:
        raise NotFound
    return found


async def find_members(tx: Tx, ids: Iterable[MemberId]) -> dict[MemberId, Member]:
    """Return the members of these ids, by id; unknown ids are absent."""
    rows = await tx.rows(select(member).where(member.c.id.in_(set(ids))))
    return {found.id: found for found in map(_member, rows)}


async def find_by_work_mail(tx: Tx, of: AgencyCode, work_mail: str) -> Practitioner | None:
    """Return the organisation's practitioner of this work mail, in whatever case it is written."""
    found = _one_member(
        await tx.first(
            select(member).where(member.c.agency == of, member.c.work_mail == _same_mail(work_mail))
        )
    )
    return found if isinstance(found, Practitioner) else None


async def find_by_person(tx: Tx, person: PersonId) -> Member | None:
    """Return the family member who is this person, if she can sign in."""
    return _one_member(await tx.first(select(member).where(member.c.person == person)))


async def list_members(tx: Tx, of: AgencyCode) -> list[Practitioner]:
    """Return the organisation's practitioners, by name."""
    rows = await tx.rows(select(member).where(member.c.agency == of).order_by(member.c.name))
    return [found for found in map(_member, rows) if isinstance(found, Practitioner)]


def _same_mail(work_mail: str) -> str:
    return work_mail.strip().lower()


def _one_member(row: Row[Any] | None) -> Member | None:
    return _member(row) if row else None


def _member(row: Row[Any]) -> Member:
    if row.person is not None:
        return FamilyMember(MemberId(row.id), PersonId(row.person), row.name, *reading_of(row))
    return Practitioner(
        id=MemberId(row.id),
        agency=AgencyCode(row.agency),
        name=row.name,
        role_title=row.role_title or "",
        work_mail=row.work_mail,
        office=Office(row.office) if row.office else None,
    )


# ---------------------------------------------------------------- whose sign-in


async def find_by_claim(tx: Tx, issuer: str, subject: str) -> Member | None:
    """Return the member whose sign-in this is.

    Rule: OpenID Connect Core 1.0, 5.7: issuer and subject together, and nothing else, name
    somebody for ever; a mail address may pass to another person.
    """
    return _one_member(
        await tx.first(
            select(member)
            .join(member_claim, member_claim.c.member == member.c.id)
            .where(member_claim.c.issuer == issuer, member_claim.c.subject == subject)
        )
    )


async def claim_member(tx: Tx, member_id: MemberId, *, issuer: str, subject: str) -> None:
    """Bind a sign-in to a pending member, once and for ever.

    Raises:
        Conflict: she is another sign-in's already, or the sign-in is another member's.
    """
    await tx.first(select(member.c.id).where(member.c.id == member_id).with_for_update())
    bound = await tx.first(
        select(member_claim.c.member).where(
            or_(
                member_claim.c.member == member_id,
                and_(member_claim.c.issuer == issuer, member_claim.c.subject == subject),
            )
        )
    )
    if bound is not None:
        raise Conflict
    await tx.execute(
        insert(member_claim).values(
            issuer=issuer, subject=subject, member=member_id, claimed_at=tx.at
        )
    )


# ---------------------------------------------------------------- teams


async def add_team(tx: Tx, new: Team) -> None:
    """Add a room's team."""
    await tx.execute(insert(team).values(asdict(new)))


async def find_team(tx: Tx, room: RoomId) -> Team | None:
    """Return the room's team."""
    return (await find_teams(tx, [room])).get(room)


async def get_team(tx: Tx, room: RoomId) -> Team:
    """Return the room's team.

    Raises:
        NotFound: there is no such room.
    """
    return _known(await tx.first(select(team).where(team.c.id == room)))


async def hold_team(tx: Tx, room: RoomId) -> Team:
    """Return the room's team and keep every other act on the room waiting until this one ends.

    An operation that will change who may see what calls this before it asks the gate.

    Raises:
        NotFound: there is no such room.

    Rule: ADR-0003: share, then update would let two such operations wait for each other.
    """
    held = select(team).where(team.c.id == room).with_for_update()
    return _known(await tx.first_after_waiting(held))


async def share_team(tx: Tx, room: RoomId) -> Team:
    """Return the room's team and keep who may see what as it is until this act ends.

    Raises:
        NotFound: there is no such room.
    """
    shared = select(team).where(team.c.id == room).with_for_update(read=True)
    return _known(await tx.first_after_waiting(shared))


async def find_team_by_reference(tx: Tx, reference: str) -> Team | None:
    """Return the team whose room is named so in notices."""
    row = await tx.first(select(team).where(team.c.reference == reference))
    return _team(row) if row else None


async def teams_of_family(tx: Tx, family: FamilyId) -> list[Team]:
    """Return every team there was around the family, newest first."""
    newest = select(team).where(team.c.family == family).order_by(team.c.proposed_at.desc())
    return [_team(row) for row in await tx.rows(newest)]


async def teams_waiting_since(tx: Tx, before: datetime) -> list[RoomId]:
    """Return the rooms that have waited for their family's agreement since before an instant."""
    waits = (team.c.state == TeamState.PROPOSED, team.c.proposed_at <= before)
    return [RoomId(row.id) for row in await tx.rows(select(team.c.id).where(*waits))]


async def find_teams(tx: Tx, rooms: Iterable[RoomId]) -> dict[RoomId, Team]:
    """Return the teams of these rooms, by id; unknown ids are absent."""
    rows = await tx.rows(select(team).where(team.c.id.in_(set(rooms))))
    return {found.id: found for found in map(_team, rows)}


async def set_team_state(tx: Tx, room: RoomId, state: TeamState) -> None:
    """Move the room to another state. The caller has found the room and bumps its epoch."""
    await tx.execute(update(team).where(team.c.id == room).values(state=state))


async def set_meeting(tx: Tx, room: RoomId, at: datetime | None, link: str | None) -> None:
    """Set when the team next meets, and the link of the call."""
    next_one = update(team).where(team.c.id == room).values(next_meeting_at=at, call_link=link)
    await tx.execute(next_one)


async def bump_epoch(tx: Tx, room: RoomId) -> int:
    """Count one change of who may see what in the room; return the new access epoch.

    Raises:
        NotFound: there is no such room.
    """
    epoch = await tx.scalar(
        update(team).where(team.c.id == room).values(epoch=team.c.epoch + 1).returning(team.c.epoch)
    )
    if epoch is None:
        raise NotFound
    return int(epoch)


async def epochs(tx: Tx, rooms: Iterable[RoomId]) -> dict[RoomId, int]:
    """Return the access epoch of each of these rooms, in one query."""
    rows = await tx.rows(select(team.c.id, team.c.epoch).where(team.c.id.in_(set(rooms))))
    return {RoomId(row.id): row.epoch for row in rows}


def _known(row: Row[Any] | None) -> Team:
    if row is None:
        raise NotFound
    return _team(row)


def _team(row: Row[Any]) -> Team:
    return Team(
        id=RoomId(row.id),
        family=FamilyId(row.family),
        reference=row.reference,
        state=TeamState(row.state),
        epoch=row.epoch,
        proposed_at=row.proposed_at,
        next_meeting_at=row.next_meeting_at,
        call_link=row.call_link,
    )


# ---------------------------------------------------------------- places


async def add_seat(tx: Tx, new: Seat) -> None:
    """Give a member a place in a room. The caller bumps the room's epoch.

    Raises:
        Conflict: she has a place there already.
    """
    if await find_seat(tx, new.room, new.member) is not None:
        raise Conflict
    await tx.execute(
        insert(seat).values(
            id=new.id,
            room=new.room,
            member=new.member,
            agency=new.agency,
            role=new.role,
            since=new.since,
            until=new.until,
            invited_by=new.invited_by,
            joined_at=new.joined_at,
        )
    )
    if new.purposes:
        await tx.execute(
            insert(seat_purpose),
            [{"seat": new.id, "purpose": purpose} for purpose in sorted(new.purposes)],
        )


async def end_seat(tx: Tx, seat_id: SeatId) -> None:
    """End a place now. The caller bumps the room's epoch."""
    await tx.execute(update(seat).where(seat.c.id == seat_id).values(until=tx.at))


async def mark_joined(tx: Tx, seat_id: SeatId) -> None:
    """Note that the member came in for the first time; later visits change nothing."""
    await tx.execute(
        update(seat).where(seat.c.id == seat_id, seat.c.joined_at.is_(None)).values(joined_at=tx.at)
    )


async def find_seat(tx: Tx, room: RoomId, member_id: MemberId) -> Seat | None:
    """Return the member's place in the room, if she has one now."""
    found = await _seats(tx, seat.c.room == room, seat.c.member == member_id)
    return found[0] if found else None


async def list_seats(tx: Tx, room: RoomId) -> list[Seat]:
    """Return the places in the room now, in the order they were given."""
    return await _seats(tx, seat.c.room == room)


async def seats_of(tx: Tx, member_id: MemberId) -> list[Seat]:
    """Return the member's places in all rooms now, in the order they were given."""
    return await _seats(tx, seat.c.member == member_id)


_PURPOSES = (
    select(func.aggregate_strings(seat_purpose.c.purpose, ","))
    .where(seat_purpose.c.seat == seat.c.id)
    .scalar_subquery()
    .label("purposes")
)


async def _seats(tx: Tx, *where: ColumnElement[bool]) -> list[Seat]:
    lasting = and_(seat.c.since <= tx.at, or_(seat.c.until.is_(None), seat.c.until > tx.at))
    rows = await tx.rows(
        select(seat, _PURPOSES, *ACCEPTED).where(lasting, *where).order_by(seat.c.since, seat.c.id)
    )
    return [_seat(row) for row in rows]


def _seat(row: Row[Any]) -> Seat:
    return Seat(
        id=SeatId(row.id),
        room=RoomId(row.room),
        member=MemberId(row.member),
        agency=AgencyCode(row.agency),
        role=Role(row.role),
        purposes=frozenset(row.purposes.split(",")) if row.purposes else frozenset(),
        since=row.since,
        until=row.until,
        invited_by=MemberId(row.invited_by) if row.invited_by else None,
        joined_at=row.joined_at,
        statement=row.statement,
        accepted_here_at=row.accepted_here_at,
    )
