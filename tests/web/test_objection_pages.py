"""'Say this is wrong': on every part of the family's plan, with a clock and an answer for both."""

from datetime import timedelta
from urllib.parse import urlencode

from server.kernel import clock
from tests.fakes.forms import forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}
HOSTILE = 'It was Tuesday "><script>alert(1)</script>'
SHOWN = "It was Tuesday"


def hers(house, part):
    return f"/y/plan/{house.room.hex}/{part.hex}/wrong"


def theirs(house, part):
    return f"/rooms/{house.room.hex}/plan/{part.hex}/wrong"


async def press(browser, address, page, *fields):
    form = next(one for one in forms_of(page.text, address))
    kept = [(name, value) for name, value in form.fields if name not in dict(fields)]
    return await browser.post(address, content=urlencode([*kept, *fields]), headers=FORM)


async def say(house, part, words=HOSTILE):
    async with await house.browser(house.tamsin) as browser:
        asked = await browser.get(hers(house, part))
        return await press(browser, hers(house, part), asked, ("words", words))


async def test_she_says_it_is_wrong_and_finds_the_answer_beside_it(house):
    part = await house.add_section(house.imara, "Otis at school")
    async with await house.browser(house.tamsin) as browser:
        plan = await browser.get("/y/plan?show=yes")
        asked = await browser.get(hers(house, part))
        empty = await press(browser, hers(house, part), asked)
        sent = await press(browser, hers(house, part), asked, ("words", HOSTILE))
        await press(browser, hers(house, part), asked, ("words", HOSTILE))
        waiting = await browser.get("/y/plan?show=yes")
    async with await house.browser(house.imara) as browser:
        day = await browser.get("/home")
        seen = await browser.get(theirs(house, part))
        wrong = await press(browser, theirs(house, part), seen)
        done = await press(
            browser, theirs(house, part), seen, ("outcome", "changed"), ("words", "Put right.")
        )
        quiet = await browser.get("/home")
        kept = await browser.get(theirs(house, part))
    async with await house.browser(house.tamsin) as browser:
        answered = await browser.get("/y/plan?show=yes")

    assert f'href="{hers(house, part)}"' in plan.text
    assert "Otis" not in asked.text
    assert (empty.status_code, sent.status_code) == (422, 303)
    assert waiting.text.count(SHOWN) == 1
    assert "You get an answer by" in waiting.text
    assert "<script>alert" not in waiting.text + seen.text
    assert f'href="{theirs(house, part)}"' in day.text
    assert seen.text.count(SHOWN) == 1
    assert wrong.status_code == 422
    assert done.status_code == 303
    assert theirs(house, part) not in quiet.text
    assert "We have changed it" in kept.text
    assert "Put right." in answered.text
    assert "Imara" not in answered.text.split("<main")[1]


async def test_nobody_else_reads_it_or_answers_and_the_author_may(house):
    part = await house.add_section(house.bronagh, "How he grows", category="health_development")
    own = await house.add_section(house.bronagh, "What works", category="parenting")
    await say(house, own)
    for who in (house.leona, house.gethin, house.saskia):
        async with await house.browser(who) as browser:
            page = await browser.get(theirs(house, own))
            assert SHOWN not in page.text
            assert "something is wrong" not in (await browser.get("/home")).text
    async with await house.browser(house.bronagh) as browser:
        assert SHOWN in (await browser.get(theirs(house, own))).text
        elsewhere = await browser.get(theirs(house, part))
        asked = await browser.get(hers(house, own))

    assert SHOWN not in elsewhere.text
    assert asked.status_code == 404


async def test_after_four_weeks_without_an_answer_it_is_late(house):
    part = await house.add_section(house.imara, "Otis at school")
    await say(house, part)
    with clock.moved_to(clock.now() + timedelta(days=28)):
        async with await house.browser(house.imara) as browser:
            on_time = await browser.get(theirs(house, part))
    with clock.moved_to(clock.now() + timedelta(days=29)):
        async with await house.browser(house.imara) as browser:
            late = await browser.get(theirs(house, part))
            day = await browser.get("/home")

    assert "Late" not in on_time.text.split("<main")[1]
    assert "Late" in late.text.split("<main")[1]
    assert "app-card--late" in day.text
