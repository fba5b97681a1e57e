"""How a lead opens a room, records what the family agreed, and invites: page by page.

Everything is done by fields, buttons and links alone, so it is the same with and without script.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from playwright.async_api import Page

from server.kernel import clock
from tests.journeys.persona import Persona

GROWN_UP, CHILD = "Mab Exampleby", "Tib Exampleby"
"""Another made-up family: a mother and a child of six."""

TELLS_HEALTH = {
    "school-tansy_vale": "yes",
    "school-quillmere_hv": "yes",
    "school-bramblegate": "no",
    "family_life-tansy_vale": "yes",
    "family_life-quillmere_hv": "yes",
    "family_life-bramblegate": "no",
    "home-quillmere_hv": "ask_me",
}
BY_HER = {"who": GROWN_UP, "capacity": "parent_with_pr", "about": (GROWN_UP, CHILD)}
ASKED_ABOUT = ("tansy_vale", "quillmere_hv", "bramblegate", "lantern_thread")


async def opens_a_room(lead: Persona) -> str:
    """From my rooms to a room that waits for its family: its address."""
    page = lead.page
    await lead.go("/rooms")
    await lead.press("Open a new room")
    await fill_people(lead)
    await lead.press("Ask", exact=True)
    await lead.press("Go on")
    await page.locator("#people-1-reach").fill("Text only, 07700 900123")
    await lead.follow(page.locator("button[name=press][value=who]:not([aria-hidden])"))
    await page.get_by_label(CHILD).check()
    await lead.press("Save and wait for the family")
    await page.wait_for_url(re.compile("/waiting$"))
    return page.url.removeprefix(lead.origin).removesuffix("/waiting")


async def fill_people(lead: Persona) -> None:
    """Name the child, and on a second row the mother."""
    page = lead.page
    born = clock.today() - timedelta(days=6 * 366)
    await page.locator("#people-0-name").fill(CHILD)
    for part in ("day", "month", "year"):
        await page.locator(f"input[name=people-0-born-{part}]").fill(str(getattr(born, part)))
    await lead.press("Add another person")
    await page.locator("#people-1-name").fill(GROWN_UP)


async def records_agreement(
    lead: Persona, room: str, answers: Mapping[str, str] = TELLS_HEALTH, **by: Any
) -> list[int]:
    """Fill the four steps and save; how many boxes stood ticked on each beforehand."""
    page = lead.page
    await lead.go(f"{room}/agreement/new")
    ticked = [await _ticked(page)]
    await _who(page, **{**BY_HER, **by})
    await lead.press("Go on")
    ticked.append(await _ticked(page))
    for field, value in answers.items():
        await page.locator(f'input[name="answers-{field}"][value="{value}"]').check()
    await lead.press("Go on")
    ticked.append(await _ticked(page))
    await _telling(page)
    await lead.press("Read it back")
    await lead.press("It was read back and is right: save")
    return ticked


async def _who(page: Page, *, who: str, capacity: str, about: Iterable[str]) -> None:
    await page.get_by_role("group", name="Who answered?").get_by_label(who).check()
    await page.locator(f'input[name=capacity][value="{capacity}"]').check()
    asked = page.get_by_role("group", name="About whom did they answer?")
    for name in about:
        await asked.get_by_label(name).check()
    for box in await page.locator("input[name=explained]").all():
        await box.check()
    await page.locator("input[name=engaged][value=yes]").check()
    for code in ASKED_ABOUT:
        await page.locator(f'input[name=organisations][value="{code}"]').check()


async def _telling(page: Page) -> None:
    await page.locator("#own_words").fill("Help with the mornings. Nobody rings me at work.")
    await page.locator("input[name=how][value=in_person]").check()
    days = {"given_at": clock.today(), "review_on": clock.today() + timedelta(days=150)}
    for field, day in days.items():
        for part in ("day", "month", "year"):
            await page.locator(f"input[name={field}-{part}]").fill(str(getattr(day, part)))


async def _ticked(page: Page) -> int:
    return await page.locator("input[type=radio]:checked, input[type=checkbox]:checked").count()


async def checks_an_invitation(lead: Persona, room: str, name: str) -> str:
    """Choose a colleague and have the invitation checked; what the page says, nothing sent yet."""
    await lead.go(f"{room}/people/invite")
    await lead.page.get_by_label(name).check()
    await lead.press("Check, without sending")
    return await lead.page.locator("main").inner_text()
