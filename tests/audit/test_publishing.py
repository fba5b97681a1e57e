"""The log is published as files that a partner can copy and check, and never set back."""

import base64

import pytest
from sqlalchemy import delete, insert, text

from server.audit import log, publishing, verify
from server.audit.publishing import LogBroken
from server.audit.sequencing import Sequencer
from server.audit.tables import audit_checkpoint, audit_leaf, audit_outbox
from server.audit.tree import Edge, leaf_hash, root_of
from tests.audit.reading_back import drop_guards, order_of, verdict_of


async def test_a_restart_without_the_published_files_reads_the_leaves(
    database, record, viewed, sequencer, tmp_path
):
    await record(*[viewed] * 300)
    await sequencer.sequence_once()

    await record(viewed)
    await Sequencer(tmp_path / "elsewhere", "log").sequence_once()

    assert (await verdict_of(database)).entries == 301
    assert verify.verify_tiles(tmp_path / "elsewhere").entries == 301


async def test_a_store_set_back_is_not_published_over_what_was(
    database, record, viewed, sequencer, tmp_path
):
    await record(viewed, viewed)
    await sequencer.sequence_once()
    published = (tmp_path / "log" / "checkpoint").read_text()
    await drop_guards(database)
    async with database.writing() as tx:
        await tx.execute(delete(audit_leaf))
        await tx.execute(delete(audit_checkpoint))
    with pytest.raises(LogBroken):
        await Sequencer(tmp_path / "log", "log").sequence_once()
    async with database.writing() as tx:
        (kept,) = await log.record(tx, viewed)
        await tx.execute(insert(audit_outbox), {"entry_id": kept.bytes, "put_at_s": 0})
    with pytest.raises(LogBroken):
        await Sequencer(tmp_path / "log", "log").sequence_once()

    assert await order_of(database) == []  # nor is anything signed that would fork the log
    assert (tmp_path / "log" / "checkpoint").read_text() == published


async def test_an_entry_that_cannot_be_read_is_not_published(
    database, record, viewed, sequencer, tmp_path
):
    await record(viewed)
    await sequencer.sequence_once()
    await drop_guards(database)
    async with database.writing() as tx:
        await tx.execute(text("DELETE FROM audit_entry"))
    async with database.reading() as tx:
        with pytest.raises(LogBroken):
            await publishing.publish(tx, tmp_path / "elsewhere")


async def test_files_that_went_missing_are_published_anew(
    database, record, viewed, sequencer, tmp_path
):
    await record(*[viewed] * 300)
    await sequencer.sequence_once()
    (tmp_path / "log" / "tile" / "1" / "000.p" / "1").unlink()

    await record(*[viewed] * 300)
    await Sequencer(tmp_path / "log", "log").sequence_once()

    verdict = verify.verify_tiles(tmp_path / "log")
    assert (verdict.fault, verdict.entries) == (None, 600)


async def test_publishing_is_tried_again_after_a_full_disk(
    database, record, viewed, sequencer, tmp_path, monkeypatch
):
    await record(viewed)

    def no_space(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "_write_all", no_space)
    with pytest.raises(OSError, match="No space"):
        await sequencer.sequence_once()
    assert (await verdict_of(database)).entries == 1
    monkeypatch.undo()
    await sequencer.sequence_once()

    assert verify.verify_tiles(tmp_path / "log").entries == 1


async def test_publishing_again_changes_nothing(database, record, viewed, sequencer, tmp_path):
    await record(viewed)
    await sequencer.sequence_once()
    before = (tmp_path / "log" / "checkpoint").stat().st_mtime_ns

    async with database.reading() as tx:
        await publishing.publish(tx, tmp_path / "log")

    assert (tmp_path / "log" / "checkpoint").stat().st_mtime_ns == before


async def test_an_empty_log_publishes_nothing(database, tmp_path):
    async with database.reading() as tx:
        await publishing.publish(tx, tmp_path / "log")

    assert not (tmp_path / "log").exists()
    assert (await verdict_of(database)).lines()[0].startswith("0 entries checked")


async def test_a_wide_tree_is_published_level_by_level(tmp_path):
    """65,537 leaves fill a tile of the second level: their hashes alone, as no store is needed."""
    hashes = [leaf_hash(number.to_bytes(4, "big")) for number in range(65_537)]
    edge = Edge()
    files: dict[str, bytes] = {}
    full = []
    for start in range(0, 65_536, 256):
        full.append(root_of(hashes[start : start + 256]))
    for hash_of_leaf in hashes:
        edge.append(hash_of_leaf)
    assert publishing._add_upper_tiles(tmp_path, files, 0, full)
    files["tile/0/256.p/1"] = hashes[-1]

    assert sorted(files) == ["tile/0/256.p/1", "tile/1/000", "tile/2/000.p/1"]
    root = base64.b64encode(edge.root()).decode()
    files["checkpoint"] = f"log\n65537\n{root}\n\n\N{EM DASH} log AAAAAAAA\n".encode()
    for path, contents in files.items():
        publishing._write(tmp_path / path, contents)
    read = publishing.read_edge(tmp_path)
    assert read is not None
    assert read.peaks == edge.peaks


@pytest.mark.parametrize("kept", [b"", b"no checkpoint", b"\xff"])
def test_an_edge_is_read_from_whole_files_alone(tmp_path, kept: bytes):
    assert publishing.read_edge(tmp_path) is None
    (tmp_path / "checkpoint").write_bytes(kept)

    assert publishing.read_edge(tmp_path) is None


async def test_an_edge_is_not_read_from_tiles_that_were_changed(
    record, viewed, sequencer, tmp_path
):
    await record(viewed, viewed)
    await sequencer.sequence_once()
    tile = tmp_path / "log" / "tile" / "0" / "000.p" / "2"

    tile.write_bytes(b"x" * 64)
    assert publishing.read_edge(tmp_path / "log") is None
    tile.write_bytes(b"x" * 63)
    assert publishing.read_edge(tmp_path / "log") is None
