import base64
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.audit import publishing, verify
from server.audit.checkpoint import (
    Checkpoint,
    NoCheckpoint,
    PublicKey,
    SignedCheckpoint,
    bundle,
    bundle_path,
    read_checkpoint,
    sign,
    tile_path,
    widths,
)
from server.audit.tree import leaf_hash, root_of
from server.audit.verify import BAD, SIGNATURE_NOT_CHECKED, WHOLE, Check, Place, judge

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = PublicKey("log", PRIVATE.public_key().public_bytes_raw())
LEAVES = [f"entry {number}".encode() for number in range(600)]


def note(size: int, leaves: list[bytes] = LEAVES) -> SignedCheckpoint:
    root = root_of(map(leaf_hash, leaves[:size]))
    return read_checkpoint(sign(Checkpoint("log", size, root), key=KEY, signer=PRIVATE.sign))


def checked(size: int, *signed: SignedCheckpoint, key: PublicKey | None = KEY) -> verify.Verdict:
    check = Check(signed)
    for seq, leaf in enumerate(LEAVES[:size]):
        if not check.take(Place(seq, leaf, leaf_hash(leaf))):
            break
    return judge(check, signed[-1:], key, waiting=2)


def test_a_whole_log_is_told_in_the_words_of_the_command():
    verdict = checked(600, note(256), note(600))

    root = base64.b64encode(note(600).checkpoint.root).decode()
    assert verdict.exit_code == WHOLE
    assert verdict.lines() == [
        f"600 entries checked, root {root}",
        "signature of the last checkpoint: good",
        "2 waiting to be put in order",
    ]


def test_an_empty_log_is_whole_before_its_first_checkpoint_and_after():
    assert (checked(0).exit_code, checked(0).signature) == (WHOLE, "none yet")
    assert checked(0, note(0)).exit_code == WHOLE
    assert checked(0, note(0, [])).entries == 0


def test_a_checkpoint_of_nothing_with_a_root_of_something_is_bad():
    forged = SignedCheckpoint(Checkpoint("log", 0, b"x" * 32), "", ())

    assert checked(5, forged).exit_code == BAD


def test_entries_without_a_checkpoint_are_bad():
    verdict = checked(3)

    assert verdict.fault is not None
    assert (verdict.fault.first, verdict.exit_code) == (0, BAD)


def test_a_bad_log_is_told_with_its_first_bad_entry():
    check = Check([note(10)])
    assert check.take(Place(0, LEAVES[0], leaf_hash(LEAVES[0])))
    assert not check.take(Place(1, LEAVES[9], leaf_hash(LEAVES[1])))
    assert not check.take(Place(2, LEAVES[2], leaf_hash(LEAVES[2])))

    verdict = judge(check, [note(10)], KEY, waiting=None)

    assert verdict.lines() == [
        "NOT WHOLE: entry 1 is not what was recorded",
        "first bad entry: 1",
    ]


def test_a_fault_between_two_checkpoints_is_told_with_its_bounds():
    other = [*LEAVES[:7], b"another", *LEAVES[8:]]

    verdict = checked(10, note(5), note(10, other))

    assert verdict.lines()[1] == "first bad entry: 5 (or one up to 9)"


def test_of_two_checkpoints_of_one_size_both_must_fit():
    other = note(10, LEAVES[1:])

    assert checked(10, note(10), other).exit_code == BAD


def test_without_a_key_the_signature_is_not_checked_and_it_is_said():
    verdict = checked(5, note(5), key=None)

    assert verdict.exit_code == SIGNATURE_NOT_CHECKED
    assert "signature of the last checkpoint: not checked" in verdict.lines()


def test_without_the_library_the_signature_is_not_checked_and_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)

    assert checked(5, note(5)).exit_code == SIGNATURE_NOT_CHECKED


@pytest.mark.parametrize(
    "key",
    [
        PublicKey("another", KEY.public),
        PublicKey("log", Ed25519PrivateKey.generate().public_key().public_bytes_raw()),
    ],
)
def test_a_signature_by_another_key_is_bad(key: PublicKey):
    verdict = checked(5, note(5), key=key)

    assert (verdict.signature, verdict.exit_code) == ("bad", BAD)


def publish(folder: Path, size: int) -> Path:
    """Publish as the paper says, by the shortest way there is."""
    rows = [[leaf_hash(leaf) for leaf in LEAVES[:size]]]
    files = {"checkpoint": sign(note(size).checkpoint, key=KEY, signer=PRIVATE.sign).encode()}
    for number, width in widths(size):
        entries = LEAVES[number * 256 : number * 256 + width]
        files[bundle_path(number, width)] = bundle(entries)
    while rows[-1]:
        for number, width in widths(len(rows[-1])):
            tile = rows[-1][number * 256 : number * 256 + width]
            files[tile_path(len(rows) - 1, number, width)] = b"".join(tile)
        full = len(rows[-1]) // 256
        rows.append([root_of(rows[-1][at * 256 : at * 256 + 256]) for at in range(full)])
    for path, contents in files.items():
        publishing._write(folder / path, contents)
    return folder


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_exported_tiles_are_checked_by_themselves(tmp_path: Path, size: int):
    verdict = verify.verify_tiles(publish(tmp_path, size), key=KEY)

    assert (verdict.exit_code, verdict.entries) == (WHOLE, size)
    assert len(verdict.lines()) == 2


def test_a_short_tile_may_be_gone_once_the_full_one_is_there(tmp_path: Path):
    publish(tmp_path, 512)
    publish(tmp_path, 300)
    for path in (tmp_path / tile_path(0, 1, 44), tmp_path / bundle_path(1, 44)):
        path.unlink()

    assert verify.verify_tiles(tmp_path, key=KEY).exit_code == WHOLE


@pytest.mark.parametrize("contents", [b"", b"x" * 64])
def test_a_tile_that_does_not_fit_those_below_is_found(tmp_path: Path, contents: bytes):
    publish(tmp_path, 600)
    (tmp_path / tile_path(1, 0, 2)).write_bytes(contents)

    fault = verify.verify_tiles(tmp_path, key=KEY).fault

    assert fault is not None
    assert (fault.first, fault.last) == (0, 511)


def test_a_bundle_with_too_few_entries_is_found(tmp_path: Path):
    publish(tmp_path, 10)
    (tmp_path / bundle_path(0, 10)).write_bytes(bundle(LEAVES[:4]))

    fault = verify.verify_tiles(tmp_path, key=KEY).fault

    assert fault is not None
    assert fault.first == 4


@pytest.mark.parametrize("contents", [None, b"\xff\xfe", b"nothing\n"])
def test_a_folder_without_a_checkpoint_cannot_be_checked(tmp_path: Path, contents):
    if contents is not None:
        (tmp_path / "checkpoint").write_bytes(contents)

    with pytest.raises(NoCheckpoint):
        verify.verify_tiles(tmp_path)
