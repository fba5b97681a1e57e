"""The family's own door in a real browser: a code read out, the phone's lock, a lost phone."""

import re

import pytest
from playwright.async_api import expect

from tests.journeys.examined import Examined
from tests.journeys.persona import Persona

LOCK = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def served(demos):
    with demos.fresh("sqlite") as served:
        yield served


async def has_a_lock(persona: Persona) -> None:
    """Give her phone a lock of its own, which she opens whenever a page asks."""
    devtools = await persona.context.new_cdp_session(persona.page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": LOCK})


async def comes_by(persona: Persona, code: str) -> None:
    """Type a code, and read how to look safely."""
    await persona.go("/y")
    await persona.page.get_by_label("Your code").fill(code)
    await persona.press("Go on")
    heading = persona.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Is it safe to look?")


async def test_she_comes_by_a_code_and_then_by_her_phones_lock_until_it_is_lost(served, launch):
    people = launch(served)
    imara = await people.comes("imara")
    tamsin = await people.comes("tamsin", signs_in=False)
    imara.looks, tamsin.looks = Examined(), Examined()
    page = tamsin.page

    await imara.go(f"{await imara.only_room()}/people")
    await imara.press("How the family comes in")
    codes = {}
    for name in ("Juno Samplewick", "Dorran Fictonby", "Tamsin Samplewick"):
        await imara.press(f"Make a new code for {name}")
        codes[name.split()[0].lower()] = await imara.page.locator(".app-code").first.inner_text()
        await imara.press("Back", exact=True)
    await expect(imara.page.get_by_text("A code is waiting.")).to_have_count(3)
    for who in ("juno", "dorran"):
        other = await people.comes(who, signs_in=False)
        await comes_by(other, codes[who])

    await has_a_lock(tamsin)
    await tamsin.go("/y")
    await page.get_by_label("Your code").fill("1234 5678 9012")
    await tamsin.press("Go on")
    await expect(page.locator(".govuk-error-summary")).to_contain_text("This code did not work.")
    await comes_by(tamsin, codes["tamsin"])
    await page.get_by_label("How may we get in touch").fill("Text only, before 2:30pm.")
    await tamsin.press("Save and go on")
    await tamsin.press("Use the lock of this device")
    await expect(page.locator("main")).to_contain_text("Done. Next time")
    await tamsin.press("Sign out")

    await tamsin.go("/y/in")
    await tamsin.press("Come in with the lock of this device")
    await expect(page).to_have_url(re.compile("/y/home$"))
    await tamsin.press("See who looked")
    await expect(page.locator("main")).to_contain_text("Health visitor, Quillmere 0 to 19 Health")

    await imara.page.reload()
    card = imara.page.locator("section", has_text="Tamsin Samplewick")
    await expect(card).to_contain_text("Text only, before 2:30pm.")
    await imara.follow(card.get_by_role("button", name="Lost phone"))
    await tamsin.go("/y/home")
    await expect(page).to_have_url(re.compile(r"\?to=/y/home"))
    await tamsin.go("/y/in")
    await page.get_by_role("button", name="Come in with the lock of this device").click()
    await expect(page.locator(".govuk-error-summary")).to_contain_text("This did not work.")
    assert imara.looks.faults + tamsin.looks.faults == []
