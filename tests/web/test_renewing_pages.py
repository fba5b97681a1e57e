"""Looking again at what was agreed, on the family's own page and on the lead's."""

from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import update

from consent.consent import Capacity, Choice
from consent.family import birthday
from consent.form import MUST_EXPLAIN, ConsentForm, TopicAnswer
from consent.giving import record_consent
from consent.tables import person
from rooms.inviting import seat_family_member
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.ids import AgencyCode
from tests.fakes.family_room import KEEPERS
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


async def pages_at(house, otis, at):
    """What the lead's day, his page, his mother's page and plan, and health's plan say then."""
    pages = {
        "lead": (house.imara, "/home"),
        "his": (otis, "/y/home"),
        "hers": (house.tamsin, "/y/home"),
        "plan": (house.tamsin, "/y/plan?show=yes"),
        "health": (house.bronagh, f"/rooms/{house.room.hex}/plan"),
    }
    found = {}
    with clock.moved_to(at):
        for name, (who, address) in pages.items():
            async with await house.browser(who) as browser:
                found[name] = (await browser.get(address)).text
    return found


async def answers_himself(house):
    """Otis, 16, lets his school know how it goes there, and nobody else."""
    told = ConsentForm(
        giver=house.people["Otis"],
        capacity=Capacity.YOUNG_PERSON_16_17,
        subjects=frozenset({house.people["Otis"]}),
        engaged=True,
        answers={
            ("school", AgencyCode("tansy_vale")): TopicAnswer(Choice.YES),
            ("school", AgencyCode("quillmere_hv")): TopicAnswer(Choice.NO),
        },
        explained=frozenset(MUST_EXPLAIN),
        how="in_person",
        given_at=clock.now(),
        review_on=clock.today() + timedelta(days=90),
    )
    await record_consent(house.imara, house.room, told, keepers=KEEPERS)


async def test_at_sixteen_he_is_asked_from_midnight_in_london_and_then_his_own_answer_counts(house):
    # Nobody is 16 before the day begins in London, whatever the hour is by universal time.
    # The day after tomorrow: what is done now comes before it, even in the minute before midnight.
    sixteen = clock.today() + timedelta(days=2)
    async with writing() as tx:
        born = birthday(sixteen, -16)
        otis_row = person.c.id == house.people["Otis"]
        await tx.execute(update(person).where(otis_row).values(born=born))
    await house.add_section(house.imara, "Otis at school")
    otis = await seat_family_member(house.imara, house.room, house.people["Otis"], keepers=KEEPERS)
    midnight = clock.london_instant(sixteen)

    before = await pages_at(house, otis, midnight - timedelta(seconds=30))
    then = await pages_at(house, otis, midnight)
    with clock.moved_to(midnight + timedelta(minutes=2)):
        await answers_himself(house)
    after = await pages_at(house, otis, midnight + timedelta(minutes=3))

    asks = {
        "lead": "Somebody of the family is 16 now",
        "his": "You are 16 now: you decide yourself",
        "hers": "A child you answered for has grown up",
    }
    sees: dict[str, list[bool]] = {name: [] for name in asks}
    for moment in (before, then, after):
        for name, words in asks.items():
            sees[name].append(words in moment[name])
    assert sees == {name: [False, True, False] for name in asks}
    # His mother's yes counts on until he has said himself; then his no is his no, to her too.
    for name in ("plan", "health"):
        told = ["Otis at school" in moment[name] for moment in (before, then, after)]
        assert told == [True, True, False], name
    assert "Otis" not in then["hers"].split("<main")[1].split("<details")[0]
