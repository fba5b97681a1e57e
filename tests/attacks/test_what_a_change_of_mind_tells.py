"""T-13: that somebody of the family changed her mind is told to those it concerns, and the lead."""

from consent.viewing import view_agreement
from tests.attacks.test_what_a_family_page_hears import heard, live_pages, until_heard
from tests.fakes.laid_family_room import database_url, house, laid

__all__ = ["database_url", "house", "laid"]


async def test_a_stop_for_one_organisation_rings_for_it_and_the_lead_and_for_nobody_else(house):
    who = (house.imara, house.gethin, house.bronagh, house.leona)
    async with live_pages(house, *who) as (imara, gethin, bronagh, leona):
        await house.stop("safety_nearby", "quillmere_police")
        await until_heard(imara, "access")
        await until_heard(gethin, "access")

        assert await heard(bronagh) == []
        assert await heard(leona) == []


async def test_a_stop_for_one_organisation_changes_nothing_of_what_another_is_shown(house):
    before = await view_agreement(house.bronagh, house.room)

    await house.stop("safety_nearby", "quillmere_police")

    assert await view_agreement(house.bronagh, house.room) == before
    assert len(before) == 1
    assert await view_agreement(house.gethin, house.room) == []
