"""Who looked, and is it safe to look: what somebody of a family is told, and how she is warned."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from consent.sharing_decision import LegalGround, Named, Outcome, SharingDecision
from consent.store import decisions, families
from rooms.reading import read_part, read_plan
from server.audit.tables import audit_entry
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import SharingDecisionId, new_id
from tests.fakes.forms import csrf_of
from tests.web.test_family_door_pages import doors_of
from tests.web.test_family_pages import dorran_in

NOBODY = "Nobody has looked since"
on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


async def told_to(house, who) -> str:
    """The words of her page on who looked."""
    async with await house.browser(who) as browser:
        page = await browser.get("/y/looked")
    assert page.status_code == 200
    words: str = page.text.split("<main")[1].split("</main")[0]
    return words.replace(csrf_of(page.text), "")


async def test_she_sees_role_organisation_day_and_why_and_no_name(house):
    section = await house.add_section(house.imara, "What works", category="parenting")
    before = await told_to(house, house.tamsin)
    noon = (clock.now() + timedelta(days=1)).replace(hour=12)
    with clock.moved_to(noon):  # all on one day, whenever this runs
        for who in (house.imara, house.bronagh, house.leona):
            await read_part(who, house.room, section)
        await read_plan(house.bronagh, house.room)
        after = await told_to(house, house.tamsin)

    assert NOBODY in before
    assert NOBODY not in after
    for words in ("Pastoral lead, Tansy Vale School: to make the plan", "Bramblegate Homes"):
        assert after.count(words) == 1
    assert after.count("Quillmere 0 to 19 Health") == 1
    for name in ("Imara", "Bronagh", "Leona", "Otis", "What works"):
        assert name not in after


async def test_what_she_does_not_see_herself_or_did_not_agree_to_is_not_told(house):
    shown = await house.add_section(house.imara, "What works", category="parenting")
    kept_back = await house.add_section(
        house.gethin, "An order", category="domestic_abuse", about=["Tamsin"], named=[house.gethin]
    )
    decided = await house.add_section(house.imara, "Cold", category="parenting")
    await decide(house, decided, to=house.leona)
    await read_part(house.gethin, house.room, kept_back)
    await read_part(house.leona, house.room, decided)
    # One of the family looks too: that is nobody's to know.
    await read_part(house.tamsin, house.room, shown)

    assert NOBODY in await told_to(house, house.tamsin)

    await read_part(house.leona, house.room, shown)
    assert "Bramblegate Homes" in await told_to(house, house.tamsin)


async def decide(house, section, *, to) -> None:
    """The school shows a part to somebody without the family's yes."""
    async with writing() as tx:
        await decisions.add_sharing_decision(
            tx,
            SharingDecision(
                id=SharingDecisionId(new_id()),
                room=house.room,
                outcome=Outcome.SHARE,
                from_agency=house.imara.agency,
                purpose="plan",
                legal_ground=LegalGround.PUBLIC_TASK,
                why="A child is cold.",
                decided_by=house.imara.id,
                decided_at=tx.at,
                subjects=frozenset({house.people["Otis"]}),
                things=frozenset({section}),
                recipients=frozenset({Named(to.agency)}),
            ),
        )


@on_sqlite
async def test_one_parent_learns_nothing_of_what_was_looked_at_about_the_other(house):
    dorran = await dorran_in(house)
    section = await house.add_section(house.imara, "What works", category="parenting")
    before = await told_to(house, dorran)
    await read_part(house.bronagh, house.room, section)
    await read_part(house.leona, house.room, section)

    assert await told_to(house, dorran) == before
    assert NOBODY in before


@on_sqlite
async def test_one_parent_learns_nothing_of_how_the_other_comes_in(house):
    dorran = await dorran_in(house)
    async with await house.browser(dorran) as browser:
        pages = ["/y/own", "/y/safe", "/y/home", "/y/looked", doors_of(house)]
        before = [(await browser.get(page)).text for page in pages]
        async with await house.browser(house.imara) as imara:
            form = {"csrf": csrf_of((await imara.get(doors_of(house))).text)}
            address = f"{doors_of(house)}/{house.people['Tamsin'].hex}"
            await imara.post(f"{address}/code", data=form)
            await imara.post(f"{address}/close", data=form)
        after = [(await browser.get(page)).text for page in pages]

    assert [without_nonce(page) for page in after] == [without_nonce(page) for page in before]
    assert not any("Tamsin" in page for page in after)


def without_nonce(page: str) -> str:
    return "".join(line for line in page.splitlines() if "nonce=" not in line)


@on_sqlite
async def test_looks_of_before_the_last_twelve_weeks_are_not_told(house):
    section = await house.add_section(house.imara, "What works", category="parenting")
    await read_part(house.leona, house.room, section)
    with clock.moved_to(clock.now() + timedelta(days=85)):
        assert NOBODY in await told_to(house, house.tamsin)


@on_sqlite
async def test_a_code_leads_to_how_to_look_safely_and_what_she_says_reaches_her_lead(house):
    async with await house.browser(house.tamsin) as browser:
        page = await browser.get("/y/safe")
        form = {"csrf": csrf_of(page.text), "reach": "Text only, before 2:30pm. <b>"}
        too_long = await browser.post("/y/safe", data={**form, "reach": "x" * 2001})
        saved = await browser.post("/y/safe", data=form)
        again = await browser.get("/y/safe")
    async with await house.browser(house.imara) as browser:
        doors = await browser.get(doors_of(house))
    async with reading() as tx:
        found = await families.find_people(tx, [house.people["Tamsin"]])
        kinds = {row.kind for row in await tx.rows(select(audit_entry.c.kind))}

    for words in (
        "Is somebody near?",
        "Does somebody else use this phone",
        "Exit this page",
        "999",
    ):
        assert words in page.text
    assert "Otis" not in page.text
    assert too_long.status_code == 422
    assert "Use 2000 letters or fewer" in too_long.text
    assert (saved.status_code, saved.headers["location"]) == (303, "/y/home")
    assert "Text only, before 2:30pm. &lt;b&gt;" in again.text
    assert "How to reach them safely: Text only, before 2:30pm. &lt;b&gt;" in doors.text
    assert found[house.people["Tamsin"]].reach == "Text only, before 2:30pm. <b>"
    assert "reach:said" in kinds


@on_sqlite
async def test_these_pages_are_nowhere_for_anybody_else(house):
    async with await house.browser(house.imara) as browser:
        answers = [await browser.get(page) for page in ("/y/looked", "/y/safe")]
        form = {"csrf": csrf_of((await browser.get("/actions")).text), "reach": "x"}
        answers.append(await browser.post("/y/safe", data=form))
    assert {one.status_code for one in answers} == {404}
