"""Signing in through a certified OpenID provider that is none of ours, two of them at once."""

import html
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from server.identity import fresh, published, sessions
from server.kernel import clock
from tests.fakes.forms import csrf_of
from tests.identity.house import (
    HOST,
    ORIGIN,
    House,
    bind_settings,
    opened_house,
    providers,
    recorded,
)
from tests.real import node
from web.session import SESSION_COOKIE

SCRIPT = Path(__file__).parents[1] / "real" / "npm_sign_in" / "provider.mjs"
BACK = [f"{ORIGIN}/sign-in/back/{code}" for code in ("p1", "p2")]


@pytest.fixture
def store(sqlite_store):
    """Which store is used decides nothing about a provider."""
    return sqlite_store


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """One provider in a process of its own; gives its issuer."""
    command = [str(node.node()), "--input-type=module", "--eval", SCRIPT.read_text(), "--", *BACK]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def issuers(certified_provider: Path) -> Iterator[tuple[str, str]]:
    """Two providers, on two ports."""
    with running(certified_provider) as first, running(certified_provider) as second:
        yield first, second


@pytest.fixture
async def house(database, tmp_path, issuers) -> AsyncIterator[House]:
    first, second = issuers
    async with opened_house(database, tmp_path) as house:
        published.forget()
        other = providers(second)[0] | {"code": "p2", "mail_domains": []}
        bind_settings(*providers(first), other, demo=True)
        yield house


async def way_through(address: str) -> str:
    """Follow the provider's own pages until it leads back to us; gives that address."""
    async with httpx2.AsyncClient() as elsewhere:
        for _ in range(10):
            answer = await elsewhere.get(address)
            address = str(httpx2.URL(address).join(answer.headers["location"]))
            if httpx2.URL(address).host == HOST:
                return address
    raise AssertionError(address)


async def address_of(browser: httpx2.AsyncClient, code: str, who: str = "imara") -> str:
    begun = await browser.get(f"/sign-in/begin?with={code}&as={who}")
    return str(begun.headers["location"])


async def test_a_member_signs_in_through_either(house: House):
    async with house.browser() as browser:
        back = await way_through(await address_of(browser, "p1"))
        assert (await browser.get(back)).headers["location"] == "/home"
        session = await sessions.find_session(browser.cookies[SESSION_COOKIE] or "")
    assert session is not None
    assert session.member == house.imara
    assert await recorded() == [("sign-in:done", "noted")]


async def test_a_member_proves_again_that_it_is_she(house: House):
    async with house.browser() as browser:
        await browser.get(await way_through(await address_of(browser, "p1")))
        form = csrf_of((await browser.get("/sign-in/confirm")).text)
        leads = await browser.post("/sign-in/confirm", data={"csrf": form, "to": "/home"})
        (address,) = re.findall('content="0;url=([^"]+)"', leads.text)
        # The demo's provider of the tests knows people by their codes, not by mail.
        address = html.unescape(address).replace("imara%40tansyvale.example", "imara")
        assert (await browser.get(await way_through(address))).headers["location"] == "/home"
        session = await sessions.find_session(browser.cookies[SESSION_COOKIE] or "")
    assert session is not None
    proof = fresh.proof_of(session)
    assert proof is not None
    assert proof.proves(house.imara, clock.now())


async def test_the_same_subject_at_the_other_is_somebody_else(house: House):
    async with house.browser() as browser:
        await browser.get(await way_through(await address_of(browser, "p1")))
    async with house.browser() as another:
        back = await way_through(await address_of(another, "p2"))
        assert (await another.get(back)).headers["location"] == "/sign-in/not-ready?with=p2"


async def test_somebody_whose_claim_places_her_nowhere_is_told_so(house: House):
    async with house.browser() as browser:
        back = await way_through(await address_of(browser, "p1", "wren"))
        assert "/sign-in/not-ready" in (await browser.get(back)).headers["location"]


async def test_the_answer_of_one_is_never_taken_to_the_other(house: House, issuers):
    """Mix-up: the browser was sent to the second while we wait for the first (RFC 9207)."""
    first, second = issuers
    async with house.browser() as browser:
        asked = await address_of(browser, "p1")
        mixed = await way_through(asked.replace(first, second))
        assert httpx2.URL(mixed).params["iss"] == second
        assert (await browser.get(mixed)).status_code == 400
        assert SESSION_COOKIE not in browser.cookies

        asked = await address_of(browser, "p1")
        mixed = await way_through(asked.replace(first, second).replace("back%2Fp1", "back%2Fp2"))
        assert (await browser.get(mixed)).status_code == 400
        assert SESSION_COOKIE not in browser.cookies
    assert await recorded() == [("sign-in:failed", "refused")] * 2


async def test_a_code_is_good_for_nothing_without_the_browsers_verifier(house: House, issuers):
    async with house.browser() as browser:
        back = await way_through(await address_of(browser, "p1"))
    async with httpx2.AsyncClient() as thief:
        answer = await thief.post(
            f"{issuers[0]}/token",
            data={
                "grant_type": "authorization_code",
                "code": httpx2.URL(back).params["code"],
                "redirect_uri": BACK[0],
                "code_verifier": "x" * 64,
            },
            auth=("tacroom", "not-a-real-secret"),
        )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"
