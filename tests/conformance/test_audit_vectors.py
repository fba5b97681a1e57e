"""The log's first leaf form, frozen, and a second verifier that shares nothing with the first.

The second verifier below is written from RFC 6962 and the C2SP papers, with the standard library
and `cryptography` alone; it reads what a log of ours published.
"""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.audit import checkpoint, log, tree
from server.audit.checkpoint import Checkpoint, read_public_key
from server.audit.entry import Entry, Leaf, commitment_to
from server.audit.sequencing import Sequencer
from server.kernel.database import Database
from server.keys import kms
from server.keys.kms import LocalKms

VECTORS = json.loads(Path(__file__).with_name("audit_vectors_v1.json").read_text("utf-8"))
IN_HEX = {"id", "actor", "agency", "room", "thing", "commitment"}


@pytest.mark.parametrize("vector", VECTORS["leaves"])
def test_a_leaf_of_form_1_has_the_bytes_and_the_hash_it_always_had(vector):
    columns: dict[str, Any] = {
        name: bytes.fromhex(value) if name in IN_HEX and value is not None else value
        for name, value in vector["columns"].items()
    }

    made = Leaf(**columns).in_bytes()

    assert made.decode() == vector["bytes"]
    assert tree.leaf_hash(made).hex() == vector["hash"]
    assert hashlib.sha256(b"\x00" + vector["bytes"].encode()).hexdigest() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["commitments"])
def test_a_commitment_is_what_it_always_was(vector):
    k_event, details = bytes.fromhex(vector["k_event"]), vector["details"].encode()

    assert commitment_to(k_event, details).hex() == vector["commitment"]
    assert hmac.new(k_event, details, "sha256").hexdigest() == vector["commitment"]


def test_roots_and_checkpoint_are_what_they_always_were():
    hashes = [bytes.fromhex(vector["hash"]) for vector in VECTORS["leaves"]]
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(VECTORS["private_key"]))
    key = read_public_key(VECTORS["verifier_key"])

    assert [tree.root_of(hashes[:size]).hex() for size in range(4)] == VECTORS["roots"]
    made = Checkpoint(key.name, 3, tree.root_of(hashes))
    assert checkpoint.sign(made, key=key, signer=private.sign) == VECTORS["checkpoint"]


def root_by_the_paper(entries: list[bytes]) -> bytes:
    """Rule: RFC 6962 section 2.1, MTH."""
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    half = 2 ** ((len(entries) - 1).bit_length() - 1)
    left, right = root_by_the_paper(entries[:half]), root_by_the_paper(entries[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_by_the_papers(folder: Path) -> int:
    """Check a published log: signature, bundles, root; return its number of entries."""
    note = (folder / "checkpoint").read_text("utf-8")
    name, _, encoded_key = (folder / "public_key").read_text("utf-8").strip().split("+", 2)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded_key)[1:])
    signed, _, signature_line = note.rpartition("\n\N{EM DASH} ")
    signer, _, encoded = signature_line.strip().partition(" ")
    assert signer == name
    public.verify(base64.b64decode(encoded)[4:], signed.encode())
    origin, size, root, _ = signed.split("\n")
    assert origin == name
    entries: list[bytes] = []
    while len(entries) < int(size):
        width = min(256, int(size) - len(entries))
        part = "" if width == 256 else f".p/{width}"
        bundled = (folder / "tile" / "entries" / f"{len(entries) // 256:03d}{part}").read_bytes()
        while bundled:
            length = int.from_bytes(bundled[:2], "big")
            entries.append(bundled[2 : 2 + length])
            bundled = bundled[2 + length :]
    assert base64.b64encode(root_by_the_paper(entries)).decode() == root
    return len(entries)


async def test_a_second_verifier_reads_what_we_publish(database: Database, tmp_path: Path):
    kms.bind(LocalKms(tmp_path / "keys"))
    sequencer = Sequencer(tmp_path / "log", "room.example/log")
    for size in (3, 253, 300):
        async with database.writing() as tx:
            entries = [Entry("room:viewed", "allowed", thing=uuid4()) for _ in range(size)]
            await log.record(tx, *entries)
        await sequencer.sequence_once()

    assert verify_by_the_papers(tmp_path / "log") == 556
    bundle = tmp_path / "log" / "tile" / "entries" / "001"
    bundle.write_bytes(bundle.read_bytes().replace(b"allowed", b"refused", 1))
    with pytest.raises(AssertionError):
        verify_by_the_papers(tmp_path / "log")
