"""Confirming that it is you: a fresh sign-in, by the same person, with what was typed kept."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import select

from server.identity import fresh, kept, sessions
from server.identity.tables import session, sign_in_attempt
from server.kernel import clock
from server.kernel.database import reading
from tests.fakes.forms import csrf_of
from tests.identity.house import House, enrol, practitioner, recorded
from tests.identity.test_signing_in import member_in
from web.session import SESSION_COOKIE

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
TYPED = {"to": "/home", "typed": "at-day=3&words=Half+done"}


async def proof_in(browser: httpx2.AsyncClient):
    found = await sessions.find_session(browser.cookies.get(SESSION_COOKIE) or "")
    return fresh.proof_of(found), found


async def asked_again(browser: httpx2.AsyncClient, **typed: str) -> str:
    """Press 'Sign in again'; where the page leads."""
    form = await browser.get("/sign-in/confirm?to=/home")
    answer = await browser.post(
        "/sign-in/confirm", data={"csrf": csrf_of(form.text), **TYPED, **typed}
    )
    assert answer.status_code == 200, answer.text
    return str(answer.text.split('content="0;url=')[1].split('"')[0]).replace("&amp;", "&")


async def comes_back(browser: httpx2.AsyncClient, where: str) -> httpx2.Response:
    async with httpx2.AsyncClient() as elsewhere:
        back = (await elsewhere.get(where)).headers["location"]
    return await browser.get(back)


async def test_she_is_asked_for_a_new_sign_in_and_what_she_typed_comes_back_once(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
        assert (await proof_in(browser))[0] is None
        before = browser.cookies[SESSION_COOKIE]
        where = await asked_again(browser)
        asked = parse_qs(urlsplit(where).query)
        assert (asked["prompt"], asked["max_age"]) == (["login"], ["300"])
        assert asked["login_hint"] == [house.imara.work_mail]
        house.service.claims = {"auth_time": int(time.time()) - 20}

        answer = await comes_back(browser, where)

        assert answer.headers["location"] == "/home"
        proof, now = await proof_in(browser)
        assert proof is not None
        assert proof.proves(house.imara, clock.now())
        assert not proof.proves(house.imara, clock.now() + timedelta(minutes=7))
        assert not proof.proves(house.imara, clock.now() - timedelta(minutes=1))
        assert not proof.proves(house.tamsin, clock.now())
        assert now is not None
        assert now.has_typed
        token = browser.cookies[SESSION_COOKIE]
        assert await sessions.take_typed(token) == "/home?at-day=3&words=Half+done"
        assert await sessions.take_typed(token) is None
    assert await sessions.find_session(before) is None
    assert [kind for kind, _ in await recorded()] == [
        "sign-in:done", "sign-out:done", "sign-in:confirmed"
    ]  # fmt: skip


@pytest.mark.parametrize("said", [-3600, -361, 120, None, "now", True], ids=str)
async def test_an_old_or_unsaid_time_of_sign_in_proves_nothing(house: House, said):
    async with house.browser() as browser:
        await house.sign_in(browser)
        where = await asked_again(browser)
        is_number = isinstance(said, int) and said is not True
        at = int(clock.now().timestamp()) + said if is_number else said
        house.service.claims = {"auth_time": at} if said is not None else {}

        answer = await comes_back(browser, where)

        assert answer.status_code == 400
        assert "We could not confirm that it is you" in answer.text
        assert (await proof_in(browser))[0] is None
        assert await member_in(browser) == house.imara
    assert (await recorded())[-1] == ("sign-in:failed", "refused")


async def test_a_minute_of_leeway_is_given_and_no_more(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
        where = await asked_again(browser)
        house.service.claims = {"auth_time": int(clock.now().timestamp()) - 320}
        assert (await comes_back(browser, where)).status_code == 303
        proof, _ = await proof_in(browser)
        assert proof is not None
        assert proof.proves(house.imara, clock.now())


async def test_somebody_else_at_the_same_screen_does_not_confirm_for_her(house: House):
    await enrol(practitioner("Perrin Trialman", "perrin@tansyvale.example"))
    async with house.browser() as browser:
        await house.sign_in(browser)
        where = await asked_again(browser)
        house.service.claims = {
            "sub": "perrin",
            "email": "perrin@tansyvale.example",
            "auth_time": int(time.time()),
        }
        assert (await comes_back(browser, where)).status_code == 400
        assert await member_in(browser) == house.imara
        assert (await proof_in(browser))[0] is None


async def test_nobody_who_is_not_signed_in_is_asked_to_confirm(house: House):
    async with house.browser() as browser:
        assert (await browser.get("/sign-in/confirm")).headers["location"].startswith("/?to=")
        assert (await browser.post("/sign-in/confirm", data=TYPED)).headers["location"] == "/"


async def test_a_copy_of_the_store_tells_nothing_of_what_was_typed(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
        house.service.claims = {"auth_time": int(time.time())}
        where = await asked_again(browser, typed="words=Herongate")
        async with reading() as tx:
            rows = [row.kept for row in await tx.rows(select(sign_in_attempt))]
        await comes_back(browser, where)
        async with reading() as tx:
            rows += [row.kept for row in await tx.rows(select(session))]
    assert len(rows) == 2
    assert all(row and b"Herongate" not in row for row in rows)
    assert all(kept.unseal("another token", row) is None for row in rows)


def test_nobody_else_makes_a_proof(database):
    del database
    with pytest.raises(TypeError):
        fresh.FreshSignIn(None, clock.now(), made_by=object())  # type: ignore[arg-type]
