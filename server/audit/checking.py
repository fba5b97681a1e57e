"""Checks the log in a store: streams its places into the verifier."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from server.audit import search, signing
from server.audit.checkpoint import (
    NoCheckpoint,
    PublicKey,
    SignedCheckpoint,
    read_checkpoint,
    read_public_key,
)
from server.audit.verify import BAD, Check, Fault, Verdict, judge, verify_tiles
from server.kernel.database import Database, Tx


async def check_log(
    tx: Tx, *, outside: SignedCheckpoint | None = None, key: PublicKey | None = None
) -> Verdict:
    """Check every entry up to the last checkpoint, against it, all before it and one held outside.

    Without a key from outside the store's own public key is used: that shows a damaged
    signature, but not one made anew by somebody who changed the key too.
    """
    # Counted before the checkpoints are read: entries put in order meanwhile are covered by them.
    entries, leaves, waiting = await search.counts(tx)
    try:
        signed = [
            _read_kept(row.text, row.tree_size, row.root) for row in await search.checkpoints(tx)
        ]
    except NoCheckpoint as fault:
        return _bad(waiting, str(fault))
    last = signed[-1:]
    if outside is not None:
        signed, last = [*signed, outside], [*last, outside]
    check = Check(signed)
    until = max((one.checkpoint.size for one in signed), default=0)
    async for place in search.places(tx, 0, max(until, leaves)):
        if not check.take(place):
            break
    if check.fault is None and entries != leaves + waiting:
        words = f"{entries} entries are kept, but {leaves} stand in the tree and {waiting} wait"
        check.fault = Fault(check.entries, words)
    key = key or await signing.find_public_key(tx)
    return judge(check, last, key, waiting=waiting)


async def check_details(tx: Tx) -> Fault | None:
    """Open all details that are not erased and compare each with its entry's commitment."""
    broken = await search.first_broken_details(tx)
    if broken is None:
        return None
    return Fault(broken, f"the details of entry {broken} are not those it was made with")


def verify_database(
    url: str, checkpoint_file: Path | None, public_key_file: Path | None
) -> tuple[int, list[str]]:
    """Check the log in the store at `url`; return the exit code and the lines to print.

    `checkpoint_file` and `public_key_file` were held outside the store, or are None.
    """
    return _verified(
        checkpoint_file,
        public_key_file,
        lambda outside, key: asyncio.run(_check_store(url, outside, key)),
    )


def verify_export(
    folder: Path, checkpoint_file: Path | None, public_key_file: Path | None
) -> tuple[int, list[str]]:
    """Check a log that was exported as tiles; return the same."""
    return _verified(
        checkpoint_file,
        public_key_file,
        lambda outside, key: verify_tiles(folder, outside=outside, key=key),
    )


def _verified(
    checkpoint_file: Path | None,
    public_key_file: Path | None,
    check: Callable[[SignedCheckpoint | None, PublicKey | None], Verdict],
) -> tuple[int, list[str]]:
    try:
        outside = None if checkpoint_file is None else read_checkpoint(_read(checkpoint_file))
        key = None if public_key_file is None else read_public_key(_read(public_key_file))
        verdict = check(outside, key)
    except (OSError, UnicodeDecodeError, NoCheckpoint) as fault:
        return BAD, [f"NOT CHECKED: a file given cannot be read as what it should be: {fault}"]
    return verdict.exit_code, verdict.lines()


async def _check_store(
    url: str, outside: SignedCheckpoint | None, key: PublicKey | None
) -> Verdict:
    database = Database(url)
    try:
        async with database.reading() as tx:
            return await check_log(tx, outside=outside, key=key)
    finally:
        await database.close()


def _read_kept(text: str, size: int, root: bytes) -> SignedCheckpoint:
    signed = read_checkpoint(text)
    if signed.checkpoint.size != size or signed.checkpoint.root != root:
        message = f"the checkpoint of {size} entries is not what was signed"
        raise NoCheckpoint(message)
    return signed


def _bad(waiting: int, words: str) -> Verdict:
    return Verdict(0, b"", Fault(0, words), "not checked", waiting)


def _read(path: Path) -> str:
    return path.read_text("utf-8")
