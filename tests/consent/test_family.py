"""Families: ages, who answers for whom, who meets whom, and what the first form asks."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from consent import recording_family
from consent.family import (
    Family,
    Person,
    Relationship,
    age_on,
    birthday,
    is_adult,
    may_meet,
    names,
)
from consent.recording_family import FamilyForm, PersonForm, find_faults, is_known, record_family
from consent.store import families
from server.directory.team import Role
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.errors import Invalid, NotFound
from server.kernel.ids import FamilyId, PersonId, new_id

FAMILY = FamilyId(new_id())
TODAY = date(2026, 6, 17)


def person(name: str, born: date | None = None) -> Person:
    return Person(PersonId(new_id()), FAMILY, name, born=born)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2012, 6, 17), TODAY, 14),
        (date(2012, 6, 18), TODAY, 13),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_age_is_counted_in_whole_years(born, day, age):
    assert age_on(born, day) == age
    assert birthday(born, age) <= day < birthday(born, age + 1)


def test_a_parent_answers_for_her_own_children_while_they_are_children():
    mother, child, grown = person("Tamsin"), person("Otis", date(2017, 1, 1)), person("Juno")
    bonds = tuple(
        Relationship(mother.id, one.id, "mother", parental_responsibility=True)
        for one in (child, grown)
    )
    family = Family(FAMILY, (mother, child, grown), bonds)

    assert family.answers_for(mother.id, child.id)
    assert not family.answers_for(child.id, mother.id)
    # An unknown birth counts as a grown-up's.
    assert is_adult(grown, TODAY)
    assert family.children_of(mother.id, TODAY) == (child,)
    assert family.find(child.id) == child
    assert family.find(PersonId(new_id())) is None


def test_two_grown_ups_of_one_family_never_meet_and_everybody_else_may():
    roles = list(Role)

    apart = {(one, other) for one in roles for other in roles if not may_meet(one, other)}

    assert apart == {(Role.PARENT_CARER, Role.PARENT_CARER)}


def test_names_stand_as_a_sentence_has_them():
    tamsin, otis, pip = person("Tamsin"), person("Otis"), person("Pip")

    assert [names(some) for some in ((), (otis,), (otis, pip), (tamsin, otis, pip))] == [
        "",
        "Otis",
        "Otis and Pip",
        "Tamsin, Otis and Pip",
    ]


def form(**changes) -> FamilyForm:
    otis = replace(PersonForm("Otis Samplewick", born=date(2017, 1, 1)), **changes)
    return FamilyForm((otis, PersonForm("Tamsin Samplewick", answers_for=(0,))))


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (FamilyForm(()), "people"),
        (FamilyForm((PersonForm("Otis"),) * 31), "people"),
        (form(name=" "), "people-0-name"),
        (form(name="x" * 201), "people-0-name"),
        (form(name="Otis\x00"), "people-0-name"),
        (form(born=TODAY + timedelta(days=1)), "people-0-born"),
        (form(born=date(1880, 1, 1)), "people-0-born"),
        (form(born=None), "people-0-born"),
        (form(born=date(2000, 1, 1)), "people-1-answers_for"),
        (form(reach="x" * 2001), "people-0-reach"),
        (form(answers_for=(0,)), "people-0-answers_for"),
        (form(answers_for=(7,)), "people-0-answers_for"),
    ],
)
def test_the_first_form_tells_each_fault_at_its_field(told, field):
    assert field in find_faults(told, TODAY)


def test_a_full_form_has_no_fault():
    assert find_faults(form(), TODAY) == {}


async def test_a_family_is_recorded_with_its_people_and_who_answers_for_whom(waiting):
    imara = waiting.practitioner("imara")
    async with writing() as tx:
        family = await record_family(tx, imara, form(name="  Otis   Specimen "))
        assert await families.get_family(tx, family.id) == family
        assert [one.name for one in family.people] == ["Otis Specimen", "Tamsin Samplewick"]
        assert family.answers_for(family.people[1].id, family.people[0].id)
        with pytest.raises(Invalid):
            await record_family(tx, imara, form(name=""))
        with pytest.raises(NotFound):
            await families.get_family(tx, FAMILY)


async def test_the_register_tells_only_whether_to_go_on(waiting):
    async with reading() as tx:
        pip = (await families.find_people(tx, [waiting.people["pip"]]))[waiting.people["pip"]]

        assert await is_known(tx, FamilyForm((PersonForm("pip  SAMPLEWICK"),)))
        assert await is_known(tx, FamilyForm((PersonForm("Pip Samplewick", born=pip.born),)))
        other_birth = clock.today() - timedelta(days=900)
        assert not await is_known(tx, FamilyForm((PersonForm("Pip Samplewick", born=other_birth),)))
        assert not await is_known(tx, FamilyForm((PersonForm("Pip"),)))
        assert not await is_known(tx, FamilyForm((PersonForm(" "),)))
    assert recording_family.MOST_PEOPLE == 30
