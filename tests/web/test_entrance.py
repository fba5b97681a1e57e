"""The entrance: our own addresses, the safe headers, and who is there."""

import re
from datetime import timedelta

import httpx2
import pytest

from server.identity import sessions
from server.kernel import clock
from tests.identity.house import ORIGIN, House, opened_house
from web.session import SESSION_COOKIE, SIGN_IN_COOKIE


@pytest.fixture
def store(sqlite_store):
    """Pages are the same on either store."""
    return sqlite_store


@pytest.fixture
async def house(database, tmp_path):
    """A house with one sign-in service, and nobody signed in."""
    async with opened_house(database, tmp_path) as house:
        yield house


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing", "/static/app.css", "/y"])
async def test_every_answer_carries_the_safe_headers(house: House, path):
    async with house.browser() as browser:
        answer = await browser.get(path)
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


async def test_pages_are_kept_by_no_browser_and_style_is_asked_for_again(house: House):
    async with house.browser() as browser:
        assert (await browser.get("/")).headers["cache-control"] == "no-store"


async def test_each_page_has_its_own_nonce_on_every_script(house: House):
    async with house.browser() as browser:
        pages = [await browser.get("/sign-in") for _ in range(2)]
    nonces = []
    for page in pages:
        (nonce,) = re.findall(r"'nonce-([^']+)'", page.headers["content-security-policy"])
        scripts = re.findall(r"<script[^>]*>", page.text)
        assert scripts
        assert all(f'nonce="{nonce}"' in script or "src=" in script for script in scripts)
        nonces.append(nonce)
    assert nonces[0] != nonces[1]


@pytest.mark.parametrize("host", ["evil.example", "tacroom.example.evil.example", ""])
async def test_a_request_to_another_name_is_not_for_us(house: House, host):
    async with house.browser() as browser:
        answer = await browser.get("/", headers={"host": host})
    assert answer.status_code == 400
    assert host not in answer.text or not host


async def test_an_unknown_method_is_not_taken(house: House):
    async with house.browser() as browser:
        assert (await browser.request("TRACE", "/")).status_code == 400


async def test_health_is_told_to_machines_whatever_they_call_us(house: House):
    async def well():
        return True

    async def unwell():
        return False

    house.app.state.readiness = {"database": well}
    async with house.browser() as browser:
        assert (await browser.get("/healthz", headers={"host": "10.0.0.1"})).text == "well\n"
        assert (await browser.get("/readyz", headers={"host": "10.0.0.1"})).text == "ready\n"
        house.app.state.without = {"bus": unwell}  # it goes on, more slowly
        answer = await browser.get("/readyz")
        assert (answer.status_code, answer.text) == (200, "ready\nbus: down\n")
        house.app.state.readiness = {"database": well, "log": unwell}
        answer = await browser.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "not ready: log\n")


async def test_the_cookies_are_the_hosts_own(house: House):
    async with house.browser() as browser:
        begun = await browser.get("/sign-in/begin?with=p1")
        done = await house.sign_in(browser)
    for answer, name in ((begun, SIGN_IN_COOKIE), (done, SESSION_COOKIE)):
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(name))
        assert name.startswith("__Host-")
        for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie


async def test_being_there_counts_for_pages_and_not_for_what_a_script_fetches(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
        token = browser.cookies[SESSION_COOKIE]
        with clock.moved_to(clock.now() + timedelta(minutes=5)):
            before = await sessions.find_session(token)
            await browser.get("/", headers={"sec-fetch-dest": "empty"})
            assert await sessions.find_session(token) == before
            await browser.get("/", headers={"sec-fetch-dest": "document"})
            assert await sessions.find_session(token) != before


async def test_the_return_address_at_the_provider_is_under_the_name_one_came_by(house: House):
    async with house.browser() as browser:
        begun = await browser.get("/sign-in/begin?with=p1", headers={"host": "other.example"})
    asked = httpx2.URL(begun.headers["location"]).params
    assert asked["redirect_uri"] == "https://other.example/sign-in/back/p1"
    assert asked["code_challenge_method"] == "S256"
    assert "login_hint" not in asked


async def test_a_signed_in_member_goes_from_the_start_to_her_own_page(house: House):
    async with house.browser() as browser:
        await house.sign_in(browser)
        assert (await browser.get("/")).headers["location"] == "/home"


async def test_the_way_to_the_provider_is_shown_by_its_name(house: House):
    async with house.browser() as browser:
        answer = await browser.post(
            "/sign-in", data={"work_mail": "imara@TANSYVALE.example", "to": "/rooms"}
        )
    assert answer.status_code == 200
    assert "Sign in with Quillmere sign-in" in answer.text
    assert "/sign-in/begin?with=p1&amp;to=%2Frooms" in answer.text
    # A form must not lead to another site: a browser would stop the redirect.
    assert "form-action 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("imara@elsewhere.example", "We do not know this organisation. Ask the early help desk."),
        ("imara", "Enter your work email address"),
        ("", "Enter your work email address"),
    ],
)
async def test_a_mail_we_cannot_place_comes_back_as_typed(house: House, typed, said):
    async with house.browser() as browser:
        answer = await browser.post("/sign-in", data={"work_mail": typed})
    assert answer.status_code == 422
    assert said in answer.text
    shown = re.sub(r'<input type="hidden"[^>]*>', "", answer.text)
    assert shown.count(said) == 2  # in the summary and at the field
    assert f'value="{typed}"' in answer.text or not typed
    assert "<title>Error: Find your organisation" in answer.text


async def test_a_provider_that_is_down_is_said_so(house: House):
    house.service.metadata["issuer"] = "https://evil.example"
    async with house.browser() as browser:
        answer = await browser.get("/sign-in/begin?with=p1")
    assert answer.status_code == 503
    assert "You are not signed in" in answer.text


@pytest.mark.parametrize(
    "path", ["/sign-in/begin", "/sign-in/begin?with=x", "/sign-in/back/x?state=1", "/sign-in/back/"]
)
async def test_an_unknown_provider_is_an_unknown_page(house: House, path):
    async with house.browser() as browser:
        assert (await browser.get(path)).status_code == 404


async def test_the_origin_is_the_settings_own(house: House):
    async with house.browser() as browser:
        policy = (await browser.get("/")).headers["content-security-policy"]
    assert f"connect-src 'self' wss{ORIGIN.removeprefix('https')}" in policy
