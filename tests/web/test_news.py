"""What changed since one last looked, who wrote in a part, and the question left for the lead."""

import asyncio

from rooms import news, reading
from tests.rooms.test_versions import write


def said(text):
    return " ".join(text.split("<main")[1].split("</main>")[0].split())


async def pages_of(house, who, *addresses):
    async with await house.browser(who) as browser:
        return [said((await browser.get(address)).text) for address in addresses]


async def test_what_others_changed_stands_on_my_day_and_in_the_room_until_i_read_it(house):
    top = f"/rooms/{house.room.hex}"
    await house.add_section(house.imara, "Otis at school")
    [_, unread] = await pages_of(house, house.bronagh, top, "/home")
    await pages_of(house, house.bronagh, f"{top}/plan")
    section = await house.add_section(house.imara, "Otis and reading")
    day, room = await pages_of(house, house.bronagh, "/home", top)
    _, after = await pages_of(house, house.bronagh, f"{top}/plan/{section.hex}", "/home")

    assert "You have not read the plan yet." in unread
    for page in (day, room):
        assert f'href="{top}/plan/{section.hex}">Otis and reading</a>, Imara Testwell,' in page
        assert "Otis at school" not in page
    assert "since you last looked" not in after


async def test_the_plan_and_each_part_say_what_others_changed_since_i_last_looked(house):
    plan = f"/rooms/{house.room.hex}/plan"
    part = await house.add_section(house.imara, "Otis at school")
    quiet = await house.add_section(house.imara, "Otis and reading")
    [first] = await pages_of(house, house.bronagh, plan)
    await write(house, part, house.imara, " and more")
    await write(house, quiet, house.bronagh, " of my own")
    made = await house.add_section(house.imara, "Otis at lunch")
    address = f"{plan}/fragment?only=since"
    async with await house.browser(house.bronagh) as browser:
        once, again, emptied = [(await browser.get(one)).text for one in (plan, plan, address)]
    await write(house, part, house.imara, " and more")
    [alone, known] = await pages_of(house, house.bronagh, f"{plan}/{part.hex}", plan)

    assert "since you last looked" not in first
    top = once.split('id="since"')[1].split("</ul>")[0]
    assert f'href="{plan}/{part.hex}/versions/compare?from=1&amp;to=2"' in top
    assert f'href="#part-{made.hex}"' in top
    assert "Otis and reading" not in top
    assert f'data-fragment="{address}"' in once
    assert "since you last looked" not in again + emptied
    assert f'href="{plan}/{part.hex}/versions/compare?from=2&amp;to=3"' in alone
    assert "since you last looked" not in known


async def test_what_i_wrote_myself_is_no_news_to_me(house):
    await house.add_section(house.imara, "Otis at school")

    [day] = await pages_of(house, house.imara, "/home")

    assert "since you last looked" not in day
    assert "not read the plan" not in day


async def test_nobody_hears_of_a_change_in_a_part_that_is_not_hers(house):
    top = f"/rooms/{house.room.hex}"
    await house.add_section(house.imara, "What works", category="parenting")
    await pages_of(house, house.leona, top, f"{top}/plan")
    await house.add_section(house.imara, "Otis at school")

    day, room = await pages_of(house, house.leona, "/home", top)

    assert "since you last looked" not in day + room
    assert "Otis at school" not in day + room


async def test_a_part_says_who_wrote_in_it_to_those_who_may_read_it(house):
    section = await house.add_section(house.imara, "Otis at school")
    address = f"/rooms/{house.room.hex}/plan/{section.hex}"

    [hers] = await pages_of(house, house.bronagh, address)
    async with await house.browser(house.leona) as browser:
        not_hers = await browser.get(address)

    assert "<strong>Imara Testwell</strong>, Tansy Vale School" in hers
    assert not_hers.status_code == 404
    assert "Imara Testwell" not in not_hers.text


async def test_her_page_says_that_her_plan_changed_only_once_she_had_read_it(house):
    await house.add_section(house.imara, "What works", category="parenting")
    [first] = await pages_of(house, house.tamsin, "/y/home")
    await pages_of(house, house.tamsin, "/y/plan?show=yes")
    [read] = await pages_of(house, house.tamsin, "/y/home")
    await house.add_section(house.imara, "Mornings", category="parenting")
    # Her plan is opened by a tap: the page before it shows nothing, so nothing is read by it.
    _, changed = await pages_of(house, house.tamsin, "/y/plan", "/y/home")

    assert "Your plan has changed" not in first + read
    assert "Your plan has changed since you last looked." in changed
    assert "Mornings" not in changed


async def test_the_question_that_a_stop_leaves_is_on_the_day_of_the_lead_alone(house):
    [before] = await pages_of(house, house.imara, "/home")
    await house.stop("family_life", "bramblegate")
    [hers] = await pages_of(house, house.imara, "/home")
    [others] = await pages_of(house, house.bronagh, "/home")

    assert "less safe" not in before + others
    assert "Does it make a child less safe?" in hers
    assert f'href="/rooms/{house.room.hex}/agreement"' in hers


async def test_two_pages_of_one_member_may_read_the_same_part_at_once(house):
    await house.add_section(house.imara, "Otis at school")

    await asyncio.gather(*(reading.read_plan(house.imara, house.room) for _ in range(4)))

    assert (await news.news_of(house.imara, [house.room]))[house.room].never_looked is False
