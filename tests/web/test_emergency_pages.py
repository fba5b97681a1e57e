"""Emergency access on pages: asked for, opened by a second person, read by, ended, reviewed."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from actions.assigning import Assignment, assign
from documents.description import Description
from documents.uploading import receiving
from server.audit import search
from server.audit.search import Filter
from server.directory import store as directory
from server.directory.member import Office, Practitioner
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import ActionId, MemberId, new_id
from tests.fakes import files
from tests.fakes.family_room import KEEPERS
from tests.fakes.forms import forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}
CANARY = "kestrel-on-the-gate"


async def officer(house, office: Office) -> Practitioner:
    """An officer of housing, who has no place in the room."""
    name = f"The {office.value}"
    mail = f"{office.value}@bramblegate.example"
    agency = house.leona.agency
    one = Practitioner(MemberId(new_id()), agency, name, office.value, mail, office=office)
    async with writing() as tx:
        await directory.add_member(tx, one)
    return one


@pytest.fixture
async def reference(house) -> str:
    async with writing() as tx:
        return (await directory.get_team(tx, house.room)).reference


async def send(browser, page, action, *fields):
    """Send the form of a page that posts there, with what was typed, as a browser does."""
    (form,) = forms_of(page.text, action)
    names = {name for name, _ in fields}
    kept = [(name, value) for name, value in form.fields if name not in names]
    return await browser.post(action, content=urlencode([*kept, *fields]), headers=FORM)


async def asked(asker, reference) -> str:
    """Ask for a room on the page; the address of the request at the desk."""
    page = await asker.get("/emergency")
    told = (("reference", reference), ("reason", f"{CANARY} <b>"))
    sent = await send(asker, page, "/emergency", *told)
    assert sent.headers["location"] == "/emergency?done=asked"
    mine = await asker.get("/emergency")
    assert "Waiting for a second person" in mine.text
    return "/desk/emergency"


async def test_a_second_person_opens_a_room_and_it_is_read_part_by_part(house, reference):
    part = await house.add_section(house.imara, "Otis at school")
    noor = await officer(house, Office.IG_OFFICER)
    async with await house.browser(noor) as asker, await house.browser(house.imara) as lead:
        assert "ask for emergency access" in (await asker.get("/rooms")).text
        page = await asker.get("/emergency")
        empty = await send(asker, page, "/emergency", ("reference", "the family"))
        assert (empty.status_code, 'href="#reason"' in empty.text) == (422, True)
        desk = await asked(asker, reference)
        one = linked(await lead.get("/home"), desk)
        shown = await lead.get(one)
        assert f"{CANARY} &lt;b&gt;" in shown.text
        unsaid = await send(lead, shown, f"{one}/answer")
        assert (unsaid.status_code, 'href="#answer"' in unsaid.text) == (422, True)
        mine = one.removeprefix("/desk")
        assert (await asker.get(mine)).status_code == 404
        opened = await send(lead, shown, f"{one}/answer", ("answer", "open"))
        assert opened.headers["location"] == f"{one}?done=opened"
        twice = await send(lead, shown, f"{one}/answer", ("answer", "open"))
        assert twice.headers["location"] == f"{one}?done=before"
        room = (await lead.get(f"/rooms/{house.room.hex}")).text
        assert "Emergency access to this room is open now" in room
        assert CANARY not in room

        parts = (await asker.get(mine)).text
        assert "Otis at school" in parts
        assert ">Words<" not in parts
        words = await asker.get(f"{mine}/{part.hex}")
        assert "Words" in words.text
        assert "Emergency access - " in words.text.split("<title")[1].split("</title>")[0]
        for address in ("", "/plan", "/people", "/agreement", "/emergency"):
            shut = await asker.get(f"/rooms/{house.room.hex}{address}")
            assert shut.status_code == (200 if address == "/emergency" else 404), address


async def test_an_access_is_ended_by_who_has_it_and_reviewed_by_a_third(house, reference):
    part = await house.add_section(house.imara, "Otis at school")
    noor, dara = await officer(house, Office.IG_OFFICER), await officer(house, Office.DPO_CALDICOTT)
    async with (
        await house.browser(noor) as asker,
        await house.browser(house.imara) as lead,
        await house.browser(dara) as reviewer,
    ):
        desk = await asked(asker, reference)
        one = linked(await lead.get("/home"), desk)
        await send(lead, await lead.get(one), f"{one}/answer", ("answer", "open"))
        mine = one.removeprefix("/desk")
        words = await asker.get(f"{mine}/{part.hex}")
        done = await send(asker, words, f"{mine}/end")
        assert done.headers["location"] == "/emergency?done=ended"
        assert (await asker.get(mine)).status_code == 404

        review = await reviewer.get(one)
        assert "Otis at school" in review.text
        assert "To be reviewed by" in review.text
        assert "Your review" not in (await lead.get(one)).text
        noted = await send(
            reviewer, review, f"{one}/review", ("review", "right"), ("words", "Read one part")
        )
        assert noted.headers["location"] == f"{one}?done=reviewed"
        assert "it was right" in (await reviewer.get("/desk/emergency")).text
        assert "Read one part" in (await lead.get(one)).text
        listed = (await lead.get(f"/rooms/{house.room.hex}/emergency")).text
        assert one in listed


def linked(page, top: str) -> str:
    """The first link of a page to one below an address."""
    found = re.search(rf'href="({top}/[0-9a-f]{{32}})"', page.text)
    assert found is not None
    return found[1]


async def test_the_answer_for_an_unknown_room_is_the_answer_for_a_known_one(house, reference):
    async with await house.browser(house.saskia) as browser:
        page = await browser.get("/emergency")
        answers = []
        for asked in (reference, "0000"):
            again = page.text.replace(
                *re.findall('name="id" value="([^"]+)"', page.text), new_id().hex
            )
            (form,) = forms_of(again, "/emergency")
            kept = [
                (name, value) for name, value in form.fields if name not in {"reference", "reason"}
            ]
            body = urlencode([*kept, ("reference", asked), ("reason", "A child is hurt")])
            answer = await browser.post("/emergency", content=body, headers=FORM)
            answers.append((answer.status_code, answer.headers["location"], answer.text))
        cards = re.findall(
            r'<li class="app-card">(.*?)</li>', (await browser.get("/emergency")).text, re.DOTALL
        )

    assert answers[0] == answers[1]
    assert len(cards) == 2
    assert len({re.sub("0000|" + reference, "", card) for card in cards}) == 1


async def add_document(house, name, *, named=()):
    described = Description(
        "education_attendance",
        frozenset({house.people["Otis"]}),
        "plan",
        named=frozenset(named),
        is_for_named_only=bool(named),
    )
    async with receiving(house.imara, house.room, new_id()) as arrival:
        await arrival.write(files.pdf(name))
        return await arrival.keep(f"{name}.pdf", described)


async def add_action(house) -> ActionId:
    part = await house.add_section(house.imara, "Otis at school")
    due = clock.today() + timedelta(days=3)
    told = Assignment(ActionId(new_id()), part, CANARY, house.imara.id, due)
    return await assign(house.imara, house.room, told, keepers=KEEPERS)


async def opened(who, *things) -> set[tuple[str, str]]:
    """What was opened of these things, and on what ground, as the log has it."""
    async with reading() as tx:
        return {
            (entry.kind, (entry.details or {}).get("ground", ""))
            async for entry in search.all_entries(tx, Filter(member=who.id, outcome="allowed"))
            if entry.thing in things
        }


async def test_documents_are_looked_at_and_actions_read_one_by_one_while_it_lasts(house, reference):
    letter = await add_document(house, "letter")
    kept_back = await add_document(house, "kept-back", named=[house.imara.id])
    action = await add_action(house)
    noor = await officer(house, Office.IG_OFFICER)
    async with await house.browser(noor) as asker, await house.browser(house.imara) as lead:
        desk = await asked(asker, reference)
        one = linked(await lead.get("/home"), desk)
        await send(lead, await lead.get(one), f"{one}/answer", ("answer", "open"))
        mine = one.removeprefix("/desk")
        hers = {
            "list": mine,
            "document": f"{mine}/documents/{letter.hex}",
            "bytes": f"{mine}/documents/{letter.hex}/look",
            "action": f"{mine}/actions/{action.hex}",
        }
        before = (await lead.get(one)).text
        got = {name: await asker.get(address) for name, address in hers.items()}
        shut = [
            await asker.get(f"{mine}/documents/{kept_back.hex}"),
            await asker.get(f"{mine}/documents/{kept_back.hex}/look"),
            await asker.get(f"/rooms/{house.room.hex}/documents/{letter.hex}/copy"),
            await lead.get(hers["bytes"]),
        ]
        read = (await lead.get(one)).text
        await send(asker, got["list"], f"{mine}/end")
        over = [await asker.get(address) for address in hers.values()]

    assert "letter.pdf" in got["list"].text
    assert "For “Otis at school”" in got["list"].text
    assert "kept-back" not in got["list"].text
    assert CANARY not in got["list"].text
    assert got["bytes"].content.startswith(b"%PDF")
    assert got["bytes"].headers["content-disposition"].startswith("inline")
    assert CANARY in got["action"].text
    assert [answer.status_code for answer in (*shut, *over)] == [404] * 8
    # What was opened is told to who leads, from the log itself.
    for title in ("letter.pdf", CANARY):
        assert (title in before.partition("<h2")[2], title in read) == (False, True)
    assert await opened(noor, letter, action) == {
        ("document:listed", "emergency"),
        ("document:viewed", "emergency"),
        ("action:listed", "emergency"),
    }
