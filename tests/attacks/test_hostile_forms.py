"""What somebody sends past the form is refused with a sentence, and breaks nothing."""

import pytest

from actions.assigning import assign
from actions.viewing import view_action
from consent import gate
from consent.recording_family import FamilyForm, PersonForm
from consent.withdrawing import record_confirmation
from policies.act import Act
from policies.decision import Denied
from rooms.inviting import seat_family_member
from rooms.opening import open_room
from server.kernel.database import writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import AgencyCode
from tests.attacks.test_unknown_things import _assignment
from tests.fakes.family_room import KEEPERS
from tests.fakes.laid_family_room import database_url, house, laid

__all__ = ["database_url", "house", "laid"]

LONG_WITHOUT_CASE = "\u0390" * 200
"""A letter that becomes three where case is left out."""


@pytest.mark.parametrize("relation", ["", "x" * 65, "step parent", "mother\u202e"])
async def test_a_relation_that_no_form_offers_is_refused(house, relation):
    form = FamilyForm((PersonForm("Otis Samplewick", relation=relation),))

    with pytest.raises(Invalid) as wrong:
        await open_room(house.bronagh, form)

    assert list(wrong.value.faults) == ["people-0-relation"]


async def test_a_name_that_grows_without_its_case_is_kept_all_the_same(house):
    form = FamilyForm((PersonForm(LONG_WITHOUT_CASE),))

    assert await open_room(house.bronagh, form) is not None


async def test_nobody_confirms_for_an_organisation_that_lost_nothing(house):
    await house.stop("family_life", "bramblegate")

    for agency in ("quillmere_police", "lantern_thread", "no_such_agency"):
        with pytest.raises(Conflict):
            await record_confirmation(
                house.imara, house.room, house.people["Tamsin"], agency=AgencyCode(agency)
            )
    await record_confirmation(
        house.imara, house.room, house.people["Tamsin"], agency=AgencyCode("bramblegate")
    )


async def test_an_empty_list_without_policies_is_a_no_and_no_fault(house, monkeypatch):
    async def broken(*_anything):
        raise RuntimeError

    monkeypatch.setattr(gate, "book_for", broken)
    with pytest.raises(Denied):
        async with writing() as tx:
            await gate.sift(tx, house.imara, Act.LIST_ACTIONS, [])


async def test_one_of_the_family_is_not_named_to_another_by_an_action(house):
    otis = await seat_family_member(house.imara, house.room, house.people["Otis"], keepers=KEEPERS)
    part = await house.add_section(house.imara, "Otis at school")
    action = await assign(house.imara, house.room, _assignment(part, otis), keepers=KEEPERS)

    for_tamsin, _ = await view_action(house.tamsin, house.room, action, keepers=KEEPERS)
    for_imara, _ = await view_action(house.imara, house.room, action, keepers=KEEPERS)

    assert (for_tamsin.owner.name, for_imara.owner.name) == ("Somebody else", "Otis Samplewick")
