"""Checkpoints, their signatures and tiles as text and paths: pure, standard library alone.

A checkpoint says how many entries the log has and what the root over them is, signed. Whoever
holds one can tell later whether anything before it was changed, cut or put in.

Rule: C2SP signed-note, tlog-checkpoint and tlog-tiles (https://c2sp.org).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

TILE_WIDTH = 256
"""Hashes in a full tile and entries in a full bundle."""

BUNDLED_ENTRY_BYTES_AT_MOST = 65_535
_ROOT_BYTES = 32
_KEY_ID_BYTES = 4
_ED25519 = b"\x01"
_ED25519_PUBLIC_BYTES = 32
_SIGNATURE_MARK = "\N{EM DASH} "
_BODY_LINES = 3
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")

Sign = Callable[[bytes], bytes]
"""Signs bytes by Ed25519: 64 bytes."""


class NoCheckpoint(ValueError):
    """The text is no checkpoint, no key or no bundle of the form we know."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's name, its number of entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A log's name and its Ed25519 public key, as in a verifier key line."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Refuse a name that could not be told from what stands beside it."""
        if not self.name or "+" in self.name or any(mark.isspace() for mark in self.name):
            message = f"not the name of a log: {self.name!r}"
            raise NoCheckpoint(message)

    @property
    def key_id(self) -> bytes:
        """Return the 4 bytes that name the key beside a signature."""
        named = f"{self.name}\n".encode() + _ED25519 + self.public
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def line(self) -> str:
        """Return the verifier key: `name+id+base64`."""
        public = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{public}"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint as it was read: what it says, the text signed, and who signed it how."""

    checkpoint: Checkpoint
    body: str
    signatures: tuple[tuple[str, bytes, bytes], ...]
    """Name, key id and signature of each line."""

    def signature_by(self, key: PublicKey) -> bytes | None:
        """Return the signature this key is said to have made, or None."""
        for name, key_id, signature in self.signatures:
            if name == key.name and key_id == key.key_id:
                return signature
        return None


def read_public_key(line: str) -> PublicKey:
    """Read a verifier key line.

    Raises:
        NoCheckpoint: it is none, or not an Ed25519 key.
    """
    name, _, rest = line.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    public = _read_base64(encoded)
    if len(public) != 1 + _ED25519_PUBLIC_BYTES or public[:1] != _ED25519:
        raise NoCheckpoint(line)
    key = PublicKey(name, public[1:])
    if key.key_id.hex() != key_id:
        raise NoCheckpoint(line)
    return key


def sign(checkpoint: Checkpoint, *, key: PublicKey, signer: Sign) -> str:
    """Return the checkpoint as a signed note."""
    body = checkpoint.body()
    signature = base64.b64encode(key.key_id + signer(body.encode())).decode()
    return f"{body}\n{_SIGNATURE_MARK}{key.name} {signature}\n"


def read_checkpoint(text: str) -> SignedCheckpoint:
    """Read a signed note; its signatures are not checked here.

    Raises:
        NoCheckpoint: it is none.
    """
    body, gap, signed = text.partition("\n\n")
    body += "\n"
    lines = body.split("\n")
    if not gap or len(lines) < _BODY_LINES + 1 or not signed.endswith("\n"):
        raise NoCheckpoint(text)
    origin, size, root = lines[:_BODY_LINES]
    if not origin or not _SIZE.fullmatch(size):
        raise NoCheckpoint(text)
    checkpoint = Checkpoint(origin, int(size), _read_base64(root))
    if len(checkpoint.root) != _ROOT_BYTES:
        raise NoCheckpoint(text)
    lines_of_signatures = signed.removesuffix("\n").split("\n")
    return SignedCheckpoint(
        checkpoint, body, tuple(_read_signature(line) for line in lines_of_signatures)
    )


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile of hashes, or of its first `width` hashes."""
    return f"tile/{level}/{_number_path(number)}{_partial(width)}"


def bundle_path(number: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a bundle of entries, or of its first `width` entries."""
    return f"tile/entries/{_number_path(number)}{_partial(width)}"


def widths(size: int) -> Iterator[tuple[int, int]]:
    """Yield number and width of each tile in a row of `size` hashes, from the left."""
    for number in range(size // TILE_WIDTH):
        yield number, TILE_WIDTH
    if size % TILE_WIDTH:
        yield size // TILE_WIDTH, size % TILE_WIDTH


def bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries as a bundle: each after its length in two big-endian bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def read_bundle(bundled: bytes) -> list[bytes]:
    """Return the entries of a bundle.

    Raises:
        NoCheckpoint: it is cut short.
    """
    entries, start = [], 0
    while start < len(bundled):
        length = int.from_bytes(bundled[start : start + 2], "big")
        entry = bundled[start + 2 : start + 2 + length]
        if len(bundled) < start + 2 + length:
            message = "the bundle is cut short"
            raise NoCheckpoint(message)
        entries.append(entry)
        start += 2 + length
    return entries


def _number_path(number: int) -> str:
    """Return a tile's number in groups of three digits, all but the last marked with an x."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def _partial(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"


def _read_signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_SIGNATURE_MARK).partition(" ")
    signature = _read_base64(encoded)
    if not line.startswith(_SIGNATURE_MARK) or not name or len(signature) <= _KEY_ID_BYTES:
        raise NoCheckpoint(line)
    return name, signature[:_KEY_ID_BYTES], signature[_KEY_ID_BYTES:]


def _read_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NoCheckpoint(text) from fault
