"""Rules out of a family's own words: read back, recorded, replaced and ended.

"Nobody tells him where we are" is no answer to a topic. It is kept as it was said; what it means
is written as rules, which are read back in plain words and work at once, everywhere in the room.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from consent import gate, naming
from consent.foreseeing import closed_by
from consent.form import LONGEST_WORDS
from consent.keeper import Keepers, all_labels, all_titles, change_access, hold_access
from consent.naming import family_of
from consent.protection import FamilyRule, RuleSort
from consent.rule_form import (
    Nameable,
    WordsForm,
    faults_of_rules,
    faults_of_words,
    made_rules,
    spoken_about,
)
from consent.store import consents, protections
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Kind, Label, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory.member import Member
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import RoomId, id_of_form

REPLACED = "Written anew"

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class ReadBack:
    """One rule as it is read back: who said it, whom it names, about what and about whom.

    No topics means everything.
    """

    id: UUID
    said_by: str
    words: str
    sort: RuleSort
    names: tuple[str, ...]
    topics: tuple[str, ...]
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """Somebody with a place to whom things would be closed, by their titles."""

    who: str
    things: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """The rules as they are read back, and what they would close to whom now."""

    rules: tuple[ReadBack, ...]
    closings: tuple[Closing, ...]


async def prepare_rules(who: Member, room: RoomId) -> naming.Nameable:
    """Return whom and what a rule can name.

    Raises:
        Refused: `who` neither leads the room nor has the office.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_PROTECTION, _label(room))
        return await naming.choices_in(tx, room)


async def check_rules(who: Member, room: RoomId, told: WordsForm, *, keepers: Keepers) -> Checked:
    """Return the rules as they are read back; nothing is recorded of them.

    Raises:
        Refused: `who` neither leads the room nor has the office.
        Invalid: with a sentence for each field at fault; of a rule as `rule-{number}-{field}`.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_PROTECTION, _label(room))
        await _check(tx, room, told)
        rules = await _made(tx, who, room, told)
        labels = await all_labels(tx, room, keepers)
        own = await gate.capability(tx, who, room, labels)
        closed = await closed_by(tx, who, room, [one for one in labels if own.sees(one)], rules)
        things = {thing for _, lost in closed.values() for thing in lost}
        titles = await all_titles(tx, room, things, keepers)
        return Checked(
            rules=tuple(await read_back(tx, room, rules)),
            closings=tuple(
                Closing(member.name, tuple(titles[one] for one in lost if one in titles))
                for member, lost in closed.values()
            ),
        )


async def set_rules(who: Member, room: RoomId, told: WordsForm, *, keepers: Keepers) -> None:
    """Record what somebody said and the rules it means; they work at once.

    Raises:
        Refused: `who` neither leads the room nor has the office.
        Invalid: with a sentence for each field at fault.
        Conflict: it was recorded already, or what it replaces has ended.

    Rule: ADR-0016: what the family keeps from somebody closes whatever else is open.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await gate.require(tx, who, Act.RECORD_PROTECTION, _label(room))
        await _check(tx, room, told)
        if await protections.find_kept(tx, "rule", id_of_form(who.id, told.id)) is not None:
            raise Conflict
        if told.instead is not None:
            await _end_replaced(tx, who, room, told.instead)
        await add_rules(tx, who, room, told)
        await change_access(tx, room, keepers)


async def faults_in(tx: Tx, room: RoomId, told: WordsForm) -> dict[str, str]:
    """Return what is wrong with rules that come with an agreement."""
    known = await _nameable(tx, room, told)
    faults = faults_of_rules(told.rules, told.said_by, known) if told.said_by else {}
    if told.said_by and not spoken_about(told.said_by, told.subjects, known):
        faults["subjects"] = "They have answered for themselves: ask them"
    return faults


async def add_rules(tx: Tx, who: Member, room: RoomId, told: WordsForm) -> None:
    """Add the rules inside the act that records them. The caller has asked, and changes access."""
    for rule in await _made(tx, who, room, told):
        await protections.add_rule(tx, rule, by=who.id)
        await log.record(tx, _entry(who, rule))


async def read_words(tx: Tx, who: Member, room: RoomId, told: WordsForm) -> list[ReadBack]:
    """Return the rules of a form without faults, as they are read back."""
    rules = await _made(tx, who, room, told) if told.rules else ()
    return await read_back(tx, room, rules)


async def read_back(
    tx: Tx, room: RoomId, rules: Iterable[FamilyRule], *, to_family: bool = False
) -> list[ReadBack]:
    """Return rules in the words in which they are read to whoever said them.

    On a page of the family those who work with it are what they are, not a name.
    """
    named = await naming.choices_in(tx, room)
    people = {one.id: one.name for one in named.people}
    members = {
        one.id: f"{one.role_title}, {named.agencies[agency]}" if to_family else one.name
        for agency, each in named.practitioners.items()
        for one in each
    }
    return [
        ReadBack(
            id=rule.id,
            said_by=people.get(rule.said_by, ""),
            words=rule.words,
            sort=rule.sort,
            names=(
                *_names(people, rule.people),
                *_names(members, rule.members),
                *_names(named.agencies, rule.agencies),
            ),
            topics=tuple(
                topic.words
                for topic in catalogue().topics
                if rule.categories and set(topic.categories) <= rule.categories
            ),
            about=_names(people, rule.subjects),
        )
        for rule in rules
    ]


def _names(words: Mapping[Key, str], ids: Collection[Key]) -> tuple[str, ...]:
    return tuple(name for one, name in words.items() if one in ids)


def _label(room: RoomId) -> Label:
    return label_of_room(room, Kind.PROTECTION)


async def _check(tx: Tx, room: RoomId, told: WordsForm) -> None:
    known = await _nameable(tx, room, told)
    faults = faults_of_words(told, known, london_day(tx.at), longest=LONGEST_WORDS)
    if faults:
        raise Invalid(faults)


async def _made(tx: Tx, who: Member, room: RoomId, told: WordsForm) -> Sequence[FamilyRule]:
    if told.said_by is None:
        message = "words that nobody said become no rules"
        raise ValueError(message)
    known = await _nameable(tx, room, told)
    return made_rules(
        told.rules,
        room=room,
        said_by=told.said_by,
        words=told.words,
        subjects=spoken_about(told.said_by, told.subjects, known),
        first=id_of_form(who.id, told.id),
    )


async def _nameable(tx: Tx, room: RoomId, told: WordsForm) -> Nameable:
    choices = await naming.choices_in(tx, room)
    answered = {one.giver for one in await consents.newest_versions(tx, room)}
    return Nameable(
        family=await family_of(tx, room),
        agencies=frozenset(choices.agencies),
        members=frozenset(one.id for each in choices.practitioners.values() for one in each),
        answered=frozenset(answered - {told.said_by}),
    )


async def _end_replaced(tx: Tx, who: Member, room: RoomId, rule: UUID) -> None:
    kept = await protections.find_kept(tx, "rule", rule)
    if kept is None or kept.room != room:
        raise Conflict
    if not await protections.lift(tx, "rule", rule, by=who.id, why=REPLACED):
        raise Conflict
    await log.record(tx, end_entry(who, room, rule, sort="rule"))


def _entry(who: Member, rule: FamilyRule) -> Entry:
    """Return the log's entry of a rule: codes and ids, none of the words that were said."""
    return Entry(
        kind="protection:rule-noted",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=rule.room,
        thing=rule.id,
        details={
            "sort": rule.sort.value,
            "giver": rule.said_by.hex,
            "subjects": [one.hex for one in sorted(rule.subjects)],
            "categories": sorted(rule.categories),
            "members": [one.hex for one in sorted(rule.members)],
            "people": [one.hex for one in sorted(rule.people)],
            "agencies": sorted(rule.agencies),
        },
    )


def end_entry(who: Member, room: RoomId, record: UUID, *, sort: str) -> Entry:
    """Return the log's entry of something that protected somebody and does not any more."""
    return Entry(
        kind="protection:end-noted",
        outcome="noted",
        who=who.id,
        agency=who.agency,
        room=room,
        thing=record,
        details={"sort": sort},
    )
