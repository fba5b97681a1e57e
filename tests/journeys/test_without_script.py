"""Everything but live typing works in a browser that runs no script."""

import re

import pytest
from playwright.async_api import expect

from server.demo import papers
from tests.journeys import opening


@pytest.fixture
def served(demos):
    with demos.fresh("sqlite") as served:
        yield served


async def test_a_room_is_opened_agreed_and_filled_without_script(served, launch):
    people = launch(served)
    imara = await people.comes("imara", java_script_enabled=False)
    bronagh = await people.comes("bronagh", java_script_enabled=False)
    page = imara.page

    room = await opening.opens_a_room(imara)
    assert await opening.records_agreement(imara, room) == [0, 0, 0]
    await opening.checks_an_invitation(imara, room, "Bronagh Exampleton")
    await imara.press("Send the invitation")
    await bronagh.go(room)
    await bronagh.go(f"{room}/people")
    await expect(bronagh.page.locator("main")).to_contain_text("Bronagh Exampleton (you)")

    await imara.go(f"{room}/plan/new")
    await page.locator("input[name=under][value=working_well]").check()
    await page.locator("#heading").fill("Mornings")
    await page.get_by_label("Tib Exampleby").check()
    await page.locator("input[name=categories][value=family_relationships]").check()
    await page.locator("#words").fill("Breakfast together, every day.")
    await imara.press("See who will see this")
    await imara.press("Add this part")
    await bronagh.go(f"{room}/plan")
    await expect(bronagh.part("Mornings")).to_contain_text("Breakfast together, every day.")
    await expect(bronagh.part("Mornings").locator("[data-write]")).to_be_hidden()

    await imara.go(f"{room}/actions/new")
    await imara.press("Mornings", exact=True)
    await page.locator("#what").fill("Ring the breakfast club")
    await page.get_by_label(re.compile("Imara Testwell")).check()
    for part, value in (("day", "27"), ("month", "6"), ("year", "2027")):
        await page.locator(f"input[name=due-{part}]").fill(value)
    await imara.press("Add the action")
    await page.get_by_label("It is done").check()
    await imara.press("Save")
    await expect(page.locator("main .govuk-tag").first).to_have_text("Done")


async def test_a_file_is_added_and_read_without_script(served, launch):
    people = launch(served)
    bronagh = await people.comes("bronagh", java_script_enabled=False)
    room, page = await bronagh.only_room(), bronagh.page
    letter = papers.pdf("Speech letter", ["Pip says owl."])

    await bronagh.go(f"{room}/documents/new")
    await page.get_by_label("Pip Samplewick").check()
    await page.locator("#category").select_option("health_development")
    await page.locator("input[name=purpose][value=plan]").check()
    await page.locator("input[name=audience][value=everybody]").check()
    await bronagh.press("See who will read it")
    await page.locator("input[type=file]").set_input_files(
        {"name": "Speech letter.pdf", "mimeType": "application/pdf", "buffer": letter}
    )
    await bronagh.press("Add the document")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Speech letter.pdf")
    async with page.expect_download() as waiting:
        await (
            page.get_by_role("button", name="Take a copy")
            .or_(page.get_by_role("link", name="Take a copy"))
            .first.click()
        )
    taken = await (await waiting.value).path()
    assert taken.read_bytes() == letter


async def test_sharing_is_stopped_and_the_question_answered_without_script(served, launch):
    people = launch(served)
    tamsin = await people.comes("tamsin", java_script_enabled=False)
    leona = await people.comes("leona", java_script_enabled=False)
    imara = await people.comes("imara", java_script_enabled=False)
    room = await leona.only_room()

    await tamsin.go("/y/choices")
    await tamsin.press("Stop some sharing")
    await tamsin.page.get_by_label("Family life").check()
    await tamsin.page.get_by_label("Bramblegate Homes").check()
    await tamsin.press("See what changes")
    await tamsin.press("Stop now")
    await expect(tamsin.page.locator("main")).to_contain_text("It has stopped.")

    await leona.go(f"{room}/plan")
    assert "What is working well" not in await leona.headings()
    assert "Home and repairs" in await leona.headings()
    await imara.go(f"{room}/agreement")
    await imara.page.get_by_label("No", exact=True).check()
    await imara.page.get_by_label("Why do you think so?").fill("Nothing has changed for them.")
    await imara.press("Record my answer")
    await expect(imara.page.locator("main")).to_contain_text("Your answer is recorded.")


async def test_the_officer_searches_the_log_without_script(served, launch):
    noor = await launch(served).comes("noor", java_script_enabled=False)
    await noor.go("/log")
    await noor.page.locator("main summary").first.click()
    await noor.page.locator("#outcome").select_option(label="Refused")
    await noor.press("Search")
    outcomes = await noor.page.locator('tbody td[data-label="Outcome"]').all_inner_texts()
    assert set(outcomes) == {"Refused"}
    await noor.go("/log/check")
    await expect(noor.page.locator("main")).to_contain_text("The log is whole")
