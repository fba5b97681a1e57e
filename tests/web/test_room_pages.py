"""My day, my rooms, and the first page of a room."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from actions.assigning import Assignment, assign
from rooms.inviting import Invitation, invite
from server.kernel import clock
from server.kernel.ids import ActionId, new_id
from tests.fakes.family_room import KEEPERS
from tests.fakes.forms import csrf_of, forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}
HOSTILE = 'Ring <script>alert(1)</script> "now"'


async def post(browser, address, *fields, page=None):
    seen = page or (await browser.get(address)).text
    sent = [("csrf", csrf_of(seen)), *fields]
    return await browser.post(address, content=urlencode(sent), headers=FORM)


def said(text):
    return " ".join(text.split("<main")[1].split("</main>")[0].split())


async def late_action(house, owner, what="Mend the fan"):
    with clock.moved_to(clock.now() - timedelta(days=3)):
        section = await house.add_section(house.imara, "Otis at school")
        assignment = Assignment(
            ActionId(new_id()), section, what, owner.id, clock.today() + timedelta(days=1)
        )
        added = await assign(house.imara, house.room, assignment, keepers=KEEPERS)
    return f"/rooms/{house.room.hex}/actions/{added.hex}"


def meeting(day, at="10:00", link="https://call.example/room"):
    return [
        ("meeting-day", str(day.day)),
        ("meeting-month", str(day.month)),
        ("meeting-year", str(day.year)),
        ("time", at),
        ("call_link", link),
    ]


async def test_a_day_without_anything_due_says_so_and_names_my_rooms(house):
    async with await house.browser(house.gethin) as browser:
        await browser.get(f"/rooms/{house.room.hex}")
        day = await browser.get("/home")

    assert "Nothing due. Your rooms are below." in said(day.text)
    assert "Samplewick family" in said(day.text)
    assert "Samplewick" not in day.text.split("</title>")[0]


async def test_my_day_shows_what_is_late_who_invited_me_and_when_we_meet(house):
    address = await late_action(house, house.bronagh, HOSTILE)
    in_a_week = clock.today() + timedelta(days=7)
    async with await house.browser(house.imara) as browser:
        saved = await post(browser, f"/rooms/{house.room.hex}", *meeting(in_a_week))
    async with await house.browser(house.bronagh) as browser:
        day = await browser.get("/home")
        rooms = await browser.get("/rooms")
        await browser.get(f"/rooms/{house.room.hex}")
        after = await browser.get("/home")

    assert saved.status_code == 303
    assert address in day.text
    assert "Late" in said(day.text)
    assert "<script>alert" not in day.text
    assert "You are invited to Room" in said(day.text)
    assert "at 10am" in said(day.text)
    assert "New: you are invited" in said(rooms.text)
    assert "You are invited" not in after.text


async def test_somebody_without_a_room_is_told_how_one_comes(house):
    async with await house.browser(house.saskia) as browser:
        pages = [await browser.get(address) for address in ("/home", "/rooms")]

    for page in pages:
        assert "You are not in any rooms." in said(page.text)
        assert "/rooms/new/check" in page.text
        assert "Samplewick" not in page.text


async def test_an_agreement_that_ends_soon_is_on_the_leads_day_alone(house):
    async with await house.browser(house.imara) as hers, await house.browser(house.leona) as other:
        before = await hers.get("/home")
        with clock.moved_to(clock.now() + timedelta(days=130)):
            lead, member = await house.browser(house.imara), await house.browser(house.leona)
            soon = await lead.get("/home")
            hers_not = await member.get("/home")
        await other.get("/home")
        await lead.aclose()
        await member.aclose()

    assert "Look at it again" not in before.text
    assert "Look at it again" in soon.text
    assert f"/rooms/{house.room.hex}/agreement" in soon.text
    assert "Look at it again" not in hers_not.text


async def test_a_new_room_shows_its_lead_four_first_steps_with_what_is_done(house):
    async with await house.browser(house.imara) as browser:
        first = await browser.get(f"/rooms/{house.room.hex}")
    async with await house.browser(house.bronagh) as browser:
        of_member = await browser.get(f"/rooms/{house.room.hex}")
    await house.add_section(house.imara, "In Otis's own words", category="child_voice")
    async with await house.browser(house.imara) as browser:
        await post(browser, f"/rooms/{house.room.hex}", *meeting(clock.today() + timedelta(days=2)))
        later = await browser.get(f"/rooms/{house.room.hex}")

    assert "First steps" in first.text
    assert said(first.text).count("To do") == 2
    assert "First steps" not in of_member.text
    assert "First steps" not in later.text


async def test_the_room_names_its_lead_its_plan_and_the_standing_line(house):
    top = f"/rooms/{house.room.hex}"
    async with await house.browser(house.leona) as browser:
        page = await browser.get(top)

    assert "You may not be seeing everything." in page.text
    assert "The lead practitioner is Imara Testwell, Tansy Vale School." in said(page.text)
    assert f"{top}/plan" in page.text
    assert "No next meeting is set. Imara Testwell sets it." in said(page.text)
    assert forms_of(page.text, top) == []
    assert f'data-fragment="{top}/meeting/fragment" data-bell="room"' in page.text
    assert f'data-live-room="{house.room.hex}"' in page.text
    assert "Worried a child is not safe now?" in page.text
    assert "Samplewick" not in page.text.split("</title>")[0]


async def test_the_lead_sets_the_meeting_and_everybody_sees_it_in_page_and_fragment(house):
    top = f"/rooms/{house.room.hex}"
    in_a_week = clock.today() + timedelta(days=7)
    async with await house.browser(house.imara) as browser:
        await post(browser, top, *meeting(in_a_week, "2.30pm", "https://call.example/7k4p?a=1&b=2"))
        (form,) = forms_of((await browser.get(top)).text, top)
    async with await house.browser(house.leona) as browser:
        page = await browser.get(top)
        piece = await browser.get(f"{top}/meeting/fragment")
        with clock.moved_to(clock.now() + timedelta(days=9)):
            over = await (await house.browser(house.leona)).get(f"{top}/meeting/fragment")

    assert form.get("time") == "14:30"
    assert form.get("call_link") == "https://call.example/7k4p?a=1&b=2"
    for answer in (page, piece):
        assert "at 2:30pm" in answer.text
        assert 'href="https://call.example/7k4p?a=1&amp;b=2"' in answer.text
    assert "<html" not in piece.text
    assert "The last meeting was on" in over.text
    assert "call.example" not in over.text


async def test_a_wrong_meeting_comes_back_with_all_that_was_typed(house):
    top = f"/rooms/{house.room.hex}"
    async with await house.browser(house.imara) as browser:
        answer = await post(
            browser,
            top,
            ("meeting-day", "31"),
            ("meeting-month", "2"),
            ("meeting-year", "2099"),
            ("time", 'at "tea" <i>'),
            ("call_link", "javascript:alert(1)"),
        )
        past = await post(browser, top, *meeting(clock.today() - timedelta(days=1)))
        plain = await post(browser, top, *meeting(clock.today(), link="http://call.example/"))
        timeless = await post(browser, top, *meeting(clock.today(), at=""))

    assert answer.status_code == 422
    (form,) = forms_of(answer.text, top)
    assert (form.get("meeting-day"), form.get("meeting-month")) == ("31", "2")
    assert form.get("time") == 'at "tea" <i>'
    assert form.get("call_link") == "javascript:alert(1)"
    for field in ("meeting-day", "time", "call_link"):
        assert f'href="#{field}"' in answer.text
    assert "<i>" not in answer.text
    assert 'href="javascript:' not in answer.text
    assert "must be today or later" in past.text
    assert "https://" in said(plain.text)
    assert [page.status_code for page in (past, plain, timeless)] == [422, 422, 422]


async def test_only_the_lead_sets_the_meeting(house):
    top = f"/rooms/{house.room.hex}"
    async with await house.browser(house.leona) as browser:
        tried = await post(
            browser, top, *meeting(clock.today()), page=(await browser.get("/rooms")).text
        )
        after = await browser.get(top)

    assert tried.status_code == 404
    assert "No next meeting is set." in after.text


async def test_late_actions_stand_on_the_page_of_those_who_may_know_of_them(house):
    address = await late_action(house, house.bronagh, "plumcanary <b>")
    top = f"/rooms/{house.room.hex}"
    shown = {}
    for who in ("imara", "bronagh", "leona", "gethin"):
        async with await house.browser(getattr(house, who)) as browser:
            shown[who] = [await browser.get(one) for one in (top, f"{top}/fragment", "/home")]

    for page in shown["imara"][:2]:
        assert address in page.text
        assert "plumcanary &lt;b&gt;" in page.text
        assert "Bronagh Exampleton, by" in page.text
    assert "You, by" in shown["bronagh"][1].text
    for who in ("leona", "gethin"):
        assert all("plumcanary" not in page.text for page in shown[who])
        assert all("Late" not in page.text for page in shown[who])


@pytest.mark.parametrize(
    "part", ["", "/fragment", "/meeting/fragment", "/people", "/people/fragment"]
)
async def test_for_an_outsider_a_room_and_no_room_are_one_answer(house, part):
    async with await house.browser(house.saskia) as browser:
        forbidden = await browser.get(f"/rooms/{house.room.hex}{part}")
        unknown = await browser.get(f"/rooms/{new_id().hex}{part}")
        nonsense = await browser.get(f"/rooms/nonsense{part}")
    async with await house.browser(house.tamsin) as browser:
        of_family = await browser.get(f"/rooms/{house.room.hex}{part}")

    assert {page.status_code for page in (forbidden, unknown, nonsense, of_family)} == {404}
    assert forbidden.text.split("<main")[1] == unknown.text.split("<main")[1]


async def test_somebody_who_was_not_let_in_stays_out_of_the_lists(house):
    stopped = await invite(house.imara, house.room, Invitation(house.saskia.id), keepers=KEEPERS)
    async with await house.browser(house.saskia) as browser:
        rooms = await browser.get("/rooms")

    assert not stopped.passes
    assert "You are not in any rooms." in rooms.text
