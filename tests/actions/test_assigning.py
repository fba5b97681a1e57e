"""Giving somebody something to do, through the real gate."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from actions.action import State, Step
from actions.assigning import NOT_ON_THE_LIST, Assignment, assign, prepare
from actions.progressing import NOT_YOURS, progress
from actions.viewing import list_actions, my_actions, view_action
from consent.bell import Bell, What
from server.kernel import clock, notices
from server.kernel.database import reading
from server.kernel.errors import Conflict, Invalid, Refused
from server.kernel.ids import ActionId, new_id
from tests.fakes.counting import counted
from tests.fakes.family_room import KEEPERS


def assignment(
    serves, owner, *, days: int = 7, what: str = "Ring the school by 8.15"
) -> Assignment:
    return Assignment(
        id=new_id(),
        serves=serves,
        what=what,
        owner=owner.id if owner else None,
        due=clock.today() + timedelta(days=days),
    )


async def whats(who, house) -> list[str]:
    return [one.action.what for one in await list_actions(who, house.room, keepers=KEEPERS)]


async def test_an_action_is_known_to_those_who_may_know_its_part_of_the_plan(house):
    section = await house.add_section(house.imara, "Otis at school")

    await assign(house.imara, house.room, assignment(section, house.tamsin), keepers=KEEPERS)

    assert await whats(house.imara, house) == ["Ring the school by 8.15"]
    assert await whats(house.bronagh, house) == ["Ring the school by 8.15"]
    assert await whats(house.leona, house) == []
    assert await whats(house.gethin, house) == []
    with pytest.raises(Refused):
        await whats(house.saskia, house)


async def test_a_bell_with_the_actions_label_rings_after_the_commit(house):
    section = await house.add_section(house.imara, "Otis at school")
    heard: list[Bell] = []
    notices.hear(Bell, heard.append)

    action = await assign(
        house.imara, house.room, assignment(section, house.imara), keepers=KEEPERS
    )

    assert [(bell.what, bell.label.thing) for bell in heard] == [(What.ACTIONS, action)]
    assert heard[0].label.categories == {"education_attendance"}


async def test_the_form_offers_only_people_who_may_know_of_the_part(house):
    section = await house.add_section(house.imara, "Otis at school")

    prepared = await prepare(house.imara, house.room, serves=section, keepers=KEEPERS)

    assert prepared.chosen is not None
    assert prepared.chosen.heading == "Otis at school"
    assert {one.name for one in prepared.audience.who} == {
        "Imara Testwell",
        "Bronagh Exampleton",
        "Tamsin Samplewick",
    }
    assert (prepared.audience.people, prepared.audience.organisations) == (3, 2)


async def test_the_form_offers_only_parts_that_can_be_added_to(house):
    own = await house.add_section(house.imara, "Otis at school")
    estate = await house.add_section(house.gethin, "Around the estate", category="asb")

    for_lead = await prepare(house.imara, house.room, serves=None, keepers=KEEPERS)
    for_police = await prepare(house.gethin, house.room, serves=None, keepers=KEEPERS)

    # The lead agrees actions on what she may see; others on what their own organisation put in.
    assert {part.id for part in for_lead.parts} == {own, estate}
    assert [part.id for part in for_police.parts] == [estate]
    for who, part in ((house.leona, own), (house.leona, estate)):
        with pytest.raises(Refused):
            await prepare(who, house.room, serves=part, keepers=KEEPERS)


async def test_the_lead_agrees_an_action_on_a_part_of_another_organisation(house):
    estate = await house.add_section(house.gethin, "Around the estate", category="asb")

    await assign(house.imara, house.room, assignment(estate, house.gethin), keepers=KEEPERS)

    assert await whats(house.gethin, house) == ["Ring the school by 8.15"]
    assert await whats(house.bronagh, house) == []


@pytest.mark.parametrize("named", ["leona", "saskia", None])
async def test_nobody_is_given_an_action_whose_part_she_may_not_know(house, named):
    section = await house.add_section(house.imara, "Otis at school")
    owner = getattr(house, named) if named else None

    with pytest.raises(Invalid) as told:
        await assign(house.imara, house.room, assignment(section, owner), keepers=KEEPERS)

    assert told.value.faults == {"owner": NOT_ON_THE_LIST}
    assert await whats(house.imara, house) == []


async def test_every_field_at_fault_is_named_at_once(house):
    section = await house.add_section(house.imara, "Otis at school")
    wrong = replace(assignment(section, None, what=" \x00 "), due=None)

    with pytest.raises(Invalid) as told:
        await assign(house.imara, house.room, wrong, keepers=KEEPERS)

    assert list(told.value.faults) == ["what", "owner", "due"]


async def test_a_part_unknown_to_her_and_one_that_is_not_there_are_refused_alike(house):
    section = await house.add_section(house.imara, "Otis at school")

    with pytest.raises(Refused) as refused:
        await assign(house.leona, house.room, assignment(section, house.leona), keepers=KEEPERS)
    with pytest.raises(Refused) as unknown:
        await assign(house.leona, house.room, assignment(new_id(), house.leona), keepers=KEEPERS)

    assert str(refused.value) == str(unknown.value)


async def test_the_same_form_sent_twice_at_once_adds_one_action(house):
    section = await house.add_section(house.imara, "Otis at school")
    once = assignment(section, house.imara)

    sent = await asyncio.gather(
        *(assign(house.imara, house.room, once, keepers=KEEPERS) for _ in range(2))
    )

    assert sent[0] == sent[1]
    assert await whats(house.imara, house) == ["Ring the school by 8.15"]


async def test_a_form_with_the_id_of_anothers_action_makes_an_action_of_its_own(house):
    section = await house.add_section(house.imara, "Otis at school")
    life = await house.add_section(
        house.bronagh, "What is working well", category="family_relationships"
    )
    form = assignment(section, house.imara)
    hers = await assign(house.imara, house.room, form, keepers=KEEPERS)

    made = [
        await assign(
            house.bronagh,
            house.room,
            replace(assignment(life, house.bronagh), id=known),
            keepers=KEEPERS,
        )
        for known in (form.id, hers)
    ]

    # Threat T-22: whether there is such an action, the answer is the same.
    assert len({hers, *made}) == 3
    assert len(await whats(house.imara, house)) == 3


async def test_a_member_of_the_family_sees_her_own_action_and_marks_it_done(house):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara, house.room, assignment(section, house.tamsin), keepers=KEEPERS
    )

    mine = await my_actions(house.tamsin, keepers=KEEPERS)
    await progress(house.tamsin, house.room, action, step=Step(to=State.DONE, version=1))

    assert [one.action.id for one in mine] == [action]
    shown, steps = await view_action(house.imara, house.room, action, keepers=KEEPERS)
    assert shown.action.state is State.DONE
    assert shown.owner.name == "Tamsin Samplewick"
    assert [(one.step.state, one.moved_by.name) for one in steps] == [
        (State.DONE, "Tamsin Samplewick")
    ]


async def test_the_family_reads_a_practitioners_role_and_not_her_name(house):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara, house.room, assignment(section, house.imara), keepers=KEEPERS
    )

    shown, _ = await view_action(house.tamsin, house.room, action, keepers=KEEPERS)

    assert (shown.owner.name, shown.owner.agency) == ("Pastoral lead", "Tansy Vale School")


async def test_of_two_who_save_at_once_one_is_told_and_nothing_is_lost(house):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara, house.room, assignment(section, house.bronagh), keepers=KEEPERS
    )

    results = await asyncio.gather(
        progress(house.imara, house.room, action, step=Step(to=State.IN_PROGRESS, version=1)),
        progress(
            house.bronagh,
            house.room,
            action,
            step=Step(to=State.NOT_DONE, version=1, reason="No answer"),
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Conflict) for one in results) == 1
    _, steps = await view_action(house.imara, house.room, action, keepers=KEEPERS)
    assert len(steps) == 1


async def test_somebody_who_may_see_it_and_does_not_own_it_moves_nothing(house):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara, house.room, assignment(section, house.imara), keepers=KEEPERS
    )

    with pytest.raises(Invalid) as told:
        await progress(house.bronagh, house.room, action, step=Step(to=State.DONE, version=1))

    assert told.value.faults == {"to": NOT_YOURS}


async def test_only_the_lead_cancels(house):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara, house.room, assignment(section, house.bronagh), keepers=KEEPERS
    )
    cancel = Step(to=State.CANCELLED, version=1, reason="No longer wanted")

    with pytest.raises(Invalid):
        await progress(house.bronagh, house.room, action, step=cancel)
    after = await progress(house.imara, house.room, action, step=cancel)

    assert after.state is State.CANCELLED


async def test_an_outsider_learns_nothing_of_an_action(house):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara, house.room, assignment(section, house.imara), keepers=KEEPERS
    )

    for outsider in (house.saskia, house.leona):
        with pytest.raises(Refused):
            await view_action(outsider, house.room, action, keepers=KEEPERS)
        with pytest.raises(Refused):
            await progress(outsider, house.room, action, step=Step(to=State.DONE, version=1))
    with pytest.raises(Refused):
        await view_action(house.imara, house.room, ActionId(new_id()), keepers=KEEPERS)


async def test_an_owner_who_loses_access_loses_the_action(house):
    section = await house.add_section(
        house.imara, "What we want to change", category="family_relationships"
    )
    await assign(house.imara, house.room, assignment(section, house.leona), keepers=KEEPERS)
    assert len(await my_actions(house.leona, keepers=KEEPERS)) == 1

    await house.stop("family_life", "bramblegate")

    assert await my_actions(house.leona, keepers=KEEPERS) == []
    assert await whats(house.imara, house) == ["Ring the school by 8.15"]


async def test_late_actions_are_said_to_be_late_and_what_is_over_comes_last(house):
    section = await house.add_section(house.imara, "Otis at school")
    with clock.moved_to(clock.now() - timedelta(days=3)):
        late = await assign(
            house.imara, house.room, assignment(section, house.imara, days=1), keepers=KEEPERS
        )
        done = await assign(
            house.imara, house.room, assignment(section, house.imara, days=0), keepers=KEEPERS
        )
    await progress(house.imara, house.room, done, step=Step(to=State.DONE, version=1))

    mine = await my_actions(house.imara, keepers=KEEPERS)

    assert [(one.action.id, one.is_late) for one in mine] == [(late, True), (done, False)]
    assert mine[0].heading == "Otis at school"


async def test_what_people_write_is_sealed_in_the_rows(house):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara,
        house.room,
        assignment(section, house.imara, what="plumcanary"),
        keepers=KEEPERS,
    )
    await progress(
        house.imara,
        house.room,
        action,
        step=Step(to=State.NOT_DONE, version=1, reason="ironcanary"),
    )

    async with reading() as tx:
        rows = [
            *await tx.rows(text("SELECT * FROM action")),
            *await tx.rows(text("SELECT * FROM action_step")),
        ]

    assert len(rows) == 2
    assert b"canary" not in b"".join(v for row in rows for v in row if isinstance(v, bytes))
    assert not any("canary" in str(v) for row in rows for v in row)


async def test_every_act_and_refusal_stands_in_the_log(house):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara, house.room, assignment(section, house.imara), keepers=KEEPERS
    )
    await progress(house.imara, house.room, action, step=Step(to=State.DONE, version=1))
    with pytest.raises(Refused):
        await view_action(house.leona, house.room, action, keepers=KEEPERS)

    async with reading() as tx:
        kinds = [
            (row.kind, row.outcome)
            for row in await tx.rows(text("SELECT kind, outcome FROM audit_entry"))
        ]

    assert ("action:assigned", "allowed") in kinds
    assert ("action:progressed", "allowed") in kinds
    assert ("action:list-refused", "refused") in kinds


async def test_a_longer_list_asks_no_more_of_the_store(house, database):
    section = await house.add_section(house.imara, "Otis at school")

    async def add(count: int) -> int:
        for _ in range(count):
            await assign(house.imara, house.room, assignment(section, house.imara), keepers=KEEPERS)
        with counted(database) as asked:
            await list_actions(house.imara, house.room, keepers=KEEPERS)
        return len(asked)

    await add(1)
    assert await add(1) == await add(6)
