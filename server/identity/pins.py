"""A PIN of six digits: which ones may be chosen, and what is kept of one.

Rule: ADR-0015; OWASP, Password Storage: Argon2id, 19 MiB, two passes. It stands over a keyed
hash, since a million PINs are tried in a day by whoever stole a copy of the store alone.
"""

import asyncio
import re
import secrets
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from server.keys import kms

LENGTH = 6
ABOUT = b"PIN of a family"
_SALT_BYTES, _HASH_BYTES = 16, 32
_PASSES, _LANES, _MEMORY_KIB = 2, 1, 19 * 1024
_PIN = re.compile(rf"[0-9]{{{LENGTH}}}")
_RUNS = "01234567890123456789"


def is_pin(typed: str) -> bool:
    """Whether these are six digits."""
    return _PIN.fullmatch(typed) is not None


def is_easy(pin: str) -> bool:
    """Whether a PIN is among the first that anybody tries: few digits, or a run, or twice the same.

    Rule: OWASP ASVS 5, 6.2.4: the most used ones are refused.
    """
    half = LENGTH // 2
    return (
        len(set(pin)) <= 2  # noqa: PLR2004  121212, 111222
        or pin in _RUNS
        or pin[::-1] in _RUNS
        or pin[:half] == pin[half:]
    )


async def hash_of(pin: str) -> str:
    """Return what is kept of a PIN."""
    return await asyncio.to_thread(_hash, _keyed(pin))


async def is_right(pin: str, kept: str | None) -> bool:
    """Whether a PIN is the one of which this was kept.

    With nothing kept it takes the same time, and is none.
    """
    right = await asyncio.to_thread(_verify, _keyed(pin), kept or _of_nobody())
    return right and kept is not None


def _keyed(pin: str) -> bytes:
    return kms.bound().fingerprint(pin.encode(), ABOUT)


def _argon2(salt: bytes) -> Argon2id:
    return Argon2id(
        salt=salt,
        length=_HASH_BYTES,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )


def _hash(keyed: bytes) -> str:
    return _argon2(secrets.token_bytes(_SALT_BYTES)).derive_phc_encoded(keyed)


def _verify(keyed: bytes, kept: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(keyed, kept)
    except InvalidKey:
        return False
    return True


@cache
def _of_nobody() -> str:
    return _hash(secrets.token_bytes(_HASH_BYTES))
