"""The key that wraps all others. It wraps, unwraps and knows again; it is never handed out.

`LocalKms` keeps it in a file that only this account may read. The file belongs in no backup of
the store: without it a copy of the store opens nothing.

Rule: ADR-0005 (keys of rooms).
"""

import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.kernel.errors import Unavailable

KEY_BYTES = 32
NONCE_BYTES = 12
FORM = b"\x01"
"""The first byte of everything wrapped: AES-256-GCM with a random 96-bit nonce."""

FILE_NAME = "house.key"
_FOR_FINGERPRINTS = b"tacroom fingerprints, version 1"
_ONLY_OURS = 0o600
_FOR_OTHERS = 0o077


class KeyFileUnsafe(Unavailable):
    """The key file is missing, cut short, or readable by other accounts."""

    sentence = "The key file of this service cannot be used. Nothing was opened."


class SealBroken(Unavailable):
    """What was sealed was changed, cut, moved elsewhere, or its key is gone."""

    sentence = "This can no longer be opened. It may have been changed or deleted."


class LocalKms:
    """A KMS in one file of 32 random bytes, made at the first start."""

    def __init__(self, folder: Path) -> None:
        """Read the key in `folder`, making it first where there is none.

        Raises:
            KeyFileUnsafe: the file has the wrong size or others may read it.
        """
        self._path = folder / FILE_NAME
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._path.exists():
            _make_key_file(self._path)
        key = _read_key_file(self._path)
        self._cipher: AESGCM | None = AESGCM(key)
        # A key of its own, which follows from the file's and never the reverse.
        self._for_fingerprints: bytes | None = hmac.digest(key, _FOR_FINGERPRINTS, "sha256")

    def wrap(self, plain: bytes, about: bytes) -> bytes:
        """Seal a key; it only opens again for the same `about` (whose key it is)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORM + nonce + self._open_cipher().encrypt(nonce, plain, about)

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Open a wrapped key.

        Raises:
            SealBroken: it was changed, cut short, wrapped for something else or by another KMS.
        """
        return open_sealed(self._open_cipher(), wrapped, header=FORM, about=about)

    def fingerprint(self, plain: bytes, about: bytes) -> bytes:
        """Return 32 bytes by which `plain` is known again, and which nobody makes without the key.

        For what is too short to be kept as a bare hash: all codes of twelve digits are tried in
        an hour by whoever stole a copy of the store.

        Raises:
            KeyFileUnsafe: the key is destroyed.
        """
        if self._for_fingerprints is None:
            raise KeyFileUnsafe
        # The length first, so that no two pairs of `about` and `plain` are one text.
        return hmac.digest(
            self._for_fingerprints, len(about).to_bytes(4, "big") + about + plain, "sha256"
        )

    def destroy(self) -> None:
        """Destroy the key file: everything ever sealed here stays closed for good.

        The last step when a service is wound up. Copies of the file held elsewhere are the
        concern of whoever made them.
        """
        size_bytes = self._path.stat().st_size
        with self._path.open("r+b") as file:
            file.write(secrets.token_bytes(size_bytes))
            file.flush()
            os.fsync(file.fileno())
        self._path.unlink()
        _sync_folder(self._path.parent)
        self._cipher = None
        self._for_fingerprints = None

    def _open_cipher(self) -> AESGCM:
        if self._cipher is None:
            raise KeyFileUnsafe
        return self._cipher


def open_sealed(cipher: AESGCM, sealed: bytes, *, header: bytes, about: bytes) -> bytes:
    """Open `header | nonce | ciphertext and tag`.

    Raises:
        SealBroken: anything about it is not as it was sealed.
    """
    start = len(header)
    nonce = sealed[start : start + NONCE_BYTES]
    if sealed[:start] != header or len(nonce) != NONCE_BYTES:
        raise SealBroken
    try:
        return cipher.decrypt(nonce, sealed[start + NONCE_BYTES :], about)
    except InvalidTag as fault:
        raise SealBroken from fault


def _make_key_file(path: Path) -> None:
    # Written aside and then linked: never a moment with a half-written key under its name, and
    # of two processes that start at once the first one's key stands.
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OURS)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_key_file(path: Path) -> bytes:
    # Threat T-08: a key that other accounts of the machine can read.
    if path.stat().st_mode & _FOR_OTHERS:
        raise KeyFileUnsafe
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeyFileUnsafe
    return key


_bound: list[LocalKms] = []


def bind(kms: LocalKms) -> None:
    """Make this the KMS of the process."""
    _bound[:] = [kms]


def bound() -> LocalKms:
    """Return the KMS of the process."""
    if not _bound:
        message = "no KMS is bound to this process"
        raise RuntimeError(message)
    return _bound[0]
