"""The form 'Who is it about?' as it is typed: rows of people, one more at a press, no script.

Rows that were left empty are not there; everything else is given back as it was typed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from consent.family import ADULT_AT, age_on
from consent.recording_family import MOST_PEOPLE, FamilyForm, PersonForm, find_faults
from server.kernel import clock
from server.kernel.errors import Invalid
from web.days import PARTS, REAL_DAY, read_day, typed_day
from web.forms import Form

RELATIONS = {
    "parent": "Parent",
    "step_parent": "Step-parent",
    "grandparent": "Grandparent",
    "relative": "Another relative",
    "carer": "Carer who is not a relative",
}
"""What somebody who answers for a child is to her, with its words."""

_NAME_FIELD = re.compile(r"people-(\d{1,3})-name", re.ASCII)


@dataclass(frozen=True, slots=True)
class TypedPerson:
    """One row: a person as she was typed. `answers_for` are places in the list of rows."""

    name: str = ""
    day: str = ""
    month: str = ""
    year: str = ""
    reach: str = ""
    answers_for: tuple[int, ...] = ()
    relation: str = "parent"

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed in the row."""
        return not any((self.name, self.day, self.month, self.year, self.reach))

    @property
    def born(self) -> date | None:
        """Return the date of birth; None if none was typed or it is no date."""
        try:
            return read_day((self.day, self.month, self.year))
        except Invalid:
            return None

    @property
    def is_unreal(self) -> bool:
        """Whether a date of birth was typed that is no date."""
        return self.born is None and any((self.day, self.month, self.year))

    @property
    def is_child(self) -> bool:
        """Whether she is known to be under 18."""
        return self.born is not None and age_on(self.born, clock.today()) < ADULT_AT

    @property
    def age(self) -> str:
        """Return the age in words; empty if it is not known."""
        today = clock.today()
        if self.born is None or self.born > today:
            return ""
        years = age_on(self.born, today)
        return f"{years} {'year' if years == 1 else 'years'} old" if years else "under 1 year old"


@dataclass(frozen=True, slots=True)
class TypedFamily:
    """The rows of the form, in order."""

    people: tuple[TypedPerson, ...] = (TypedPerson(),)

    @property
    def children(self) -> dict[int, TypedPerson]:
        """Return those under 18, by their place in the form."""
        return {place: one for place, one in enumerate(self.people) if one.is_child}

    @property
    def grown_ups(self) -> dict[int, TypedPerson]:
        """Return everybody else, by their place in the form."""
        return {place: one for place, one in enumerate(self.people) if not one.is_child}

    @property
    def may_grow(self) -> bool:
        """Whether there is room for one more."""
        return len(self.people) < MOST_PEOPLE

    def with_one_more(self) -> "TypedFamily":
        """Return it with an empty row at the end."""
        return TypedFamily((*self.people, TypedPerson())) if self.may_grow else self

    def without(self, place: int) -> "TypedFamily":
        """Return it without one row; one row is always there."""
        return _numbered({at: one for at, one in enumerate(self.people) if at != place})

    def form(self) -> FamilyForm:
        """Return it as the operation takes it."""
        return FamilyForm(
            tuple(
                PersonForm(
                    one.name,
                    one.born,
                    one.reach,
                    one.answers_for,
                    one.relation if one.relation in RELATIONS else "parent",
                )
                for one in self.people
                if not one.is_empty
            )
        )

    def faults(self) -> dict[str, str]:
        """Return a sentence for each field at fault, in the order of the form."""
        found = find_faults(self.form(), clock.today())
        if "people" in found:
            found["people-0-name"] = found.pop("people")
        for place, one in enumerate(self.people):
            if one.is_unreal:
                found[f"people-{place}-born"] = REAL_DAY
        return dict(sorted(found.items(), key=lambda fault: _place(fault[0])))

    def fields(self) -> list[tuple[str, str]]:
        """Return all that was typed as fields of a form, to be carried on to the next page."""
        carried: list[tuple[str, str]] = []
        for place, one in enumerate(self.people):
            top = f"people-{place}"
            carried += [
                (f"{top}-name", one.name),
                *((f"{top}-born-{part}", getattr(one, part)) for part in PARTS),
                (f"{top}-reach", one.reach),
            ]
        return carried


def read_family(form: Form) -> TypedFamily:
    """Return what was typed, without the rows left empty; there is always one row."""
    numbers = sorted({int(found[1]) for name in form.values if (found := _NAME_FIELD.match(name))})
    rows = [(number, _person(form, number)) for number in numbers]
    return _numbered({number: row for number, row in rows if not row.is_empty})


def linked(faults: Mapping[str, str]) -> dict[str, str]:
    """Return faults named by the field they lead to: of a date, its first."""
    return {
        f"{name}-day" if name.endswith("-born") else name: each for name, each in faults.items()
    }


def _numbered(rows: Mapping[int, TypedPerson]) -> TypedFamily:
    """Return these rows counted from nought, with who answers for whom counted along."""
    places = {number: place for place, number in enumerate(rows)}
    people = tuple(
        replace(row, answers_for=tuple(places[one] for one in row.answers_for if one in places))
        for row in rows.values()
    )
    return TypedFamily(people or (TypedPerson(),))


def _person(form: Form, number: int) -> TypedPerson:
    top = f"people-{number}"
    return TypedPerson(
        name=form.text(f"{top}-name"),
        **typed_day(form, f"{top}-born"),
        reach=form.text(f"{top}-reach"),
        answers_for=tuple(
            int(child)
            for child in form.all(f"{top}-answers_for")
            if child.isascii() and child.isdigit() and len(child) <= len(str(MOST_PEOPLE))
        ),
        relation=form.text(f"{top}-relation") or "parent",
    )


def _place(field: str) -> int:
    parts = field.split("-")
    return int(parts[1]) if len(parts) > 1 else -1
