"""The log outside the store: checkpoint, tiles of hashes and bundles of entries, as files.

They are what a partner copies and checks. Each file is written aside and renamed, tiles before
the checkpoint that counts them, so whoever copies the folder at any moment has a whole log. A
store that no longer agrees with what was published is not published over it.

Rule: C2SP tlog-tiles; ADR-0004.
"""

import asyncio
import os
import secrets
import shutil
from pathlib import Path

from server.audit import search, signing
from server.audit.checkpoint import (
    TILE_WIDTH,
    NoCheckpoint,
    PublicKey,
    bundle,
    bundle_path,
    read_checkpoint,
    tile_path,
)
from server.audit.tree import HASH_BYTES, Edge, leaf_hash, root_of
from server.kernel.database import Tx
from server.kernel.errors import Unavailable

CHECKPOINT = "checkpoint"
PUBLIC_KEY = "public_key"

Files = dict[str, bytes]


class LogBroken(Unavailable):
    """The store's log is not the one that was published; nothing is signed or published over it."""

    sentence = "The log in the store is not the one that was published. Run `tacroom verify-log`."


async def publish(tx: Tx, folder: Path) -> None:
    """Bring the files in `folder` up to the newest checkpoint.

    Raises:
        LogBroken: the store does not have the checkpoint that was published last.
    """
    before = await must_agree(tx, folder)
    newest = await search.last_checkpoint(tx)
    key = await signing.find_public_key(tx)
    if newest is None or key is None:
        return
    if before < newest.tree_size:
        files = await _new_files(tx, folder, before, newest.tree_size)
        files[CHECKPOINT] = newest.text.encode()
        await asyncio.to_thread(_write_all, folder, files, key)


async def must_agree(tx: Tx, folder: Path) -> int:
    """Compare the store with what was published last; return the entries published so far.

    Raises:
        LogBroken: the store does not have that checkpoint.
    """
    # Threat T-09: a store set back to an older copy, or rewritten, going on as if nothing were.
    published = await asyncio.to_thread(_published, folder)
    if published is None:
        return 0
    size, root = published
    kept = await search.find_checkpoint(tx, size)
    if kept is None or kept.root != root:
        raise LogBroken
    return size


def read_edge(folder: Path) -> Edge | None:
    """Return the right edge of the published tree, from one tile a level.

    None where nothing is published or a tile is gone.
    """
    published = _published(folder)
    if published is None:
        return None
    size, root = published
    peaks: list[bytes] = []
    level, rest = 0, size
    while rest:
        edge = Edge()
        for hash_of_tile in _kept_hashes(folder, level, rest) or ():
            edge.append(hash_of_tile)
        if edge.size != rest % TILE_WIDTH:
            return None
        peaks = edge.peaks + peaks
        level, rest = level + 1, rest // TILE_WIDTH
    edge = Edge(size, peaks)
    return edge if edge.root() == root else None


def _published(folder: Path) -> tuple[int, bytes] | None:
    """Return size and root of the checkpoint published last."""
    try:
        signed = read_checkpoint((folder / CHECKPOINT).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, NoCheckpoint):
        return None
    return signed.checkpoint.size, signed.checkpoint.root


async def _new_files(tx: Tx, folder: Path, before: int, size: int) -> Files:
    """Return bundles and tiles that are new or longer since `before` entries were published."""
    files: Files = {}
    number = before // TILE_WIDTH
    entries: list[bytes] = []
    full_roots: list[bytes] = []
    async for place in search.places(tx, number * TILE_WIDTH, size):
        if place.leaf is None:
            raise LogBroken
        entries.append(place.leaf)
        if len(entries) == TILE_WIDTH or place.seq == size - 1:
            hashes = [leaf_hash(entry) for entry in entries]
            files[bundle_path(number, len(entries))] = bundle(entries)
            files[tile_path(0, number, len(entries))] = b"".join(hashes)
            if len(entries) == TILE_WIDTH:
                full_roots.append(root_of(hashes))
            number, entries = number + 1, []
    kept = await asyncio.to_thread(_add_upper_tiles, folder, files, before, full_roots)
    return files if kept else await _new_files(tx, folder, 0, size)


def _add_upper_tiles(folder: Path, files: Files, before: int, new: list[bytes]) -> bool:
    """Add the tiles above the lowest; False where a tile they go on from is gone.

    `new` are the hashes that a level gains: the roots of tiles that became full below it.
    """
    level = 1
    while new:
        before //= TILE_WIDTH
        kept = _kept_hashes(folder, level, before)
        if kept is None:
            return False
        number, hashes, new = before // TILE_WIDTH, kept + new, []
        for start in range(0, len(hashes), TILE_WIDTH):
            tile = hashes[start : start + TILE_WIDTH]
            files[tile_path(level, number, len(tile))] = b"".join(tile)
            if len(tile) == TILE_WIDTH:
                new.append(root_of(tile))
            number += 1
        level += 1
    return True


def _kept_hashes(folder: Path, level: int, size: int) -> list[bytes] | None:
    """Return the hashes of a level's last, unfinished tile; None if its file is gone or short."""
    width = size % TILE_WIDTH
    if not width:
        return []
    try:
        tile = (folder / tile_path(level, size // TILE_WIDTH, width)).read_bytes()
    except OSError:
        return None
    hashes = [tile[start : start + HASH_BYTES] for start in range(0, len(tile), HASH_BYTES)]
    return hashes if len(tile) == width * HASH_BYTES else None


def _write_all(folder: Path, files: Files, key: PublicKey) -> None:
    """Write the files in the order given: the checkpoint comes last."""
    if not (folder / PUBLIC_KEY).exists():
        _write(folder / PUBLIC_KEY, f"{key.line()}\n".encode())
    for path, contents in files.items():
        _write(folder / path, contents)
    for path in files:
        # A full tile takes the place of its shorter ones. (A short one has no such folder.)
        shutil.rmtree(folder / f"{path}.p", ignore_errors=True)


def _write(path: Path, contents: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with aside.open("wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
