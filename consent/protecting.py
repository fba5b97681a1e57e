"""Recording what protects somebody: markers and conflicts, which close whatever is open.

Set with who, why and when to look again; looked at again; ended with a reason, and never by time
alone.
"""

from datetime import date, timedelta
from uuid import UUID

from consent import gate
from consent.form import LONGEST_WORDS
from consent.keeper import Keepers, change_access, hold_access
from consent.naming import family_of
from consent.protection import (
    ADDRESS,
    CLOSING,
    TOLD_TO_VISITORS,
    Conflict,
    Exclusion,
    MarkerKind,
    SafetyMarker,
)
from consent.ruling import end_entry
from consent.store import protections
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member, Practitioner
from server.directory.team import Role
from server.kernel import errors
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId

LONGEST_UNTIL_REVIEW = timedelta(days=366)
NOT_IN_THIS_ROOM = "GUARD-NOT-IN-THIS-ROOM"


async def protect(
    who: Member, room: RoomId, protection: SafetyMarker | Exclusion, *, keepers: Keepers
) -> None:
    """Keep somebody out of the room, of a thing, or of what is about a person; at once.

    Raises:
        Refused: `who` neither leads the room nor has the office.
        Invalid: with a sentence for each field at fault.
        Conflict: it was recorded already.

    Rule: it closes whatever agreement, clause or decision opens, own colleagues and family too;
    whom it is against is never told.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        label = label_of_room(room, Kind.PROTECTION)
        await gate.require(tx, who, Act.RECORD_PROTECTION, label)
        sort = "conflict" if isinstance(protection, Exclusion) else "marker"
        await _check(tx, room, protection)
        if await protections.find_kept(tx, sort, protection.id) is not None:
            raise errors.Conflict
        if isinstance(protection, Exclusion):
            await protections.add_exclusion(tx, protection, by=who.id)
        else:
            await protections.add_marker(tx, protection, by=who.id)
        await log.record(tx, _entry(who, protection))
        await change_access(tx, room, keepers)


async def check(who: Member, room: RoomId, protection: SafetyMarker | Exclusion) -> None:
    """Find what is wrong with a record; nothing is recorded of it.

    Raises:
        Refused: `who` neither leads the room nor has the office.
        Invalid: with a sentence for each field at fault.
    """
    async with writing() as tx:
        label = label_of_room(room, Kind.PROTECTION)
        await gate.require(tx, who, Act.PREPARE_PROTECTION, label)
        await _check(tx, room, protection)


async def _check(tx: Tx, room: RoomId, protection: SafetyMarker | Exclusion) -> None:
    if isinstance(protection, Exclusion):
        faults = await _faults_of_exclusion(tx, room, protection)
    else:
        faults = await _faults_of_marker(tx, room, protection)
    if faults:
        raise Invalid(faults)


async def review(
    who: Member, room: RoomId, record: UUID, *, review_on: date | None, keepers: Keepers
) -> None:
    """Record that somebody looked at a marker again, and that it stays until another day.

    Raises:
        Refused: `who` neither leads the room nor has the office, or it is of another room.
        Invalid: the day is missing, past, or more than a year ahead.
        Conflict: it has ended.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await _asked_about(tx, who, room, Act.REVIEW_PROTECTION, "marker", record)
        fault = _fault_of_review(review_on, tx)
        if fault or review_on is None:
            raise Invalid({"review_on": fault})
        if not await protections.review_marker(tx, record, by=who.id, review_on=review_on):
            raise errors.Conflict
        entry = Entry(
            kind="protection:review-noted",
            outcome="noted",
            who=who.id,
            agency=who.agency,
            room=room,
            thing=record,
            details={"review_on": review_on.isoformat()},
        )
        await log.record(tx, entry)
        await change_access(tx, room, keepers)


async def end(
    who: Member, room: RoomId, sort: str, record: UUID, *, why: str, keepers: Keepers
) -> None:
    """End what protected somebody, with the reason; what else is open counts again, at once.

    `sort` is `rule`, `marker` or `conflict`.

    Raises:
        Refused: `who` neither leads the room nor has the office, or it is of another room.
        Invalid: the reason is missing.
        Conflict: it has ended already.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await _asked_about(tx, who, room, Act.END_PROTECTION, sort, record)
        faults = _faults_of_words("why", why, "Write who asked for it, or why it is not needed")
        if faults:
            raise Invalid(faults)
        if not await protections.lift(tx, sort, record, by=who.id, why=why):
            raise errors.Conflict
        await log.record(tx, end_entry(who, room, record, sort=sort))
        await change_access(tx, room, keepers)


async def _asked_about(
    tx: Tx, who: Member, room: RoomId, act: Act, sort: str, record: UUID
) -> None:
    """Let pass whoever may do this in the room, if the record is of it and not against her."""
    label = label_of_room(room, Kind.PROTECTION)
    await gate.require(tx, who, act, label)
    kept = await protections.find_kept(tx, sort, record) if sort in protections.SORTS else None
    if kept is None or kept.room != room or who.id == kept.against:
        gate.refuse(tx, who, act, label, why=NOT_IN_THIS_ROOM)


async def _faults_of_exclusion(tx: Tx, room: RoomId, told: Exclusion) -> dict[str, str]:
    faults = _faults_of_words("why", told.why, "Write why")
    if told.room != room:
        faults["room"] = "This is about another room"
    if told.member is None and told.person is None:
        faults["member"] = "Choose whom it is against"
    if told.thing is None and told.member is not None:
        if told.sort not in set(Conflict):
            faults["sort"] = "Choose what the conflict is"
        if not isinstance(await directory.find_member(tx, told.member), Practitioner):
            faults["member"] = "Choose somebody who works with families"
        seat = await directory.find_seat(tx, room, told.member)
        if seat is not None and seat.role is Role.LEAD_PROFESSIONAL:
            # A room without anybody to lead it would protect nobody.
            faults["member"] = "They lead this room. Somebody else must lead it first"
    return faults


async def _faults_of_marker(tx: Tx, room: RoomId, told: SafetyMarker) -> dict[str, str]:
    faults = _faults_of_words("basis", told.basis, "Write why, and who said so")
    people = {one.id for one in (await family_of(tx, room)).people}
    if told.room != room:
        faults["room"] = "This is about another room"
    if told.kind not in set(MarkerKind):
        faults["kind"] = "Choose what it says"
    if told.kind in TOLD_TO_VISITORS:
        faults |= _faults_of_words("words", told.words, "Write what visitors are to know")
    against = {told.member, told.person} - {None}
    if not against or (told.person is not None and told.person not in people):
        faults["against"] = "Choose whom it is against"
    if told.protects == told.person and told.protects is not None:
        faults["protects"] = "Nobody is protected from themselves"
    elif told.protects not in (people if _needs_somebody(told) else {*people, None}):
        faults["protects"] = "Choose whom it protects"
    fault = _fault_of_review(told.review_on, tx)
    return faults | ({"review_on": fault} if fault else {})


def _needs_somebody(told: SafetyMarker) -> bool:
    """Say whether it is about a person: what closes no category, and how to reach somebody."""
    closes_all = told.kind in CLOSING and told.category is None and told.thing is None
    return closes_all or told.kind == MarkerKind.SAFE_CONTACT_METHOD


def closes_category(kind: str) -> str | None:
    """Return the category that a marker of this kind closes, whomever it is about."""
    return ADDRESS if kind == MarkerKind.CONFIDENTIAL_ADDRESS else None


def _fault_of_review(day: date | None, tx: Tx) -> str:
    today = london_day(tx.at)
    if day is None:
        return "Enter the day on which somebody looks at it again"
    if day <= today:
        return "Enter a day in the future"
    return "Enter a day within a year" if day > today + LONGEST_UNTIL_REVIEW else ""


def _faults_of_words(field: str, words: str, missing: str) -> dict[str, str]:
    if not words.strip():
        return {field: missing}
    too_long = len(words) > LONGEST_WORDS
    return {field: f"Use {LONGEST_WORDS} letters or fewer"} if too_long else {}


def _entry(who: Member, protection: SafetyMarker | Exclusion) -> Entry:
    """Return the log's entry of a record: codes and ids, none of the words typed."""
    is_marker = isinstance(protection, SafetyMarker)
    against = protection.member or protection.person
    return Entry(
        kind="protection:marker-noted" if is_marker else "protection:conflict-noted",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=protection.room,
        thing=protection.id,
        details={
            "sort": str(
                protection.kind if isinstance(protection, SafetyMarker) else protection.sort
            ),
            "against": against.hex if against else None,
        },
    )
