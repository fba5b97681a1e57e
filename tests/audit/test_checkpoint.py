import base64
import hashlib
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from server.audit import checkpoint
from server.audit.checkpoint import Checkpoint, NoCheckpoint, PublicKey

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = PublicKey("room.example/log", PRIVATE.public_key().public_bytes_raw())
NOTE = checkpoint.sign(Checkpoint(KEY.name, 42, b"r" * 32), key=KEY, signer=PRIVATE.sign)


def test_the_note_has_the_form_that_others_read():
    """Read here line by line from the C2SP papers, without our reader."""
    origin, size, root, empty, signature_line, end = NOTE.split("\n")

    assert (origin, size, base64.b64decode(root), empty, end) == (KEY.name, "42", b"r" * 32, "", "")
    dash, name, encoded = signature_line.split(" ")
    signed = base64.b64decode(encoded)
    assert (dash, name) == ("\N{EM DASH}", KEY.name)
    assert signed[:4] == hashlib.sha256(f"{KEY.name}\n\x01".encode() + KEY.public).digest()[:4]
    PRIVATE.public_key().verify(signed[4:], f"{origin}\n{size}\n{root}\n".encode())


def test_a_note_is_read_back():
    signed = checkpoint.read_checkpoint(NOTE)

    assert signed.checkpoint == Checkpoint(KEY.name, 42, b"r" * 32)
    signature = signed.signature_by(KEY)
    assert signature is not None
    PRIVATE.public_key().verify(signature, signed.body.encode())
    assert signed.signature_by(PublicKey("another", KEY.public)) is None


def test_further_lines_and_further_signatures_are_kept():
    """A witness adds her line; a later version may add lines to the text."""
    body, signatures = NOTE.split("\n\n")
    witness = "\N{EM DASH} witness.example " + base64.b64encode(b"w" * 80).decode()

    signed = checkpoint.read_checkpoint(f"{body}\nmore\n\n{witness}\n{signatures}")

    assert signed.body == f"{body}\nmore\n"
    assert [name for name, _, _ in signed.signatures] == ["witness.example", KEY.name]
    assert signed.signature_by(KEY) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        NOTE.rstrip("\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("42", "042"),
        NOTE.replace("42", "-42"),
        NOTE.replace("42", "4" * 30),
        NOTE.replace("42", "٤٢"),
        NOTE.replace(KEY.name, "", 1),
        NOTE.replace("\N{EM DASH}", "-"),
        NOTE.replace(" " + KEY.name, " ", 1),
        NOTE.replace(base64.b64encode(b"r" * 32).decode(), base64.b64encode(b"r" * 31).decode()),
        NOTE.replace(base64.b64encode(b"r" * 32).decode(), "no base 64"),
        NOTE.replace(base64.b64encode(b"r" * 32).decode(), "ä"),
        "\N{EM DASH}".join(NOTE.split("\N{EM DASH}")[:1]),
        NOTE.split("\N{EM DASH}", maxsplit=1)[0] + "\N{EM DASH} name AAAA\n",
        "origin\n42\n\n\N{EM DASH} name AAAAAAAA\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str):
    with pytest.raises(NoCheckpoint):
        checkpoint.read_checkpoint(text)


@given(st.text(max_size=200))
def test_any_text_is_a_checkpoint_or_refused(text: str):
    with suppress(NoCheckpoint):
        checkpoint.read_checkpoint(text)


def test_a_public_key_line_is_read_back():
    name, key_id, encoded = KEY.line().split("+", 2)

    assert (name, key_id) == (KEY.name, KEY.key_id.hex())
    assert base64.b64decode(encoded) == b"\x01" + KEY.public
    assert checkpoint.read_public_key(KEY.line() + "\n") == KEY


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name",
        KEY.line()[:-4],
        KEY.line().replace(KEY.key_id.hex(), "00000000"),
        "another" + KEY.line(),
        f"{KEY.name}+{KEY.key_id.hex()}+" + base64.b64encode(b"\x02" + KEY.public).decode(),
    ],
)
def test_what_is_no_public_key_is_refused(line: str):
    with pytest.raises(NoCheckpoint):
        checkpoint.read_public_key(line)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb"])
def test_a_log_has_a_name_that_stands_in_one_line(name: str):
    with pytest.raises(NoCheckpoint):
        PublicKey(name, KEY.public)


@pytest.mark.parametrize(
    ("number", "path"),
    [
        (0, "tile/0/000"),
        (999, "tile/0/999"),
        (1000, "tile/0/x001/000"),
        (1234067, "tile/0/x001/x234/067"),
    ],
)
def test_tiles_have_the_paths_of_the_paper(number: int, path: str):
    assert checkpoint.tile_path(0, number) == path
    assert checkpoint.tile_path(0, number, 7) == f"{path}.p/7"
    assert checkpoint.bundle_path(number) == path.replace("tile/0", "tile/entries")


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, []), (255, [(0, 255)]), (256, [(0, 256)]), (513, [(0, 256), (1, 256), (2, 1)])],
)
def test_a_row_of_hashes_falls_into_tiles(size: int, expected: list[tuple[int, int]]):
    assert list(checkpoint.widths(size)) == expected


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]):
    assert checkpoint.read_bundle(checkpoint.bundle(entries)) == entries


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_bundle_cut_short_is_refused(cut: int):
    bundled = checkpoint.bundle([b"one", b"two"])

    with pytest.raises(NoCheckpoint):
        checkpoint.read_bundle(bundled[:-cut])
