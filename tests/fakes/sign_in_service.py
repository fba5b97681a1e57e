"""A sign-in service of the tests' own: honest until it is told to lie in one particular way.

It is served on a real port. Everything it says can be changed: `metadata`, `keys`, `claims`,
`header`, the key it signs with, what stands in the answer's address, and the whole token answer.
"""

import base64
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

CLIENT, SECRET = "tacroom", "not-a-real-secret"

RSA = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
UNKNOWN_RSA = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "edwards", "use": "sig"})


@asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncIterator[int]:
    """Serve an application on a real port of this machine, in this loop; gives the port."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


@dataclass
class SignInService:
    """One provider. `asked` counts what was asked of it, by the last part of the address."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(
        default_factory=lambda: [one.as_dict(private=False) for one in (RSA, EC, ED)]
    )
    key: Any = field(default_factory=lambda: RSA)
    algorithm: str = "RS256"
    answer: dict[str, str | None] = field(default_factory=dict)
    token: Callable[[dict[str, Any]], str] | None = None
    token_answer: Callable[[dict[str, Any]], Response] | None = None
    asked: dict[str, int] = field(default_factory=dict)
    nonces: dict[str, str] = field(default_factory=dict)
    forms: list[dict[str, str]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)

    def application(self) -> Starlette:
        """The provider as an application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def _count(self, what: str) -> None:
        self.asked[what] = self.asked.get(what, 0) + 1

    async def _metadata(self, request: Request) -> Response:
        del request
        self._count("metadata")
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
            "authorization_response_iss_parameter_supported": True,
        } | self.metadata
        return JSONResponse({name: value for name, value in told.items() if value is not None})

    async def _keys(self, request: Request) -> Response:
        del request
        self._count("keys")
        return JSONResponse({"keys": self.keys})

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        answer = {"code": secrets.token_urlsafe(8), "state": asked["state"], "iss": self.issuer}
        self.nonces[answer["code"]] = asked["nonce"]
        told = {k: v for k, v in (answer | self.answer).items() if v is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 303)

    async def _token(self, request: Request) -> Response:
        self._count("token")
        form = await request.body()
        self.forms.append(dict(p.split("=", 1) for p in form.decode().split("&")))
        self.authorizations.append(request.headers.get("authorization"))
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonces.pop(self.forms[-1]["code"], ""),
            "email": "imara@tansyvale.example",
            "email_verified": True,
            "organisation": "school",
        } | self.claims
        for name in self.without:
            claims.pop(name)
        if self.token_answer is not None:
            return self.token_answer(claims)
        token = self.token(claims) if self.token else self.sign(claims)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})

    def sign(self, claims: dict[str, Any]) -> str:
        """An ID token of these claims, signed as this provider signs now."""
        header = {"alg": self.algorithm, "kid": self.key.kid, "typ": "JWT"} | self.header
        header = {name: value for name, value in header.items() if value is not None}
        return jws.serialize_compact(
            header,
            json.dumps(claims),
            self.key,
            registry=_SignsAnything(algorithms=[self.algorithm]),
        )


class _SignsAnything(jws.JWSRegistry):
    def check_header(self, header: Any) -> None:
        """Sign whatever header."""


def in_segment(value: Any) -> str:
    """One part of a token, as it stands between the dots."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
