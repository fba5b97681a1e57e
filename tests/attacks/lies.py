"""The lies that a provider, or somebody in its place, may tell: each changes one thing."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc import jws, jwt
from joserfc.jwk import OctKey
from starlette.responses import JSONResponse, PlainTextResponse, Response

from server.identity import wire
from server.identity.failing import Why
from tests.fakes.sign_in_service import (
    CLIENT,
    OTHER_RSA,
    RSA,
    SECRET,
    UNKNOWN_RSA,
    SignInService,
    in_segment,
)

Lie = Callable[[SignInService], None]

CERTIFICATE = RSA.as_pem(private=False)


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
