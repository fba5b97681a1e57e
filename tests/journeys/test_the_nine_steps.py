"""The nine steps of the story, in several real browsers side by side, on both stores."""

import asyncio
import re

from playwright.async_api import expect

from server.demo import papers
from tests.journeys import rows
from tests.journeys.persona import PATIENCE_MS


async def test_1_the_organisation_comes_from_the_sign_in_service_and_its_claim(shared_demo, launch):
    people = launch(shared_demo)
    imara = await people.comes("imara", signs_in=False)
    await imara.go("/")
    await imara.press("Sign in with your work account")
    await imara.page.get_by_label("What is your work email address?").fill(
        "imara@tansyvale.example"
    )
    await imara.press("Continue")
    await imara.page.get_by_role("link", name="Imara Testwell").click()
    await expect(imara.page.locator(".app-signed-in")).to_contain_text(
        "Signed in as Imara Testwell, Tansy Vale School"
    )

    # Both sign in by one service; what its claim says places them in two organisations.
    bronagh, ketan = await asyncio.gather(people.comes("bronagh"), people.comes("ketan"))
    await expect(bronagh.page.locator(".app-signed-in")).to_contain_text("health visitors")
    await expect(ketan.page.locator(".app-signed-in")).to_contain_text("school nurses")

    wren = await people.comes("wren")
    await expect(wren.page.get_by_role("heading", level=1)).to_have_text(
        "You have not been set up yet"
    )
    await wren.page.goto(wren.origin + "/rooms")
    await expect(wren.page.get_by_text("Sign in with your work account")).to_be_visible()


async def test_4_two_write_at_once_and_nothing_of_either_is_lost(fresh_demo, launch):
    people = launch(fresh_demo)
    imara, bronagh = await asyncio.gather(people.comes("imara"), people.comes("bronagh"))
    room = await imara.only_room()
    await asyncio.gather(imara.go(f"{room}/plan"), bronagh.go(f"{room}/plan"))
    section = await imara.part("Otis at school").get_attribute("data-section")
    assert section is not None
    before = await rows.last_change(fresh_demo, section)
    await expect(imara.part("Otis at school").locator("summary")).to_have_text(
        re.compile("people in . organisations will see this")
    )
    hers, theirs = await asyncio.gather(
        imara.write_in("Otis at school"), bronagh.write_in("Otis at school")
    )

    await imara.page.keyboard.press("Control+End")
    await bronagh.page.keyboard.press("Control+Home")
    await asyncio.gather(
        imara.page.keyboard.type(" He came every day this week.", delay=15),
        bronagh.page.keyboard.type("Pip waves to him at the gate. ", delay=15),
    )

    for words in (hers, theirs):
        await expect(words).to_contain_text("He came every day this week.")
        await expect(words).to_contain_text("Pip waves to him at the gate.")
    await _become_the_same(hers, theirs)
    caret = hers.locator('.app-caret__label[data-name="Bronagh Exampleton"]')
    await expect(caret).to_have_count(1)
    await expect(imara.part("Otis at school").locator("[data-presence]")).to_contain_text(
        "Bronagh Exampleton"
    )
    for persona in (imara, bronagh):
        await expect(_saying(persona)).to_have_text("Saved")
    # What is called saved is durable: who comes now reads it from the store.
    ketan = await people.comes("ketan")
    await ketan.go(f"{room}/plan")
    await expect(ketan.part("Otis at school")).to_contain_text("Pip waves to him at the gate.")
    authors = await rows.authors_since(fresh_demo, section, before)
    assert authors == {"Imara Testwell", "Bronagh Exampleton"}


async def test_4_saved_stands_only_when_it_is_durable(fresh_demo, launch):
    imara = await launch(fresh_demo).comes("imara")
    await imara.go(f"{await imara.only_room()}/plan")
    words = await imara.write_in("Otis at school")
    await expect(_saying(imara)).to_have_text("Saved")

    async with rows.nothing_is_stored(fresh_demo):
        await words.press("Control+End")
        await imara.page.keyboard.type(" Held back.")
        said = set()
        for _ in range(15):
            await asyncio.sleep(0.05)
            said.add(await _saying(imara).inner_text())
        assert said == {"Saving…"}

    await expect(_saying(imara)).to_have_text("Saved")


async def test_4_a_cut_line_is_said_and_what_was_typed_meanwhile_comes_together(fresh_demo, launch):
    people = launch(fresh_demo)
    imara, bronagh = await asyncio.gather(people.comes("imara"), people.comes("bronagh"))
    room = await imara.only_room()
    await asyncio.gather(imara.go(f"{room}/plan"), bronagh.go(f"{room}/plan"))
    hers, theirs = await asyncio.gather(
        imara.write_in("Otis at school"), bronagh.write_in("Otis at school")
    )
    await expect(_saying(bronagh)).to_have_text("Saved")

    await bronagh.context.set_offline(True)
    await bronagh.page.keyboard.press("Control+Home")
    await bronagh.page.keyboard.type("Typed on the bus. ")
    await imara.page.keyboard.press("Control+End")
    await imara.page.keyboard.type(" Typed at her desk.")
    await expect(_saying(bronagh)).to_contain_text("Not saved: no connection.")
    await expect(bronagh.page.locator("[data-live-state]")).to_contain_text("No connection.")
    await asyncio.sleep(0.5)
    assert "Not saved" in await _saying(bronagh).inner_text()

    await bronagh.context.set_offline(False)
    for words in (hers, theirs):
        await expect(words).to_contain_text("Typed on the bus.")
        await expect(words).to_contain_text("Typed at her desk.")
    await expect(_saying(bronagh)).to_have_text("Saved")


async def test_6_an_action_appears_at_once_for_those_entitled_and_for_nobody_else(
    fresh_demo, launch
):
    people = launch(fresh_demo)
    imara, bronagh, leona = await asyncio.gather(
        *(people.comes(code) for code in ("imara", "bronagh", "leona"))
    )
    room = await imara.only_room()
    await asyncio.gather(*(one.go(f"{room}/actions") for one in (bronagh, leona)))
    await imara.go(f"{room}/actions/new")
    await imara.press("Otis at school")
    await imara.page.get_by_label("What is to be done?").fill(
        "Ring the bell at the gate, gatecanary"
    )
    await imara.page.get_by_role("radio", name=re.compile("Bronagh Exampleton")).check()
    for name, value in (("Day", "27"), ("Month", "6"), ("Year", "2027")):
        await imara.page.get_by_label(name, exact=True).fill(value)
    await imara.press("Add the action")

    card = bronagh.page.locator(".app-card", has_text="gatecanary")
    await expect(card).to_contain_text("You, by 27 June 2027")
    await bronagh.page.get_by_role("link", name=re.compile("gatecanary")).click()
    await bronagh.page.get_by_label("It is done").check()
    await bronagh.press("Save")
    await expect(bronagh.page.locator("main .govuk-tag").first).to_have_text("Done")
    await imara.go(f"{room}/actions")
    done = imara.page.locator(".app-card", has_text="gatecanary")
    await expect(done.locator(".govuk-tag")).to_have_text("Done")

    await leona.settled()
    assert not any(b"gatecanary" in part for part in leona.got)


async def test_6_an_owner_says_why_it_was_not_done_and_a_family_member_owns_one_too(
    fresh_demo, launch
):
    people = launch(fresh_demo)
    imara, leona, tamsin = await asyncio.gather(
        *(people.comes(code) for code in ("imara", "leona", "tamsin"))
    )
    room = await imara.only_room()
    await imara.go(f"{room}/actions")
    await leona.go(f"{room}/actions")
    await leona.press("Mend the fan and treat the damp")
    await leona.page.get_by_label("It was not done").check()
    await leona.press("Save")
    await expect(leona.page.locator(".govuk-error-summary")).to_be_visible()
    await leona.page.get_by_label("Why?").fill("The fan has not been delivered.")
    await leona.press("Save")
    mended = imara.page.locator(".app-card", has_text="Mend the fan")
    await expect(mended).to_contain_text("The fan has not been delivered.")

    await tamsin.go("/actions")
    await tamsin.press("Text Imara by 8.15")
    await tamsin.page.get_by_label("It is done").check()
    await tamsin.press("Save")
    texting = imara.page.locator(".app-card", has_text="Text Imara by 8.15")
    await expect(texting.locator(".govuk-tag")).to_have_text("Done")


async def test_7_a_file_is_opened_by_one_and_unknown_to_another(fresh_demo, launch):
    people = launch(fresh_demo)
    bronagh, imara, leona = await asyncio.gather(
        *(people.comes(code) for code in ("bronagh", "imara", "leona"))
    )
    room = await bronagh.only_room()
    await asyncio.gather(*(one.go(f"{room}/documents") for one in (imara, leona)))
    await _describe(bronagh, room)
    liar = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"MZ no paper at all"}
    await bronagh.page.get_by_label("Choose a file").set_input_files(liar)
    await bronagh.press("Add the document")
    await expect(bronagh.page.locator(".govuk-error-summary")).to_be_visible()
    letter = papers.pdf("Speech letter", ["Pip says owl. owlcanary"])
    await bronagh.page.get_by_label("Choose a file").set_input_files(
        {"name": "Speech letter owl.pdf", "mimeType": "application/pdf", "buffer": letter}
    )
    await bronagh.press("Add the document")
    await expect(bronagh.page.get_by_role("heading", level=1)).to_have_text("Speech letter owl.pdf")
    where = bronagh.page.url.removeprefix(bronagh.origin)

    await expect(imara.page.locator(".app-card", has_text="Speech letter owl")).to_be_visible()
    status, _where, opened = await imara.fetch(f"{where}/look")
    assert (status, opened) == (200, letter)
    unknown = f"{room}/documents/{'0' * 32}"
    answers = [await leona.shown(one) for one in (where, f"{where}/look", unknown)]
    assert {status for status, _words in answers} == {404}
    assert len({words for _status, words in answers}) == 1

    await leona.settled()
    assert not any(b"owl" in part for part in leona.got)
    await bronagh.go(where)
    await expect(bronagh.page.get_by_text("Imara Testwell (Tansy Vale School)")).to_be_visible()
    kept = [path.read_bytes() for path in fresh_demo.folder.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"owlcanary" in one for one in kept)


async def _describe(persona, room: str) -> None:
    await persona.go(f"{room}/documents/new")
    await persona.page.get_by_label("Pip Samplewick").check()
    await persona.page.get_by_label("What is it about?").select_option("health_development")
    await persona.page.locator('input[name="purpose"][value="plan"]').check()
    await persona.page.locator('input[name="audience"][value="everybody"]').check()
    await persona.press("See who will read it")


async def _become_the_same(hers, theirs) -> None:
    """Wait until two screens show the same, the blank after the last word too."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while await _plain(hers) != await _plain(theirs):
            await asyncio.sleep(0.05)


async def _plain(words) -> str:
    """The words alone: carets of others have none, but keep a place without width."""
    return str(await words.text_content()).replace("\u2060", "")


def _saying(persona):
    return persona.part("Otis at school").locator("[data-status]")
