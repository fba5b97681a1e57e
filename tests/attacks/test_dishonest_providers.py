"""A provider that lies, or is impersonated: whatever it says, nobody is signed in.

Threats T-07 and T-21. Each case changes one thing of an honest answer.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey
from starlette.responses import JSONResponse, PlainTextResponse, Response

from server.identity import oidc, published, signing_in, wire
from server.identity.failing import NotPlaced, SignInFailed, Why
from server.identity.tables import session
from server.kernel.database import reading
from server.kernel.settings import settings
from tests.fakes.sign_in_service import (
    CLIENT,
    EC,
    ED,
    OTHER_RSA,
    RSA,
    SECRET,
    UNKNOWN_RSA,
    SignInService,
    in_segment,
    serving,
)
from tests.identity.house import ORIGIN, House, bind_settings, opened_house, providers, recorded

Lie = Callable[[SignInService], None]

CERTIFICATE = RSA.as_pem(private=False)


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


@dataclass
class Case:
    name: str
    why: Why
    lie: Lie


def said(**claims: object) -> Lie:
    return lambda service: service.claims.update(claims)


def left_out(name: str) -> Lie:
    return lambda service: service.without.add(name)


def header(**values: object) -> Lie:
    return lambda service: service.header.update(values)


def published_as(**values: object) -> Lie:
    return lambda service: service.metadata.update(values)


def answered(**values: str | None) -> Lie:
    return lambda service: service.answer.update(values)


def token(make: Callable[[SignInService, dict[str, Any]], str]) -> Lie:
    def lie(service: SignInService) -> None:
        service.token = lambda claims: make(service, claims)

    return lie


def token_answer(make: Callable[[SignInService, dict[str, Any]], Response]) -> Lie:
    def lie(service: SignInService) -> None:
        service.token_answer = lambda claims: make(service, claims)

    return lie


def unsigned(_service: SignInService, claims: dict[str, Any]) -> str:
    return f"{in_segment({'alg': 'none'})}.{in_segment(claims)}."


def unsigned_and_listed(service: SignInService) -> None:
    service.metadata["id_token_signing_alg_values_supported"] = ["none", "RS256"]
    token(unsigned)(service)


def signed_with_text(text: bytes) -> Callable[[SignInService, dict[str, Any]], str]:
    key = OctKey.import_key(text)
    return lambda _service, claims: jws.serialize_compact(
        {"alg": "HS256", "kid": "first"}, bytes(str(claims), "ascii"), key, ["HS256"]
    )


def symmetric_and_listed(service: SignInService) -> None:
    key = OctKey.import_key(b"x" * 32, {"kid": "shared"})
    service.metadata["id_token_signing_alg_values_supported"] = ["HS256", "RS256"]
    service.keys.append(key.as_dict(private=True))
    service.token = lambda claims: jwt.encode(
        {"alg": "HS256", "kid": "shared"}, claims, key, ["HS256"]
    )


def by_another_key(service: SignInService) -> None:
    service.key = OTHER_RSA


def by_an_unknown_key(service: SignInService) -> None:
    service.key = UNKNOWN_RSA


def by_the_key_it_brings(service: SignInService) -> None:
    service.key = OTHER_RSA
    service.header["jwk"] = OTHER_RSA.as_dict(private=False)


def by_the_key_it_points_to(service: SignInService) -> None:
    service.key = UNKNOWN_RSA
    service.header["jku"] = f"{service.issuer}/other-keys"


def encryption_key_used(service: SignInService) -> None:
    service.keys = [RSA.as_dict(private=False) | {"use": "enc"}]


def changed_after_signing(service: SignInService, claims: dict[str, Any]) -> str:
    first, _, last = service.sign(claims).split(".")
    return f"{first}.{in_segment(claims | {'sub': 'somebody-else'})}.{last}"


def cut_short(service: SignInService, claims: dict[str, Any]) -> str:
    return service.sign(claims).rsplit(".", 1)[0]


def long_algorithm(service: SignInService) -> None:
    service.algorithm = "RS512"


NOW = int(time.time())

TOKENS = [
    Case("unsigned", Why.NOT_GENUINE, token(unsigned)),
    Case("unsigned, and the provider lists none", Why.NOT_GENUINE, unsigned_and_listed),
    Case(
        "signed with our own secret", Why.NOT_GENUINE, token(signed_with_text(SECRET.encode() * 3))
    ),
    Case(
        "signed with the public key as a secret",
        Why.NOT_GENUINE,
        token(
            lambda _s, claims: (
                f"{in_segment({'alg': 'HS256', 'kid': 'first'})}.{in_segment(claims)}."
                + in_segment(CERTIFICATE[:32])
            )
        ),
    ),
    Case("signed with a published symmetric key", Why.NOT_GENUINE, symmetric_and_listed),
    Case("signed with another key of the same name", Why.NOT_GENUINE, by_another_key),
    Case("signed with a key that is not published", Why.NOT_GENUINE, by_an_unknown_key),
    Case("brings its own key", Why.NOT_GENUINE, by_the_key_it_brings),
    Case("points to its own keys", Why.NOT_GENUINE, by_the_key_it_points_to),
    Case("signed with an encryption key", Why.NOT_GENUINE, encryption_key_used),
    Case("by an algorithm we do not take", Why.NOT_GENUINE, long_algorithm),
    Case("changed after it was signed", Why.NOT_GENUINE, token(changed_after_signing)),
    Case("cut short", Why.NOT_GENUINE, token(cut_short)),
    Case("no token at all, only text", Why.NOT_GENUINE, token(lambda _s, _c: "hello")),
    Case("not text that a token can be", Why.NOT_GENUINE, token(lambda _s, _c: "é.é.é")),
    Case("with a critical header we do not know", Why.NOT_GENUINE, header(crit=["x"], x=1)),
    Case("a logout token", Why.NOT_GENUINE, header(typ="logout+jwt")),
    Case("of another issuer", Why.BAD_CLAIMS, said(iss="https://evil.example")),
    Case("of no issuer", Why.BAD_CLAIMS, left_out("iss")),
    Case("of several issuers", Why.BAD_CLAIMS, said(iss=["http://127.0.0.1", "x"])),
    Case("for somebody else", Why.BAD_CLAIMS, said(aud="another")),
    Case("for nobody", Why.BAD_CLAIMS, left_out("aud")),
    Case("for somebody else, issued to us", Why.BAD_CLAIMS, said(aud="another", azp=CLIENT)),
    Case("for us and another, issued to nobody", Why.BAD_CLAIMS, said(aud=[CLIENT, "another"])),
    Case("for us, issued to another", Why.BAD_CLAIMS, said(azp="another")),
    Case("for an object", Why.BAD_CLAIMS, said(aud={CLIENT: 1})),
    Case("about nobody", Why.BAD_CLAIMS, left_out("sub")),
    Case("about an empty name", Why.BAD_CLAIMS, said(sub="")),
    Case("about a number", Why.BAD_CLAIMS, said(sub=7)),
    Case("about a name without end", Why.BAD_CLAIMS, said(sub="x" * 256)),
    Case("run out", Why.BAD_CLAIMS, said(exp=NOW - 120)),
    Case("that never runs out", Why.BAD_CLAIMS, left_out("exp")),
    Case("that runs out in words", Why.BAD_CLAIMS, said(exp="tomorrow")),
    Case("from the future", Why.BAD_CLAIMS, said(iat=NOW + 7200, exp=NOW + 9000)),
    Case("from no time", Why.BAD_CLAIMS, left_out("iat")),
    Case("not to be used yet", Why.BAD_CLAIMS, said(nbf=NOW + 7200)),
    Case("asked for by somebody else", Why.BAD_CLAIMS, said(nonce="another")),
    Case("asked for by nobody", Why.BAD_CLAIMS, left_out("nonce")),
    Case("of another access token", Why.BAD_CLAIMS, said(at_hash="AAAAAAAAAAAAAAAAAAAAAA")),
]

ANSWERS = [
    Case(
        "no token in the answer",
        Why.NOTHING_SIGNED,
        token_answer(lambda _s, _c: JSONResponse({"access_token": "x", "token_type": "Bearer"})),
    ),
    Case(
        "a number for a token",
        Why.NOTHING_SIGNED,
        token_answer(lambda _s, _c: JSONResponse({"access_token": "x", "id_token": 7})),
    ),
    Case(
        "the code refused",
        Why.CODE_REFUSED,
        token_answer(lambda _s, _c: JSONResponse({"error": "invalid_grant"}, 400)),
    ),
    Case(
        "no answer to the code",
        Why.NO_ANSWER,
        token_answer(lambda _s, _c: PlainTextResponse("busy", 503)),
    ),
    Case(
        "an answer that is no object",
        Why.NO_ANSWER,
        token_answer(lambda _s, _c: JSONResponse(["x"])),
    ),
    Case(
        "an answer that leads elsewhere",
        Why.NO_ANSWER,
        token_answer(
            lambda _s, _c: PlainTextResponse("", 302, {"location": "https://evil.example"})
        ),
    ),
    Case(
        "an answer without end",
        Why.NO_ANSWER,
        token_answer(lambda _s, _c: PlainTextResponse("x" * (wire.ANSWER_LIMIT_BYTES + 1))),
    ),
    Case(
        "an answer that unfolds",
        Why.NO_ANSWER,
        token_answer(lambda _s, _c: Response(b"x", headers={"content-encoding": "gzip"})),
    ),
    Case(
        "the answer of another issuer",
        Why.OTHER_ISSUER_IN_ANSWER,
        answered(iss="https://evil.example"),
    ),
    Case("the answer of nobody", Why.NO_ISSUER_IN_ANSWER, answered(iss=None)),
    Case("a refusal", Why.PROVIDER_REFUSED, answered(error="access_denied", code=None)),
    Case("no code", Why.NO_CODE, answered(code=None)),
]

DOCUMENTS = [
    Case("about another issuer", Why.OTHER_ISSUER_IN_METADATA,
        published_as(issuer="https://evil.example")),
    Case("without a token address", Why.BAD_METADATA, published_as(token_endpoint=None)),
    Case("with another port of this machine", Why.BAD_METADATA,
        published_as(jwks_uri="http://127.0.0.1:1/keys")),
    Case("with another scheme", Why.BAD_METADATA, published_as(jwks_uri="file:///etc/passwd")),
    Case("with a name in the address", Why.BAD_METADATA,
        published_as(token_endpoint="http://x@127.0.0.1/token")),
]  # fmt: skip


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
