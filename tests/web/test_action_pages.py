"""Actions on pages: without script, with everything typed kept."""

from datetime import timedelta
from urllib.parse import urlencode

from actions.assigning import Assignment, assign
from server.kernel import clock
from server.kernel.ids import ActionId, new_id
from tests.fakes.family_room import KEEPERS
from tests.fakes.forms import csrf_of, forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def post(browser, address, *fields, page=None):
    seen = page or (await browser.get(address)).text
    sent = [("csrf", csrf_of(seen)), *fields]
    return await browser.post(address, content=urlencode(sent), headers=FORM)


async def given(house, owner, what="Ring the school by 8.15"):
    section = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara,
        house.room,
        Assignment(ActionId(new_id()), section, what, owner.id, clock.today() + timedelta(days=3)),
        keepers=KEEPERS,
    )
    return f"/rooms/{house.room.hex}/actions/{action.hex}"


async def test_an_action_is_added_from_a_part_of_the_plan(house):
    section = await house.add_section(house.imara, "Otis at school")
    top = f"/rooms/{house.room.hex}/actions"
    due = clock.today() + timedelta(days=5)
    async with await house.browser(house.imara) as browser:
        empty = await browser.get(top)
        parts = await browser.get(f"{top}/new")
        page = (await browser.get(f"{top}/new?part={section.hex}")).text
        (form,) = forms_of(page, f"{top}/new")
        added = await browser.post(
            f"{top}/new",
            content=urlencode(
                [
                    *form.fields[:3],
                    ("what", "Ring the school"),
                    ("owner", house.tamsin.id.hex),
                    ("due-day", str(due.day)),
                    ("due-month", str(due.month)),
                    ("due-year", str(due.year)),
                ]
            ),
            headers=FORM,
        )
        shown = await browser.get(added.headers["location"])
        listed = await browser.get(top)

    assert "No actions yet. Add one from any line of the plan." in empty.text
    assert f"?part={section.hex}" in parts.text
    assert "3 people in 2 organisations will see this" in page
    assert [name for name, _ in form.fields[:3]] == ["csrf", "part", "action"]
    assert added.status_code == 303
    assert "Ring the school" in shown.text
    assert "Tamsin Samplewick" in listed.text


async def test_a_form_that_comes_back_keeps_everything_typed(house):
    section = await house.add_section(house.imara, "Otis at school")
    top = f"/rooms/{house.room.hex}/actions/new"
    async with await house.browser(house.imara) as browser:
        page = (await browser.get(f"{top}?part={section.hex}")).text
        answer = await post(
            browser,
            top,
            ("part", section.hex),
            ("action", new_id().hex),
            ("what", 'Ring "the" <school>'),
            ("owner", house.leona.id.hex),
            ("due-day", "31"),
            ("due-month", "2"),
            ("due-year", "2099"),
            page=page,
        )

    assert answer.status_code == 422
    (form,) = forms_of(answer.text, top)
    assert form.get("what") == 'Ring "the" <school>'
    assert (form.get("due-day"), form.get("due-month"), form.get("due-year")) == (
        "31",
        "2",
        "2099",
    )
    assert "There is a problem" in answer.text
    assert 'href="#owner"' in answer.text
    assert 'href="#due-day"' in answer.text
    assert "<school>" not in answer.text


async def test_the_owner_says_why_not_and_the_page_shows_it(house):
    address = await given(house, house.bronagh)
    async with await house.browser(house.bronagh) as browser:
        said = await post(
            browser,
            address,
            ("version", "1"),
            ("to", "not_done"),
            ("reason", "Nobody was at home"),
        )
        shown = await browser.get(address)

    assert said.status_code == 303
    assert "Nobody was at home" in shown.text
    assert "Not done" in shown.text
    assert 'name="version"' not in shown.text


async def test_a_step_without_its_reason_comes_back_with_what_was_chosen(house):
    address = await given(house, house.imara)
    async with await house.browser(house.imara) as browser:
        answer = await post(browser, address, ("version", "1"), ("to", "carried"), ("due-day", "3"))
        nothing = await post(browser, address, ("version", "x"), ("to", "done"))
        unknown = await post(browser, address, ("version", "1"), ("to", "vanished"))

    (form,) = forms_of(answer.text, address)
    assert answer.status_code == 422
    assert form.get("to") == "carried"
    assert form.get("due-day") == "3"
    assert "Say why, in a few words." in answer.text
    assert [nothing.status_code, unknown.status_code] == [422, 422]
    assert "Choose how it is going." in unknown.text


async def test_of_two_people_saving_the_second_is_told_and_keeps_her_words(house):
    address = await given(house, house.bronagh)
    async with await house.browser(house.imara) as hers, await house.browser(house.bronagh) as his:
        page = (await his.get(address)).text
        first = await post(hers, address, ("version", "1"), ("to", "in_progress"))
        second = await post(
            his,
            address,
            ("version", "1"),
            ("to", "not_done"),
            ("reason", "No answer"),
            page=page,
        )

    assert (first.status_code, second.status_code) == (303, 409)
    assert "Somebody else changed this action while you were working." in second.text
    (form,) = forms_of(second.text, address)
    assert form.get("reason") == "No answer"
    assert form.get("version") == "2"


async def test_a_member_of_the_family_marks_her_action_done_on_her_own_page(house):
    address = await given(house, house.tamsin)
    async with await house.browser(house.tamsin) as browser:
        mine = await browser.get("/actions")
        shown = await browser.get(address)
        done = await post(browser, address, ("version", "1"), ("to", "done"))
        after = await browser.get("/actions")
        of_room = await browser.get(f"/rooms/{house.room.hex}/actions")

    for page in (mine, shown, after):
        assert "<title>Your page</title>" in " ".join(page.text.split())
        assert "Exit this page" in page.text
        assert "7K4P" not in page.text
    assert address in mine.text
    assert done.headers["location"] == "/actions"
    assert "Nothing to do now." in after.text
    assert of_room.status_code == 404


async def test_my_actions_are_empty_until_somebody_gives_me_one(house):
    async with await house.browser(house.leona) as browser:
        page = await browser.get("/actions")

    assert "No actions. They appear here when someone gives you one." in page.text


async def test_what_is_not_mine_to_know_is_not_on_the_page_or_in_the_fragment(house):
    address = await given(house, house.imara, "plumcanary")
    top = f"/rooms/{house.room.hex}/actions"
    async with await house.browser(house.leona) as browser:
        pages = [await browser.get(one) for one in (top, f"{top}/fragment", address)]
        unknown = await browser.get(f"{top}/{new_id().hex}")
        nonsense = await browser.get(f"{top}/nonsense")

    assert [page.status_code for page in pages] == [200, 200, 404]
    assert all("plumcanary" not in page.text for page in pages)
    assert "No actions yet." in pages[1].text
    assert unknown.text.split("<main")[1] == pages[2].text.split("<main")[1]
    assert nonsense.status_code == 404


async def test_titles_and_addresses_say_nothing_of_the_family(house):
    address = await given(house, house.imara)
    async with await house.browser(house.imara) as browser:
        for one in (address, f"/rooms/{house.room.hex}/actions", "/actions"):
            title = (await browser.get(one)).text.split("<title")[1].split("</title>")[0]
            assert "Otis" not in title
            assert "Samplewick" not in title
