"""Signing in, all the way: the door, the provider, back, and out again."""

from datetime import timedelta

import httpx2
import pytest

from server.identity import published, sessions, signing_in
from server.identity.failing import NotPlaced, SignInFailed, Why
from server.kernel import clock
from server.kernel.settings import settings
from tests.fakes.sign_in_service import UNKNOWN_RSA, SignInService, serving
from tests.identity.house import (
    HOMES,
    HOST,
    House,
    bind_settings,
    enrol,
    practitioner,
    providers,
    recorded,
)
from web.session import SESSION_COOKIE, SIGN_IN_COOKIE


async def member_in(browser: httpx2.AsyncClient):
    session = await sessions.find_session(browser.cookies.get(SESSION_COOKIE) or "")
    return session.member if session else None


async def test_a_prepared_member_signs_in_and_is_known_from_then_on(house: House):
    async with house.browser() as browser:
        answer = await house.sign_in(browser)
        assert (answer.status_code, answer.headers["location"]) == (303, "/home")
        assert await member_in(browser) == house.imara

    # Her mail may change and pass to somebody else: she is known by issuer and subject.
    house.service.claims = {"email": "new@tansyvale.example"}
    async with house.browser() as another:
        assert (await house.sign_in(another)).headers["location"] == "/home"
        assert await member_in(another) == house.imara
    assert await recorded() == [("sign-in:done", "noted"), ("sign-in:done", "noted")]


async def test_a_mail_that_passed_to_another_person_opens_nothing(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
    house.service.claims = {"sub": "her-successor"}
    async with house.browser() as another:
        answer = await house.sign_in(another)
        assert answer.headers["location"] == "/sign-in/not-ready?with=p1"
        assert await member_in(another) is None
    assert await recorded() == [("sign-in:done", "noted"), ("sign-in:failed", "refused")]


async def test_a_member_whose_provider_places_her_elsewhere_does_not_come_in(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
        house.service.claims = {"organisation": "homes"}
    async with house.browser() as another:
        await house.sign_in(another)
        assert await member_in(another) is None
        house.service.claims = {"organisation": "speech"}
        await house.sign_in(another)
        assert await member_in(another) is None


async def test_one_provider_serves_two_organisations(house: House):
    leona = practitioner("Leona Mockingham", "leona@bramblegate.example", HOMES)
    await enrol(leona)
    house.service.claims = {
        "sub": "leona",
        "organisation": "homes",
        "email": "Leona@Bramblegate.example",
    }
    async with house.browser() as browser:
        await house.sign_in(browser)
        assert await member_in(browser) == leona


async def test_somebody_not_placed_gets_the_page_that_says_so(house: House):
    house.service.claims = {"organisation": "speech", "sub": "wren"}
    async with house.browser() as browser:
        answer = await house.sign_in(browser)
        page = await browser.get(answer.headers["location"])
    assert page.status_code == 200
    assert "You have not been set up yet" in page.text
    assert "Ask Perrin Trialman" in page.text


async def test_a_family_member_comes_in_by_the_familys_own_door(house: House):
    family = SignInService(claims={"sub": "tamsin", "email": None, "email_verified": None})
    async with serving(family.application()) as port:
        family.issuer = f"http://127.0.0.1:{port}"
        door = {
            "code": "p7",
            "name": "Family sign-in",
            "kind": "family",
            "issuer": family.issuer,
            "client_id": "tacroom",
            "client_secret": "not-a-real-secret",
        }
        bind_settings(*providers(house.service.issuer), door)
        await house.prepare_family(family.issuer, "tamsin")
        async with house.browser() as browser:
            assert "/sign-in/begin?with=p7" in (await browser.get("/y")).text
            answer = await house.sign_in(browser, "/sign-in/begin?with=p7&to=/y/plan")
            assert answer.headers["location"] == "/y/plan"
            assert await member_in(browser) == house.tamsin
            # The door is not asked for twice.
            assert (await browser.get("/y")).headers["location"] == "/y/home"
        family.claims["sub"] = "somebody-else"
        async with house.browser() as stranger:
            turned_away = await house.sign_in(stranger, "/sign-in/begin?with=p7")
            assert "/sign-in/not-ready" in turned_away.headers["location"]


async def test_a_house_without_a_family_service_shows_none(house: House):
    async with house.browser() as browser:
        assert "/sign-in/begin" not in (await browser.get("/y")).text


async def test_one_goes_on_to_where_one_wanted_to_go(house: House):
    async with house.browser() as browser:
        answer = await house.sign_in(browser, "/sign-in/begin?with=p1&to=/rooms/abc")
        assert answer.headers["location"] == "/rooms/abc"


async def test_signing_in_again_ends_the_session_before(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
        first = browser.cookies[SESSION_COOKIE]
        await house.sign_in(browser)
        second = browser.cookies[SESSION_COOKIE]
    assert first != second
    assert await sessions.find_session(first) is None
    assert await sessions.find_session(second) is not None


async def test_signing_out_ends_the_session_and_is_recorded(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
        token = browser.cookies[SESSION_COOKIE]
        session = await sessions.find_session(token)
        assert session is not None
        answer = await browser.post("/sign-out", data={"csrf": session.form_token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/signed-out")
        assert SESSION_COOKIE not in browser.cookies
        assert "You are signed out" in (await browser.get("/signed-out")).text
    assert await sessions.find_session(token) is None
    assert await recorded() == [("sign-in:done", "noted"), ("sign-out:done", "noted")]


async def test_signing_out_when_nobody_is_signed_in_changes_nothing(house: House):
    async with house.browser() as browser:
        assert (await browser.post("/sign-out")).status_code == 303
    await sessions.end_session("nobody's")
    assert await recorded() == []


async def test_an_attempt_lasts_ten_minutes(house: House):
    async with house.browser() as browser:
        back = await house.way_back(browser, "/sign-in/begin?with=p1")
        with clock.moved_to(clock.now() + timedelta(minutes=11)):
            assert (await browser.get(back)).status_code == 400
        # And it was used up by the try.
        assert (await browser.get(back)).status_code == 400
    assert await recorded() == [("sign-in:failed", "refused")] * 2


async def test_attempts_that_nobody_ended_are_forgotten(house: House):
    async with house.browser() as browser:
        back = await house.way_back(browser, "/sign-in/begin?with=p1")
        with clock.moved_to(clock.now() + timedelta(minutes=11)):
            await house.way_back(browser, "/sign-in/begin?with=p1")
        answer = await browser.get(back)
    assert answer.status_code == 400


async def test_two_tabs_can_sign_in_at_once(house: House):
    async with house.browser() as browser:
        first = await house.way_back(browser, "/sign-in/begin?with=p1")
        second = await house.way_back(browser, "/sign-in/begin?with=p1")
        token = browser.cookies[SIGN_IN_COOKIE]
        assert (await browser.get(second)).headers["location"] == "/home"
        # The first tab comes back with the cookie that both began with.
        browser.cookies.set(SIGN_IN_COOKIE, token, domain=HOST)
        assert (await browser.get(first)).headers["location"] == "/home"


async def test_what_a_provider_publishes_is_asked_for_again_after_ten_minutes(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
        await house.sign_in(browser)
        assert house.service.asked == {"metadata": 1, "keys": 1, "token": 2}
    provider = settings().providers[0]
    with clock.moved_to(clock.now() + timedelta(minutes=11)):
        await published.keys_of(provider)
    assert house.service.asked["metadata"] == 2
    assert house.service.asked["keys"] == 2


async def test_a_new_key_is_looked_for_once_a_minute_has_gone(house: House):
    provider = settings().providers[0]
    await published.keys_of(provider, kid="first")
    house.service.keys.append(UNKNOWN_RSA.as_dict(private=False))
    with clock.moved_to(clock.now() + timedelta(minutes=2)):
        found = await published.keys_of(provider, kid="second")
    assert "second" in {key["kid"] for key in found["keys"]}


async def test_of_two_first_sign_ins_at_once_one_is_claimed(house: House):
    from server.identity.oidc import Proved  # noqa: PLC0415

    provider = settings().providers[0]
    asked = signing_in._Asked("/", None)
    for subject, comes_in in (("first", True), ("second", False)):
        proved = Proved(
            house.service.issuer, subject, "imara@tansyvale.example", {"organisation": "school"}
        )
        if comes_in:
            signed_in = await signing_in._begin_session(provider, proved, asked)
            assert signed_in.member == house.imara
        else:
            with pytest.raises(NotPlaced) as failed:
                await signing_in._begin_session(provider, proved, asked)
            assert failed.value.why == Why.CLAIMED_BEFORE


async def test_an_answer_at_another_providers_address_is_refused(house: House):
    other = providers("http://127.0.0.1:9")[0] | {"code": "p2", "mail_domains": []}
    bind_settings(*providers(house.service.issuer), other)
    async with house.browser() as browser:
        back = await house.way_back(browser, "/sign-in/begin?with=p1")
        answer = await browser.get(back.replace("/back/p1", "/back/p2"))
        assert answer.status_code == 400
        assert await member_in(browser) is None
    assert await recorded() == [("sign-in:failed", "refused")]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/rooms/1?x=2", "/rooms/1?x=2"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\\b", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("/" + "x" * 500, "/"),
        ("", "/"),
    ],
)
def test_only_an_address_of_our_own_is_returned_to(address, kept):
    assert signing_in.own_address(address) == kept


def test_a_failure_tells_its_reason_to_the_log_alone():
    failed = SignInFailed(Why.NOT_GENUINE)
    assert Why.NOT_GENUINE not in failed.sentence
    assert failed.why == "token-not-genuine"
