"""Coming again: a way of one's own, made just after a code, as easy in week three as on day one."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from rooms.family_page import choose_reading
from server.identity import (
    coming_again,
    coming_in,
    family_store,
    limits,
    page_name,
    passkeys,
    pins,
    sessions,
    store,
)
from server.identity.failing import SignInFailed
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.errors import NotSignedIn
from tests.fakes.device import PRESENT, Device
from tests.fakes.family_room import ORIGIN
from tests.web.test_family_door_pages import a_phone, said
from tests.web.test_language import LONGEST_EASY_LINE
from web import errors
from web.session import SESSION_COOKIE

PIN = "493071"
on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _from_the_start(monkeypatch):
    limits.forget()
    monkeypatch.setattr(limits, "WINDOW_S", 1e9)  # nothing comes back while a test runs
    monkeypatch.setattr(limits, "count_family_try", lambda _address: None)
    monkeypatch.setattr(errors, "BEAT_S", 0.001)


async def came_by_code(house, phone: httpx2.AsyncClient) -> httpx2.Response:
    """Tamsin types a code that the lead made; the page she comes to."""
    phone.cookies.clear()
    async with writing() as tx:
        code, _ = await coming_in.make_code(tx, house.tamsin, by=house.imara.id)
    let_in = await phone.post("/y", data={"csrf": "", "code": code})
    assert let_in.status_code == 303
    page: httpx2.Response = await phone.get("/y/own")
    return page


async def sent(phone: httpx2.AsyncClient, page: httpx2.Response, **fields: str) -> httpx2.Response:
    token = re.search(r'name="csrf" value="([^"]*)"', page.text)
    form = {"csrf": token[1] if token else "", **fields}
    answer: httpx2.Response = await phone.post(page.url.path, data=form)
    return answer


def options_on(page: httpx2.Response) -> str:
    found = re.search(r'data-options="([^"]+)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


async def name_for(house, phone: httpx2.AsyncClient) -> str:
    """The name she is given for the PIN she chose."""
    page = await sent(phone, await came_by_code(house, phone), pin=PIN, again=PIN)
    found = re.search(r'<p class="app-code"[^>]*>([a-z ]+)</p>', page.text)
    assert found, page.text
    return found[1]


async def test_a_name_and_a_pin_let_her_in_again(house):
    async with a_phone(house) as phone:
        name = await name_for(house, phone)
        phone.cookies.clear()
        led = await phone.get("/y/plan")
        asked = await phone.get(led.headers["location"])
        let_in = await sent(phone, asked, name=f" {name.title()}", pin=PIN, to="/y/plan")
        own = await phone.get("/y/own")
        used = await phone.get("/y/home")
    async with reading() as tx:
        row = (await family_store.own_of(tx, [house.tamsin.id]))[house.tamsin.id]

    assert len(name.split()) == 3
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/y/plan")
    assert used.status_code == 200
    assert "You come in with the name we gave you and your PIN." in own.text
    assert "How do you want to come back?" not in own.text
    assert row.pin_hash is not None
    assert row.pin_hash.startswith("$argon2id$")
    assert name.encode() not in (row.name_hash or b"")


@on_sqlite
async def test_a_way_of_her_own_is_made_in_easy_read_and_her_name_is_not_lost_by_a_press(house):
    await choose_reading(house.tamsin, easy_read=True)
    async with a_phone(house) as phone:
        asked = await came_by_code(house, phone)
        told = await sent(phone, asked, pin=PIN, again=PIN)

    for page in (asked, told):
        assert 'class="app-easy"' in page.text
        lines = re.findall(r"<p>([^<]+)</p>", page.text.partition("<h1")[2])
        assert max(len(line.split()) for line in lines) <= LONGEST_EASY_LINE
    assert "app-language" in asked.text
    # It is shown this once: nothing in the page's head leads away from it but signing out.
    assert 'class="app-code"' in told.text
    assert "app-language" not in told.text


@on_sqlite
async def test_all_that_is_wrong_with_a_name_or_pin_is_one_answer_and_five_close_it(house):
    async with a_phone(house) as phone, a_phone(house) as stranger:
        name = await name_for(house, phone)
        asked = await stranger.get("/y/in")
        answers = [await sent(stranger, asked, name=name, pin=pin) for pin in ("1", "493072", "")]
        answers += [
            await sent(stranger, asked, name=one, pin=PIN) for one in ("", "a b c", "x" * 999)
        ]
        answers += [await sent(stranger, asked, name=name, pin="493072") for _ in range(2)]
        worn = await sent(stranger, asked, name=name, pin=PIN)
        await phone.get("/y/own")
        shown = await phone.get("/y/own?done=passkey")

    words = {
        (status, re.sub(r'data-options="[^"]+"', "", text))
        for status, text in map(said, [*answers, worn])
    }
    assert len(words) == 1
    assert {status for status, _ in words} == {422}
    assert "no longer works" in shown.text


@on_sqlite
async def test_a_right_pin_takes_back_the_wrong_ones_before_it(house):
    async with a_phone(house) as phone, a_phone(house) as other:
        name = await name_for(house, phone)
        for _ in range(2):
            asked = await other.get("/y/in")
            for _ in range(4):
                await sent(other, asked, name=name, pin="000000")
            assert (await sent(other, asked, name=name, pin=PIN)).status_code == 303
            other.cookies.clear()


@on_sqlite
async def test_a_pin_that_anybody_tries_first_is_not_taken(house):
    async with a_phone(house) as phone:
        page = await came_by_code(house, phone)
        refused = [
            await sent(phone, page, pin=pin, again=again)
            for pin, again in (("12345", "12345"), ("123456", "123456"), (PIN, "493072"))
        ]

    assert [one.status_code for one in refused] == [422] * 3
    assert "Enter 6 numbers" in refused[0].text
    assert "harder to guess" in refused[1].text
    assert "the same 6 numbers again" in refused[2].text
    assert PIN not in refused[2].text
    easy = ("111111", "121212", "654321", "890123", "123123")
    assert [pin for pin in easy if not pins.is_easy(pin)] == []
    assert not pins.is_easy(PIN)


async def test_a_passkey_lets_her_in_again_and_is_asked_for_its_lock(house):
    device = Device(ORIGIN)
    async with a_phone(house) as phone:
        page = await came_by_code(house, phone)
        made = await sent(phone, page, answer=device.makes(options_on(page)))
        done = await phone.get(made.headers["location"])
        phone.cookies.clear()
        asked = await phone.get("/y/in")
        let_in = await sent(phone, asked, answer=device.proves(options_on(asked)))
        own = await phone.get("/y/own")

    assert made.headers["location"] == "/y/own?done=passkey"
    assert "You come in with the lock of your own phone, tablet or computer." in done.text
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/y/home")
    assert ": Pastoral lead, Tansy Vale School." in own.text
    for options in (options_on(page), options_on(asked)):
        assert '"userVerification": "required"' in options
        assert "Samplewick" not in options


@on_sqlite
async def test_a_passkey_that_proves_nothing_lets_nobody_in(house, monkeypatch):
    monkeypatch.setattr(limits, "count_begun", lambda _address, _browser: None)
    device = Device(ORIGIN)
    async with a_phone(house) as phone, a_phone(house) as stranger:
        page = await came_by_code(house, phone)
        await sent(phone, page, answer=device.makes(options_on(page)))
        phone.cookies.clear()
        asked = await phone.get("/y/in")
        options = options_on(asked)
        elsewhere = Device(
            "https://tacroom.example.net", credential=device.credential, key=device.key
        )
        unlocked = Device(ORIGIN, flags=PRESENT, credential=device.credential, key=device.key)
        unknown, forger = Device(ORIGIN), Device(ORIGIN, credential=device.credential)
        tried = [
            await sent(phone, await phone.get("/y/in"), answer=answer)
            for answer in ("{}", "no", "[" * 20_000, '{"id": 1}')
        ]
        for liar in (elsewhere, unlocked, unknown, forger):
            asked = await phone.get("/y/in")
            tried.append(await sent(phone, asked, answer=liar.proves(options_on(asked))))
        # Asked in one browser, answered in another; answered twice; by a copy; too late.
        tried.append(
            await sent(stranger, await stranger.get("/y/in"), answer=device.proves(options))
        )
        answer = device.proves(options)
        assert (await sent(phone, asked, answer=answer)).status_code == 303
        phone.cookies.delete(SESSION_COOKIE)
        tried.append(await sent(phone, asked, answer=answer))
        copy = Device(ORIGIN, credential=device.credential, key=device.key)
        asked = await phone.get("/y/in")
        tried.append(await sent(phone, asked, answer=copy.proves(options_on(asked))))
        asked = await phone.get("/y/in")
        with clock.moved_to(clock.now() + timedelta(minutes=11)):
            tried.append(await sent(phone, asked, answer=device.proves(options_on(asked))))

    assert [one.status_code for one in tried] == [422] * len(tried)
    assert len({re.sub(r'data-options="[^"]+"', "", said(one)[1]) for one in tried}) == 1


@on_sqlite
async def test_a_way_of_ones_own_is_made_only_just_after_a_code(house):
    device = Device(ORIGIN)
    async with a_phone(house) as phone, await house.browser(house.tamsin) as signed_in:
        page = await came_by_code(house, phone)
        options = options_on(page)
        plain = await signed_in.get("/y/own")
        by_another_way = [
            await sent(signed_in, plain, pin=PIN, again=PIN),
            await sent(signed_in, plain, answer=device.makes(options)),
        ]
        # Asked in one session, answered in another.
        other = await came_by_code(house, signed_in)
        not_asked = await sent(signed_in, other, answer=device.makes(options))
        made = await sent(signed_in, other, answer=device.makes(options_on(other)))
        again = await came_by_code(house, signed_in)
        same_key = await sent(signed_in, again, answer=device.makes(options_on(again)))
        with clock.moved_to(clock.now() + timedelta(minutes=9)):
            await signed_in.get("/y/home")
        with clock.moved_to(clock.now() + timedelta(minutes=18)):
            await signed_in.get("/y/home")
        with clock.moved_to(clock.now() + timedelta(minutes=27)):
            await signed_in.get("/y/home")
        with clock.moved_to(clock.now() + timedelta(minutes=31)):
            late = await sent(signed_in, again, pin=PIN, again=PIN)

    assert "How do you want to come back?" not in plain.text
    assert {one.status_code for one in (*by_another_way, late)} == {404}
    assert (not_asked.status_code, same_key.status_code) == (422, 422)
    assert "Your device did not say yes." in not_asked.text
    assert made.status_code == 303


@on_sqlite
async def test_a_new_way_takes_the_place_of_the_old_and_signs_out_other_devices(house):
    async with a_phone(house) as phone, a_phone(house) as found, a_phone(house) as third:
        old = await name_for(house, found)
        token = found.cookies[SESSION_COOKIE]
        await name_for(house, phone)
        by_the_old = await sent(third, await third.get("/y/in"), name=old, pin=PIN)
        mine = await phone.get("/y/home")

    assert await sessions.find_session(token) is None
    assert by_the_old.status_code == 422
    assert mine.status_code == 200


@on_sqlite
async def test_nobody_else_has_such_a_page(house):
    async with await house.browser(house.imara) as browser:
        answers = [await browser.get("/y/own"), await browser.get("/y/in"), await browser.get("/y")]
    assert [one.status_code for one in answers] == [404, 303, 303]


@on_sqlite
async def test_too_many_tries_for_a_passkey_leave_the_pin(house, monkeypatch):
    async with a_phone(house) as phone:
        pages = [await phone.get("/y/in") for _ in range(25)]

    assert {one.status_code for one in pages} == {200}
    assert "data-options" in pages[0].text
    assert "data-options" not in pages[-1].text
    assert "With your name and PIN" in pages[-1].text


async def test_what_is_made_or_used_while_the_lead_closes_everything_is_closed_too(house):
    async with a_phone(house) as phone, a_phone(house) as other:
        page = await came_by_code(house, phone)
        session = await sessions.find_session(phone.cookies[SESSION_COOKIE])
        assert session is not None
        name = await name_for(house, other)
        asked = await other.get("/y/in")
        async with writing() as tx:
            await coming_in.close_door(tx, house.tamsin.id)
        late = await sent(phone, page, pin=PIN, again=PIN)
        with pytest.raises(NotSignedIn):
            async with writing() as tx:
                await coming_again.make_pin(tx, house.tamsin, "x", session=session)
        other.cookies.clear()
        by_name = await sent(other, asked, name=name, pin=PIN)
    async with reading() as tx:
        assert await family_store.own_of(tx, [house.tamsin.id]) == {}

    assert late.status_code in {303, 403}
    assert by_name.status_code == 422


@on_sqlite
async def test_a_passkey_that_was_not_made_as_asked_is_not_taken(house):
    async with a_phone(house) as phone:
        page = await came_by_code(house, phone)
        options = options_on(page)
        liars = (Device("https://tacroom.example.net"), Device(ORIGIN, flags=PRESENT))
        answers = [liar.makes(options) for liar in liars] + ["{}", "[" * 20_000]
        refused = [await sent(phone, page, answer=answer) for answer in answers]
        # None of these was to what was asked: it still stands, and can be answered rightly.
        made = await sent(phone, page, answer=Device(ORIGIN).makes(options))

    assert [one.status_code for one in refused] == [422] * 4
    assert made.status_code == 303


@on_sqlite
async def test_a_passkey_that_was_replaced_at_this_very_moment_lets_nobody_in(house):
    device = Device(ORIGIN)
    async with a_phone(house) as phone:
        page = await came_by_code(house, phone)
        await sent(phone, page, answer=device.makes(options_on(page)))
    asked = await coming_again.ask_device("", "made-up", origin=ORIGIN)
    challenge, _ = passkeys.read_proof(answer := device.proves(asked.options))
    async with reading() as tx:
        own = (await family_store.own_of(tx, [house.tamsin.id]))[house.tamsin.id]
    stale = replace(own, made_at=own.made_at - timedelta(seconds=1))

    with pytest.raises(SignInFailed):
        async with writing() as tx:
            await coming_again._let_in_by(
                tx, stale, answer, challenge, origin=ORIGIN, replacing=None
            )


@on_sqlite
async def test_no_two_pages_have_one_name(house, monkeypatch):
    names = iter(["copper fern lantern", "copper fern lantern", "amber kite walnut"])
    monkeypatch.setattr(page_name, "new_name", lambda: next(names))
    async with a_phone(house) as phone:
        assert await name_for(house, phone) == "copper fern lantern"
        assert await name_for(house, phone) == "amber kite walnut"


@on_sqlite
async def test_a_session_that_is_over_is_not_ended_twice(house):
    token = await house.token(house.tamsin)
    async with writing() as tx:
        (row,) = await store.sessions_of(tx, house.tamsin.id)
        await sessions.end_sessions_of(tx, house.tamsin.id)
        await sessions._end_row(tx, row)

    assert await sessions.find_session(token) is None
