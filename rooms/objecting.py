"""'Say this is wrong': somebody of the family says so of a part of her plan, and gets an answer.

It goes to the lead and to whoever put the part in. Nobody else of the family learns of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from consent import gate
from consent.naming import known_as
from policies.act import Act
from policies.facts import Label
from rooms import objection_store, store
from rooms.objection import WORDS_LENGTH, Objection, Outcome
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import FamilyMember, Member
from server.directory.team import Role
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import RoomId, SectionId, id_of_form

NOT_FAMILY = "GUARD-NOT-OF-THE-FAMILY"
NOT_HERS_TO_ANSWER = "GUARD-NOT-HERS-TO-ANSWER"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A part of a plan of which somebody says that it is wrong; the first answer is due `by`."""

    room: RoomId
    section: SectionId
    reference: str
    family_name: str
    by: date


@dataclass(frozen=True, slots=True)
class ShownObjection:
    """One of them, with who said it, by name, for those who answer."""

    objection: Objection
    said_by: str


async def objections_of_mine(
    who: FamilyMember, room: RoomId, section: SectionId
) -> Sequence[Objection]:
    """Return what she said of a part that she may see, and the answers, newest first.

    Raises:
        Refused: `who` may not see it, or there is no such part in this room.
    """
    async with writing() as tx:
        await _ask(tx, who, Act.LIST_OBJECTIONS, room, section)
        found = await objection_store.objections_in(tx, room, sections=[section])
        return [one for one in reversed(found) if one.said_by == who.id]


async def said_in(who: FamilyMember, room: RoomId) -> Sequence[Objection]:
    """Return what she said of all the parts of a room that she may still see, newest first."""
    async with writing() as tx:
        own = [
            one for one in await objection_store.objections_in(tx, room) if one.said_by == who.id
        ]
        if not own:
            return ()
        labels = [(await store.find_labelled(tx, room, one.section))[1] for one in own]
        shown = await gate.sift(tx, who, Act.LIST_OBJECTIONS, labels)
        seen = {label.thing for label in shown}
        return [one for one in reversed(own) if one.section in seen]


async def say_wrong(
    who: Member, room: RoomId, section: SectionId, *, words: str, form: UUID
) -> Objection:
    """Record that she says something is wrong in a part; sent twice, it stands once.

    Raises:
        Refused: she may not see it, is not of the family, or there is no such part in this room.
        Invalid: nothing was said, or too much.

    Rule: UK GDPR Art 16 (rectification) and Art 21 (objection): she need not prove anything.
    """
    async with writing() as tx:
        label = await _ask(tx, who, Act.SAY_WRONG, room, section)
        if not isinstance(who, FamilyMember):
            gate.refuse(tx, who, Act.SAY_WRONG, label, why=NOT_FAMILY)
        if not words.strip():
            raise Invalid({"words": "Say what is wrong, in your own words"})
        if len(words) > WORDS_LENGTH:
            raise Invalid({"words": f"Use {WORDS_LENGTH} letters or fewer"})
        said = Objection(
            id=id_of_form(who.id, form),
            room=room,
            section=section,
            said_by=who.id,
            said_at=tx.at,
            words=words.strip(),
        )
        before = await objection_store.find_objection(tx, said.id)
        if before is not None:
            return before
        await objection_store.add_objection(tx, said)
        await log.record(tx, _entry(who, said, "section:said-wrong-noted"))
        return said


async def objections_to_answer(
    who: Member, room: RoomId, section: SectionId
) -> Sequence[ShownObjection]:
    """Return all that is said to be wrong in a part, oldest first, for those who answer.

    To whoever neither leads the room nor put the part in there is nothing.

    Raises:
        Refused: `who` may not see it, or there is no such part in this room.
    """
    async with writing() as tx:
        label = await _ask(tx, who, Act.LIST_OBJECTIONS, room, section)
        if not await _answers(tx, who, room, label):
            return ()
        found = await objection_store.objections_in(tx, room, sections=[section])
        members = await directory.find_members(tx, {one.said_by for one in found})
        return [
            ShownObjection(one, members[one.said_by].name if one.said_by in members else "")
            for one in found
        ]


async def has_objections(who: Member, room: RoomId, section: SectionId) -> bool:
    """Say whether there is anything said to be wrong in a part, to those who answer.

    Raises:
        Refused: `who` may not see it, or there is no such part in this room.
    """
    async with writing() as tx:
        if not await objection_store.objections_in(tx, room, sections=[section]):
            return False
        label = await _ask(tx, who, Act.LIST_OBJECTIONS, room, section)
        return await _answers(tx, who, room, label)


async def what_waits(who: Member) -> list[Waiting]:
    """Return the parts in her rooms in which something waits for an answer of hers, next first."""
    async with writing() as tx:
        seats = await directory.seats_of(tx, who.id)
        waiting = await objection_store.open_sections(tx, {seat.room for seat in seats})
        labels = []
        for room, section in waiting:
            _, label = await store.find_labelled(tx, room, section)
            if await _answers(tx, who, room, label):
                labels.append(label)
        if not labels:
            return []
        shown = await gate.sift(tx, who, Act.LIST_OBJECTIONS, labels)
        found = [await _waiting(tx, label) for label in shown if label.room is not None]
    return sorted(found, key=lambda one: (one.by, one.reference))


async def answer_objection(
    who: Member,
    room: RoomId,
    section: SectionId,
    objection: UUID,
    *,
    outcome: Outcome | None,
    words: str,
) -> None:
    """Answer what somebody says is wrong; the answer stands on her page.

    Raises:
        Refused: `who` neither leads the room nor put the part in, or may not see it.
        Invalid: nothing was chosen, or the answer is missing or too long.
        Conflict: it was answered already.
    """
    async with writing() as tx:
        label = await _ask(tx, who, Act.ANSWER_OBJECTION, room, section)
        if not await _answers(tx, who, room, label):
            gate.refuse(tx, who, Act.ANSWER_OBJECTION, label, why=NOT_HERS_TO_ANSWER)
        found = await objection_store.find_objection(tx, objection)
        if found is None or (found.room, found.section) != (room, section):
            raise NotFound
        faults: dict[str, str] = {}
        if outcome is None:
            faults["outcome"] = "Choose whether you changed it"
        if not words.strip():
            faults["words"] = "Write the answer that they will read"
        elif len(words) > WORDS_LENGTH:
            faults["words"] = f"Use {WORDS_LENGTH} letters or fewer"
        if faults or outcome is None:
            raise Invalid(faults)
        if not await objection_store.answer(
            tx, found, by=who.id, outcome=outcome, words=words.strip()
        ):
            raise Conflict
        await log.record(tx, _entry(who, found, "section:answer-noted", outcome=outcome.value))


async def _ask(tx: Tx, who: Member, act: Act, room: RoomId, section: SectionId) -> Label:
    found, label = await store.find_labelled(tx, room, section)
    await gate.require(tx, who, act, label)
    if found is None:
        raise NotFound
    return label


async def _answers(tx: Tx, who: Member, room: RoomId, label: Label) -> bool:
    """Say whether she leads the room, or put the part in and still has a place."""
    seat = await directory.find_seat(tx, room, who.id)
    return seat is not None and (seat.role is Role.LEAD_PROFESSIONAL or label.author == who.id)


async def _waiting(tx: Tx, label: Label) -> Waiting:
    room, section = RoomId(label.room or label.thing), SectionId(label.thing)
    found = await objection_store.objections_in(tx, room, sections=[section])
    return Waiting(
        room=room,
        section=section,
        reference=(await directory.get_team(tx, room)).reference,
        family_name=await known_as(tx, room),
        by=min(one.answer_by for one in found if one.answered_at is None),
    )


def _entry(who: Member, of: Objection, kind: str, **more: str) -> Entry:
    return Entry(
        kind=kind,
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=of.room,
        thing=of.section,
        details={"objection": of.id.hex, "answer_by": of.answer_by.isoformat(), **more},
    )
