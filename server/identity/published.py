"""What a provider publishes of itself: its addresses and its keys, kept for ten minutes.

Longer would leave a revoked key trusted; shorter would ask a provider at each sign-in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from server.identity.failing import SignInFailed, Why
from server.identity.wire import fetch
from server.kernel import clock
from server.kernel.settings import Provider

KEPT_FOR = timedelta(minutes=10)
KEYS_AGAIN_AFTER = timedelta(minutes=1)
ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    document: Document
    at: datetime

    def is_younger_than(self, age: timedelta) -> bool:
        return clock.now() - self.at < age


_metadata: dict[str, _Kept] = {}
_keys: dict[str, _Kept] = {}


def forget() -> None:
    """Forget what providers have published."""
    _metadata.clear()
    _keys.clear()


async def metadata_of(provider: Provider) -> Document:
    """Return the provider's metadata, at most ten minutes old.

    Raises:
        SignInFailed: it does not answer, or not as itself.
    """
    kept = _metadata.get(provider.code)
    if kept is not None and kept.is_younger_than(KEPT_FOR):
        return kept.document
    told = await fetch(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    # OpenID Connect Discovery 1.0, 4.3: a document about another issuer is not this one's.
    if told.get("issuer") != provider.issuer:
        raise SignInFailed(Why.OTHER_ISSUER_IN_METADATA)
    for name in ADDRESSES:
        _check_address(provider, told.get(name))
    _metadata[provider.code] = _Kept(told, clock.now())
    return told


async def keys_of(provider: Provider, *, kid: str | None = None) -> Document:
    """Return the provider's public signing keys, at most ten minutes old.

    They are asked for again if a key named `kid` is not among them, once a minute at the most:
    a stranger's token cannot make us ask at each try.

    Raises:
        SignInFailed: it does not answer, or with no keys.
    """
    kept = _keys.get(provider.code)
    if kept is not None:
        is_known = kid is None or any(key.get("kid") == kid for key in kept.document["keys"])
        if kept.is_younger_than(KEPT_FOR if is_known else KEYS_AGAIN_AFTER):
            return kept.document
    told = _signing_keys(await fetch((await metadata_of(provider))["jwks_uri"]))
    _keys[provider.code] = _Kept(told, clock.now())
    return told


def _check_address(provider: Provider, address: object) -> None:
    # Threat T-21: a provider cannot send us off TLS, or to another port of this machine.
    if not isinstance(address, str):
        raise SignInFailed(Why.BAD_METADATA)
    parts, own = urlsplit(address), urlsplit(provider.issuer)
    is_elsewhere = own.scheme == "http" and parts.netloc != own.netloc
    if parts.scheme != own.scheme or not parts.hostname or "@" in parts.netloc or is_elsewhere:
        raise SignInFailed(Why.BAD_METADATA)


def _signing_keys(told: Document) -> Document:
    keys = told.get("keys")
    if not isinstance(keys, list):
        raise SignInFailed(Why.BAD_KEYS)
    # A published symmetric key would let anybody sign.
    public = [
        key
        for key in keys
        if isinstance(key, dict)
        and key.get("kty") in {"RSA", "EC", "OKP"}
        and key.get("use", "sig") == "sig"
    ]
    return {"keys": public}
