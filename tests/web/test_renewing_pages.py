"""Looking again at what was agreed, on the family's own page and on the lead's."""

from datetime import timedelta
from urllib.parse import urlencode

from server.kernel import clock
from tests.fakes.forms import csrf_of, forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}


def soon(house):
    """Three weeks before what was agreed ends: see `tests.fakes.family_room`."""
    return clock.moved_to(clock.now() + timedelta(days=125))


async def press(browser, address, page, *fields):
    (form,) = forms_of(page.text, address)
    return await browser.post(address, content=urlencode([*form.fields, *fields]), headers=FORM)


async def test_her_page_asks_her_to_look_again_and_one_press_is_enough(house):
    address = f"/y/choices/{house.room.hex}/again"
    with soon(house):
        async with await house.browser(house.tamsin) as browser:
            home = await browser.get("/y/home")
            choices = await browser.get("/y/choices")
            asked = await browser.get(address)
            done = await press(browser, address, asked)
            after = await browser.get(done.headers["location"])
            quiet = await browser.get("/y/home")

    assert f'href="{address}"' in home.text
    assert f'href="{address}"' in choices.text
    assert "Nothing has changed" in asked.text
    assert not any(name in asked.text for name in ("Otis", "Pip", "Imara", "Bronagh"))
    assert done.status_code == 303
    assert "Thank you. It stays as it is." in after.text
    assert "Look at it again" not in quiet.text


async def test_what_changed_while_she_looked_is_shown_to_her_first(house):
    address = f"/y/choices/{house.room.hex}/again"
    async with await house.browser(house.tamsin) as browser:
        asked = await browser.get(address)
        await house.stop("family_life", "bramblegate")
        stale = await press(browser, address, asked)

    assert stale.status_code == 200
    assert "has changed since you opened this page" in stale.text


async def test_the_lead_is_told_on_her_day_and_takes_it_down(house):
    top = f"/rooms/{house.room.hex}/agreement"
    address = f"{top}/again/{house.people['Tamsin'].hex}"
    with soon(house):
        async with await house.browser(house.imara) as browser:
            day = await browser.get("/home")
            agreed = await browser.get(top)
            asked = await browser.get(address)
            empty = await press(browser, address, asked)
            done = await press(browser, address, asked, ("how", "phone"))
            after = await browser.get(done.headers["location"])
        async with await house.browser(house.bronagh) as browser:
            hers = await browser.get(top)
            refused = await browser.get(address)

    assert f'href="{address}"' in day.text
    assert f'href="{address}"' in agreed.text
    assert empty.status_code == 422
    assert 'href="#how"' in empty.text
    assert "Recorded: nothing has changed." in after.text
    assert "Look at it again" not in hers.text
    assert refused.status_code == 404


async def test_a_page_sent_without_a_form_of_ours_changes_nothing(house):
    address = f"/y/choices/{house.room.hex}/again"
    async with await house.browser(house.tamsin) as browser:
        token = csrf_of((await browser.get(address)).text)
        sent = await browser.post(
            address, content=urlencode([("csrf", token), ("version", "one")]), headers=FORM
        )
        receipt = await browser.get(f"/y/choices/{house.room.hex}/receipt")

    assert "has changed since you opened this page" in sent.text
    assert "version 1." in receipt.text
