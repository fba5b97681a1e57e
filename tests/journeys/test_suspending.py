"""An organisation suspends its part of the sharing agreement while two people type."""

import asyncio

from playwright.async_api import expect

from tests.journeys.live_line import opens
from tests.journeys.persona import Persona

SCHOOLS = "Otis at school"
OWN = "Pip's health and growth"


async def test_a_party_is_suspended_while_two_people_type_and_nothing_is_lost(demos, launch):
    with demos.fresh("sqlite") as served:
        people = launch(served)
        imara, bronagh, isolde = await asyncio.gather(
            *(people.comes(code) for code in ("imara", "bronagh", "isolde"))
        )
        room = await bronagh.only_room()
        await asyncio.gather(*(one.go(f"{room}/plan") for one in (imara, bronagh)))
        section = await bronagh.part(SCHOOLS).get_attribute("data-section")
        await _types(imara, SCHOOLS, " Larkword from the school.")
        await _types(bronagh, SCHOOLS, " Finchword from health.")
        await expect(imara.part(SCHOOLS)).to_contain_text("Finchword from health.")
        await expect(bronagh.part(SCHOOLS)).to_contain_text("Larkword from the school.")
        await isolde.go("/agreements/QEH/sign")

        await isolde.press("Suspend our part")

        alert = bronagh.page.get_by_role("alert")
        await expect(alert).to_contain_text("What you can see in this room has changed.")
        await expect(bronagh.part(SCHOOLS)).to_have_count(0)
        await expect(imara.part(OWN)).to_have_count(0)
        told_before = len(bronagh.frames)
        await _goes_on(imara, SCHOOLS, " Wrenword afterwards.")
        await _types(bronagh, OWN, " Robinword of her own.")
        assert section is not None
        assert not any(section.encode() in told for told in bronagh.frames[told_before:])
        assert await opens(bronagh, room, section) is None
        assert (await bronagh.fetch(f"{room}/plan/{section}"))[0] == 404

        await asyncio.gather(*(one.go(f"{room}/plan") for one in (imara, bronagh)))
        for words in (
            "Larkword from the school.",
            "Finchword from health.",
            "Wrenword afterwards.",
        ):
            await expect(imara.part(SCHOOLS)).to_contain_text(words)
        await expect(bronagh.part(OWN)).to_contain_text("Robinword of her own.")
        assert SCHOOLS not in await bronagh.headings()
        await bronagh.settled()
        assert not any(b"Wrenword" in part for part in bronagh.got)


async def _types(persona: Persona, heading: str, words: str) -> None:
    await persona.write_in(heading)
    await _goes_on(persona, heading, words)


async def _goes_on(persona: Persona, heading: str, words: str) -> None:
    part = persona.part(heading)
    await part.locator("[contenteditable=true]").press("Control+End")
    await persona.page.keyboard.type(words)
    await expect(part.locator("[data-status]")).to_have_text("Saved")
