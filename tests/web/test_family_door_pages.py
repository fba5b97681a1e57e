"""The family's own door: a code read out by the lead, typed once; a lost phone is closed."""

import re
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import select

from rooms.inviting import seat_family_member
from server.audit.tables import audit_entry
from server.identity import family_store, limits, sessions
from server.kernel import clock
from server.kernel.database import reading
from tests.fakes.family_room import KEEPERS, ORIGIN
from tests.fakes.forms import csrf_of, forms_of
from web import errors
from web.session import SESSION_COOKIE

ADDRESS = "192.0.2.1"
on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _from_the_start(monkeypatch):
    limits.forget()
    monkeypatch.setattr(limits, "WINDOW_S", 1e9)  # nothing comes back while a test runs
    monkeypatch.setattr(errors, "BEAT_S", 0.001)  # words and status are compared here, not time


def a_phone(house, address: str = ADDRESS) -> httpx2.AsyncClient:
    """A browser in which nobody is signed in."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(house.app, client=(address, 40_000)),
        base_url=ORIGIN,
        headers={"origin": ORIGIN, "sec-fetch-site": "same-origin"},
    )


def doors_of(house) -> str:
    return f"/rooms/{house.room.hex}/people/doors"


async def pressed(house, who, what: str, person) -> httpx2.Response:
    """What comes of a press on the lead's page, by whoever tries it."""
    async with await house.browser(who) as browser:
        token = csrf_of((await browser.get("/actions")).text)
        answer: httpx2.Response = await browser.post(
            f"{doors_of(house)}/{person.hex}/{what}",
            headers={"content-type": "application/x-www-form-urlencoded"},
            content=f"csrf={token}",
        )
        return answer


async def code_for(house, person) -> str:
    return code_on((await pressed(house, house.imara, "code", person)).text)


def code_on(sheet: str) -> str:
    found = re.search(r'<p class="app-code">([\d ]+)</p>', sheet)
    assert found, sheet
    return found[1]


async def typed(browser: httpx2.AsyncClient, code: str) -> httpx2.Response:
    return await browser.post("/y", data={"csrf": "", "code": code})


def said(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, re.sub(r'nonce="[^"]+"', "", answer.text)


async def reasons() -> list[str]:
    """The kinds of what was recorded of signing in, in order."""
    async with reading() as tx:
        rows = await tx.rows(
            select(audit_entry.c.kind, audit_entry.c.at_ms)
            .where(audit_entry.c.kind.like("%sign-in%") | audit_entry.c.kind.like("code:%"))
            .order_by(audit_entry.c.at_ms)
        )
    return [row.kind for row in rows]


async def test_a_code_read_out_lets_her_in_once_and_names_nobody(house):
    tamsin = house.people["Tamsin"]
    sheet = await pressed(house, house.imara, "code", tamsin)
    code = code_on(sheet.text)
    async with a_phone(house) as phone:
        first = await phone.get("/y")
        let_in = await typed(phone, f" {code.replace(' ', '-')} ")
        home = await phone.get("/y/home")
    async with a_phone(house) as another:
        again = await typed(another, code)

    assert re.fullmatch(r"\d{4} \d{4} \d{4}", code)
    for page in (sheet.text.split("<main")[1].split("</main")[0], first.text):
        assert not any(name in page for name in ("Samplewick", "Otis", "Tamsin", "Imara"))
    assert let_in.status_code == 303
    assert "__Host-tacroom=" in let_in.headers["set-cookie"]
    assert "Who to ring" in home.text
    assert again.status_code == 422
    assert await reasons() == ["code:given", "sign-in:done", "sign-in:failed"]


async def test_wrong_ended_used_unknown_and_worn_out_are_one_answer(house, monkeypatch):
    monkeypatch.setattr(limits, "count_family_try", lambda _address: None)
    tamsin = house.people["Tamsin"]
    async with a_phone(house) as phone:
        code = await code_for(house, tamsin)
        wrong = [await typed(phone, code[:-1] + str((int(code[-1]) + 1) % 10)) for _ in range(5)]
        worn = await typed(phone, code)
        code = await code_for(house, tamsin)
        replaced = await code_for(house, tamsin)
        old = await typed(phone, code)
        with clock.moved_to(clock.now() + timedelta(days=7, minutes=1)):
            ended = await typed(phone, replaced)
        unknown = [await typed(phone, one) for one in ("", "123", "x" * 5000, "\u0661" * 12)]

    answers = {said(one) for one in (*wrong, worn, old, ended, *unknown)}
    assert len(answers) == 1
    ((status, words),) = answers
    assert status == 422
    assert "This code did not work. Check it, or ask your contact for a new one." in words


@on_sqlite
async def test_the_fifth_try_may_still_be_right(house, monkeypatch):
    monkeypatch.setattr(limits, "count_family_try", lambda _address: None)
    code = await code_for(house, house.people["Tamsin"])
    async with a_phone(house) as phone:
        for _ in range(4):
            await typed(phone, code[:4] + "0" * 8)
        assert (await typed(phone, code)).status_code == 303


@on_sqlite
async def test_five_wrong_tries_from_one_place_turn_it_away_and_right_ones_do_not_count(house):
    code = await code_for(house, house.people["Tamsin"])
    async with a_phone(house) as phone:
        wrong = [(await typed(phone, "000011112222")).status_code for _ in range(4)]
        right = await typed(phone, code)
        phone.cookies.clear()
        fifth = (await typed(phone, "000011112222")).status_code
        away = await typed(phone, "000011112222")
        await typed(phone, "000011112222")
        turned_away = (await reasons()).count("sign-in:failed")
        code = await code_for(house, house.people["Tamsin"])
        async with a_phone(house, "192.0.2.9") as elsewhere:
            let_in = await typed(elsewhere, code)

    assert wrong == [422] * 4
    assert right.status_code == 303
    assert fifth == 422
    assert away.status_code == 429
    assert turned_away == 6  # of those turned away the first alone
    assert "Wait 5 minutes, then try again." in away.text
    assert let_in.status_code == 303


@on_sqlite
async def test_only_a_keyed_hash_of_a_code_is_kept(house):
    code = (await code_for(house, house.people["Tamsin"])).replace(" ", "")
    async with reading() as tx:
        (row,) = (await family_store.codes_of(tx, [house.tamsin.id])).values()

    assert row.finder == code[:4]
    assert sessions.hash_of(code) != row.code_hash
    assert code[4:].encode() not in row.code_hash


async def test_a_lost_phone_is_signed_out_and_nothing_it_had_lets_anybody_in(house):
    tamsin = house.people["Tamsin"]
    async with a_phone(house) as phone, await house.browser(house.tamsin) as laptop:
        await typed(phone, await code_for(house, tamsin))
        waiting = await code_for(house, tamsin)
        closed = await pressed(house, house.imara, "close", tamsin)
        gone = [await one.get("/y/home") for one in (phone, laptop)]
        token = phone.cookies[SESSION_COOKIE]
        phone.cookies.clear()
        by_the_old = await typed(phone, waiting)
        anew = await typed(phone, await code_for(house, tamsin))

    assert closed.status_code == 303
    assert {one.status_code for one in gone} == {303}
    assert await sessions.find_session(token) is None
    assert by_the_old.status_code == 422
    assert anew.status_code == 303


@on_sqlite
async def test_the_lead_sees_how_each_of_the_family_comes_in(house):
    async with await house.browser(house.imara) as browser:
        before = await browser.get(doors_of(house))
        code = await code_for(house, house.people["Tamsin"])
        waits = await browser.get(doors_of(house))
        async with a_phone(house) as phone:
            await typed(phone, code)
        used = await browser.get(doors_of(house))

    assert "They have not made a way of their own to come back." in before.text
    assert "A code is waiting." in waits.text
    assert "Their last code was used on" in used.text
    assert code not in waits.text
    assert forms_of(before.text, f"{doors_of(house)}/{house.people['Tamsin'].hex}/code")
    assert "Lost phone" not in before.text
    assert "Lost phone" in waits.text


@on_sqlite
async def test_nobody_but_the_lead_makes_sees_or_closes_a_way_in(house):
    otis = await seat_family_member(house.imara, house.room, house.people["Otis"], keepers=KEEPERS)
    await code_for(house, house.people["Tamsin"])
    answers = []
    for who in (otis, house.tamsin, house.bronagh, house.saskia):
        async with await house.browser(who) as browser:
            answers.append(await browser.get(doors_of(house)))
        for what in ("code", "close"):
            answers.append(await pressed(house, who, what, house.people["Tamsin"]))
    # Of the family, but without a page; and of no family at all.
    answers.append(await pressed(house, house.imara, "code", house.people["Pip"]))
    answers.append(await pressed(house, house.imara, "close", house.room))

    assert {one.status_code for one in answers} == {404}
    async with reading() as tx:
        (row,) = (await family_store.codes_of(tx, [house.tamsin.id])).values()
    assert row.finder is not None


@on_sqlite
async def test_the_printed_sheet_tells_nothing_of_children_or_of_the_room(house):
    sheet = await pressed(house, house.imara, "code", house.people["Tamsin"])
    on_paper = re.sub(r'(?s)<(div|span|p) class="[^"]*app-paper__screen.*?</\1>', "", sheet.text)
    printed = on_paper.split("<main")[1]

    assert "Worried a child" in sheet.text
    assert [on_paper.count(words) for words in ("Your code", "Eich cod", code_on(on_paper))] == [
        1,
        1,
        2,
    ]
    for word in ("child", "social care", "family", house.room.hex):
        assert word not in printed.split("Your code")[1].replace("app-family", "")


@on_sqlite
async def test_who_is_signed_in_is_not_asked_for_a_code(house):
    for who, home in ((house.tamsin, "/y/home"), (house.imara, "/home")):
        async with await house.browser(who) as browser:
            assert (await browser.get("/y")).headers["location"] == home
