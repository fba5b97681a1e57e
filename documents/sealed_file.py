"""The bytes of a file at rest: AES-256-GCM in chunks, each bound to its place and to its file.

Chunk i is sealed under the file's own key with the nonce `counter i (11 bytes) | last (1 byte)`
and the file's `about` as associated data. So a chunk moved, left out, repeated, cut off, added
or taken from another file does not open. Nothing here knows rooms, rows or clear files: clear
bytes are only ever in memory, a chunk at a time.

Rule: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015); ADR-0010.
"""

import hashlib
import io
import os
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.kernel.errors import Unavailable

CHUNK = 128 * 1024
TAG = 16
SEALED_CHUNK = CHUNK + TAG
_COUNTER = 11


class Damaged(Unavailable):
    """What is stored is not what was put in."""

    sentence = "This document was damaged in storage and cannot be opened. The office was told."


class SealingFile:
    """A new file being sealed as its bytes arrive. It counts and hashes what it is given."""

    def __init__(self, path: Path, key: bytes, about: bytes) -> None:
        """Make the file; nobody else may read it, and it must not exist yet."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._out = os.fdopen(descriptor, "wb")
        self._cipher = AESGCM(key)
        self._about = about
        self._waiting = bytearray()
        self._counter = 0
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def write(self, plain: bytes) -> None:
        """Take the next bytes; whole chunks are sealed and written at once."""
        self.size_bytes += len(plain)
        self._hash.update(plain)
        self._waiting += plain
        # The last chunk carries a mark, so one is held back until more has come.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> bytes:
        """Seal the last chunk and bring all to the disk; return the SHA-256 of the clear bytes."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        return self._hash.digest()

    def close(self) -> None:
        """Let go of the file without finishing it: it will never open."""
        self._waiting.clear()
        self._out.close()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._counter, last=last), plain, self._about))
        self._counter += 1


class SealedFile(io.RawIOBase):
    """A sealed file, read in any order as if it were clear: each chunk is proved as it is read."""

    def __init__(self, path: Path, key: bytes, about: bytes) -> None:
        """Open the file and prove its end.

        Raises:
            Damaged: it is gone, cut off, grown, changed, or another file.
        """
        try:
            self._in: IO[bytes] = path.open("rb")
        except FileNotFoundError as fault:
            raise Damaged from fault
        self._cipher = AESGCM(key)
        self._about = about
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")
        stored = path.stat().st_size
        self.chunks = max(1, -(-stored // SEALED_CHUNK))
        self.size_bytes = stored - TAG * self.chunks
        try:
            self.chunk(self.chunks - 1)
        except Damaged:
            self.close()
            raise

    def chunk(self, index: int) -> bytes:
        """Return the clear bytes of one chunk.

        Raises:
            Damaged: it is not what was sealed at this place of this file.
        """
        if self._held[0] == index:
            return self._held[1]
        self._in.seek(index * SEALED_CHUNK)
        sealed = self._in.read(SEALED_CHUNK)
        try:
            plain = self._cipher.decrypt(
                _nonce(index, last=index == self.chunks - 1), sealed, self._about
            )
        except (InvalidTag, ValueError) as fault:
            raise Damaged from fault
        self._held = (index, plain)
        return plain

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to an offset in clear bytes."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size_bytes}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Return where it is, in clear bytes."""
        return self._at

    def readinto(self, into: object) -> int:
        """Read what one chunk gives from here on."""
        room = memoryview(into)  # type: ignore[arg-type]  # the protocol of RawIOBase is a buffer
        if self._at >= self.size_bytes or not room.nbytes:
            return 0
        index, within = divmod(self._at, CHUNK)
        piece = self.chunk(index)[within : within + room.nbytes]
        room[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Let go of the file and of the chunk held."""
        self._held = (-1, b"")
        self._in.close()
        super().close()


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(_COUNTER, "big") + bytes([last])
