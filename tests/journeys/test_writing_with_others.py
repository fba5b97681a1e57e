"""What people expect of an editor, in real browsers and by the keyboard alone.

Rule: W3C Collaboration Tools Accessibility User Requirements; each test names those it shows.
"""

import asyncio
import re
from collections.abc import Callable

import pytest
from playwright.async_api import expect

from tests.journeys.examined import Examined
from tests.journeys.persona import Persona

pytestmark = pytest.mark.long

PART = "Otis at school"
SECRET = "Quexolm wrombad"
TABS, ARROWS = 12, 30
NAMED = """() => {
  const here = document.activeElement;
  return here.getAttribute("aria-label") || here.textContent;
}"""
KEEPS_WHAT_IS_SAID = """() => {
  window.said = [];
  const keep = () => {
    for (const region of document.querySelectorAll("[role=status].govuk-visually-hidden")) {
      if (region.textContent && window.said.at(-1) !== region.textContent) {
        window.said.push(region.textContent);
      }
    }
  };
  new MutationObserver(keep).observe(document.body, {
    subtree: true, childList: true, characterData: true,
  });
}"""


async def _opens(persona: Persona, room: str) -> None:
    await persona.go(f"{room}/plan")
    await persona.page.evaluate(KEEPS_WHAT_IS_SAID)
    await persona.write_in(PART)


async def _heard(persona: Persona, sentence: str) -> None:
    """Wait until this was said to who listens."""
    async with asyncio.timeout(20):
        while not any(sentence in one for one in await persona.page.evaluate("window.said")):
            await asyncio.sleep(0.05)


async def _goes_on_to(
    persona: Persona, key: str, is_there: Callable[[str], bool], most: int
) -> None:
    for _ in range(most):
        named = await persona.page.evaluate(NAMED)
        if is_there(named):
            return
        await persona.page.keyboard.press(key)
    pytest.fail("the keyboard does not lead there")


async def _switches(persona: Persona, name: str) -> None:
    """Press one of the writing tools by the keyboard, and come back to the text."""
    await persona.page.keyboard.press("Escape")
    await _goes_on_to(persona, "ArrowRight", lambda named: named == name, ARROWS)
    await persona.page.keyboard.press("Enter")
    await persona.page.keyboard.press("Escape")


async def test_others_near_are_said_held_back_and_found_by_the_keyboard_alone(demos, launch):
    """CTAUR REQ 1 to 5A: said, switched off, said nearby, gone to, held back."""
    with demos.fresh("sqlite") as served:
        people = launch(served)
        imara, bronagh = await asyncio.gather(people.comes("imara"), people.comes("bronagh"))
        room = await imara.only_room()
        await _opens(imara, room)
        await _opens(bronagh, room)
        hers = imara.part(PART).locator("[contenteditable=true]")
        await _heard(imara, "Bronagh Exampleton is writing here too.")
        await bronagh.page.keyboard.type(" Near you.", delay=10)
        await _heard(imara, "changed the paragraph you are in.")

        await _switches(imara, "Quiet")
        await _heard(imara, "Quiet: others’ changes wait")
        await bronagh.page.keyboard.type(" Held back.", delay=10)
        await imara.page.keyboard.type(" Mine.")
        await expect(bronagh.part(PART)).to_contain_text("Mine.")
        await expect(imara.part(PART).locator("[data-status]")).to_have_text("Saved")
        await expect(hers).not_to_contain_text("Held back.")
        await imara.page.keyboard.press("Enter")
        await expect(hers).to_contain_text("Held back.")
        await _heard(imara, "Others’ changes have come in.")

        await _goes_on_to(imara, "Tab", lambda named: "go to where Bronagh" in named, TABS)
        await imara.page.keyboard.press("Enter")
        await _heard(imara, "You are where Bronagh Exampleton is writing:")
        await expect(hers).to_be_focused()
        await imara.page.keyboard.type("@here")
        await expect(bronagh.part(PART)).to_contain_text("Held back.@here")
        await imara.page.keyboard.press("Control+z")
        await expect(hers).not_to_contain_text("@here")
        await expect(hers).to_contain_text("Held back.")  # undoing is of one's own words

        await _switches(imara, "Announce")
        await _heard(imara, "You no longer hear who comes and goes")
        await bronagh.part(PART).get_by_role("button", name="Done").click()
        await expect(imara.part(PART).locator("[data-presence]")).to_have_text("Here now: you")
        await imara.page.wait_for_timeout(3_500)  # longer than what is gathered to be said
        assert not any("has left" in one for one in await imara.page.evaluate("window.said"))


async def test_words_taken_back_leave_every_screen_and_who_was_away_keeps_her_own(demos, launch):
    """CTAUR REQ 18: what changes in the middle of writing is said, and nothing is lost silently."""
    with demos.fresh("sqlite") as served:
        people = launch(served)
        imara, bronagh, ketan = [await people.comes(who) for who in ("imara", "bronagh", "ketan")]
        room = await imara.only_room()
        await _opens(imara, room)
        await _opens(bronagh, room)
        await bronagh.page.keyboard.press("Enter")
        await bronagh.page.keyboard.type(SECRET)
        await expect(imara.part(PART)).to_contain_text(SECRET)
        await ketan.go(f"{room}/plan")
        await expect(ketan.part(PART)).to_contain_text(SECRET)
        section = await imara.part(PART).get_attribute("data-section")
        await imara.context.set_offline(True)
        await imara.page.keyboard.type(" Typed while away.")
        await expect(imara.part(PART).locator("[data-status]")).to_contain_text("Not saved")

        other = await bronagh.context.new_page()
        examined = Examined()
        bronagh.page, bronagh.looks = other, examined
        await bronagh.go(f"{room}/plan/{section}/take-back")
        await other.get_by_label(re.compile(SECRET)).check()
        await bronagh.press("See who has received it")
        await expect(other.locator("main")).to_contain_text("Imara Testwell")
        await bronagh.press("Take these words back")

        await expect(ketan.page.locator("main")).not_to_contain_text(SECRET)
        await imara.context.set_offline(False)
        kept = imara.part(PART).locator(".app-moved textarea")
        await expect(kept).to_have_value("Typed while away.")
        await expect(imara.page.locator("main")).not_to_contain_text(SECRET)
        await _heard(imara, "Words were taken back from this part")
        await expect(imara.part(PART).locator("[contenteditable=true]")).to_be_visible()
        assert examined.faults == []


async def test_versions_are_listed_compared_and_put_back_by_the_keyboard_alone(demos, launch):
    """CTAUR REQ 11 to 13: what came and went is told in words, not by colour."""
    with demos.fresh("sqlite") as served:
        imara = await launch(served).comes("imara")
        imara.looks = examined = Examined()
        room = await imara.only_room()
        await imara.go(f"{room}/plan")
        section = await imara.part(PART).get_attribute("data-section")
        await imara.go(f"{room}/plan/{section}/versions")
        await _goes_on_to(imara, "Tab", lambda named: named.strip() == "Compare", 40)
        async with imara.page.expect_navigation():
            await imara.page.keyboard.press("Enter")
        await examined(imara)
        await expect(imara.page.locator("ins").first).to_contain_text("[added: ")
        await imara.go(f"{room}/plan/{section}/versions/1")
        await _goes_on_to(imara, "Tab", lambda named: named.strip() == "Put this version back", 40)
        async with imara.page.expect_navigation():
            await imara.page.keyboard.press("Enter")

        await expect(imara.page.locator(".govuk-notification-banner")).to_contain_text("Put back.")
        assert examined.faults == []
