"""Whether a file is a PNG or JPEG picture and nothing else, from its first byte to its last.

The parts are walked as the formats lay them out; the picture itself is never unpacked.

Rule: ADR-0010; PNG (W3C Recommendation, third edition) 5; JPEG (ITU-T T.81) annex B.
"""

import struct
import zlib
from typing import IO

MOST_PIXELS = 250_000_000
MOST_PARTS = 100_000
READ_AT_ONCE = 1024 * 1024
TAIL = 2048

PNG_MARK = b"\x89PNG\r\n\x1a\n"
PNG_CHUNK_FRAME = 12
JPEG_MARK = b"\xff\xd8"
JPEG_END = b"\xff\xd9"
MARKER = 0xFF
LENGTH_OF_LENGTH = 2
START_OF_SCAN = 0xDA
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xDA)})


class Unsound(Exception):
    """The file is not whole, or not only what it should be."""


def look_at_png(file: IO[bytes]) -> None:
    """Walk a PNG picture's chunks, proving each.

    Raises:
        Unsound: it is not one whole picture.
    """
    if exactly(file, 0, len(PNG_MARK)) != PNG_MARK:
        raise Unsound
    at = len(PNG_MARK)
    kinds: list[bytes] = []
    while not kinds or kinds[-1] != b"IEND":
        length, kind = struct.unpack(">I4s", exactly(file, at, 8))
        if not kinds:
            _look_at_size(*struct.unpack(">II", exactly(file, at + 8, 8)))
        _look_at_sum(file, at + 4, length + 4)
        at += PNG_CHUNK_FRAME + length
        kinds.append(kind)
        if len(kinds) > MOST_PARTS:
            raise Unsound
    if kinds[0] != b"IHDR" or b"IDAT" not in kinds or at != size_of(file):
        raise Unsound


def _look_at_sum(file: IO[bytes], at: int, length: int) -> None:
    crc = 0
    while length:
        piece = exactly(file, at, min(length, READ_AT_ONCE))
        crc = zlib.crc32(piece, crc)
        at, length = at + len(piece), length - len(piece)
    if exactly(file, at, 4) != struct.pack(">I", crc):
        raise Unsound


def look_at_jpeg(file: IO[bytes]) -> None:
    """Walk a JPEG picture's segments up to the picture itself, and look at its end.

    Raises:
        Unsound: it is not one whole picture.
    """
    if exactly(file, 0, len(JPEG_MARK)) != JPEG_MARK:
        raise Unsound
    at, has_size = len(JPEG_MARK), False
    for _ in range(MOST_PARTS):
        mark, kind, length = struct.unpack(">BBH", exactly(file, at, 4))
        if mark == kind == MARKER:  # a marker may be padded by any number of these
            at += 1
            continue
        if mark != MARKER or kind in WITHOUT_LENGTH or length < LENGTH_OF_LENGTH:
            raise Unsound
        if kind in FRAMES:
            _look_at_size(*struct.unpack(">HH", exactly(file, at + 5, 4)))
            has_size = True
        at += 2 + length
        if kind == START_OF_SCAN:
            break
    if not has_size or not _ends_as_jpeg(file, at):
        raise Unsound


def _ends_as_jpeg(file: IO[bytes], scan: int) -> bool:
    start = max(scan, size_of(file) - TAIL)
    return up_to(file, start, TAIL).rstrip(b"\x00").endswith(JPEG_END)


def _look_at_size(width: int, height: int) -> None:
    # Threat T-11: a picture of a few bytes that fills the memory of whoever looks at it.
    if not 0 < width * height <= MOST_PIXELS:
        raise Unsound


def size_of(file: IO[bytes]) -> int:
    """Return how many bytes a file has."""
    return file.seek(0, 2)


def up_to(file: IO[bytes], offset: int, length: int) -> bytes:
    """Return `length` bytes from `offset`; fewer only at the end of the file."""
    file.seek(offset)
    pieces = bytearray()
    while len(pieces) < length and (piece := file.read(length - len(pieces))):
        pieces += piece
    return bytes(pieces)


def exactly(file: IO[bytes], offset: int, length: int) -> bytes:
    """Return `length` bytes from `offset`.

    Raises:
        Unsound: the file ends before.
    """
    found = up_to(file, offset, length)
    if len(found) < length:
        raise Unsound
    return found
