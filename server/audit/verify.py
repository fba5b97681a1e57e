"""The verifier: leaf bytes and checkpoints in, verdict out.

It shares nothing with the writer but the tree's hashes and the checkpoint's form; a partner can
run it on the exported tiles with the standard library alone (signatures need `cryptography`).

What it cannot find by itself: entries cut from the end together with their checkpoints, and a
whole log rewritten by somebody who holds the signing key. Both are found against a checkpoint
that was held elsewhere.

Rule: ADR-0004 (the log is an RFC 6962 tree).
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from server.audit.checkpoint import (
    TILE_WIDTH,
    NoCheckpoint,
    PublicKey,
    SignedCheckpoint,
    bundle_path,
    read_bundle,
    read_checkpoint,
    tile_path,
    widths,
)
from server.audit.tree import HASH_BYTES, Edge, leaf_hash, root_of

Signature = Literal["good", "bad", "not checked", "none yet"]

WHOLE, BAD, SIGNATURE_NOT_CHECKED = 0, 1, 2
"""What the command returns to the shell."""

_PLACED = b"\x02"


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the log as it is stored.

    `leaf` is None where no entry can be read; `placed` where no such hash is kept (tiles).
    """

    seq: int
    leaf: bytes | None
    leaf_hash: bytes
    placed: bytes | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and which entry is the first bad one.

    Where it can only be narrowed down to several, it is one from `first` to `last`.
    """

    first: int
    words: str
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found. `waiting` counts entries not yet put in order (None: not asked)."""

    entries: int
    root: bytes
    fault: Fault | None
    signature: Signature
    waiting: int | None = None

    @property
    def exit_code(self) -> int:
        """Return 0 for a whole log, 1 for a bad one, 2 where the signature was not checked."""
        if self.fault is not None:
            return BAD
        return SIGNATURE_NOT_CHECKED if self.signature == "not checked" else WHOLE

    def lines(self) -> list[str]:
        """Return what the command prints."""
        if self.fault is not None:
            last = "" if self.fault.last is None else f" (or one up to {self.fault.last})"
            return [f"NOT WHOLE: {self.fault.words}", f"first bad entry: {self.fault.first}{last}"]
        root = base64.b64encode(self.root).decode()
        lines = [f"{self.entries} entries checked, root {root}"]
        lines.append(f"signature of the last checkpoint: {self.signature}")
        if self.waiting is not None:
            lines.append(f"{self.waiting} waiting to be put in order")
        return lines


def placed_hash(seq: int, hash_of_leaf: bytes) -> bytes:
    """Return the hash that binds a leaf to its place; it is no part of the tree."""
    return hashlib.sha256(_PLACED + seq.to_bytes(8, "big") + hash_of_leaf).digest()


class Check:
    """A check under way: places are given to it in order, then it is asked for the verdict."""

    def __init__(self, checkpoints: Iterable[SignedCheckpoint]) -> None:
        """Begin, with every checkpoint that the log must agree with."""
        self._edge = Edge()
        self._sound_size = 0
        self._roots: dict[int, list[bytes]] = {}
        for signed in checkpoints:
            self._roots.setdefault(signed.checkpoint.size, []).append(signed.checkpoint.root)
        self.fault: Fault | None = None
        self._compare_root()

    @property
    def entries(self) -> int:
        """Return how many entries were found sound."""
        return self._edge.size

    @property
    def root(self) -> bytes:
        """Return the root over them."""
        return self._edge.root()

    def take(self, place: Place) -> bool:
        """Check the next place; False once a fault is found, and nothing more need be given."""
        if self.fault is None:
            self.fault = _fault_at(place, self._edge.size)
        if self.fault is None:
            self._edge.append(place.leaf_hash)
            self._compare_root()
        return self.fault is None

    def finish(self) -> Fault | None:
        """Say what is wrong, after the last place was given."""
        most = max(self._roots, default=0)
        if self.fault is None and most > self.entries:
            words = f"a checkpoint counts {most} entries and there are only {self.entries}"
            self.fault = Fault(self.entries, words)
        if self.fault is None and most < self.entries:
            words = f"the last checkpoint counts {most} entries and there are {self.entries}"
            self.fault = Fault(most, words)
        return self.fault

    def _compare_root(self) -> None:
        size = self._edge.size
        if size not in self._roots:
            return
        if any(root != self._edge.root() for root in self._roots[size]):
            words = f"the first {size} entries are not those of the checkpoint"
            last = None if size - 1 <= self._sound_size else size - 1
            self.fault = Fault(self._sound_size, words, last)
        self._sound_size = size


def check_signature(signed: SignedCheckpoint, key: PublicKey | None) -> Signature:
    """Say whether the key signed this checkpoint; not checked without `cryptography` or a key."""
    if key is None:
        return "not checked"
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  it may be absent
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PublicKey,
        )
    except ImportError:
        return "not checked"
    signature = signed.signature_by(key)
    if signature is None:
        return "bad"
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed.body.encode())
    except InvalidSignature:
        return "bad"
    return "good"


def judge(
    check: Check, signed: Sequence[SignedCheckpoint], key: PublicKey | None, *, waiting: int | None
) -> Verdict:
    """Return the verdict of a check that was given every place.

    `signed` are the checkpoints whose signature counts: the last one kept, and any held outside.
    """
    fault = check.finish()
    states = [check_signature(one, key) for one in signed]
    if fault is None and "bad" in states:
        fault = Fault(0, "a checkpoint is not signed by the key of this log", check.entries)
    worst: Signature = "none yet"
    if states:
        worst = "not checked" if "not checked" in states else "good"
    return Verdict(check.entries, check.root, fault, "bad" if "bad" in states else worst, waiting)


def verify_tiles(
    folder: Path, *, outside: SignedCheckpoint | None = None, key: PublicKey | None = None
) -> Verdict:
    """Check a log exported as tiles: `checkpoint`, `tile/entries/...` and `tile/0/...` upwards.

    Raises:
        NoCheckpoint: the folder holds no checkpoint, or not the form of one.
    """
    try:
        kept = read_checkpoint((folder / "checkpoint").read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        message = f"no checkpoint can be read in {folder}"
        raise NoCheckpoint(message) from fault
    signed = [kept] if outside is None else [kept, outside]
    check = Check(signed)
    for place in _places_in_tiles(folder, kept.checkpoint.size):
        if not check.take(place):
            break
    else:
        check.fault = check.fault or _fault_in_upper_tiles(folder, kept.checkpoint.size)
    return judge(check, signed, key, waiting=None)


def _fault_at(place: Place, seq: int) -> Fault | None:
    if place.seq != seq:
        return Fault(seq, f"entry {seq} is missing")
    if place.leaf is None:
        return Fault(seq, f"entry {seq} cannot be read")
    if leaf_hash(place.leaf) != place.leaf_hash:
        return Fault(seq, f"entry {seq} is not what was recorded")
    if place.placed is not None and placed_hash(seq, place.leaf_hash) != place.placed:
        return Fault(seq, f"entry {seq} is not in its place")
    return None


def _places_in_tiles(folder: Path, size: int) -> Iterator[Place]:
    for number, width in widths(size):
        hashes = _read_tile(folder, 0, number, width)
        try:
            entries = read_bundle(_read_wide_enough(folder, bundle_path, number, width))
        except NoCheckpoint:
            entries = []
        for offset in range(width):
            seq = number * TILE_WIDTH + offset
            leaf = entries[offset] if offset < len(entries) else None
            yield Place(seq, leaf, hashes[offset] if offset < len(hashes) else b"")


def _fault_in_upper_tiles(folder: Path, size: int) -> Fault | None:
    """Compare every tile above the lowest with the roots of the full tiles below it."""
    level, below = 0, size
    while below >= TILE_WIDTH:
        level, full = level + 1, below // TILE_WIDTH
        for number, width in widths(full):
            first = number * TILE_WIDTH
            roots = [
                root_of(_read_tile(folder, level - 1, each, TILE_WIDTH))
                for each in range(first, first + width)
            ]
            if _read_tile(folder, level, number, width) != roots:
                covered = TILE_WIDTH**level
                words = f"tile {tile_path(level, number, width)} does not fit the ones below"
                return Fault(first * covered, words, (first + width) * covered - 1)
        below = full
    return None


def _read_tile(folder: Path, level: int, number: int, width: int) -> list[bytes]:
    def path_of(number: int, width: int) -> str:
        return tile_path(level, number, width)

    kept = _read_wide_enough(folder, path_of, number, width)
    return [kept[start : start + HASH_BYTES] for start in range(0, len(kept), HASH_BYTES)][:width]


def _read_wide_enough(
    folder: Path, path_of: Callable[[int, int], str], number: int, width: int
) -> bytes:
    """Read a tile of this width, or the full one that has taken its place; empty if absent."""
    for path in (path_of(number, width), path_of(number, TILE_WIDTH)):
        try:
            return (folder / path).read_bytes()
        except OSError:
            continue
    return b""
