"""An organisation confirms that it has stopped: one line, one press, from the day or the room."""

from urllib.parse import urlencode

from tests.fakes.forms import forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}
LINE = "The family stopped sharing ‘Family life’ with Bramblegate Homes"


async def test_the_line_stands_on_the_day_and_in_the_room_until_one_press(house):
    await house.stop("family_life", "bramblegate")
    room = f"/rooms/{house.room.hex}"
    address = f"{room}/agreement/stopped"
    async with await house.browser(house.leona) as browser:
        pages = [await browser.get(at) for at in ("/home", room, f"{room}/agreement")]
        (form,) = forms_of(pages[0].text, address)
        pressed = await browser.post(address, content=urlencode(form.fields), headers=FORM)
        again = await browser.post(address, content=urlencode(form.fields), headers=FORM)
        after = [await browser.get(at) for at in ("/home", room, f"{room}/agreement")]

    assert all(LINE in page.text for page in pages)
    assert (pressed.status_code, again.status_code) == (303, 303)
    assert not any(LINE in page.text for page in after)


async def test_others_are_told_nothing_and_the_lead_and_the_mother_see_who_confirmed(house):
    await house.stop("family_life", "bramblegate")
    room = f"/rooms/{house.room.hex}"
    async with await house.browser(house.bronagh) as browser:
        for at in ("/home", room, f"{room}/agreement"):
            assert "stopped sharing" not in (await browser.get(at)).text
    async with await house.browser(house.imara) as lead, await house.browser(house.tamsin) as hers:
        before = [(await lead.get(f"{room}/agreement")).text, (await hers.get("/y/choices")).text]
        async with await house.browser(house.leona) as browser:
            (form,) = forms_of((await browser.get("/home")).text, f"{room}/agreement/stopped")
            await browser.post(
                f"{room}/agreement/stopped", content=urlencode(form.fields), headers=FORM
            )
        after = [(await lead.get(f"{room}/agreement")).text, (await hers.get("/y/choices")).text]

    assert "They have not confirmed yet." in before[0]
    assert "We have asked them to confirm" in before[1]
    assert all("They confirmed on" in page for page in after)
    assert "Leona" not in after[1]
