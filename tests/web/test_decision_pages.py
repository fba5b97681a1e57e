"""Decisions about sharing, on pages: asked, read back, recorded, shown, and reviewed."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from consent import withdrawing
from consent.second_person import list_reviews
from server.directory import store as directory
from server.directory.member import Office, Practitioner
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.ids import MemberId, SeatId, new_id
from tests.fakes.forms import FORM, csrf_of, forms_of, send

HOSTILE = '"><script>alert(1)</script>'
CANARY = "heron-at-the-lock"


def top_of(house):
    return f"/rooms/{house.room.hex}/decisions"


def told(house, thing, **changes):
    """A decision to share a part about Otis with the health visitor, field by field."""
    last_day = clock.today() + timedelta(days=20)
    fields = {
        "way": "here",
        "subjects": house.people["Otis"].hex,
        "things": thing.hex,
        "to": f"{house.bronagh.agency}:{house.bronagh.id.hex}",
        "purpose": "safeguard",
        "why": f"{CANARY} {HOSTILE}",
        "legal_ground": "s16la_duty",
        "duty": "yes",
        "detriment": "Not to share would be worse",
        "lawful_basis": "legal_obligation",
        "condition": "safeguarding",
        "proportion": "Only this",
        "asked_as": "unsafe",
        "asked": "She was in the room",
        "told_as": "not",
        "told": "It could make things worse",
        **{f"last_day-{part}": str(getattr(last_day, part)) for part in ("day", "month", "year")},
        **changes,
    }
    return [(name, value) for name, value in fields.items() if value]


async def worry(house):
    return await house.add_section(
        house.imara, "A worry about Otis", category="safeguarding_concern"
    )


@pytest.fixture
async def safeguards(house):
    """Bronagh's place is to keep a child safe, too."""
    async with writing() as tx:
        seat = await directory.find_seat(tx, house.room, house.bronagh.id)
        assert seat is not None
        await directory.end_seat(tx, seat.id)
        more = seat.purposes | {"safeguard"}
        again = replace(seat, id=SeatId(new_id()), purposes=more, since=tx.at)
        await directory.add_seat(tx, again)


async def officer(house) -> Practitioner:
    member = Practitioner(
        MemberId(new_id()),
        house.imara.agency,
        "Noor Specimen",
        "Information governance officer",
        "noor@council.example",
        office=Office.IG_OFFICER,
    )
    async with writing() as tx:
        await directory.add_member(tx, member)
    return member


async def test_nothing_is_chosen_beforehand_and_advice_stands_beside_the_form(house):
    await worry(house)
    async with await house.browser(house.imara) as browser:
        empty = (await browser.get(top_of(house))).text
        page = (await browser.get(f"{top_of(house)}/new")).text

    assert "No decisions. Most sharing here needs none." in empty
    assert " checked" not in page
    assert "Ask for advice, without names" in page
    assert "A worry about Otis" in page
    assert page.split("<title")[1].split("</title>")[0].endswith("Decide about sharing - Tacroom")


async def test_a_decision_is_read_back_recorded_reviewed_and_challenged(house, safeguards):
    thing = await worry(house)
    part = f"/rooms/{house.room.hex}/plan/{thing.hex}"
    noor = await officer(house)
    address = f"{top_of(house)}/new"
    async with (
        await house.browser(house.imara) as imara,
        await house.browser(house.bronagh) as bronagh,
        await house.browser(noor) as desk,
    ):
        sure = await send(imara, await imara.get(address), address, *told(house, thing))
        assert sure.status_code == 200
        assert "Bronagh Exampleton (Quillmere 0 to 19 Health): A worry about Otis" in sure.text
        assert HOSTILE not in sure.text
        assert (await bronagh.get(part)).status_code == 404
        changed = await send(imara, sure, address, ("go", "change"))
        assert (CANARY in changed.text, ' value="unsafe" checked' in changed.text) == (True, True)
        done = await send(imara, sure, address, ("go", "record"))
        assert done.headers["location"] == f"{top_of(house)}?done=recorded"
        again = await send(imara, sure, address, ("go", "record"))
        assert again.headers["location"] == top_of(house)
        assert (await bronagh.get(part)).status_code == 200
        assert "Open now" in (await bronagh.get(top_of(house))).text
        waiting = (await desk.get("/desk/decisions")).text
        link = re.search(r'href="(/desk/decisions/[0-9a-f]{32})"', waiting)
        assert link is not None
        shown = await desk.get(link[1])
        assert (CANARY in shown.text, "A worry about Otis" in shown.text) == (True, False)
        unsaid = await send(desk, shown, link[1], ("review", "challenged"))
        assert (unsaid.status_code, 'href="#words"' in unsaid.text) == (422, True)
        closed = await send(
            desk, shown, link[1], ("review", "challenged"), ("words", "Ask her first")
        )
        assert closed.headers["location"] == "/desk/decisions?done=challenged"
        late = await send(desk, shown, link[1], ("review", "right"))
        assert late.headers["location"] == "/desk/decisions?done=before"
        assert "Nothing waiting." in (await desk.get("/desk/decisions")).text
        assert (await bronagh.get(part)).status_code == 404
        hers = (await imara.get(f"{top_of(house)}?done=recorded")).text
        assert ("Ended" in hers, "Ask her first" in hers) == (True, True)


async def test_what_is_wrong_is_told_and_everything_typed_stays(house, safeguards):
    thing = await worry(house)
    address = f"{top_of(house)}/new"
    wrong = told(house, thing, detriment="", **{"last_day-month": "13"})
    async with await house.browser(house.imara) as browser:
        page = await send(browser, await browser.get(address), address, *wrong)
        nobody = await send(browser, page, address, *told(house, thing, to=str(house.leona.agency)))

    assert page.status_code == 422
    assert 'href="#last_day-day"' in page.text
    assert 'href="#detriment"' in page.text
    (form,) = forms_of(page.text, address)
    assert form.get("asked") == "She was in the room"
    assert form.get("legal_ground") == "s16la_duty"
    assert form.all("things") == [thing.hex]
    assert nobody.status_code == 422
    assert "Share it by phone or secure mail" in nobody.text
    assert 'href="#to"' in nobody.text


async def test_what_was_shared_outside_is_recorded_and_shows_to_who_did_it_alone(house):
    address = f"{top_of(house)}/new"
    fields = told(
        house,
        new_id(),
        way="outside",
        things="",
        to="",
        categories="safeguarding_concern",
        outside_to="Lantern Thread, the mentor",
        outside_how="phone",
    )
    async with (
        await house.browser(house.leona) as leona,
        await house.browser(house.imara) as imara,
    ):
        sure = await send(leona, await leona.get(address), address, *fields)
        assert "opens nothing in the room" in sure.text
        await send(leona, sure, address, ("go", "record"))
        assert "Lantern Thread, the mentor" in (await leona.get(top_of(house))).text
        assert "No decisions." in (await imara.get(top_of(house))).text


async def test_a_sharing_is_ended_before_its_time(house, safeguards):
    thing = await worry(house)
    part = f"/rooms/{house.room.hex}/plan/{thing.hex}"
    address = f"{top_of(house)}/new"
    async with (
        await house.browser(house.imara) as imara,
        await house.browser(house.bronagh) as bronagh,
    ):
        sure = await send(imara, await imara.get(address), address, *told(house, thing))
        await send(imara, sure, address, ("go", "record"))
        hers, others = await imara.get(top_of(house)), await bronagh.get(top_of(house))
        link = re.search(r'action="([^"]+/end)"', hers.text)
        assert link is not None
        assert "End this sharing now" not in others.text
        assert (await bronagh.get(part)).status_code == 200
        for _ in range(2):
            ended = await send(imara, hers, link[1])
            assert ended.headers["location"] == f"{top_of(house)}?done=ended"
        assert (await bronagh.get(part)).status_code == 404


async def test_no_page_of_the_family_tells_of_a_decision(house, safeguards):
    thing = await worry(house)
    address = f"{top_of(house)}/new"
    pages = ("/y/home", "/y/plan?show=yes", "/y/choices", "/actions")
    async with (
        await house.browser(house.tamsin) as tamsin,
        await house.browser(house.imara) as imara,
    ):
        before = [plain((await tamsin.get(page)).text) for page in pages]
        sure = await send(imara, await imara.get(address), address, *told(house, thing))
        assert (await send(imara, sure, address, ("go", "record"))).status_code == 303
        after = [plain((await tamsin.get(page)).text) for page in pages]
        hers = [await tamsin.get(one) for one in (top_of(house), address, "/desk/decisions")]

    assert after == before
    assert CANARY not in "".join(after)
    assert {one.status_code for one in hers} == {404}


def plain(page: str) -> str:
    return re.sub(r'nonce="[^"]+"|name="csrf" value="[^"]+"|data-live-token="[^"]*"', "", page)


async def test_the_leads_yes_leads_to_the_form_with_its_matter(house):
    await house.stop("family_life", "bramblegate")
    (question,) = await withdrawing.list_questions(house.imara, house.room)
    agreement = f"/rooms/{house.room.hex}/agreement"
    async with await house.browser(house.imara) as browser:
        page = await browser.get(agreement)
        yes = await browser.post(
            f"{agreement}/question",
            content=urlencode(
                {
                    "csrf": csrf_of(page.text),
                    "question": question.id.hex,
                    "less_safe": "yes",
                    "words": CANARY,
                }
            ),
            headers=FORM,
        )
        asked = await browser.get(yes.headers["location"])
        link = re.search(r'href="([^"]+/decisions/new\?after=[0-9a-f]{32})"', asked.text)
        assert link is not None
        form = await browser.get(link[1])

    assert CANARY in form.text
    assert "Family life: no longer shared with Bramblegate Homes" in form.text
    assert " checked" not in form.text


async def test_only_those_who_review_have_the_desk(house):
    noor = await officer(house)
    async with await house.browser(house.imara) as browser:
        assert (await browser.get("/desk/decisions")).status_code == 404
        assert (await browser.get(f"/desk/decisions/{new_id().hex}")).status_code == 404
    async with await house.browser(noor) as browser:
        assert "Decisions to review" in (await browser.get("/home")).text
        assert "Nothing waiting." in (await browser.get("/desk/decisions")).text
    assert (await list_reviews(noor)).waiting == ()


async def test_advice_is_asked_on_a_page_that_names_nobody_and_keeps_nothing(house):
    address = f"{top_of(house)}/advice"
    async with await house.browser(house.imara) as browser:
        page = await browser.get(address)
        named = await send(browser, page, address, ("worry", f"Otis {HOSTILE}"))
        paper = await send(browser, named, address, ("worry", f"{CANARY} {HOSTILE}"))
        again = (await browser.get(address)).text

    assert (named.status_code, 'href="#worry"' in named.text) == (422, True)
    assert paper.status_code == 200
    assert CANARY in paper.text
    assert HOSTILE not in paper.text
    assert "Samplewick" not in paper.text.split("<main")[1].split("</main>")[0]
    assert "01632 960100" in paper.text
    assert CANARY not in again


async def test_an_officer_confirms_from_when_the_duty_applies(house):
    noor = await officer(house)
    today = clock.today()
    day = [(f"starts_on-{part}", str(getattr(today, part))) for part in ("day", "month", "year")]
    async with await house.browser(noor) as desk, await house.browser(house.imara) as browser:
        assert 'href="/desk/duty"' in (await desk.get("/desk/decisions")).text
        page = await desk.get("/desk/duty")
        wrong = await send(desk, page, "/desk/duty", *day[1:], ("starts_on-day", "99"))
        assert (wrong.status_code, 'href="#starts_on-day"' in wrong.text) == (422, True)
        done = await send(desk, page, "/desk/duty", *day)
        assert done.headers["location"] == "/desk/duty?done=yes"
        assert "Confirmed by Noor Specimen" in (await desk.get("/desk/duty?done=yes")).text
        assert (await browser.get("/desk/duty")).status_code == 404
        assert 'value="s16la_duty"' in (await browser.get(f"{top_of(house)}/new")).text
