"""Enrolling: the first start, organisations, their people, the family members who sign in."""

from dataclasses import replace

import pytest

from consent.enrolling import add_agency, add_member, enrol_family_member, family_role, start_house
from consent.naming import names_of, people_of
from policies.decision import Denied
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.team import Role
from server.kernel.database import reading
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import AgencyCode, MemberId, PersonId, new_id
from tests.consent.acts import entries

MILLBROOK = Agency(AgencyCode("quillmere_yjs"), "Quillmere Youth Justice", "youth_justice")


async def test_a_house_is_started_once_and_that_is_recorded(waiting):
    kinds = [one.kind for one in await entries()]
    assert kinds.count("house:started") == 1

    with pytest.raises(Conflict):
        await start_house([MILLBROOK], [])


async def test_a_house_does_not_start_without_an_organisation_for_everybody(waiting):
    with pytest.raises(Invalid):
        await start_house([], [])
    with pytest.raises(Invalid):
        await start_house([MILLBROOK], [waiting.practitioner("imara")])


async def test_the_administrator_alone_adds_organisations_and_people(waiting):
    yusuf = waiting.members["yusuf"]
    somebody = replace(
        waiting.practitioner("perrin"),
        id=MemberId(new_id()),
        agency=MILLBROOK.code,
        work_mail="somebody@quillmere.example",
    )
    for who in ("imara", "noor"):
        with pytest.raises(Denied):
            await add_agency(waiting.members[who], MILLBROOK)
        with pytest.raises(Denied):
            await add_member(waiting.members[who], somebody)

    await add_agency(yusuf, MILLBROOK)
    await add_member(yusuf, somebody)

    with pytest.raises(Conflict):
        await add_agency(yusuf, MILLBROOK)
    with pytest.raises(Conflict):
        await add_member(yusuf, replace(somebody, id=MemberId(new_id())))
    async with reading() as tx:
        assert await directory.list_members(tx, MILLBROOK.code) == [somebody]


async def test_the_lead_lets_somebody_of_the_family_sign_in_once(samplewick):
    imara, otis = samplewick.members["imara"], samplewick.people["otis"]

    member = await enrol_family_member(imara, samplewick.room, otis)

    assert (member.person, member.name) == (otis, "Otis Samplewick")
    assert await enrol_family_member(imara, samplewick.room, otis) == member
    with pytest.raises(NotFound):
        await enrol_family_member(imara, samplewick.room, PersonId(new_id()))
    with pytest.raises(Denied):
        await enrol_family_member(samplewick.members["perrin"], samplewick.room, otis)


async def test_nobody_is_let_sign_in_before_the_family_has_agreed(waiting):
    with pytest.raises(Denied):
        await enrol_family_member(waiting.members["imara"], waiting.room, waiting.people["tamsin"])


async def test_a_child_has_a_young_persons_place(waiting):
    async with reading() as tx:
        assert await family_role(tx, waiting.room, waiting.people["juno"]) is Role.YOUNG_PERSON
        assert await family_role(tx, waiting.room, waiting.people["dorran"]) is Role.PARENT_CARER
        with pytest.raises(NotFound):
            await family_role(tx, waiting.room, PersonId(new_id()))


async def test_one_of_the_family_chooses_among_herself_and_those_she_speaks_for(samplewick):
    async def people(who: str) -> set[str]:
        async with reading() as tx:
            found = await people_of(tx, samplewick.members[who], samplewick.room)
        return {person.name.split()[0].lower() for person in found}

    assert await people("leona") == {"tamsin", "juno", "otis", "pip", "dorran"}
    assert await people("tamsin") == {"tamsin", "otis", "pip"}
    assert await people("juno") == {"juno"}
    assert await people("dorran") == {"dorran"}
    assert await people("saskia") == set()
    async with reading() as tx:
        assert await names_of(tx, [samplewick.people["pip"], PersonId(new_id())]) == {
            samplewick.people["pip"]: "Pip Samplewick"
        }
