"""Deciding to share without agreement: open on a screen at once, and gone when it is challenged."""

from datetime import timedelta

from playwright.async_api import expect

from server.kernel import clock
from tests.journeys.examined import Examined
from tests.journeys.persona import Persona

WORRY = "A worry about Otis"


async def test_a_decision_opens_on_an_open_screen_and_a_challenge_closes_it(demos, launch):
    with demos.fresh("sqlite") as served:
        people = launch(served)
        imara, bronagh, noor = [await people.comes(who) for who in ("imara", "bronagh", "noor")]
        room = await imara.only_room()
        await _writes_it_down(imara, room)
        await bronagh.go(f"{room}/plan")
        assert WORRY not in await bronagh.headings()
        for persona in (imara, noor):
            persona.looks = Examined()

        await _decides(imara, room)

        await expect(bronagh.page.get_by_role("heading", name=WORRY)).to_be_visible()
        await _challenges(noor)
        await expect(bronagh.page.get_by_role("heading", name=WORRY)).to_have_count(0)
        await imara.go(f"{room}/decisions")
        await expect(imara.page.locator("main")).to_contain_text("Ask her mother first")
        for persona in (imara, noor):
            assert isinstance(persona.looks, Examined)
            assert persona.looks.faults == []


async def _writes_it_down(imara: Persona, room: str) -> None:
    page = imara.page
    await imara.go(f"{room}/plan/new")
    await page.locator("input[name=under][value=worried_about]").check()
    await page.locator("#heading").fill(WORRY)
    await page.get_by_label("Otis Samplewick").check()
    await page.locator("input[name=categories][value=safeguarding_concern]").check()
    await page.locator("input[name=for][value=everybody]").check()
    await page.locator("#words").fill("He came without a coat three days running.")
    await imara.press("See who will see this")
    await imara.press("Add this part")


async def _decides(imara: Persona, room: str) -> None:
    page = imara.page
    await imara.go(f"{room}/plan")
    await imara.follow(page.locator("a[href$='/access']").first)
    await imara.press("Decisions about sharing", exact=True)
    await imara.press("Decide about sharing", exact=True)
    await imara.press("See what this does")
    await page.get_by_label("Otis Samplewick").check()
    await page.get_by_label(WORRY, exact=True).check()
    await page.get_by_label("Bronagh Exampleton, Health visitor").check()
    for name, value in (
        ("way", "here"),
        ("purpose", "safeguard"),
        ("legal_ground", "public_task"),
        ("duty", "no"),
        ("lawful_basis", "public_task"),
        ("condition", "safeguarding"),
        ("asked_as", "unsafe"),
        ("told_as", "told"),
    ):
        await page.locator(f"input[name={name}][value={value}]").check()
    for name in ("why", "proportion", "asked"):
        await page.locator(f"#{name}").fill("Somebody must look after him this week.")
    last_day = clock.today() + timedelta(days=14)
    for part in ("day", "month", "year"):
        await page.locator(f"#last_day-{part}").fill(str(getattr(last_day, part)))
    await imara.press("See what this does")
    await expect(page.locator("main")).to_contain_text(f": {WORRY}")
    await imara.press("Record this decision")


async def _challenges(noor: Persona) -> None:
    await noor.press("Decisions to review")
    await noor.press("Shared in this room, room 7K4P")
    await expect(noor.page.locator("main")).not_to_contain_text(WORRY)
    await noor.press("Record my review")
    await noor.page.get_by_label("No, I challenge it.").check()
    await noor.page.locator("#words").fill("Ask her mother first")
    await noor.press("Record my review")
    await expect(noor.page.locator("main")).to_contain_text("Nothing waiting.")
