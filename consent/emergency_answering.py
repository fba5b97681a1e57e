"""The second person of an emergency access, ending it, and its review afterwards.

The second person is the lead practitioner or an officer, never who asked. Who reviews is the
information governance officer or a data protection lead, never one of the two.
"""

from uuid import UUID

from consent import bell, gate
from consent.emergency import Emergency, Finding, State
from consent.form import LONGEST_WORDS
from consent.keeper import Keepers, change_access, hold_access
from consent.store import emergencies
from policies.act import Act
from policies.facts import Kind, Label, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member
from server.directory.team import Role
from server.kernel.canonical_json import Json
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import MemberId, RoomId

HER_OWN = "GUARD-OWN-EMERGENCY"
NOT_WAITING = "GUARD-NOT-WAITING"
NOT_OPENED = "GUARD-NOT-OPENED"


async def answer(who: Member, emergency: UUID, *, opens: bool | None, keepers: Keepers) -> None:
    """Open what somebody asked for, for one hour from now, or do not.

    Whoever leads the room, and the officers, are told at once that it is open.

    Raises:
        Refused: it is not hers to answer, or there is no such one.
        Invalid: nothing was chosen.
        Conflict: it has been answered, or nobody waits for it any more.

    Rule: ADR-0014: a second person first, and nobody is the second person of her own act.
    """
    async with writing() as tx:
        found, label = await _found(tx, who, emergency, Act.ANSWER_EMERGENCY)
        if found.asked_by == who.id:
            gate.refuse(tx, who, Act.ANSWER_EMERGENCY, label, why=HER_OWN)
        if opens is None:
            raise Invalid({"answer": "Choose whether to open it"})
        if found.state(tx.at) is not State.WAITING:
            raise Conflict
        if opens and await _is_in_already(tx, found):
            raise Conflict
        if not await emergencies.answer(tx, found, by=who.id, opens=opens):
            raise Conflict
        await log.record(tx, _entry(who, found, "emergency:answer-noted", opened=opens))
        if opens:
            await _tell(tx, found.room, keepers)


async def _is_in_already(tx: Tx, asked: Emergency) -> bool:
    others = await emergencies.list_to_look_at(tx, [asked.room])
    return any(one.asked_by == asked.asked_by and one.state(tx.at) is State.OPEN for one in others)


async def end(who: Member, emergency: UUID, *, keepers: Keepers) -> None:
    """End an open access before its time; it closes at once.

    Raises:
        Refused: it is neither hers nor hers to end, or there is no such one.
        Conflict: it is not open.
    """
    async with writing() as tx:
        found, label = await _found(tx, who, emergency, Act.END_EMERGENCY)
        if found.asked_by != who.id and not await _looks_after(tx, who, found.room):
            gate.refuse(tx, who, Act.END_EMERGENCY, label, why=NOT_OPENED)
        if not await emergencies.end(tx, found.id):
            raise Conflict
        await log.record(tx, _entry(who, found, "emergency:end-noted"))
        await _tell(tx, found.room, keepers)


async def _looks_after(tx: Tx, who: Member, room: RoomId) -> bool:
    """Say whether the gate lets her look after the emergency accesses of a room."""
    label = label_of_room(room, Kind.EMERGENCY)
    return bool(await gate.sift(tx, who, Act.ANSWER_EMERGENCY, [label]))


async def review(
    who: Member, emergency: UUID, finding: Finding | None, *, words: str, keepers: Keepers
) -> None:
    """Record what the reviewer found. If it was not right and is still open, it ends now.

    Raises:
        Refused: it is not hers to review, was never opened, or there is no such one.
        Invalid: nothing was chosen, or there are no words to it.
        Conflict: somebody has reviewed it already.

    Rule: ADR-0014: the review is no choice; neither of the two who acted reviews it.
    """
    async with writing() as tx:
        found, label = await _found(tx, who, emergency, Act.REVIEW_EMERGENCY)
        if who.id in {found.asked_by, found.answered_by}:
            gate.refuse(tx, who, Act.REVIEW_EMERGENCY, label, why=HER_OWN)
        if found.until is None:
            gate.refuse(tx, who, Act.REVIEW_EMERGENCY, label, why=NOT_OPENED)
        if finding is None or not words.strip() or len(words) > LONGEST_WORDS:
            raise Invalid(_faults(finding, words))
        if not await emergencies.add_review(
            tx, found.id, by=who.id, review=finding, words=words.strip()
        ):
            raise Conflict
        due = found.review_due
        more: dict[str, Json] = {"review": finding.value, "in_time": due is None or tx.at < due}
        if finding is Finding.NOT_RIGHT and await emergencies.end(tx, found.id):
            more["ended"] = True
            await _tell(tx, found.room, keepers)
        await log.record(tx, _entry(who, found, "emergency:review-noted", **more))


async def _found(tx: Tx, who: Member, emergency: UUID, act: Act) -> tuple[Emergency, Label]:
    """Return it with the room's label, if the act on it is hers; of none, the gate refuses."""
    found = await emergencies.find_emergency(tx, emergency)
    room = found.room if found else RoomId(emergency)
    await hold_access(tx, room)
    label = label_of_room(room, Kind.EMERGENCY)
    await gate.require(tx, who, act, label)
    found = await emergencies.find_emergency(tx, emergency)
    if found is None:
        gate.refuse(tx, who, act, label, why=NOT_WAITING)
    return found, label


async def _tell(tx: Tx, room: RoomId, keepers: Keepers) -> None:
    """Have everybody's access looked at again, and the lead's page of the room."""
    await change_access(tx, room, keepers)
    lead = await lead_of(tx, room)
    if lead is not None:
        agency = (await directory.get_member(tx, lead)).agency
        bell.ring(tx, label_of_room(room), bell.What.ROOM, told=frozenset({agency}))


async def lead_of(tx: Tx, room: RoomId) -> MemberId | None:
    """Return who leads the room now."""
    seats = await directory.list_seats(tx, room)
    return next((one.member for one in seats if one.role is Role.LEAD_PROFESSIONAL), None)


def _entry(who: Member, found: Emergency, kind: str, **more: Json) -> Entry:
    return Entry(
        kind=kind,
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=found.room,
        thing=found.id,
        details={"emergency": found.id.hex, "asked_by": found.asked_by.hex, **more},
    )


def _faults(finding: Finding | None, words: str) -> dict[str, str]:
    faults: dict[str, str] = {}
    if finding is None:
        faults["review"] = "Choose what you found"
    if not words.strip():
        faults["words"] = "Write what you looked at, and what came of it"
    elif len(words) > LONGEST_WORDS:
        faults["words"] = f"Use {LONGEST_WORDS} letters or fewer"
    return faults
