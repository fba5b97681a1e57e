"""A provider that lies, or is impersonated: whatever it says, nobody is signed in.

Threats T-07 and T-21. Each case changes one thing of an honest answer.
"""

import asyncio

import httpx2
import pytest
from starlette.responses import JSONResponse

from server.identity import oidc, published, signing_in, wire
from server.identity.failing import NotPlaced, SignInFailed, Why
from server.identity.tables import session
from server.kernel.database import reading
from server.kernel.settings import settings
from tests.attacks.lies import (
    ANSWERS,
    DOCUMENTS,
    TOKENS,
    Case,
    Lie,
    header,
    left_out,
    published_as,
    said,
)
from tests.fakes.sign_in_service import (
    CLIENT,
    EC,
    ED,
    OTHER_RSA,
    RSA,
    SECRET,
    UNKNOWN_RSA,
    serving,
)
from tests.identity.house import ORIGIN, House, bind_settings, opened_house, providers, recorded


@pytest.fixture
def store(sqlite_store):
    """Which store is used decides nothing about a token."""
    return sqlite_store


@pytest.fixture
async def house(database, tmp_path):
    async with opened_house(database, tmp_path) as house:
        yield house


async def answer_of_the_provider() -> tuple[signing_in.Begun, dict[str, str]]:
    """Begin a sign-in and give what the provider put into the address of its answer."""
    provider = settings().provider("p1")
    assert provider is not None
    begun = await signing_in.begin(
        provider, redirect_uri=f"{ORIGIN}/sign-in/back/p1", return_to="/"
    )
    async with httpx2.AsyncClient() as elsewhere:
        back = (await elsewhere.get(begun.address)).headers["location"]
    return begun, dict(httpx2.URL(back).params)


async def sign_in() -> signing_in.SignedIn:
    begun, answer = await answer_of_the_provider()
    provider = settings().provider("p1")
    assert provider is not None
    return await signing_in.finish(provider, answer, browser_token=begun.browser_token)


def cases(listed: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", listed, ids=[case.name for case in listed])


def test_the_list_is_no_shorter_than_the_kinds_that_were_tried():
    assert len(TOKENS) + len(ANSWERS) >= 26


@cases(TOKENS + ANSWERS)
async def test_a_lie_signs_nobody_in(house: House, case: Case):
    case.lie(house.service)

    with pytest.raises(SignInFailed) as failed:
        await sign_in()

    assert failed.value.why == case.why
    assert not isinstance(failed.value, NotPlaced)
    assert await recorded() == [("sign-in:failed", "refused")]


@cases(DOCUMENTS)
async def test_a_false_document_begins_no_sign_in(house: House, case: Case):
    case.lie(house.service)

    with pytest.raises(SignInFailed) as failed:
        await sign_in()

    assert failed.value.why == case.why
    assert await recorded() == [("sign-in:failed", "refused")]


@pytest.mark.parametrize(
    ("algorithm", "key"), [("RS256", RSA), ("PS256", RSA), ("ES256", EC), ("EdDSA", ED)]
)
@pytest.mark.filterwarnings("ignore:EdDSA")
async def test_the_same_answer_told_honestly_signs_in(house: House, algorithm, key):
    house.service.algorithm, house.service.key = algorithm, key

    assert (await sign_in()).member == house.imara


@pytest.mark.parametrize(
    "change",
    [
        said(aud=[CLIENT]),
        said(aud=[CLIENT, "another"], azp=CLIENT),
        said(azp=CLIENT),
        header(kid=None),
        header(x5c=["A" * 2000]),
        published_as(id_token_signing_alg_values_supported=None),
    ],
    ids=[
        "a list of us",
        "us among others",
        "issued to us",
        "no key named",
        "certificates",
        "RS256",
    ],
)
async def test_what_the_standard_allows_is_allowed(house: House, change: Lie):
    house.service.keys = [RSA.as_dict(private=False)]
    change(house.service)

    assert (await sign_in()).member == house.imara


async def test_a_provider_with_no_algorithm_of_ours_signs_nobody_in(house: House):
    house.service.metadata["id_token_signing_alg_values_supported"] = ["none", "HS256", 7]
    with pytest.raises(SignInFailed) as failed:
        await sign_in()
    assert failed.value.why == Why.NO_ALGORITHM


@pytest.mark.parametrize("keys", [[], [{"kty": "RSA"}], [7], [{"kty": "EC", "crv": "x"}]])
async def test_keys_that_are_none_sign_nobody_in(house: House, keys):
    house.service.keys = keys
    with pytest.raises(SignInFailed) as failed:
        await sign_in()
    assert failed.value.why in {Why.NOT_GENUINE, Why.BAD_KEYS}


async def test_keys_that_are_no_list_sign_nobody_in(house: House):
    house.service.keys = {"kid": "first"}  # type: ignore[assignment]
    with pytest.raises(SignInFailed) as failed:
        await sign_in()
    assert failed.value.why == Why.BAD_KEYS


async def test_a_provider_that_is_not_there_begins_no_sign_in(house: House):
    del house
    bind_settings(*providers("http://127.0.0.1:9"))
    with pytest.raises(SignInFailed) as failed:
        await signing_in.begin(settings().providers[0], redirect_uri="x", return_to="/")
    assert failed.value.why == Why.NO_ANSWER


async def test_a_document_that_is_no_object_begins_no_sign_in(house: House):
    with pytest.raises(SignInFailed) as failed:
        await wire.fetch(f"{house.service.issuer}/list")
    assert failed.value.why == Why.NO_ANSWER


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (said(email_verified=False), Why.MAIL_NOT_VERIFIED),
        (said(email_verified="true"), Why.MAIL_NOT_VERIFIED),
        (said(email_verified=1), Why.MAIL_NOT_VERIFIED),
        (left_out("email_verified"), Why.MAIL_NOT_VERIFIED),
        (left_out("email"), Why.MAIL_NOT_VERIFIED),
        (said(email=["imara@tansyvale.example"]), Why.MAIL_NOT_VERIFIED),
        (said(email="nobody@tansyvale.example"), Why.NOT_ENROLLED),
        (said(organisation="homes"), Why.NOT_ENROLLED),
        (said(organisation="unknown"), Why.NO_ORGANISATION),
        (said(organisation=["school"]), Why.NO_ORGANISATION),
        (left_out("organisation"), Why.NO_ORGANISATION),
    ],
)
async def test_nobody_is_claimed_on_less_than_her_organisation_and_a_verified_mail(
    house: House, change: Lie, why: Why
):
    change(house.service)
    with pytest.raises(NotPlaced) as failed:
        await sign_in()
    assert failed.value.why == why
    assert await recorded() == [("sign-in:failed", "refused")]


async def test_a_rotated_key_is_found_and_a_strangers_token_asks_no_more_than_once_a_minute(
    house: House,
):
    await sign_in()
    assert house.service.asked["keys"] == 1
    house.service.keys.append(UNKNOWN_RSA.as_dict(private=False))
    house.service.key = UNKNOWN_RSA
    # Within the minute the new key is not looked for.
    with pytest.raises(SignInFailed):
        await sign_in()
    assert house.service.asked["keys"] == 1


async def test_the_secret_goes_in_the_header_and_the_verifier_in_the_form(house: House):
    await sign_in()
    assert house.service.authorizations[0] is not None
    assert house.service.authorizations[0].startswith("Basic ")
    assert "client_secret" not in house.service.forms[0]
    assert len(house.service.forms[0]["code_verifier"]) >= 43


async def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(house: House):
    house.service.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await sign_in()
    assert house.service.forms[0]["client_secret"] == SECRET
    assert house.service.authorizations[0] is None


async def test_a_provider_under_localhost_is_this_machine(house: House):
    port = httpx2.URL(house.service.issuer).port
    house.service.issuer = f"http://provider.localhost:{port}"
    bind_settings(*providers(house.service.issuer))
    published.forget()
    provider = settings().providers[0]
    begun = await signing_in.begin(provider, redirect_uri="https://x.example/", return_to="/")
    assert begun.address.startswith(f"http://provider.localhost:{port}/authorize?")


async def test_a_document_that_is_a_list_is_no_document():
    async def listing(scope, receive, send):
        await JSONResponse(["x"])(scope, receive, send)

    async with serving(listing) as port:
        with pytest.raises(SignInFailed) as failed:
            await wire.fetch(f"http://127.0.0.1:{port}/")
    assert failed.value.why == Why.BAD_METADATA


@pytest.mark.parametrize("audience", ["another", ["another"], {CLIENT: 1}, 7, None, []])
def test_a_token_for_another_is_not_for_us_whatever_a_library_thought(audience):
    """Checked by us as well: the library's own check has been wrong before."""
    assert not oidc._is_for_us({"aud": audience}, CLIENT)


async def test_a_provider_that_never_answers_is_left(house: House, monkeypatch):
    del house
    monkeypatch.setattr(wire, "ANSWER_S", 0.2)

    given_up = asyncio.Event()

    async def silent(scope, receive, send):
        del scope, receive, send
        await given_up.wait()

    async with serving(silent) as port:
        with pytest.raises(SignInFailed) as failed:
            await wire.fetch(f"http://127.0.0.1:{port}/")
        given_up.set()
    assert failed.value.why == Why.NO_ANSWER


async def test_what_was_refused_left_no_session(house: House):
    house.service.key = OTHER_RSA
    async with house.browser() as browser:
        answer = await house.sign_in(browser)
        assert answer.status_code == 400
        assert "You are not signed in" in answer.text
        assert Why.NOT_GENUINE not in answer.text
        assert "set-cookie" not in answer.headers
    async with reading() as tx:
        assert await tx.rows(session.select()) == []
