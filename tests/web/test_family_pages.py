"""The pages of somebody of the family: hers alone, plain, and as easy to stop as to say yes."""

from datetime import time, timedelta
from urllib.parse import urlencode

from actions.assigning import Assignment, assign
from consent.consent import Capacity
from consent.family import Person
from consent.form import ConsentForm
from consent.giving import record_consent
from consent.store import families
from rooms.inviting import seat_family_member
from rooms.meetings import schedule_meeting
from server.directory import store as directory
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.ids import ActionId, PersonId, new_id
from tests.fakes.family_room import KEEPERS
from tests.fakes.forms import csrf_of, forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}
PAGES = ("/y/home", "/y/plan", "/y/plan?show=yes", "/y/choices")
STAFF = ("Imara", "Bronagh", "Leona", "Gethin")
HOSTILE = '"><script>alert(1)</script>'


async def post(browser, address, *fields, page):
    sent = [("csrf", csrf_of(page)), *fields]
    return await browser.post(address, content=urlencode(sent), headers=FORM)


async def dorran_in(house):
    """The father, who said no and has a page all the same."""
    async with writing() as tx:
        team = await directory.get_team(tx, house.room)
        person = Person(PersonId(new_id()), team.family, "Dorran Fictonby")
        await families.add_people(tx, [person])
    await record_consent(
        house.imara,
        house.room,
        ConsentForm(
            giver=person.id,
            capacity=Capacity.ADULT_FOR_SELF,
            subjects=frozenset({person.id}),
            engaged=False,
            answers={},
            explained=frozenset({"no_is_fine"}),
            how="in_person",
            given_at=clock.now(),
            review_on=clock.today() + timedelta(days=90),
            own_words="Nothing of mine",
        ),
        keepers=KEEPERS,
    )
    return await seat_family_member(house.imara, house.room, person.id, keepers=KEEPERS)


async def give(house, owner, what):
    section = await house.add_section(house.imara, "Otis at school")
    await assign(
        house.imara,
        house.room,
        Assignment(ActionId(new_id()), section, what, owner.id, clock.today() + timedelta(days=3)),
        keepers=KEEPERS,
    )


async def seen_by(house, who, pages=PAGES):
    async with await house.browser(who) as browser:
        return [(await browser.get(address)) for address in pages]


async def test_her_page_shows_her_team_by_role_the_next_date_and_what_she_said_she_would_do(house):
    await give(house, house.tamsin, f"Ring by 8.15 {HOSTILE}")
    day = clock.today() + timedelta(days=9)
    await schedule_meeting(house.imara, house.room, day=day, at=time(10), call_link="")

    [page] = await seen_by(house, house.tamsin, ["/y/home"])

    assert page.status_code == 200
    assert "<title>Your page</title>" in " ".join(page.text.split())
    assert "Exit this page" in page.text
    assert "the pastoral lead at Tansy Vale School" in page.text
    assert "Tenancy support officer, Bramblegate Homes" in page.text
    assert f"{day.day} {day:%B %Y} at 10am" in page.text
    assert "Ring by 8.15" in page.text
    assert "<script>alert" not in page.text
    assert not any(name in page.text for name in STAFF)


async def test_no_name_of_a_child_stands_outside_a_tap(house):
    await give(house, house.tamsin, "Walk Otis to school")
    home, plan, opened, _ = await seen_by(house, house.tamsin)

    for page in (home, plan):
        visible = [part.split("</details>")[-1] for part in page.text.split("<details")]
        assert not any("Otis" in part or "Pip" in part for part in visible)
    assert "Otis at school" not in plan.text
    assert "Otis at school" in opened.text


async def test_her_plan_is_plain_prints_large_and_shows_no_gap(house):
    await house.add_section(house.imara, f"What works {HOSTILE}", category="parenting")
    [small, large, empty_headings] = await seen_by(
        house,
        house.tamsin,
        ["/y/plan?show=yes", "/y/plan?show=yes&size=large", "/y/plan?show=yes"],
    )

    assert "What works" in small.text
    assert "<script>alert" not in small.text
    assert "app-large-print" in large.text
    assert "app-large-print" not in small.text
    assert "If worries grow" not in empty_headings.text
    assert "You may not be seeing everything" not in small.text


async def test_before_a_part_is_hers_to_see_her_plan_is_being_written(house):
    [page] = await seen_by(house, house.tamsin, ["/y/plan"])

    assert "Your plan is being written with you." in page.text


async def test_she_sees_what_she_agreed_without_a_name_of_staff(house):
    [page] = await seen_by(house, house.tamsin, ["/y/choices"])

    assert "Stop some sharing" in page.text
    assert "School and learning" in page.text
    assert "Bramblegate Homes" in page.text
    assert not any(name in page.text for name in STAFF)


async def test_she_sees_what_changes_and_stops_it_in_three_presses(house):
    await house.add_section(house.imara, "What works", category="parenting")
    address = f"/y/choices/{house.room.hex}/stop"
    chosen = [("topics", "family_life"), ("agencies", "bramblegate")]
    async with await house.browser(house.tamsin) as browser:
        asked = await browser.get(address)
        empty = await post(browser, address, ("go", "look"), page=asked.text)
        sure = await post(browser, address, *chosen, ("go", "look"), page=asked.text)
        (form,) = forms_of(sure.text, address)
        stopped = await browser.post(
            address, content=urlencode([*form.fields, ("go", "stop")]), headers=FORM
        )
        after = await browser.get(stopped.headers["location"])

    assert " checked" not in asked.text
    assert empty.status_code == 422
    assert 'href="#topics"' in empty.text
    assert "Tenancy support officer" in sure.text
    assert "What works" in sure.text
    assert "Leona" not in sure.text
    assert stopped.status_code == 303
    assert "It has stopped." in after.text
    async with await house.browser(house.leona) as browser:
        assert "What works" not in (await browser.get(f"/rooms/{house.room.hex}/plan")).text


async def test_one_press_shows_what_stopping_all_of_it_changes(house):
    await house.add_section(house.imara, "What works", category="parenting")
    address = f"/y/choices/{house.room.hex}/stop"
    async with await house.browser(house.tamsin) as browser:
        choices = await browser.get("/y/choices")
        sure = await post(browser, address, ("go", "all"), page=choices.text)
        (form,) = forms_of(sure.text, address)
        await browser.post(address, content=urlencode([*form.fields, ("go", "stop")]), headers=FORM)
        after = await browser.get("/y/choices")
        again = await browser.get(address)

    assert set(form.all("agencies")) == {
        "tansy_vale",
        "quillmere_hv",
        "bramblegate",
        "quillmere_police",
    }
    assert "Nobody" in after.text
    assert "Stop some sharing" not in after.text
    assert again.headers["location"] == "/y/choices"


async def test_who_said_no_finds_whom_to_ring_and_nothing_of_anybody_else(house):
    dorran = await dorran_in(house)
    day = clock.today() + timedelta(days=9)
    await schedule_meeting(house.imara, house.room, day=day, at=time(10), call_link="")
    await house.add_section(house.imara, "What works", category="parenting")

    pages = await seen_by(house, dorran)

    for page in pages:
        main = page.text.split("<main")[1].split("</main")[0]
        for other in ("Tamsin", "Samplewick", "Bramblegate", "officer", "What works", "10am"):
            assert other not in main
    assert "the pastoral lead at Tansy Vale School" in pages[0].text
    assert "Nothing for you to do today." in pages[0].text
    assert "Your plan is being written with you." in pages[1].text
    assert "you said no. That is fine" in pages[3].text
    assert "Nothing of mine" not in pages[3].text


async def test_her_own_page_does_not_tell_that_another_grown_up_has_one(house):
    await dorran_in(house)
    await house.add_section(house.imara, "What works", category="parenting")

    for page in await seen_by(house, house.tamsin):
        assert "Dorran" not in page.text
        assert "Fictonby" not in page.text


async def test_the_pages_of_a_family_are_nowhere_for_anybody_else(house):
    async with await house.browser(house.imara) as browser:
        answers = [await browser.get(address) for address in PAGES]
        stop = await browser.get(f"/y/choices/{house.room.hex}/stop")
    async with await house.browser(house.tamsin) as browser:
        elsewhere = await browser.get(f"/y/choices/{new_id().hex}/stop")

    assert {one.status_code for one in [*answers, stop, elsewhere]} == {404}
