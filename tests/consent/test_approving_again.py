"""An approval holds for whom it was shown to touch, not for whom people's places touch later."""

from datetime import timedelta
from typing import Any

import pytest

from consent import activating, drafting
from consent.asking_again import ask_again
from consent.effect import view_effect
from consent.foreseeing_policy import foresee_effect
from consent.how_far import HowFar
from policies import store
from policies.difference import Turn
from policies.draft import Stage, rules_of
from server.directory import store as directory
from server.directory.member import Office, Practitioner
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.errors import Conflict
from server.kernel.ids import AgencyCode
from tests.consent.officers import (
    HOMES,
    LANTERN,
    SCHOOL,
    began,
    confirmed,
    draft_of,
    officer,
    sent,
    signed,
)
from tests.consent.samplewick import Samplewick

Asked = dict[str, Any]
SIGNED = [SCHOOL, HOMES, AgencyCode("quillmere_hv"), AgencyCode("quillmere_council")]


async def shown(world: Samplewick) -> tuple[Practitioner, str, str]:
    """Who approves a signed draft without the home's clause, and what was shown to her."""
    noor = world.practitioner("noor")
    draft = await began(noor)
    home = [n for n, one in enumerate(rules_of(draft.isa)) if one.ref == "QEH/3.5"]
    for step, row in enumerate(reversed(home)):
        await drafting.take_out(noor, "QEH", draft.edition + step, row)
    await signed(await sent(noor, await draft_of(noor)), SIGNED)
    return await shown_again(world, await officer(LANTERN, Office.DPO_CALDICOTT))


async def shown_again(world: Samplewick, who: Practitioner) -> tuple[Practitioner, str, str]:
    effect = await view_effect(who, "QEH", to_approve=True)
    people = await foresee_effect(who, effect, keepers=[world.keeper], as_signed=True)
    assert people.people
    return who, effect.digest, people.how_far.written()


async def bronagh_leaves(world: Samplewick) -> None:
    """One of the few whom it touches has no place in the room any more."""
    async with writing() as tx:
        seat = await directory.find_seat(tx, world.room, world.members["bronagh"].id)
        assert seat is not None
        await directory.end_seat(tx, seat.id)


async def test_an_approval_is_refused_when_it_reaches_other_people_than_were_shown(samplewick):
    who, effect, how_far = await shown(samplewick)
    asked: Asked = {
        "effect": effect,
        "keepers": [samplewick.keeper],
        "fresh": confirmed(who),
    }
    await bronagh_leaves(samplewick)

    with pytest.raises(activating.PeopleMoved):
        await activating.approve_isa(who, "QEH", how_far=how_far, **asked)
    with pytest.raises(Conflict):
        await activating.approve_isa(who, "QEH", how_far="as it was", **asked)

    _, same, how_far = await shown_again(samplewick, who)
    assert same == effect
    await activating.approve_isa(who, "QEH", how_far=how_far, **asked)


async def test_an_approval_for_later_is_called_off_once_it_reaches_other_people(samplewick):
    who, effect, how_far = await shown(samplewick)
    keepers = [samplewick.keeper]
    later = clock.now() + timedelta(days=3)
    asked: Asked = {
        "effect": effect,
        "how_far": how_far,
        "fresh": confirmed(who),
        "at": later,
    }
    await activating.approve_isa(who, "QEH", keepers=keepers, **asked)
    assert await ask_again(keepers=keepers) == []

    await bronagh_leaves(samplewick)
    [called_off] = await ask_again(keepers=keepers)

    assert (called_off.isa, called_off.number) == ("QEH", 4)
    assert (await draft_of(samplewick.practitioner("noor"))).stage is Stage.SIGNING
    assert await ask_again(keepers=keepers) == []
    with clock.moved_to(later + timedelta(seconds=1)):
        async with reading() as tx:
            [stands] = [one for one in await store.list_in_force(tx, tx.at) if one.isa == "QEH"]
        assert stands.version == 3


def test_up_to_a_tenth_of_other_people_is_the_same_reach():
    def reach(first: int, last: int, rooms: int) -> HowFar:
        turned = [(None, f"agency_{n}", "asb", Turn.LOST) for n in range(first, last)]
        return HowFar.of(rooms, turned)

    hundred = reach(0, 100, 50)
    assert HowFar.read(hundred.written()) == hundred
    assert not hundred.has_moved_to(reach(0, 110, 55))
    assert not hundred.has_moved_to(reach(5, 105, 50))
    assert hundred.has_moved_to(reach(0, 112, 50))
    assert hundred.has_moved_to(reach(10, 110, 50))
    assert hundred.has_moved_to(reach(0, 100, 60))
    assert not reach(0, 0, 0).has_moved_to(reach(0, 0, 0))
    assert reach(0, 0, 0).has_moved_to(reach(0, 1, 1))
    many = reach(0, 20_000, 9)
    assert len(many.written()) < 3_000
    assert not many.has_moved_to(reach(0, 20_400, 9))
    assert many.has_moved_to(reach(0, 26_000, 9))
