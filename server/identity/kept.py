"""What somebody had typed when she was asked to sign in again, sealed until she is back.

It is sealed under a key that follows from a token which her browser alone holds: a copy of the
database tells nothing of it. Who loses the token types again.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LENGTH_AT_MOST = 64 * 1024
NONCE_BYTES = 12


def seal(token: str, typed: str) -> bytes:
    """Return what was typed, sealed for who holds the token."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key(token)).encrypt(nonce, typed.encode(), None)


def unseal(token: str, sealed: bytes | None) -> str | None:
    """Return what was typed; None if there is nothing, or it was sealed for another token."""
    if sealed is None:
        return None
    try:
        opened = AESGCM(_key(token)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        return None
    return opened.decode()


def _key(token: str) -> bytes:
    return hmac.digest(token.encode(), b"tacroom kept form", "sha256")
