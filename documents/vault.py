"""The vault: where files lie, under whose key, and what else of a document is sealed.

What must stay true (README): a clear byte never reaches the disk; a file that was not finished
leaves nothing; a file opens only as the document, version and room it was put in as.
"""

import asyncio
import io
import os
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from documents.sealed_file import CHUNK, SealedFile, SealingFile
from server.kernel.database import Tx
from server.kernel.errors import Unavailable
from server.kernel.ids import DocumentId, RoomId
from server.kernel.settings import settings
from server.keys import room_keys

P = ParamSpec("P")
T = TypeVar("T")

LEFT_BEHIND_S = 3600
"""A file that is still coming in after an hour belongs to an upload that died with its server."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a file is bound to: no other room, document or version can be made of it."""

    room: RoomId
    document: DocumentId
    version: int = 1

    @property
    def about(self) -> bytes:
        """Return the associated data of every chunk: with it, no key opens another file."""
        return b"|".join(
            (b"file", self.room.bytes, self.document.bytes, str(self.version).encode())
        )

    @property
    def file_name(self) -> str:
        """Return the file's name in the vault: random, as the document's id is."""
        return f"{self.document.hex}.{self.version}"

    @property
    def path(self) -> Path:
        """Return where the file lies."""
        return _folder("files") / self.file_name


class Incoming:
    """A file on its way in. Finish it and keep it, or discard it: there is nothing between."""

    def __init__(self, place: Place, key: bytes, wrapped: bytes) -> None:
        """Begin the file under a fresh key; `wrapped` is the same key for the row."""
        self.place = place
        self.wrapped = wrapped
        self._key = key
        self._path = _folder("incoming") / f"{place.document.hex}-{secrets.token_hex(8)}"
        self._file = SealingFile(self._path, key, place.about)
        self._kept = False

    @property
    def size_bytes(self) -> int:
        """Return how many bytes have come in."""
        return self._file.size_bytes

    async def write(self, plain: bytes) -> None:
        """Take the next bytes.

        Raises:
            Unavailable: the disk is full or does not answer.
        """
        await _on_disk(self._file.write, plain)

    async def finish(self) -> bytes:
        """Bring the file to the disk; return the SHA-256 of its clear bytes."""
        return await _on_disk(self._file.finish)

    def look_inside(self) -> BinaryIO:
        """Open the finished file as if it were clear, for whoever must know what it is."""
        return io.BufferedReader(SealedFile(self._path, self._key, self.place.about), CHUNK)

    async def keep(self) -> None:
        """Move the finished file to its place for good, before the row that names it commits."""
        await _on_disk(self._move)
        self._kept = True

    async def discard(self) -> None:
        """Leave nothing behind, wherever the file has come to."""
        self._file.close()
        await asyncio.to_thread(_remove, self.place.path if self._kept else self._path)

    def _move(self) -> None:
        self._path.replace(self.place.path)
        _flush_folder(self.place.path.parent)


async def begin(tx: Tx, place: Place) -> Incoming:
    """Begin a new file under a fresh key, wrapped by the room's."""
    key, wrapped = await room_keys.make_data_key(tx, place.room)
    return Incoming(place, key, wrapped)


async def open_file(tx: Tx, place: Place, wrapped: bytes) -> SealedFile:
    """Open a file that was kept.

    Raises:
        Damaged: it is not what was put in.
    """
    key = await room_keys.open_data_key(tx, place.room, wrapped)
    return await asyncio.to_thread(SealedFile, place.path, key, place.about)


async def chunks_of(file: SealedFile) -> AsyncGenerator[bytes, None]:
    """Give the clear bytes in order, a chunk at a time, and let go of the file at the end."""
    try:
        for index in range(file.chunks):
            yield await asyncio.to_thread(file.chunk, index)
    finally:
        file.close()


async def remove(place: Place) -> None:
    """Delete a file. Its key goes with its row and the room's."""
    await asyncio.to_thread(_remove, place.path)


async def clear_left_behind(known: frozenset[str]) -> int:
    """Delete what dead uploads left: files still coming in, and files that no row names.

    `known` holds `<document>.<version>` of every row. Only files older than an hour go, so that
    an upload about to commit in another process is not touched.
    """
    return await asyncio.to_thread(_clear, known)


async def seal_words(tx: Tx, place: Place, words: str) -> bytes:
    """Seal what a row says in words, such as the file's name."""
    return await room_keys.seal(tx, place.room, words.encode(), b"words|" + place.about)


async def unseal_words(tx: Tx, place: Place, sealed: bytes) -> str:
    """Open what was sealed with `seal_words`."""
    return (await room_keys.unseal(tx, place.room, sealed, b"words|" + place.about)).decode()


async def _on_disk(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(act, *args, **kwargs)
    except OSError as fault:
        raise Unavailable from fault


def _folder(name: str) -> Path:
    folder = settings().data_folder / "documents" / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _flush_folder(folder: Path) -> None:
    # A rename is durable only once its folder is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _clear(known: frozenset[str]) -> int:
    before = time.time() - LEFT_BEHIND_S
    left = [path for path in _folder("incoming").iterdir() if path.stat().st_mtime < before]
    left += [
        path
        for path in _folder("files").iterdir()
        if path.name not in known and path.stat().st_mtime < before
    ]
    for path in left:
        _remove(path)
    return len(left)
