"""The demo family's table: who may see and change which part of the plan, cell by cell."""

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.act import Act
from policies.facts import Label
from server.directory import store as directory
from server.directory.team import Role, Seat
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.ids import AgencyCode, SeatId, new_id
from tests.consent.acts import ask, hold, sift, stop
from tests.consent.samplewick import ORDINARY, Samplewick

WHO = ("imara", "bronagh", "ketan", "leona", "gethin", "tamsin", "juno", "dorran")
DAY_D = """
S1  E V V V - V - -
S2  E E E V - V V -
S3  E E E - - V - -
S4  V E E - - V - -
S5  V E - - - V - -
S6  V V - E - V - -
S7  E V - - - V - -
S8  V - - V E V - -
S9  V - E - - - V -
S10 E - E - - V V -
S11 E V - V - V - -
S12 E E E V - V V -
S13 E - - - - V - V
S14 V V - - E - - -
S15 E E E - - V - -
"""


def expected() -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in DAY_D.strip().splitlines())


async def table(world: Samplewick) -> dict[str, str]:
    """What everybody may do live with every part, as the demo's table writes it."""
    rows: dict[str, list[str]] = {part: [] for part in world.keeper.kept}
    for who in WHO:
        held = await hold(world, who)
        for part, label in world.keeper.kept.items():
            may_edit = held.allows(Act.EDIT_SECTION, label.thing)
            may_see = held.allows(Act.OPEN_SECTION, label.thing)
            rows[part].append("E" if may_edit else "V" if may_see else "-")
    return {part: " ".join(cells) for part, cells in rows.items()}


def _column(rows: dict[str, str], who: str) -> dict[str, str]:
    return {part: cells.split()[WHO.index(who)] for part, cells in rows.items()}


async def test_everybody_sees_and_changes_just_what_the_demo_says(samplewick):
    await stop(samplewick, "money", recorded_by="imara")

    assert await table(samplewick) == expected()


async def test_before_the_withdrawal_housing_saw_money_and_nothing_else_differed(samplewick):
    before = await table(samplewick)

    assert before == expected() | {"S7": "E V - V - V - -"}


async def test_each_single_act_is_decided_as_the_live_table_says(samplewick):
    await stop(samplewick, "money", recorded_by="imara")

    cells = {
        part: " ".join([await _cell(samplewick, who, label) for who in WHO])
        for part, label in samplewick.keeper.kept.items()
    }

    assert cells == expected()


async def _cell(world: Samplewick, who: str, label: Label) -> str:
    may_see = (await ask(world.members[who], Act.OPEN_SECTION, label)).allowed
    may_edit = (await ask(world.members[who], Act.EDIT_SECTION, label)).allowed
    return "E" if may_edit else "V" if may_see else "-"


async def test_stopping_family_life_for_housing_takes_three_parts_and_leaves_its_own(samplewick):
    await stop(samplewick, "money", recorded_by="imara")
    before = await table(samplewick)

    await stop(samplewick, "family_life")

    after = await table(samplewick)
    assert {part for part in before if before[part] != after[part]} == {"S1", "S2", "S12"}
    assert _column(after, "leona")["S6"] == "E"
    lost = {part for part, cell in _column(after, "leona").items() if cell == "-"}
    assert {"S1", "S2", "S12"} < lost


@pytest.mark.parametrize("who", ["saskia", "noor", "ada", "yusuf", "perrin"])
async def test_without_a_place_nobody_sees_or_changes_anything(samplewick, who):
    held = await hold(samplewick, who)

    assert held.things == {}
    for label in samplewick.keeper.kept.values():
        assert not (await ask(samplewick.members[who], Act.OPEN_SECTION, label)).allowed
    assert (
        await sift(samplewick.members[who], Act.LIST_SECTIONS, samplewick.keeper.kept.values())
        == []
    )


async def test_a_place_opens_nothing_to_somebody_whose_organisation_has_not_signed(samplewick):
    saskia = samplewick.members["saskia"]
    async with writing() as tx:
        seat = Seat(
            SeatId(new_id()),
            samplewick.room,
            saskia.id,
            saskia.agency,
            Role.TAC_MEMBER,
            ORDINARY,
            tx.at,
        )
        await directory.add_seat(tx, seat)

    # The family agreed that she may know of family life; her organisation has signed nothing.
    held = await hold(samplewick, "saskia")

    assert held.things == {}


async def test_nobody_is_served_by_a_place_that_was_given_to_another_organisations_person(
    samplewick,
):
    moved = replace(samplewick.practitioner("bronagh"), agency=AgencyCode("quillmere_police"))

    decision = await ask(moved, Act.OPEN_SECTION, samplewick.label("S14"))

    assert (decision.allowed, decision.why) == (False, "GUARD-MEMBER")


async def test_what_was_agreed_lapses_at_the_end_of_its_review_day(samplewick):
    with clock.moved_to(clock.now() + timedelta(days=157)):
        after = await table(samplewick)

    # What is left is each organisation's own, what was decided, and the family's own page.
    assert _column(after, "leona") == {
        part: "E" if part == "S6" else "-" for part in samplewick.keeper.kept
    }
    assert _column(after, "tamsin")["S3"] == "V"


async def test_the_children_s_own_words_are_changed_by_nobody_else_of_the_school(samplewick):
    perrin = samplewick.members["perrin"]
    async with writing() as tx:
        seat = Seat(
            SeatId(new_id()),
            samplewick.room,
            perrin.id,
            perrin.agency,
            Role.TAC_MEMBER,
            ORDINARY,
            tx.at,
        )
        await directory.add_seat(tx, seat)
    named = replace(samplewick.label("S1"), named=frozenset({perrin.id}))

    seen = await ask(perrin, Act.OPEN_SECTION, named)
    changed = await ask(perrin, Act.EDIT_SECTION, named)

    assert seen.allowed
    assert (changed.allowed, changed.why) == (False, "GUARD-CHILDS-OWN-WORDS")


async def test_dorran_sees_one_part_and_learns_of_no_other_grown_up(samplewick):
    dorran = samplewick.members["dorran"]

    shown = await sift(dorran, Act.LIST_SECTIONS, samplewick.keeper.kept.values())

    assert shown == [samplewick.label("S13")]
