"""One sign-in with one OpenID provider: where to send the browser, and what its answer proves.

Nothing that a provider says is believed until it has been compared with what was asked. This is
the only module that touches Authlib, and joserfc, on which Authlib stands.

Rule: OpenID Connect Core 1.0, 3.1; RFC 7636 (PKCE), RFC 9207 (iss), RFC 9700 (best practice).
"""

import asyncio
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet

from server.identity import published, wire
from server.identity.failing import SignInFailed, Why
from server.kernel import clock
from server.kernel.settings import Provider

ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
SCOPE = "openid profile email"
LEEWAY_S = 60
SUBJECT_LENGTH = 255

# What Authlib and joserfc raise over a token that is no token.
_NO_TOKEN = (JoseError, ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True)
class Proved:
    """Whom a provider has proved: issuer and subject name somebody for ever.

    `mail` is None unless the provider says that it has verified it; `at` is when she signed in
    there, None where it does not say.
    """

    issuer: str
    subject: str
    mail: str | None
    claims: Mapping[str, Any]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a provider was asked with, and its answer is compared with.

    `max_age_s` is given where she has to sign in again: how long ago that may have been.
    """

    redirect_uri: str
    nonce: str
    code_verifier: str
    max_age_s: int | None = None


async def address_to_sign_in(
    provider: Provider, question: Question, *, state: str, hint: str | None = None
) -> str:
    """Return the address at the provider to which the browser is sent.

    Raises:
        SignInFailed: the provider does not answer, or not as itself.
    """
    metadata = await published.metadata_of(provider)
    async with _client(provider, metadata) as client:
        address, _state = client.create_authorization_url(
            metadata["authorization_endpoint"],
            state=state,
            nonce=question.nonce,
            code_verifier=question.code_verifier,
            redirect_uri=question.redirect_uri,
            **({"login_hint": hint} if hint else {}),
            **_again(question),
        )
    return str(address)


async def prove(provider: Provider, question: Question, answer: Mapping[str, str]) -> Proved:
    """Return whom the provider's answer proves.

    Raises:
        SignInFailed: it proves nobody, for whatever reason.
    """
    metadata = await published.metadata_of(provider)
    _check_issuer_of_answer(provider, metadata, answer)
    if "error" in answer:
        raise SignInFailed(Why.PROVIDER_REFUSED)
    if not answer.get("code"):
        raise SignInFailed(Why.NO_CODE)
    tokens = await _redeem(provider, metadata, question, answer["code"])
    id_token = tokens.get("id_token")
    # Authlib takes an answer without one for a plain OAuth sign-in.
    if not isinstance(id_token, str) or not id_token:
        raise SignInFailed(Why.NOTHING_SIGNED)
    opened = await _open(provider, metadata, id_token)
    claims = _checked(provider, question, opened, tokens.get("access_token"))
    mail = claims.get("email")
    is_verified = claims.get("email_verified") is True and isinstance(mail, str)
    return Proved(
        issuer=provider.issuer,
        subject=claims["sub"],
        mail=mail if is_verified else None,
        claims=claims,
        at=_signed_in_at(question, claims),
    )


def _again(question: Question) -> dict[str, str]:
    if question.max_age_s is None:
        return {}
    # `prompt` has her asked again; `max_age` has the provider say when she was (Core, 3.1.2.1).
    return {"prompt": "login", "max_age": str(question.max_age_s)}


def _signed_in_at(question: Question, claims: Mapping[str, Any]) -> datetime | None:
    """Return when she signed in at the provider; None where it does not say so soundly.

    Raises:
        SignInFailed: she was to sign in again, and the provider does not say that she has.
    """
    # Threat T-25: a provider may give back an old sign-in although it was asked for a new one.
    said, now = claims.get("auth_time"), int(clock.now().timestamp())
    is_sound = isinstance(said, int) and not isinstance(said, bool)
    if is_sound:
        age = now - cast("int", said)
        longest = question.max_age_s if question.max_age_s is not None else now
        is_sound = -LEEWAY_S <= age <= longest + LEEWAY_S
    if not is_sound:
        if question.max_age_s is not None:
            raise SignInFailed(Why.NOT_FRESH)
        return None
    return datetime.fromtimestamp(min(cast("int", said), now), UTC)


def _check_issuer_of_answer(
    provider: Provider, metadata: published.Document, answer: Mapping[str, str]
) -> None:
    # Threat T-07, mix-up: an answer of one provider is never taken to another (RFC 9207, 2.4).
    said = answer.get("iss")
    if said is None and metadata.get("authorization_response_iss_parameter_supported") is True:
        raise SignInFailed(Why.NO_ISSUER_IN_ANSWER)
    if said is not None and said != provider.issuer:
        raise SignInFailed(Why.OTHER_ISSUER_IN_ANSWER)


async def _redeem(
    provider: Provider, metadata: published.Document, question: Question, code: str
) -> Mapping[str, Any]:
    try:
        async with asyncio.timeout(wire.ANSWER_S), _client(provider, metadata) as client:
            tokens: Mapping[str, Any] = await client.fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                redirect_uri=question.redirect_uri,
                code_verifier=question.code_verifier,
            )
    except OAuthError as fault:
        raise SignInFailed(Why.CODE_REFUSED) from fault
    except (httpx2.HTTPError, TimeoutError, ValueError, TypeError, KeyError) as fault:
        raise SignInFailed(Why.NO_ANSWER) from fault
    return tokens


async def _open(provider: Provider, metadata: published.Document, id_token: str) -> jwt.Token:
    promised = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    # Threat T-07: the provider's own list may name `none`; ours decides what may count.
    allowed = sorted(ALGORITHMS.intersection(one for one in promised if isinstance(one, str)))
    if not allowed:
        raise SignInFailed(Why.NO_ALGORITHM)
    registry = _Registry(algorithms=allowed, strict_check_header=False)
    try:
        kid = jws.extract_compact(id_token.encode(), registry=registry).headers().get("kid")
    except _NO_TOKEN as fault:
        raise SignInFailed(Why.NOT_GENUINE) from fault
    keys = await published.keys_of(provider, kid=kid if isinstance(kid, str) else None)
    try:
        with warnings.catch_warnings():
            # RFC 9864 renames EdDSA; the curve and its strength are the same.
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.decode(id_token, KeySet.import_key_set(cast("Any", keys)), registry=registry)
    except _NO_TOKEN as fault:
        raise SignInFailed(Why.NOT_GENUINE) from fault


class _Registry(jws.JWSRegistry):
    """Reads headers as long as a provider's that puts its certificates there."""

    # joserfc declares it as a value of each registry.
    max_header_length: ClassVar[int] = 8192  # type: ignore[misc]


def _checked(
    provider: Provider, question: Question, opened: jwt.Token, access_token: object
) -> Mapping[str, Any]:
    # A logout or access token signed by the same key is not an ID token (RFC 8725, 3.11).
    if str(opened.header.get("typ", "JWT")).upper() != "JWT":
        raise SignInFailed(Why.NOT_GENUINE)
    claims = CodeIDToken(
        opened.claims,
        opened.header,
        {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "nonce": {"essential": True, "value": question.nonce},
        },
        {
            "nonce": question.nonce,
            "client_id": provider.client_id,
            "access_token": access_token,
        },
    )
    try:
        claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY_S)
    except _NO_TOKEN as fault:
        raise SignInFailed(Why.BAD_CLAIMS) from fault
    subject = claims["sub"]
    is_somebody = isinstance(subject, str) and 0 < len(subject) <= SUBJECT_LENGTH
    if not is_somebody or not _is_for_us(claims, provider.client_id):
        raise SignInFailed(Why.BAD_CLAIMS)
    return dict(claims)


def _is_for_us(claims: Mapping[str, Any], client_id: str) -> bool:
    # OpenID Connect Core 3.1.3.7 (3) to (5): we stand in the audience, and where others do too,
    # the token says that it was issued to us.
    audience = claims["aud"]
    listed = [audience] if isinstance(audience, str) else audience
    if not isinstance(listed, list) or client_id not in listed:
        return False
    issued_to = claims.get("azp")
    return issued_to == client_id if len(listed) > 1 else issued_to in {None, client_id}


def _client(provider: Provider, metadata: published.Document) -> AsyncOAuth2Client:
    ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    by_header = "client_secret_basic" in ways
    return AsyncOAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret.get_secret_value(),
        scope=SCOPE,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if by_header else "client_secret_post",
        **wire.limits(),
    )
