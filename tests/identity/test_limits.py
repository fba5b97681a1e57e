"""How often a sign-in may begin, or fail, from one browser and from one address."""

import time

import httpx2
import pytest

from server.identity import limits, sessions
from server.identity.failing import TooOften
from server.kernel.settings import settings
from tests.identity.house import HOST, ORIGIN, House, bind_settings, providers, recorded
from web.session import SESSION_COOKIE, SIGN_IN_COOKIE

BEGIN = "/sign-in/begin?with=p1"
NOWHERE = "/sign-in/back/p1?state=made-up&code=x"
FEW = {"sign_ins_per_browser": 5, "sign_ins_per_address": 10}


@pytest.fixture(autouse=True)
def _few(house: House):
    bind_settings(*providers(house.service.issuer), **FEW)


def from_address(house: House, address: str) -> httpx2.AsyncClient:
    """A browser at this address."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(house.app, client=(address, 40_000)),
        base_url=ORIGIN,
    )


async def begun(browser: httpx2.AsyncClient, times: int) -> list[int]:
    return [(await browser.get(BEGIN)).status_code for _ in range(times)]


async def test_a_browser_that_begins_too_often_is_told_what_to_do(house: House):
    async with house.browser() as browser:
        # The first comes without a token, so that it counts for the address alone.
        assert await begun(browser, 6) == [303] * 6
        answer = await browser.get(BEGIN)

        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "300"
        assert "too many tries to sign in" in answer.text
        assert "Wait 5 minutes, then start again." in answer.text
        assert "the early help desk" in answer.text
        assert await begun(browser, 10) == [429] * 10
    # Another browser at the same address is not turned away for it.
    async with house.browser() as another:
        assert (await house.sign_in(another)).headers["location"] == "/home"


async def test_an_address_from_which_too_many_begin_is_turned_away_and_no_other(house: House):
    async with from_address(house, "192.0.2.7") as one, from_address(house, "192.0.2.8") as other:
        seen = []
        for _ in range(11):
            one.cookies.clear()
            seen += await begun(one, 1)
        assert seen == [303] * 10 + [429]
        assert await begun(other, 1) == [303]


async def test_of_those_turned_away_the_first_is_recorded_and_the_others_are_not(house: House):
    async with house.browser() as browser:
        await begun(browser, 12)
    assert await recorded() == [("sign-in:failed", "refused")]


async def test_answers_that_prove_nobody_fill_no_log(house: House):
    async with house.browser() as browser:
        answers = [(await browser.get(NOWHERE)).status_code for _ in range(15)]
        # Who is proved comes in all the same.
        assert (await house.sign_in(browser)).headers["location"] == "/home"
        assert await sessions.find_session(browser.cookies[SESSION_COOKIE]) is not None
    assert answers == [400] * 10 + [429] * 5
    assert await recorded() == [("sign-in:failed", "refused")] * 11 + [("sign-in:done", "noted")]


async def test_after_a_while_one_may_begin_again(house: House, monkeypatch):
    at = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: at[0])
    for _ in range(10):
        limits.count_begun("192.0.2.7", None)
    with pytest.raises(TooOften):
        limits.count_begun("192.0.2.7", None)

    at[0] += limits.WINDOW_S / 10
    limits.count_begun("192.0.2.7", None)
    with pytest.raises(TooOften) as again:
        limits.count_begun("192.0.2.7", None)
    assert again.value.is_news


async def test_a_made_up_token_is_no_browser_of_ours(house: House):
    async with house.browser() as browser:
        for _ in range(8):
            browser.cookies.clear()
            browser.cookies.set(SIGN_IN_COOKIE, "x", domain=HOST)
            assert await begun(browser, 1) == [303]


def test_what_is_remembered_is_bounded_and_who_came_longest_ago_goes_first(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEPT", 3)
    limit = limits.Limit()
    for whose in ("a", "b", "c"):
        limit.take(whose, 1)
    for whose in ("b", "c"):
        with pytest.raises(TooOften):
            limit.take(whose, 1)
    limit.take("d", 1)
    assert len(limit._kept) == 3
    limit.take("a", 1)  # forgotten: it begins anew, and "b" goes
    assert len(limit._turned_away) == 1
    with pytest.raises(TooOften) as known:
        limit.take("c", 1)
    assert not known.value.is_news


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_a_home_counts_as_one_address(address, counted):
    assert limits.network_of(address) == counted


def test_there_is_a_limit_without_any_setting(house: House):
    bind_settings(*providers(house.service.issuer))
    assert (settings().sign_ins_per_browser, settings().sign_ins_per_address) == (20, 300)
