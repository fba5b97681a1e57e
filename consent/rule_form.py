"""Rules out of a person's own words: what is wrong with them, and the rules they become.

Pure. The words stay as they were said; whoever took them down says what they mean, and reads it
back before it counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from consent.family import Family, is_adult
from consent.protection import FamilyRule, RuleSort
from policies.catalogue import catalogue
from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId, new_id

MOST_RULES = 6


@dataclass(frozen=True, slots=True)
class RuleForm:
    """One rule as it was typed: of whom, and of which topics, or of everything."""

    sort: str
    members: frozenset[MemberId] = frozenset()
    people: frozenset[PersonId] = frozenset()
    agencies: frozenset[AgencyCode] = frozenset()
    topics: frozenset[str] = frozenset()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class WordsForm:
    """What somebody said, about whom, and the rules it means. `instead` is a rule it replaces."""

    id: UUID
    said_by: PersonId | None
    words: str
    subjects: frozenset[PersonId]
    rules: tuple[RuleForm, ...]
    instead: UUID | None = None


@dataclass(frozen=True, slots=True)
class Nameable:
    """Whom a rule may name, and who has answered for herself."""

    family: Family
    agencies: frozenset[AgencyCode]
    members: frozenset[MemberId]
    answered: frozenset[PersonId]


def faults_of_rules(
    rules: Iterable[RuleForm], said_by: PersonId, known: Nameable
) -> dict[str, str]:
    """Return a sentence for each field of a rule at fault, as `rule-{number}-{field}`."""
    faults: dict[str, str] = {}
    for number, rule in enumerate(rules, start=1):
        for field, fault in _faults(rule, said_by, known):
            faults.setdefault(f"rule-{number}-{field}", fault)
    return faults


def _faults(rule: RuleForm, said_by: PersonId, known: Nameable) -> Iterator[tuple[str, str]]:
    if rule.sort not in set(RuleSort):
        yield "sort", "Choose what the words mean"
    people = {one.id for one in known.family.people}
    known_names = (
        rule.members <= known.members and rule.people <= people and rule.agencies <= known.agencies
    )
    if not (rule.members or rule.people or rule.agencies) or not known_names:
        yield "who", "Choose whom it names"
    elif rule.sort == RuleSort.NEVER and said_by in rule.people:
        yield "who", "Nobody can be kept from what they said themselves"
    topics = {topic.code for topic in catalogue().topics}
    if rule.everything and rule.topics:
        yield "topics", "Choose either everything, or some topics"
    elif not (rule.everything or rule.topics) or not rule.topics <= topics:
        yield "topics", "Choose the topics, or everything"


def spoken_about(
    said_by: PersonId, subjects: Iterable[PersonId], known: Nameable
) -> frozenset[PersonId]:
    """Return about whom of these somebody's rule counts.

    Rule: ADR-0016: what one parent keeps back never undoes what a young person, who answered for
    herself, lets be shared.
    """
    return frozenset(one for one in subjects if one == said_by or one not in known.answered)


def faults_of_words(
    told: WordsForm, known: Nameable, today: date, *, longest: int
) -> dict[str, str]:
    """Return a sentence for each field at fault of words that are recorded by themselves."""
    giver = known.family.find(told.said_by) if told.said_by else None
    if giver is None:
        return {"said_by": "Choose who said it"}
    faults: dict[str, str] = {}
    if not told.words.strip():
        faults["words"] = "Write what they said, as they said it"
    elif len(told.words) > longest:
        faults["words"] = f"Use {longest} letters or fewer"
    wrong = [person for one in told.subjects if (person := known.family.find(one)) is None]
    if not told.subjects or wrong:
        faults["subjects"] = "Choose about whom they said it"
    for person in known.family.people:
        if person.id == giver.id or person.id not in told.subjects:
            continue
        if person.id in known.answered or is_adult(person, today):
            faults["subjects"] = f"{person.name} answers for themselves: ask them"
        elif not known.family.answers_for(giver.id, person.id):
            faults["subjects"] = f"{giver.name} cannot answer for {person.name}"
    if not told.rules:
        faults["rule-1-sort"] = "Choose what the words mean"
    return faults | faults_of_rules(told.rules, giver.id, known)


def made_rules(
    rules: Iterable[RuleForm],
    *,
    room: RoomId,
    said_by: PersonId,
    words: str,
    subjects: frozenset[PersonId],
    first: UUID | None = None,
) -> tuple[FamilyRule, ...]:
    """Return the rules of a form without faults; `first` is the id of the first of them."""
    return tuple(
        FamilyRule(
            id=first if first and not place else new_id(),
            room=room,
            said_by=said_by,
            words=words.strip(),
            sort=RuleSort(rule.sort),
            subjects=subjects,
            categories=frozenset(
                category
                for topic in catalogue().topics
                if topic.code in rule.topics
                for category in topic.categories
            ),
            members=rule.members,
            people=rule.people,
            agencies=rule.agencies,
        )
        for place, rule in enumerate(rules)
    )
