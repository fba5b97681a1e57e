"""Somebody of the family sees the rules out of her own words, and asks to change or end one.

Her own alone: no rule of anybody else, whomever it names, is told here or shows by a number.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from consent import gate, ruling
from consent.consent import Recipient
from consent.form import LONGEST_WORDS
from consent.naming import known_as
from consent.protection import FamilyRule, is_against
from consent.rule_wish import RuleWish, Wish
from consent.ruling import REPLACED, ReadBack
from consent.store import openings, protections, rule_wishes
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import FamilyMember, Member, Office, Practitioner
from server.directory.team import Role
from server.kernel.clock import london_day
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import RoomId, id_of_form

NOT_HER_RULE = "GUARD-NOT-HER-RULE"
NOT_IN_THIS_ROOM = "GUARD-NOT-IN-THIS-ROOM"


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A rule of hers that stands, since when, and what she asked about it, oldest first."""

    said: ReadBack
    since: date
    wishes: tuple[RuleWish, ...]


@dataclass(frozen=True, slots=True)
class EndedRule:
    """What she had said, and the days on which it began and ended."""

    words: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class OwnRules:
    """What somebody keeps from others in a room, and what no longer is kept."""

    standing: tuple[OwnRule, ...]
    ended: tuple[EndedRule, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A room in which the lead is asked about a rule; the first answer is due `by`."""

    room: RoomId
    reference: str
    family_name: str
    by: date


async def my_rules(who: FamilyMember, room: RoomId) -> OwnRules:
    """Return the rules out of her own words in a room.

    Raises:
        Refused: she has no place in the room.

    Rule: ADR-0016: it stays as it was read back to her; who has answered for herself since, or
    what somebody else keeps from her, does not show.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_CONSENT, label_of_room(room, Kind.CONSENT))
        kept = await protections.list_kept(tx, room)
        asked = [one for one in await rule_wishes.wishes_in(tx, room) if one.asked_by == who.id]
        said = await ruling.read_back(tx, room, await _own(tx, who, room), to_family=True)
        standing = [
            OwnRule(
                one,
                london_day(kept[one.id].set_at),
                tuple(each for each in asked if each.rule == one.id),
            )
            for one in said
        ]
        ended = [
            EndedRule(words, london_day(one.set_at), london_day(one.lifted_at))
            for words, one in await protections.ended_rules(tx, room, who.person)
            if one.lifted_at is not None and one.lifted_why != REPLACED
        ]
        return OwnRules(tuple(sorted(standing, key=lambda one: one.since)), tuple(ended))


async def ask_about(
    who: Member, room: RoomId, rule: UUID, *, wish: str, words: str, form: UUID
) -> None:
    """Ask to change or end a rule of her own; sent twice, it is asked once.

    Raises:
        Refused: she has no place in the room, or it is no rule of hers that stands.
        Invalid: with a sentence for each field at fault.

    Rule: ADR-0016: nothing opens by asking. Somebody near her may have made her ask, so whoever
    leads the room speaks with her first.
    """
    async with writing() as tx:
        label = label_of_room(room, Kind.CONSENT)
        await gate.require(tx, who, Act.ASK_ABOUT_RULE, label)
        hers = await _own(tx, who, room) if isinstance(who, FamilyMember) else ()
        if rule not in {one.id for one in hers}:
            gate.refuse(tx, who, Act.ASK_ABOUT_RULE, label, why=NOT_HER_RULE)
        faults: dict[str, str] = {}
        if wish not in set(Wish):
            faults["wish"] = "Choose what you want"
        if wish == Wish.CHANGE and not words.strip():
            faults["words"] = "Say what should be different"
        elif len(words) > LONGEST_WORDS:
            faults["words"] = f"Use {LONGEST_WORDS} letters or fewer"
        if faults:
            raise Invalid(faults)
        asked = RuleWish(
            id=id_of_form(who.id, form),
            room=room,
            rule=rule,
            wish=Wish(wish),
            asked_by=who.id,
            asked_at=tx.at,
            words=words.strip(),
        )
        if asked.id in {one.id for one in await rule_wishes.wishes_in(tx, room)}:
            return
        await rule_wishes.add_wish(tx, asked)
        await log.record(tx, _entry(who, asked, "protection:wish-noted", wish=asked.wish.value))


async def answer(who: Member, room: RoomId, wish: UUID, *, words: str) -> None:
    """Answer what somebody asked about a rule; the answer stands on her page.

    Raises:
        Refused: `who` neither leads the room nor has the office, or it is not hers to know of.
        Invalid: the answer is missing or too long.
        Conflict: it was answered already.
    """
    async with writing() as tx:
        label = label_of_room(room, Kind.PROTECTION)
        await gate.require(tx, who, Act.ANSWER_ABOUT_RULE, label)
        found = (await known_wishes(tx, who, room)).get(wish)
        if found is None:
            gate.refuse(tx, who, Act.ANSWER_ABOUT_RULE, label, why=NOT_IN_THIS_ROOM)
        if not words.strip():
            raise Invalid({"words": "Write the answer that they will read"})
        if len(words) > LONGEST_WORDS:
            raise Invalid({"words": f"Use {LONGEST_WORDS} letters or fewer"})
        if not await rule_wishes.answer(tx, found, by=who.id, words=words.strip()):
            raise Conflict
        await log.record(tx, _entry(who, found, "protection:answer-noted"))


async def known_wishes(tx: Tx, who: Member, room: RoomId) -> dict[UUID, RuleWish]:
    """Return what was asked about the rules that stand, as far as none is against the reader.

    It is asked inside an act that the gate let pass.
    """
    found = (await openings.find_openings(tx, room)).protections.rules
    reader = Recipient(who.id, who.agency, None)
    told = {one.id for one in found if not is_against(one, reader)}
    return {one.id: one for one in await rule_wishes.wishes_in(tx, room) if one.rule in told}


async def what_waits(who: Practitioner) -> list[Asked]:
    """Return the rooms in which somebody waits for an answer of hers about a rule, next first.

    Who leads is told at once; the information governance officer where the answer is late, as it
    is where the rule keeps something from the lead herself. Nothing is recorded where nothing
    waits.
    """
    async with reading() as tx:
        led = {
            seat.room
            for seat in await directory.seats_of(tx, who.id)
            if seat.role is Role.LEAD_PROFESSIONAL
        }
        is_officer = who.office is Office.IG_OFFICER
        waiting = sorted(await rule_wishes.rooms_waiting(tx, None if is_officer else led))
    if not waiting:
        return []
    async with writing() as tx:
        labels = [label_of_room(room, Kind.PROTECTION) for room in waiting]
        shown = await gate.sift(tx, who, Act.VIEW_PROTECTION, labels)
        found = [await _asked(tx, who, RoomId(label.thing), led) for label in shown]
    return sorted((one for one in found if one), key=lambda one: (one.by, one.reference))


async def _asked(tx: Tx, who: Member, room: RoomId, led: Collection[RoomId]) -> Asked | None:
    asked = (await known_wishes(tx, who, room)).values()
    due = min((one.answer_by for one in asked if one.answered_at is None), default=None)
    if due is None or (room not in led and due >= london_day(tx.at)):
        return None
    name = await known_as(tx, room) if room in led else ""
    return Asked(room, (await directory.get_team(tx, room)).reference, name, due)


async def _own(tx: Tx, who: FamilyMember, room: RoomId) -> list[FamilyRule]:
    found = await openings.find_openings(tx, room)
    return [one for one in found.protections.rules if one.said_by == who.person]


def _entry(who: Member, of: RuleWish, kind: str, **more: str) -> Entry:
    """Return the log's entry of a wish or its answer: codes and ids, none of the words."""
    return Entry(
        kind=kind,
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=of.room,
        thing=of.rule,
        details={"about": of.id.hex, "answer_by": of.answer_by.isoformat(), **more},
    )
