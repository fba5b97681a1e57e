"""Queries on what was agreed: versions and their lines, and the questions a withdrawal leaves.

Versions and lines are only ever added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, func, insert, select, update

from consent.consent import Capacity, Choice, Consent, ConsentLine, ConsentState, speaks
from consent.family import adult_at
from consent.tables import (
    consent,
    consent_evidence,
    consent_explained,
    consent_line,
    consent_subject,
    less_safe_question,
    person,
    withdrawal_confirmation,
)
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, ConsentId, MemberId, PersonId, RoomId, new_id


async def add_consent(tx: Tx, new: Consent, lines: Iterable[ConsentLine]) -> None:
    """Add a version of what somebody agreed, with the answers that are new in it."""
    named = (
        "id version room giver capacity engaged state how interpreter witness competence "
        "own_words given_at until review_on recorder recorded_at supersedes"
    )
    await tx.execute(
        insert(consent).values(
            {**{name: getattr(new, name) for name in named.split()}, "stamp": new_id()}
        )
    )
    of_version = {"consent": new.id, "version": new.version}
    if new.subjects:
        rows = [{**of_version, "subject": subject} for subject in sorted(new.subjects)]
        await tx.execute(insert(consent_subject), rows)
    if new.explained:
        rows = [{**of_version, "explained": code} for code in new.explained]
        await tx.execute(insert(consent_explained), rows)
    new_lines = [_line_row(new.room, line) for line in lines]
    if new_lines:
        await tx.execute(insert(consent_line), new_lines)


def _line_row(room: RoomId, line: ConsentLine) -> dict[str, Any]:
    return {
        "id": new_id(),
        "room": room,
        "consent": line.consent,
        "version": line.version,
        "giver": line.giver,
        "capacity": line.capacity,
        "subject": line.subject,
        "agency": line.agency,
        "member": line.member,
        "person": line.person,
        "category": line.category,
        "purpose": line.purpose,
        "choice": line.choice,
        "given_at": line.given_at,
        "until": line.until,
    }


async def list_versions(tx: Tx, room: RoomId) -> list[Consent]:
    """Return every version of everything agreed in the room, oldest first."""
    return await _versions(tx, consent.c.room == room)


async def newest_versions(tx: Tx, room: RoomId) -> list[Consent]:
    """Return the newest version of what each giver agreed in the room."""
    newest = {one.giver: one for one in await list_versions(tx, room)}
    return list(newest.values())


async def _versions(tx: Tx, *where: ColumnElement[bool]) -> list[Consent]:
    rows = await tx.rows(
        select(consent, consent_subject.c.subject)
        .outerjoin(
            consent_subject,
            and_(
                consent_subject.c.consent == consent.c.id,
                consent_subject.c.version == consent.c.version,
            ),
        )
        .where(*where)
        .order_by(consent.c.recorded_at, consent.c.version)
    )
    found: dict[tuple[UUID, int], tuple[Row[Any], set[PersonId]]] = {}
    for row in rows:
        _, subjects = found.setdefault((row.id, row.version), (row, set()))
        if row.subject is not None:
            subjects.add(PersonId(row.subject))
    explained = await _explained(tx, {of for of, _ in found})
    return [
        _consent(row, frozenset(subjects), explained.get(of, ()))
        for of, (row, subjects) in found.items()
    ]


async def _explained(tx: Tx, ids: set[UUID]) -> dict[tuple[UUID, int], tuple[str, ...]]:
    if not ids:
        return {}
    rows = await tx.rows(
        select(consent_explained)
        .where(consent_explained.c.consent.in_(ids))
        .order_by(consent_explained.c.explained)
    )
    found: dict[tuple[UUID, int], tuple[str, ...]] = {}
    for row in rows:
        of = (row.consent, row.version)
        found[of] = (*found.get(of, ()), row.explained)
    return found


async def find_lines(
    tx: Tx,
    room: RoomId,
    *,
    categories: Iterable[str],
    agencies: Iterable[AgencyCode],
) -> list[ConsentLine]:
    """Return the answers of a room on these categories towards these organisations."""
    rows = await tx.rows(
        select(consent_line).where(
            consent_line.c.room == room,
            consent_line.c.category.in_(sorted(set(categories))),
            consent_line.c.agency.in_(sorted(set(agencies))),
        )
    )
    return [_line(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Standing:
    """Who speaks for whom in a room, and a mark that changes with any version recorded there.

    `speaking` gives for each giver herself and the under-18s she ever answered for, where her
    newest version is a yes to the help; for a giver who refused, nobody. `until` is when the
    first of those children is 18. `mark` is equal only if nothing changed.
    """

    speaking: Mapping[PersonId, frozenset[PersonId]]
    mark: frozenset[UUID]
    until: datetime | None = None


async def find_standing(tx: Tx, room: RoomId) -> Standing:
    """Return who speaks for whom, and the mark of everything recorded, in one query.

    Rule: Children Act 1989 s.105: somebody who is 18 is no child; nobody speaks for her.
    """
    rows = await tx.rows(_STANDING, {"of_room": room})
    newest: dict[PersonId, Row[Any]] = {}
    for row in rows:
        if row.giver not in newest or row.version > newest[row.giver].version:
            newest[PersonId(row.giver)] = row
    spoken = [row for row in rows if _speaks_for(newest[row.giver], row, tx.at)]
    speaking: dict[PersonId, set[PersonId]] = {giver: set() for giver in newest}
    for row in spoken:
        speaking[row.giver].add(PersonId(row.subject))
    return Standing(
        speaking={giver: frozenset(held) for giver, held in speaking.items()},
        mark=frozenset({row.stamp for row in rows}),
        until=min((adult_at(row.born) for row in spoken if row.subject != row.giver), default=None),
    )


_STANDING = (
    select(
        consent.c.stamp,
        consent.c.giver,
        consent.c.version,
        consent.c.engaged,
        consent.c.state,
        consent_subject.c.subject,
        person.c.born,
    )
    .outerjoin(
        consent_subject,
        and_(
            consent_subject.c.consent == consent.c.id,
            consent_subject.c.version == consent.c.version,
        ),
    )
    .outerjoin(person, person.c.id == consent_subject.c.subject)
    .where(consent.c.room == bindparam("of_room"))
)


def _speaks_for(newest: Row[Any], row: Row[Any], at: datetime) -> bool:
    if row.subject is None or not speaks(newest.state, engaged=newest.engaged):
        return False
    # An unknown birth counts as a grown-up's.
    return row.subject == row.giver or (row.born is not None and at < adult_at(row.born))


async def lines_of_giver(tx: Tx, room: RoomId, giver: PersonId) -> list[ConsentLine]:
    """Return every answer a giver ever gave in the room."""
    rows = await tx.rows(
        select(consent_line).where(consent_line.c.room == room, consent_line.c.giver == giver)
    )
    return [_line(row) for row in rows]


async def lines_of_room(tx: Tx, room: RoomId) -> list[ConsentLine]:
    """Return every answer ever given in the room."""
    return [
        _line(row) for row in await tx.rows(select(consent_line).where(consent_line.c.room == room))
    ]


def _consent(row: Row[Any], subjects: frozenset[PersonId], explained: tuple[str, ...]) -> Consent:
    return Consent(
        id=ConsentId(row.id),
        version=row.version,
        room=RoomId(row.room),
        giver=PersonId(row.giver),
        capacity=Capacity(row.capacity),
        subjects=subjects,
        engaged=row.engaged,
        state=ConsentState(row.state),
        explained=explained,
        how=row.how,
        given_at=row.given_at,
        until=row.until,
        review_on=row.review_on,
        recorder=MemberId(row.recorder),
        recorded_at=row.recorded_at,
        interpreter=row.interpreter,
        witness=row.witness,
        competence=row.competence,
        own_words=row.own_words,
        supersedes=row.supersedes,
    )


def _line(row: Row[Any]) -> ConsentLine:
    return ConsentLine(
        consent=ConsentId(row.consent),
        version=row.version,
        giver=PersonId(row.giver),
        capacity=Capacity(row.capacity),
        subject=PersonId(row.subject),
        agency=AgencyCode(row.agency),
        category=row.category,
        purpose=row.purpose,
        choice=Choice(row.choice),
        given_at=row.given_at,
        until=row.until,
        member=row.member,
        person=row.person,
    )


# ---------------------------------------------------------------- after a withdrawal


@dataclass(frozen=True, slots=True)
class LessSafeQuestion:
    """'Does this make a child less safe?', asked of the lead alone after a withdrawal."""

    id: UUID
    room: RoomId
    consent: ConsentId
    version: int
    asked_of: MemberId
    asked_at: datetime
    answered_at: datetime | None = None
    less_safe: bool | None = None


async def ask_less_safe(tx: Tx, of: MemberId, about: Consent) -> UUID:
    """Leave the question for the lead; return its id."""
    question = new_id()
    await tx.execute(
        insert(less_safe_question).values(
            id=question,
            room=about.room,
            consent=about.id,
            version=about.version,
            asked_of=of,
            asked_at=tx.at,
            words="",
        )
    )
    return question


async def open_questions(tx: Tx, room: RoomId) -> Sequence[LessSafeQuestion]:
    """Return the questions of the room that wait for an answer, oldest first."""
    rows = await tx.rows(
        select(less_safe_question)
        .where(less_safe_question.c.room == room, less_safe_question.c.answered_at.is_(None))
        .order_by(less_safe_question.c.asked_at)
    )
    return [
        LessSafeQuestion(
            id=row.id,
            room=RoomId(row.room),
            consent=ConsentId(row.consent),
            version=row.version,
            asked_of=MemberId(row.asked_of),
            asked_at=row.asked_at,
        )
        for row in rows
    ]


async def answer_question(
    tx: Tx, question: UUID, *, by: MemberId, less_safe: bool, words: str
) -> bool:
    """Record the answer, once; say whether the question was still open."""
    done = await tx.execute(
        update(less_safe_question)
        .where(less_safe_question.c.id == question, less_safe_question.c.answered_at.is_(None))
        .values(answered_at=tx.at, answered_by=by, less_safe=less_safe, words=words)
    )
    return done.rowcount == 1


async def add_confirmation(
    tx: Tx, version: tuple[ConsentId, int], agency: AgencyCode, *, by: MemberId, note: str
) -> None:
    """Record that an organisation confirmed it has stopped using what was withdrawn."""
    await tx.execute(
        insert(withdrawal_confirmation).values(
            consent=version[0],
            version=version[1],
            agency=agency,
            confirmed_at=tx.at,
            recorded_by=by,
            note=note,
        )
    )


async def confirmed_agencies(tx: Tx, version: tuple[ConsentId, int]) -> dict[AgencyCode, datetime]:
    """Return which organisations confirmed a withdrawal, and when."""
    rows = await tx.rows(
        select(withdrawal_confirmation).where(
            withdrawal_confirmation.c.consent == version[0],
            withdrawal_confirmation.c.version == version[1],
        )
    )
    return {AgencyCode(row.agency): row.confirmed_at for row in rows}


async def newest_number(tx: Tx, room: RoomId, giver: PersonId) -> tuple[ConsentId, int] | None:
    """Return the id and newest version of what a giver agreed in the room, if anything."""
    row = await tx.first(
        select(consent.c.id, func.max(consent.c.version).label("version"))
        .where(consent.c.room == room, consent.c.giver == giver)
        .group_by(consent.c.id)
    )
    return (ConsentId(row.id), row.version) if row else None


async def delete_of_room(tx: Tx, room: RoomId) -> None:
    """Delete everything recorded as agreed in a room whose family said no.

    This is the one deletion there is: what never became an agreement leaves no trace but the
    bare record that help was offered.
    """
    ids = select(consent.c.id).where(consent.c.room == room)
    for table in (
        withdrawal_confirmation, consent_evidence, consent_subject, consent_explained,
    ):  # fmt: skip
        await tx.execute(delete(table).where(table.c.consent.in_(ids)))
    for of_room in (less_safe_question, consent_line, consent):
        await tx.execute(delete(of_room).where(of_room.c.room == room))
