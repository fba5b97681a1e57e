"""An answer of a provider counts once, in the browser that asked for it, and nowhere else.

Threats T-17 and T-20.
"""

import pytest

from server.identity import sessions
from tests.identity.house import HOST, House, opened_house, recorded
from web.session import SESSION_COOKIE, SIGN_IN_COOKIE


@pytest.fixture
async def house(database, tmp_path):
    async with opened_house(database, tmp_path) as house:
        yield house


async def test_an_answer_replayed_signs_nobody_in(house: House):
    async with house.browser() as browser:
        back = await house.way_back(browser, "/sign-in/begin?with=p1")
        cookie = browser.cookies[SIGN_IN_COOKIE]
        assert (await browser.get(back)).headers["location"] == "/home"
        browser.cookies.clear()
        browser.cookies.set(SIGN_IN_COOKIE, cookie, domain=HOST)
        again = await browser.get(back)
        assert again.status_code == 400
        assert SESSION_COOKIE not in browser.cookies
    assert await recorded() == [("sign-in:done", "noted"), ("sign-in:failed", "refused")]


async def test_an_answer_taken_to_another_browser_signs_nobody_in(house: House):
    async with house.browser() as hers, house.browser() as thief:
        back = await house.way_back(hers, "/sign-in/begin?with=p1")
        assert (await thief.get(back)).status_code == 400
        # One that has begun a sign-in of its own is no better off.
        await house.way_back(thief, "/sign-in/begin?with=p1")
        assert (await thief.get(back)).status_code == 400
        assert SESSION_COOKIE not in thief.cookies
        # And hers is not spoilt by the attempt.
        assert (await hers.get(back)).headers["location"] == "/home"


@pytest.mark.parametrize(
    "change",
    [
        lambda back: back.replace("state=", "state=x"),
        lambda back: back.replace("state=", "other="),
        lambda back: back.replace("code=", "other="),
        lambda back: back.replace("iss=", "iss=x"),
        lambda back: back + "&error=access_denied",
    ],
    ids=["state altered", "no state", "no code", "issuer altered", "error added"],
)
async def test_an_answer_that_was_altered_signs_nobody_in(house: House, change):
    async with house.browser() as browser:
        back = await house.way_back(browser, "/sign-in/begin?with=p1")
        assert (await browser.get(change(back))).status_code == 400
        assert SESSION_COOKIE not in browser.cookies


async def test_a_sign_in_makes_a_new_token_whatever_the_browser_brought(house: House):
    planted = sessions.new_token()
    async with house.browser() as browser:
        browser.cookies.set(SESSION_COOKIE, planted, domain=HOST)
        await house.sign_in(browser)
        tokens = {cookie.value for cookie in browser.cookies.jar if cookie.name == SESSION_COOKIE}
    assert await sessions.find_session(planted) is None
    assert any([await sessions.find_session(token or "") for token in tokens])


@pytest.mark.parametrize("brought", ["", "short", "x" * 44, "x" * 5000])
async def test_a_browser_cookie_that_is_none_of_ours_is_replaced(house: House, brought):
    async with house.browser() as browser:
        begun = await browser.get(
            "/sign-in/begin?with=p1", headers={"cookie": f"{SIGN_IN_COOKIE}={brought}"}
        )
    cookie = next(c for c in begun.headers.get_list("set-cookie") if c.startswith(SIGN_IN_COOKIE))
    made = cookie.partition("=")[2].partition(";")[0]
    assert made != brought
    assert len(made) == sessions.TOKEN_LENGTH


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_a_sign_in_never_ends_on_somebody_elses_page(house: House, to):
    async with house.browser() as browser:
        begun = await browser.get("/sign-in/begin", params={"with": "p1", "to": to})
        assert begun.status_code == 303
        answer = await house.sign_in(browser, f"/sign-in/begin?with=p1&to={to}")
        assert answer.headers["location"] == "/home"
