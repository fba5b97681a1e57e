"""The demo's sign-in services: true OpenID providers of made-up people, one to each path.

Code flow with PKCE, signed tokens, keys kept in the demo's folder; only the password is left
out, because these people have none. `tacroom serve` never imports this.

Rule: OpenID Connect Core 1.0, 3.1; Discovery 1.0; RFC 7636; RFC 9207.
"""

import base64
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from server.kernel import clock

KEY_FILE = "provider.key"
ALGORITHM = "RS256"
CODE_LIFE = timedelta(minutes=1)
TOKEN_LIFE_S = 300
FORM_LIMIT_BYTES = 16 * 1024
_ONLY_OURS = 0o600

_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class MadeUpPerson:
    """Somebody who can sign in. `code` is her subject and the hint that opens as her at once.

    `organisation` is the value of the claim that tells the provider's organisations apart.
    """

    code: str
    name: str
    line: str
    mail: str | None = None
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class MadeUpProvider:
    """A provider: its path is the last part of its issuer."""

    path: str
    name: str
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    people: tuple[MadeUpPerson, ...]

    def person(self, code: str | None) -> MadeUpPerson | None:
        """Return the person of this code or mail."""
        return next((one for one in self.people if code and code in (one.code, one.mail)), None)


@dataclass(frozen=True, slots=True)
class _Promise:
    """What a code was given for."""

    provider: str
    person: MadeUpPerson
    redirect_uri: str
    challenge: str
    nonce: str | None
    at: datetime


class Providers:
    """All providers of the demo, under one origin and with one key."""

    def __init__(
        self, providers: Sequence[MadeUpProvider], *, origin: str, key_folder: Path
    ) -> None:
        """Read the key in `key_folder`, making it first where there is none."""
        self._providers = {one.path: one for one in providers}
        self._origin = origin
        self._key = _key(key_folder)
        self._promises: dict[str, _Promise] = {}

    def application(self) -> Starlette:
        """Return the providers as an ASGI application of their own."""
        at = "/{path}"
        return Starlette(
            routes=[
                Route(f"{at}/.well-known/openid-configuration", self._metadata),
                Route(f"{at}/keys", self._keys),
                Route(f"{at}/authorize", self._authorize),
                Route(f"{at}/token", self._token, methods=["POST"]),
                Mount("/static", StaticFiles(packages=[("web", "static")])),
            ]
        )

    def issuer(self, path: str) -> str:
        """Return the issuer of the provider at this path."""
        return f"{self._origin}/{path}"

    async def _metadata(self, request: Request) -> Response:
        issuer = self.issuer(self._asked(request).path)
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "scopes_supported": ["openid", "profile", "email"],
                "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _keys(self, request: Request) -> Response:
        self._asked(request)
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        provider, asked = self._asked(request), request.query_params
        redirect_uri, challenge = asked.get("redirect_uri", ""), asked.get("code_challenge", "")
        is_ours = asked.get("client_id") == provider.client_id
        if not is_ours or redirect_uri not in provider.redirect_uris:
            # Never redirect to an address that was not registered.
            raise HTTPException(400, "unknown client or redirect address")
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            raise HTTPException(400, "code flow with PKCE S256 only")
        person = provider.person(asked.get("login_hint"))
        if person is None or asked.get("prompt") == "login":
            return self._choice(provider, asked)
        code = self._promise(provider, person, redirect_uri, challenge, asked.get("nonce"))
        answer = {"code": code, "state": asked.get("state", ""), "iss": self.issuer(provider.path)}
        return RedirectResponse(f"{redirect_uri}?{urlencode(answer)}", 303, headers=_HEADERS)

    def _choice(self, provider: MadeUpProvider, asked: Mapping[str, str]) -> Response:
        asked_for = provider.person(asked.get("login_hint"))
        people = [
            {
                "name": one.name,
                "line": one.line,
                "href": "authorize?"
                + urlencode({**asked, "login_hint": one.code, "prompt": "select_account"}),
            }
            for one in ([asked_for] if asked_for else provider.people)
        ]
        nonce = secrets.token_urlsafe(16)
        template = _templates().get_template("people.html")
        text = template.render(provider_name=provider.name, people=people, cspNonce=nonce)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self';"
            " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return HTMLResponse(text, headers=_HEADERS | {"content-security-policy": policy})

    def _promise(
        self,
        provider: MadeUpProvider,
        person: MadeUpPerson,
        redirect_uri: str,
        challenge: str,
        nonce: str | None,
    ) -> str:
        at = clock.now()
        self._promises = {
            code: one for code, one in self._promises.items() if at - one.at < CODE_LIFE
        }
        code = secrets.token_urlsafe(32)
        self._promises[code] = _Promise(provider.path, person, redirect_uri, challenge, nonce, at)
        return code

    async def _token(self, request: Request) -> Response:
        provider = self._asked(request)
        if not _is_client(provider, request.headers.get("authorization", "")):
            return _refusal("invalid_client", 401)
        body = await request.body()
        asked = dict(parse_qsl(body[:FORM_LIMIT_BYTES].decode("ascii", "replace")))
        # Taken whether or not the rest is right: a code is good for one try.
        promise = self._promises.pop(asked.get("code", ""), None)
        if promise is None or not _is_kept(promise, provider, asked):
            return _refusal("invalid_grant", 400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(32),
                "token_type": "Bearer",
                "expires_in": TOKEN_LIFE_S,
                "id_token": self._id_token(provider, promise),
            },
            headers={"cache-control": "no-store"},
        )

    def _id_token(self, provider: MadeUpProvider, promise: _Promise) -> str:
        at, person = int(clock.now().timestamp()), promise.person
        claims: dict[str, Any] = {
            "iss": self.issuer(provider.path),
            "aud": provider.client_id,
            "sub": person.code,
            "iat": at,
            "exp": at + TOKEN_LIFE_S,
            "auth_time": at,
            "name": person.name,
        }
        if promise.nonce is not None:
            claims["nonce"] = promise.nonce
        if person.mail is not None:
            claims |= {"email": person.mail, "email_verified": True}
        if person.organisation is not None:
            claims["organisation"] = person.organisation
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key)

    def _asked(self, request: Request) -> MadeUpProvider:
        found = self._providers.get(request.path_params["path"])
        if found is None:
            raise HTTPException(404)
        return found


def _is_client(provider: MadeUpProvider, authorization: str) -> bool:
    whole = f"{provider.client_id}:{provider.client_secret}".encode()
    wanted = "Basic " + base64.b64encode(whole).decode()
    return hmac.compare_digest(authorization.encode(), wanted.encode())


def _is_kept(promise: _Promise, provider: MadeUpProvider, asked: Mapping[str, str]) -> bool:
    return (
        clock.now() - promise.at < CODE_LIFE
        and promise.provider == provider.path
        and asked.get("grant_type") == "authorization_code"
        and asked.get("redirect_uri") == promise.redirect_uri
        and bool(promise.challenge)
        and create_s256_code_challenge(asked.get("code_verifier", "")) == promise.challenge
    )


def _refusal(error: str, status: int) -> Response:
    return JSONResponse({"error": error}, status, headers={"cache-control": "no-store"})


def _key(folder: Path) -> RSAKey:
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = RSAKey.generate_key(2048)
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OURS)
        with os.fdopen(opened, "wb") as file:
            file.write(made.as_pem(private=True))
    key = RSAKey.import_key(path.read_bytes(), {"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return key


def _templates() -> Environment:
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    return Environment(loader=ChoiceLoader([PackageLoader("server.demo"), govuk]), autoescape=True)
