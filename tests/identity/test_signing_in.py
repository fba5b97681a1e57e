"""Signing in, all the way: the door, the provider, back, and out again."""

from server.identity import sessions
from tests.identity.house import House, recorded
from web.session import SESSION_COOKIE


async def test_a_prepared_member_signs_in_and_is_known_from_then_on(house: House):
    async with house.browser() as browser:
        answer = await house.sign_in(browser)
        assert (answer.status_code, answer.headers["location"]) == (303, "/home")
        session = await sessions.find_session(browser.cookies[SESSION_COOKIE])
        assert session is not None
        assert session.member == house.imara
        assert session.agency_name == "Tansy Vale School"

    house.service.claims = {"email": "new@tansyvale.example"}
    async with house.browser() as another:
        assert (await house.sign_in(another)).headers["location"] == "/home"
        again = await sessions.find_session(another.cookies[SESSION_COOKIE])
        assert again is not None
        assert again.member == house.imara
    assert await recorded() == [("sign-in:done", "noted"), ("sign-in:done", "noted")]
