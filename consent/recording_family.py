"""Recording whom a room is about: the fewest facts, until the family agrees.

The records stand under the opening of a room, which has passed the gate.
"""

import re
from dataclasses import dataclass
from datetime import date

from consent.family import ADULT_AT, Family, Person, Relationship, age_on
from consent.store import families
from server.directory import store as directory
from server.directory.member import Practitioner
from server.directory.team import TeamState
from server.kernel.clock import london_day
from server.kernel.database import Tx
from server.kernel.errors import Invalid
from server.kernel.ids import FamilyId, PersonId, new_id

LONGEST_NAME = 200
LONGEST_REACH = 2000
MOST_PEOPLE = 30
OLDEST = 120
_RELATION = re.compile("[a-z_]{1,64}")


@dataclass(frozen=True, slots=True)
class PersonForm:
    """One person of the form.

    `answers_for` are the places, in the form, of the children for whom she has parental
    responsibility; `relation` is what she is to them.
    """

    name: str
    born: date | None = None
    reach: str = ""
    answers_for: tuple[int, ...] = ()
    relation: str = "parent"


@dataclass(frozen=True, slots=True)
class FamilyForm:
    """What the form 'Who is it about?' says: children, and whom to ask for them."""

    people: tuple[PersonForm, ...]


async def record_family(tx: Tx, who: Practitioner, form: FamilyForm) -> Family:
    """Record a family as part of a larger act, which has passed the gate; return it.

    Raises:
        Invalid: with a sentence for each field at fault, named `people-{place}-{field}`.
    """
    faults = find_faults(form, london_day(tx.at))
    if faults:
        raise Invalid(faults)
    family = _family(form)
    await families.add_family(tx, family, recorder=who.id)
    return family


async def is_known(tx: Tx, form: FamilyForm) -> bool:
    """Say whether somebody of the form has a plan already, or may have; nothing else is told.

    Compared are the whole name without regard to case, and the birth where both are known.
    Only rooms that are open or waiting count.
    """
    asked = [(one.name, one.born) for one in form.people if one.name.strip()]
    for family in await families.families_with(tx, asked):
        teams = await directory.teams_of_family(tx, family)
        if any(team.state in {TeamState.OPEN, TeamState.PROPOSED} for team in teams):
            return True
    return False


def find_faults(form: FamilyForm, today: date) -> dict[str, str]:
    """Return a sentence for each field at fault, in the order of the form."""
    faults: dict[str, str] = {}
    if not form.people:
        faults["people"] = "Enter the name of at least one child"
    if len(form.people) > MOST_PEOPLE:
        faults["people"] = f"Enter no more than {MOST_PEOPLE} people"
    for place, person in enumerate(form.people):
        fault = _fault_of_name(person.name)
        if fault:
            faults[f"people-{place}-name"] = fault
        fault = _fault_of_birth(person.born, today)
        if fault:
            faults[f"people-{place}-born"] = fault
        if len(person.reach) > LONGEST_REACH:
            faults[f"people-{place}-reach"] = f"Use {LONGEST_REACH} letters or fewer"
        if not _RELATION.fullmatch(person.relation):
            faults[f"people-{place}-relation"] = "Choose what they are to the child"
        faults.update(_faults_of_children(form, place, today))
    return faults


def _fault_of_name(name: str) -> str | None:
    words = name.strip()
    if not words:
        return "Enter a name"
    if len(words) > LONGEST_NAME:
        return f"Use {LONGEST_NAME} letters or fewer"
    if not words.isprintable():
        return "Use letters, spaces, hyphens and apostrophes only"
    return None


def _fault_of_birth(born: date | None, today: date) -> str | None:
    if born is None:
        return None
    if born > today:
        return "Enter a date of birth that is not in the future"
    return "Enter a later date of birth" if today.year - born.year > OLDEST else None


def _faults_of_children(form: FamilyForm, place: int, today: date) -> dict[str, str]:
    faults: dict[str, str] = {}
    for child in form.people[place].answers_for:
        field = f"people-{place}-answers_for"
        if child == place or not 0 <= child < len(form.people):
            faults[field] = "Choose somebody else of the form"
            continue
        born = form.people[child].born
        if born is None:
            faults[f"people-{child}-born"] = "Enter the date of birth of a child"
        elif age_on(born, today) >= ADULT_AT:
            faults[field] = "Nobody can answer for somebody who is 18 or older"
    return faults


def _family(form: FamilyForm) -> Family:
    family = FamilyId(new_id())
    people = tuple(
        Person(
            PersonId(new_id()),
            family,
            " ".join(one.name.split()),
            born=one.born,
            reach=one.reach.strip(),
        )
        for one in form.people
    )
    bonds = tuple(
        Relationship(people[place].id, people[child].id, one.relation, parental_responsibility=True)
        for place, one in enumerate(form.people)
        for child in sorted(set(one.answers_for))
    )
    return Family(family, people, bonds)
