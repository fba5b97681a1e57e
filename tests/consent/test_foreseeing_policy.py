"""What a draft of an agreement would do: to whom, in how many rooms, and what ends when."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from consent import drafting, judging
from consent.effect import view_effect
from consent.forecasting import forecast
from consent.foreseeing_policy import Touched, foresee_effect, foresee_isa
from consent.gathering import everybody, see_room, with_answers
from consent.replaying import replay_open
from policies import packs, revision, store, supposing
from policies.act import Act
from policies.decision import Denied
from policies.difference import Turn
from policies.draft import rules_of
from policies.isa import Isa, Party, PartyState
from server.audit.search import Filter
from server.directory import store as directory
from server.directory.member import Office
from server.directory.team import TeamState
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import AgencyCode
from tests.consent.acts import entries
from tests.consent.officers import (
    HEALTH,
    LANTERN,
    SCHOOL,
    began,
    draft_of,
    officer,
    sent,
    signed,
)
from tests.consent.samplewick import Samplewick


async def draft(*exchanged: tuple[str, str], without: str = "") -> Isa:
    """The agreement in force as a draft, with words exchanged or a clause left out."""
    async with reading() as tx:
        held = await store.get_isa(tx, "QEH", 3)
    text = packs.find_pack("qeh_3")
    for old, new in exchanged:
        assert old in text
        text = text.replace(old, new)
    rows = [row for row in text.splitlines() if not (without and row.startswith(f"{without},"))]
    isa = packs.read_pack(
        "\n".join(rows), starts=held.starts, ends=held.ends, review_on=held.review_on
    )
    return replace(isa, version=4)


async def effect(world: Samplewick, isa: Isa):
    return await foresee_isa(world.members["noor"], isa, keepers=[world.keeper])


def told(people: tuple[Touched, ...]) -> set[tuple[str, str, Turn]]:
    return {(one.name, one.category, one.turn) for one in people if "view" in one.verbs}


async def really(world: Samplewick, isa: Isa) -> set[tuple[str, str, Turn]]:
    """Who would gain or lose the sight of which part, asked as the gate asks, part by part."""
    matrices = await revision.compile_isa(isa)
    async with reading() as tx:
        old, new = await supposing.suppose(tx, isa, matrices, tx.at)
        seen = await with_answers(tx, await see_room(tx, world.room), world.room)
        found = set()
        for asker in await everybody(tx, seen):
            for label in world.keeper.kept.values():
                was, is_now = (
                    judging.is_open(book, seen.facts, asker, Act.OPEN_SECTION, label)
                    for book in (old, new)
                )
                if was != is_now:
                    turn = Turn.GAINED if is_now else Turn.LOST
                    name = "" if asker.agency == "family" else asker.member.name
                    found |= {(name, category, turn) for category in label.categories}
    return found


async def test_a_clause_taken_out_tells_who_loses_what(samplewick):
    isa = await draft(without="QEH/3.5")

    seen = await effect(samplewick, isa)

    assert seen.difference.is_narrowing
    assert told(seen.people) == await really(samplewick, isa) != set()
    assert {one.category for one in seen.people} == {"housing_tenancy"}
    assert seen.rooms == 1
    people, agencies = seen.how_many(Turn.LOST)
    assert people >= agencies >= 2
    assert seen.how_many(Turn.GAINED) == (0, 0)
    assert "Leona Sampleford" not in {one.name for one in seen.people}


@pytest.mark.parametrize(
    "exchanged",
    [
        ("grp_seat:sec_housing,asb", "grp_seat:sec_housing grp_seat:sec_health,asb"),
        ("identity_contact,plan deliver review,view,standing", "identity_contact,plan,view,agreed"),
        ("mental_health_adult,plan deliver,view download,agreed,named", "mental_health_adult,plan deliver,view download,standing,named"),  # noqa: E501
        ("any:sec_police,cat_health_all", "any:sec_agencies,cat_health_all"),
    ],
    ids=["more recipients", "another ground", "without the family's yes", "a wider no"],
)  # fmt: skip
async def test_nobody_gains_or_loses_who_is_not_told_of(samplewick, exchanged):
    isa = await draft(exchanged)

    seen = await effect(samplewick, isa)

    assert await really(samplewick, isa) <= told(seen.people)
    assert bool(seen.people) == bool(await really(samplewick, isa))


async def test_the_look_is_the_officers_alone_and_recorded(samplewick):
    isa = await draft(without="QEH/3.5")

    with pytest.raises(Denied):
        await foresee_isa(samplewick.members["imara"], isa, keepers=[samplewick.keeper])
    with pytest.raises(Denied):
        await forecast(samplewick.members["imara"])
    await effect(samplewick, isa)

    kinds = Counter(one.kind for one in await entries(Filter(agency=None)))
    assert kinds["policy:foresee-refused"] >= 1
    assert kinds["policy:foreseen"] == 1


async def test_nothing_of_a_room_that_is_not_open_is_counted(samplewick):
    async with writing() as tx:
        await directory.set_team_state(tx, samplewick.room, TeamState.CLOSED)

    seen = await effect(samplewick, await draft(without="QEH/3.5"))

    assert seen.difference.changes
    assert (seen.people, seen.rooms) == ((), 0)


async def test_officers_see_people_as_far_as_they_may_know(samplewick):
    noor = samplewick.practitioner("noor")
    draft = await began(noor)
    home = [n for n, one in enumerate(rules_of(draft.isa)) if one.ref == "QEH/3.5"]
    for step, row in enumerate(reversed(home)):
        await drafting.take_out(noor, "QEH", draft.edition + step, row)
    draft = await sent(noor, await draft_of(noor))
    shown = {}
    school = await officer(SCHOOL, Office.DPO_CALDICOTT)
    for who in (noor, school, samplewick.practitioner("tegan")):
        told = await view_effect(who, "QEH")
        seen = await foresee_effect(who, told, keepers=[samplewick.keeper], as_signed=False)
        assert seen.how_many(Turn.LOST) == (2, 2)
        assert seen.how_many(Turn.GAINED) == (0, 0)
        shown[who.agency] = {one.name for one in seen.shown}
    assert shown[noor.agency] == {"Imara Testwell", "Bronagh Exampleton"}
    assert shown[SCHOOL] == {"Imara Testwell"}
    assert shown[LANTERN] == set()
    with pytest.raises(Denied):
        await foresee_effect(
            samplewick.practitioner("imara"), told, keepers=[samplewick.keeper], as_signed=False
        )

    await signed(draft, [SCHOOL, HEALTH])
    told = await view_effect(noor, "QEH")
    seen = await foresee_effect(noor, told, keepers=[samplewick.keeper], as_signed=True)
    lost = {one.name for one in seen.people if one.turn is Turn.LOST}
    assert "Leona Mockingham" in lost
    done = await replay_open(noor, "QEH")
    assert done.decisions == done.same + len(done.differ)


async def test_the_forecast_tells_which_rooms_lose_whom_on_which_day(samplewick):
    leaves = clock.now() + timedelta(days=20)
    async with writing() as tx:
        isa = await store.get_isa(tx, "QEH", 3)
        await store.add_party(
            tx, "QEH", Party(AgencyCode("bramblegate"), PartyState.WITHDRAWN, leaves)
        )
        await revision.put_in_force(tx, isa)
        team = await directory.get_team(tx, samplewick.room)

    [soon] = await forecast(samplewick.members["noor"])

    assert (soon.day, soon.rooms) == (clock.london_day(leaves), (team.reference,))
    assert soon.agency == "Bramblegate Homes"
    assert not soon.forbidden_no_more
    assert await forecast(samplewick.members["noor"], timedelta(days=10)) == ()


async def test_at_the_end_of_an_agreement_every_party_is_told_of(samplewick):
    async with reading() as tx:
        isa = await store.get_isa(tx, "QEH", 3)

    ends = await forecast(samplewick.members["noor"], timedelta(days=400))

    assert {one.day for one in ends} == {isa.ends}
    assert len(ends) == 6
