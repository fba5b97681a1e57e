"""Enrolling: the first start, organisations, their people, and the family members who sign in."""

from collections.abc import Sequence

from consent import gate
from consent.family import is_adult
from consent.keeper import hold_access
from consent.naming import family_of
from policies.act import Act
from policies.facts import Kind, label_of_house, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import FamilyMember, Member, Practitioner
from server.directory.team import Role
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import MemberId, PersonId, RoomId, new_id


async def start_house(agencies: Sequence[Agency], members: Sequence[Practitioner]) -> None:
    """Enrol the first organisations and people of a new house, once, as one recorded act.

    Nobody is signed in yet, so nobody can be asked; that is why it works only on an empty house.

    Raises:
        Conflict: an organisation is enrolled already.
        Invalid: there is no organisation, or somebody belongs to none of them.

    Rule: ADR-0008: the one act without a member, refused for ever after it was done.
    """
    codes = {agency.code for agency in agencies}
    if not agencies or any(member.agency not in codes for member in members):
        raise Invalid({"agencies": "Name the organisations of everybody"})
    async with writing() as tx:
        if await directory.list_agencies(tx):
            raise Conflict
        for agency in agencies:
            await directory.add_agency(tx, agency)
        for member in members:
            await directory.add_member(tx, member)
        entry = Entry(
            kind="house:started",
            outcome="noted",
            details={"agencies": sorted(codes), "members": len(members)},
        )
        await log.record(tx, entry)


async def add_agency(who: Member, agency: Agency) -> None:
    """Enrol an organisation.

    Raises:
        Refused: `who` is no system administrator.
        Conflict: the code is taken.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.ADD_AGENCY, label_of_house(Kind.ACCOUNT))
        if await directory.find_agency(tx, agency.code) is not None:
            raise Conflict
        await directory.add_agency(tx, agency)


async def add_member(who: Member, member: Practitioner) -> None:
    """Enrol somebody of an organisation. She signs in by its provider, which claims the row.

    Raises:
        Refused: `who` is no system administrator.
        Conflict: the organisation has somebody of this work mail.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.ADD_MEMBER, label_of_house(Kind.ACCOUNT))
        await directory.add_member(tx, member)


async def enrol_family_member(who: Member, room: RoomId, person: PersonId) -> FamilyMember:
    """Let somebody of the family a room is about sign in; return her as a member.

    Asked again, it returns the same member. Her place in the room is given apart.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: the room is not about such a person.
    """
    async with writing() as tx:
        # Asked twice at once, the second one waits, and finds her.
        await hold_access(tx, room)
        await gate.require(tx, who, Act.PREPARE_INVITATION, label_of_room(room, Kind.SEAT))
        known = (await family_of(tx, room)).find(person)
        if known is None:
            raise NotFound
        return await _enrol(tx, who, room, known.id, known.name)


async def give_sign_in(
    who: Member, room: RoomId, person: PersonId, *, issuer: str, subject: str
) -> None:
    """Bind a sign-in of the family's service to somebody of the family, once and for ever.

    The lead does it with her at her side; nothing is sent.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: the room is not about such a person, or she was not enrolled.
        Conflict: she, or that sign-in, is bound already.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_INVITATION, label_of_room(room, Kind.SEAT))
        member = await directory.find_by_person(tx, person)
        if member is None or (await family_of(tx, room)).find(person) is None:
            raise NotFound
        await directory.claim_member(tx, member.id, issuer=issuer, subject=subject)
        entry = Entry(
            kind="member:sign-in-given",
            outcome="noted",
            who=who.id,
            agency=who.agency,
            room=room,
            thing=member.id,
        )
        await log.record(tx, entry)


async def family_role(tx: Tx, room: RoomId, person: PersonId) -> Role:
    """Return the role that somebody of the family has in the room, by her age.

    Raises:
        NotFound: the room is not about such a person.
    """
    known = (await family_of(tx, room)).find(person)
    if known is None:
        raise NotFound
    return Role.PARENT_CARER if is_adult(known, london_day(tx.at)) else Role.YOUNG_PERSON


async def _enrol(tx: Tx, who: Member, room: RoomId, person: PersonId, name: str) -> FamilyMember:
    found = await directory.find_by_person(tx, person)
    if isinstance(found, FamilyMember):
        return found
    member = FamilyMember(id=MemberId(new_id()), person=person, name=name)
    await directory.add_member(tx, member)
    entry = Entry(
        kind="member:enrolled",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=room,
        thing=member.id,
    )
    await log.record(tx, entry)
    return member
