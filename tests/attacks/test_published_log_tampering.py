"""Threat: somebody changes the published files of the log. A partner who checks finds it."""

from pathlib import Path

import pytest
from sqlalchemy import select

from server.audit import verify
from server.audit.checkpoint import (
    read_public_key,
)
from server.audit.tables import (
    audit_checkpoint,
)
from server.audit.verify import BAD, WHOLE
from tests.attacks.tampering import bad, held_outside, key, tampered_with

__all__ = ["held_outside", "key", "tampered_with"]


@pytest.fixture
def tiles(tampered_with, tmp_path: Path) -> Path:
    """The published folder, as a partner copied it."""
    return tmp_path / "log"


@pytest.mark.parametrize("path", ["tile/entries/000.p/12", "tile/0/000.p/12", "checkpoint"])
async def test_every_changed_byte_of_the_published_files_is_found(tiles, held_outside, path: str):
    whole = (tiles / path).read_bytes()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 1
        (tiles / path).write_bytes(bytes(changed))
        key = read_public_key((tiles / "public_key").read_text())
        try:
            verdict = verify.verify_tiles(tiles, outside=held_outside, key=key)
        except ValueError:
            continue  # no checkpoint at all any more
        assert verdict.exit_code == BAD, place
    (tiles / path).write_bytes(whole)
    assert verify.verify_tiles(tiles, outside=held_outside, key=key).exit_code == WHOLE


@pytest.mark.parametrize("path", ["tile/entries/000.p/12", "tile/0/000.p/12"])
async def test_a_published_file_cut_short_or_gone_is_found(tiles, path: str):
    whole = (tiles / path).read_bytes()
    (tiles / path).write_bytes(whole[:-1])
    assert bad(verify.verify_tiles(tiles)) is not None

    (tiles / path).unlink()
    assert bad(verify.verify_tiles(tiles)) == 0


async def test_published_files_set_back_are_found_against_a_checkpoint_held_outside(
    database, tiles, held_outside, key
):
    async with database.reading() as tx:
        older = await tx.scalar(
            select(audit_checkpoint.c.text).where(audit_checkpoint.c.tree_size == 9)
        )
    (tiles / "checkpoint").write_text(older)

    assert bad(verify.verify_tiles(tiles, key=key)) is None
    assert bad(verify.verify_tiles(tiles, outside=held_outside, key=key)) == 9
