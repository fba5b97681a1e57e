"""Families and the people in them: whom everything in a room is about. Pure, no I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from server.directory.team import Role
from server.kernel.clock import london_instant
from server.kernel.ids import FamilyId, PersonId

ADULT_AT = 18
DECIDES_ALONE_AT = 16


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a family.

    `born` may be unknown until the family says; `reach` is the safe way and time to reach her.
    """

    id: PersonId
    family: FamilyId
    name: str
    born: date | None = None
    reach: str = ""


@dataclass(frozen=True, slots=True)
class Relationship:
    """What one person is to another (`mother`, `father`, ...).

    With parental responsibility (PR) she may answer for her.
    """

    person: PersonId
    to: PersonId
    kind: str
    parental_responsibility: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """A family as it stands in the record: its people and how they are related."""

    id: FamilyId
    people: tuple[Person, ...]
    relationships: tuple[Relationship, ...] = ()

    def find(self, person: PersonId) -> Person | None:
        """Return the person of this id, if she is of this family."""
        return next((one for one in self.people if one.id == person), None)

    def answers_for(self, giver: PersonId, child: PersonId) -> bool:
        """Say whether `giver` has parental responsibility for `child`.

        Rule: Children Act 1989 s.3 and s.2(7): each person with parental responsibility may
        act alone.
        """
        return any(
            bond.person == giver and bond.to == child and bond.parental_responsibility
            for bond in self.relationships
        )

    def children_of(self, giver: PersonId, on: date) -> tuple[Person, ...]:
        """Return the under-18s for whom `giver` has parental responsibility, as recorded."""
        return tuple(
            one for one in self.people if self.answers_for(giver, one.id) and not is_adult(one, on)
        )


def age_on(born: date, day: date) -> int:
    """Return the age in whole years on a day.

    Somebody born on 29 February is a year older on 1 March of a common year.
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birthday(born: date, age: int) -> date:
    """Return the day on which somebody reaches an age."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def adult_at(born: date) -> datetime:
    """Return the instant from which somebody is 18: her birthday's first, in London."""
    return london_instant(birthday(born, ADULT_AT))


def is_adult(person: Person, on: date) -> bool:
    """Say whether somebody is 18.

    An unknown birth counts as a grown-up's, whom nobody else may answer for.
    """
    return person.born is None or age_on(person.born, on) >= ADULT_AT


def may_meet(one: Role, other: Role) -> bool:
    """Say whether two members of a room may learn of each other from a list or a caret.

    Rule: ADR-0008: two grown-ups of one family never do; they may live apart for a reason that
    the room knows and this does not.
    """
    return not (one is Role.PARENT_CARER and other is Role.PARENT_CARER)


def names(people: Iterable[Person]) -> str:
    """Return names as a sentence has them: `Otis`, `Otis and Pip`, `Tamsin, Otis and Pip`."""
    known = [person.name for person in people]
    if len(known) < 2:  # noqa: PLR2004  one name needs no 'and'
        return "".join(known)
    return f"{', '.join(known[:-1])} and {known[-1]}"
