"""Queries on families, their people, and the bare record that help was offered."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, true, update

from consent.family import Family, Person, Relationship
from consent.tables import family, help_offered, person, relationship
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, FamilyId, MemberId, PersonId, RoomId

NAME_KEY_LENGTH = 200


def name_key(name: str) -> str:
    """Return a name as it is compared: without case and without more than one space.

    Without case a name may be longer than it was written; what is past the column is not compared.
    """
    return " ".join(name.casefold().split())[:NAME_KEY_LENGTH]


async def add_family(tx: Tx, new: Family, *, recorder: MemberId) -> None:
    """Add a family with its people and how they are related."""
    await tx.execute(insert(family).values(id=new.id, recorded_by=recorder, recorded_at=tx.at))
    await add_people(tx, new.people)
    if new.relationships:
        await tx.execute(
            insert(relationship),
            [
                {
                    "person": bond.person,
                    "to_person": bond.to,
                    "kind": bond.kind,
                    "parental_responsibility": bond.parental_responsibility,
                }
                for bond in new.relationships
            ],
        )


async def add_people(tx: Tx, people: Iterable[Person]) -> None:
    """Add people to their family, in this order."""
    rows = [
        {
            "id": one.id,
            "family": one.family,
            "name": one.name,
            "name_key": name_key(one.name),
            "born": one.born,
            "reach": one.reach,
            "place": place,
        }
        for place, one in enumerate(people)
    ]
    if rows:
        await tx.execute(insert(person), rows)


async def get_family(tx: Tx, family_id: FamilyId) -> Family:
    """Return a family with its people, in the order they were recorded.

    Raises:
        NotFound: there is none, or nothing of it is kept.
    """
    rows = await tx.rows(select(person).where(person.c.family == family_id).order_by("place"))
    if not rows:
        raise NotFound
    people = tuple(_person(row) for row in rows)
    bonds = await tx.rows(
        select(relationship)
        .where(relationship.c.person.in_([one.id for one in people]))
        .order_by(relationship.c.person, relationship.c.to_person)
    )
    return Family(
        family_id,
        people,
        tuple(
            Relationship(
                PersonId(row.person),
                PersonId(row.to_person),
                row.kind,
                parental_responsibility=row.parental_responsibility,
            )
            for row in bonds
        ),
    )


async def first_name(tx: Tx, family_id: FamilyId) -> str:
    """Return the name of the person who was recorded first, or nothing."""
    row = await tx.first(_FIRST, {"of_family": family_id})
    return row.name if row else ""


_FIRST = (
    select(person.c.name)
    .where(person.c.family == bindparam("of_family"))
    .order_by(person.c.place)
    .limit(1)
)


async def find_people(tx: Tx, ids: Iterable[PersonId]) -> dict[PersonId, Person]:
    """Return the people of these ids, by id; unknown ids are absent."""
    rows = await tx.rows(select(person).where(person.c.id.in_(set(ids))))
    return {PersonId(row.id): _person(row) for row in rows}


async def say_reach(tx: Tx, person_id: PersonId, reach: str) -> None:
    """Keep how somebody may be reached safely, in place of what stood there."""
    await tx.execute(update(person).where(person.c.id == person_id).values(reach=reach))


async def families_with(tx: Tx, people: Iterable[tuple[str, date | None]]) -> set[FamilyId]:
    """Return the families that hold somebody of one of these names and, where known, births."""
    alike = [
        (person.c.name_key == name_key(name))
        & (or_(person.c.born == born, person.c.born.is_(None)) if born else true())
        for name, born in people
    ]
    if not alike:
        return set()
    rows = await tx.rows(select(person.c.family).where(or_(*alike)).distinct())
    return {FamilyId(row.family) for row in rows}


async def delete_family(tx: Tx, family_id: FamilyId) -> int:
    """Delete a family and its people; return how many people that were."""
    ids = select(person.c.id).where(person.c.family == family_id)
    await tx.execute(
        delete(relationship).where(
            or_(relationship.c.person.in_(ids), relationship.c.to_person.in_(ids))
        )
    )
    gone = await tx.execute(delete(person).where(person.c.family == family_id))
    await tx.execute(delete(family).where(family.c.id == family_id))
    return gone.rowcount


async def add_help_offered(
    tx: Tx, room: RoomId, *, by: MemberId, agency: AgencyCode, at: datetime, people: int
) -> None:
    """Keep the bare fact that help was offered and declined: no name, no reason."""
    await tx.execute(
        insert(help_offered).values(
            room=room,
            offered_at=at,
            offered_by=by,
            agency=agency,
            declined_at=tx.at,
            people_asked=people,
        )
    )


async def count_help_offered(tx: Tx, room: UUID) -> int:
    """Return whether (1) or not (0) the record that help was offered stands for the room."""
    return int(
        await tx.scalar(
            select(func.count()).select_from(help_offered).where(help_offered.c.room == room)
        )
    )


def _person(row: Row[Any]) -> Person:
    return Person(PersonId(row.id), FamilyId(row.family), row.name, born=row.born, reach=row.reach)
