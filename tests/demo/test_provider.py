"""The demo's sign-in services: made-up people, but a true code flow with PKCE."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from server.demo.provider import MadeUpPerson, MadeUpProvider, Providers
from server.identity import published, sessions
from server.kernel import clock
from tests.fakes.sign_in_service import serving
from tests.identity.house import ORIGIN, House, bind_settings, opened_house
from web.session import SESSION_COOKIE

SECRET = "made-up-secret"
BACK = f"{ORIGIN}/sign-in/back/p2"
IMARA = MadeUpPerson(
    "imara", "Imara Testwell", "One late action.", "imara@tansyvale.example", "school"
)
WREN = MadeUpPerson("wren", "Wren Sampleford", "Not set up yet.", "wren@x.example", "speech")
TAMSIN = MadeUpPerson("tamsin", "Tamsin Samplewick", "Who can see what.")
HEALTH = MadeUpProvider("2", "Quillmere Health", "tacroom", SECRET, (BACK,), (IMARA, WREN))
FAMILY = MadeUpProvider("family", "Families", "tacroom", SECRET, (BACK,), (TAMSIN,))
VERIFIER = "v" * 64
ASKED = {
    "client_id": "tacroom",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid",
    "state": "s",
    "nonce": "n",
    "code_challenge": create_s256_code_challenge(VERIFIER),
    "code_challenge_method": "S256",
}


@pytest.fixture
def store(sqlite_store):
    """Which store is used decides nothing about a provider."""
    return sqlite_store


def at_the_provider(folder: Path) -> httpx2.AsyncClient:
    made = Providers([HEALTH, FAMILY], origin="http://provider.localhost:9000", key_folder=folder)
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(made.application()),
        base_url="http://provider.localhost:9000",
    )


async def code_for(client: httpx2.AsyncClient, who: str = "imara") -> str:
    answer = await client.get("/2/authorize", params=ASKED | {"login_hint": who})
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert told["iss"] == ["http://provider.localhost:9000/2"]
    assert told["state"] == ["s"]
    return told["code"][0]


async def redeem(client, code, *, at="/2/token", secret=SECRET, **changes) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    answer: httpx2.Response = await client.post(at, data=form | changes, auth=("tacroom", secret))
    return answer


@pytest.fixture
async def house(database, tmp_path):
    async with opened_house(database, tmp_path) as house:
        yield house


async def test_the_door_opens_as_a_persona_at_once_and_by_the_whole_flow(house: House, tmp_path):
    port_free = Providers([HEALTH], origin="", key_folder=tmp_path / "p")
    async with serving(port_free.application()) as port:
        port_free._origin = f"http://provider.localhost:{port}"
        door = {
            "code": "p2",
            "name": "Quillmere Health",
            "issuer": port_free.issuer("2"),
            "client_id": "tacroom",
            "client_secret": SECRET,
            "agency_claim": "organisation",
            "agencies": {"school": "tansy_vale"},
        }
        bind_settings(door, demo=True)
        published.forget()
        async with house.browser() as browser, httpx2.AsyncClient() as elsewhere:
            begun = await browser.get("/sign-in/begin?with=p2&as=imara")
            address = begun.headers["location"].replace("provider.localhost", "127.0.0.1")
            back = (await elsewhere.get(address)).headers["location"]
            assert (await browser.get(back)).headers["location"] == "/home"
            session = await sessions.find_session(browser.cookies[SESSION_COOKIE] or "")
            assert session is not None
            assert session.member == house.imara

            begun = await browser.get("/sign-in/begin?with=p2&as=wren")
            address = begun.headers["location"].replace("provider.localhost", "127.0.0.1")
            back = (await elsewhere.get(address)).headers["location"]
            assert "/sign-in/not-ready" in (await browser.get(back)).headers["location"]


async def test_without_a_hint_the_people_of_that_provider_are_shown(tmp_path):
    async with at_the_provider(tmp_path) as client:
        page = await client.get("/2/authorize", params=ASKED)
        assert page.status_code == 200
        assert "Imara Testwell" in page.text
        assert "Wren Sampleford" in page.text
        assert "Tamsin" not in page.text
        assert "unsafe" not in page.headers["content-security-policy"]
        stranger = await client.get("/2/authorize", params=ASKED | {"login_hint": "tamsin"})
        assert stranger.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://evil.example/"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
    ],
)
async def test_what_is_not_asked_properly_gets_no_code(tmp_path, changes):
    async with at_the_provider(tmp_path) as client:
        answer = await client.get("/2/authorize", params=ASKED | {"login_hint": "imara"} | changes)
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_code_is_good_for_one_try(tmp_path):
    async with at_the_provider(tmp_path) as client:
        code = await code_for(client)
        assert (await redeem(client, code)).status_code == 200
        assert (await redeem(client, code)).json() == {"error": "invalid_grant"}
        spoilt = await code_for(client)
        assert (await redeem(client, spoilt, code_verifier="x" * 64)).status_code == 400
        assert (await redeem(client, spoilt)).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": ""},
        {"redirect_uri": "https://evil.example/"},
        {"grant_type": "refresh_token"},
        {"code": "x"},
        {"at": "/family/token"},
    ],
)
async def test_a_code_is_kept_to_what_it_was_given_for(tmp_path, changes):
    async with at_the_provider(tmp_path) as client:
        code = await code_for(client)
        answer = await redeem(client, **({"code": code} | changes))
    assert answer.json() == {"error": "invalid_grant"}


async def test_a_code_lasts_a_minute(tmp_path, wednesday_morning):
    async with at_the_provider(tmp_path) as client:
        code = await code_for(client)
        with clock.moved_to(wednesday_morning.replace(hour=wednesday_morning.hour + 1)):
            assert (await redeem(client, code)).status_code == 400


async def test_only_the_client_itself_redeems(tmp_path):
    async with at_the_provider(tmp_path) as client:
        code = await code_for(client)
        answer = await redeem(client, code, secret="wrong")
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def test_an_unknown_provider_is_not_there(tmp_path):
    async with at_the_provider(tmp_path) as client:
        for path in ("authorize", "keys", ".well-known/openid-configuration"):
            assert (await client.get(f"/9/{path}")).status_code == 404


async def test_the_key_is_kept_between_runs_for_this_account_alone(tmp_path):
    async with at_the_provider(tmp_path / "a") as first:
        before = (await first.get("/2/keys")).json()
    async with at_the_provider(tmp_path / "a") as again:
        assert (await again.get("/2/keys")).json() == before
    (file,) = (tmp_path / "a").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert {"d", "p", "q"} & set(before["keys"][0]) == set()
