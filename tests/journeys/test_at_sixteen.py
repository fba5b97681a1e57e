"""A sixteenth birthday in real browsers: at midnight in London he is asked himself."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from consent.family import birthday
from server.kernel import clock
from tests.journeys import opening, rows
from tests.journeys.persona import Persona

OTIS = "Otis Samplewick"
SCHOOLS = "Otis at school"
SCHOOL_ALONE = {
    "school-tansy_vale": "yes",
    "school-quillmere_hv": "no",
    "school-bramblegate": "no",
}
ASKS = {
    "imara": "Somebody of the family is 16 now",
    "otis": "You are 16 now: you decide yourself who may know what about you.",
    "tamsin": "A child you answered for has grown up and is asked themselves.",
}


@pytest.mark.long
async def test_his_mothers_yes_counts_until_he_is_sixteen_and_has_answered_himself(demos, launch):
    sixteen = clock.today() + timedelta(days=2)
    midnight = clock.london_instant(sixteen)
    with demos.fresh("sqlite") as served, clock.moved_to(midnight - timedelta(minutes=5)):
        await rows.is_born(served, OTIS, birthday(sixteen, -16))
        served.move_clock(clock.now())
        people = launch(served)
        imara, tamsin = await people.comes("imara"), await people.comes("tamsin")
        room = await imara.only_room()
        otis = await comes_by_a_code(imara, room, await people.comes("dorran", signs_in=False))
        bronagh = await people.comes("bronagh")
        at = {"imara": imara, "tamsin": tamsin, "otis": otis}

        assert await asked(at) == []
        assert await who_sees(room, tamsin, otis, bronagh) == ["tamsin", "otis", "bronagh"]

        with clock.moved_to(midnight + timedelta(seconds=1)):
            served.move_clock(clock.now())

            assert await asked(at) == list(at)
            assert await who_sees(room, tamsin, otis, bronagh) == ["tamsin", "otis", "bronagh"]

            await opening.records_agreement(
                imara,
                room,
                SCHOOL_ALONE,
                who=OTIS,
                capacity="young_person_16_17",
                about=(OTIS,),
            )

        assert await asked(at) == []
        assert await who_sees(room, tamsin, otis, bronagh) == ["otis"]
        await otis.go("/y/choices")
        await expect(otis.page.get_by_role("heading", name="Who may know what")).to_be_visible()
        await tamsin.go("/y/choices")
        await expect(tamsin.page.get_by_text("Stop all sharing")).to_be_visible()


async def comes_by_a_code(imara: Persona, room: str, otis: Persona) -> Persona:
    """Imara gives Otis a page and a code; he comes in by it."""
    await imara.go(f"{room}/people/family")
    await imara.page.get_by_label(OTIS).check()
    await imara.press("Give them a page")
    await imara.go(f"{room}/people/doors")
    await imara.press(f"Make a new code for {OTIS}")
    code = await imara.page.locator(".app-code").first.inner_text()
    await otis.go("/y")
    await otis.page.get_by_label("Your code").fill(code)
    await otis.press("Go on")
    return otis


async def asked(at: dict[str, Persona]) -> list[str]:
    """Whose first page says that somebody is 16 now."""
    said = []
    for name, persona in at.items():
        await persona.go("/home" if name == "imara" else "/y/home")
        if await persona.page.get_by_text(ASKS[name]).count():
            said.append(name)
    return said


async def who_sees(room: str, tamsin: Persona, otis: Persona, bronagh: Persona) -> list[str]:
    """Who finds what the school wrote about him in the plan."""
    plans = {
        "tamsin": (tamsin, "/y/plan?show=yes"),
        "otis": (otis, "/y/plan?show=yes"),
        "bronagh": (bronagh, f"{room}/plan"),
    }
    found = []
    for name, (persona, address) in plans.items():
        await persona.go(address)
        if SCHOOLS in await persona.headings():
            found.append(name)
    return found
