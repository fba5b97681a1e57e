import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from server.audit import checking, log, search, sequencing, signing, verify
from server.audit.checkpoint import read_checkpoint, read_public_key
from server.audit.publishing import LogBroken
from server.audit.search import Filter
from server.audit.sequencing import Sequencer
from server.audit.tables import audit_leaf, audit_outbox
from server.audit.tree import leaf_hash, root_of
from server.kernel import clock, notices
from server.kernel.tables import metadata
from server.keys import kms
from server.keys.kms import LocalKms, SealBroken
from tests.audit.reading_back import drop_guards, nothing_waits, order_of, verdict_of


async def test_entries_are_put_in_the_order_in_which_they_came(database, record, viewed, sequencer):
    ids = [*await record(viewed, viewed), *await record(viewed)]

    assert await sequencer.sequence_once() == 3

    assert await order_of(database) == [each.bytes for each in ids]
    async with database.reading() as tx:
        assert await tx.rows(select(audit_outbox)) == []


async def test_with_nothing_waiting_nothing_is_done(sequencer):
    assert await sequencer.sequence_once() == 0
    assert await sequencer.sequence_once() == 0


async def test_what_was_rolled_back_leaves_no_leaf(database, record, viewed, sequencer):
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as tx:
            await log.record(tx, viewed)
            raise ZeroDivisionError
    (kept,) = await record(viewed)

    await sequencer.sequence_once()

    assert await order_of(database) == [kept.bytes]
    assert (await verdict_of(database)).exit_code == verify.WHOLE


async def test_every_leaf_stands_under_a_signed_checkpoint_at_once(
    database, record, viewed, sequencer, tmp_path
):
    for _ in range(3):
        await record(viewed, viewed)
        await sequencer.sequence_once()

    async with database.reading() as tx:
        rows = await search.checkpoints(tx)
        leaves = [place.leaf or b"" async for place in search.places(tx, 0, 6)]
    assert [row.tree_size for row in rows] == [2, 4, 6]
    key = read_public_key((tmp_path / "log" / "public_key").read_text())
    for row in rows:
        signed = read_checkpoint(row.text)
        assert verify.check_signature(signed, key) == "good"
        assert signed.checkpoint.origin == "room.example/log"
        assert signed.checkpoint.root == root_of(map(leaf_hash, leaves[: row.tree_size]))


async def test_a_restarted_sequencer_goes_on_where_the_last_one_stopped(
    database, record, viewed, sequencer, tmp_path
):
    for _ in range(5):
        await record(*[viewed] * 60)
        await Sequencer(tmp_path / "log", "another.name").sequence_once()

    verdict = await verdict_of(database)
    assert (verdict.exit_code, verdict.entries) == (verify.WHOLE, 300)
    key = read_public_key((tmp_path / "log" / "public_key").read_text())
    assert verify.verify_tiles(tmp_path / "log", key=key).exit_code == verify.WHOLE


async def test_a_sequencer_killed_midway_leaves_no_half_order(
    database, record, viewed, sequencer, monkeypatch
):
    await record(viewed, viewed)
    monkeypatch.setattr(signing.Signer, "sign", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await sequencer.sequence_once()
    monkeypatch.undo()

    assert await order_of(database) == []
    assert await sequencer.sequence_once() == 2
    assert (await verdict_of(database)).exit_code == verify.WHOLE


async def test_more_than_a_batch_is_put_in_order_batch_by_batch(
    database, record, viewed, sequencer, monkeypatch
):
    monkeypatch.setattr(sequencing, "BATCH", 4)
    ids = await record(*[viewed] * 10)

    await sequencer._sequence_all()

    assert await order_of(database) == [each.bytes for each in ids]


async def test_racing_sequencers_give_one_order(database, record, viewed, tmp_path):
    sequencers = [Sequencer(tmp_path / str(number), "log") for number in range(4)]
    stop = asyncio.Event()

    async def go_on(sequencer: Sequencer) -> int:
        done = 0
        while not stop.is_set():
            done += await sequencer.sequence_once()
            await asyncio.sleep(0)
        return done

    racing = [asyncio.create_task(go_on(each)) for each in sequencers]
    for _ in range(30):
        await asyncio.gather(*(record(viewed) for _ in range(4)))
    await nothing_waits(database)
    stop.set()
    done = await asyncio.gather(*racing)

    assert sum(done) == 120
    verdict = await verdict_of(database)
    assert (verdict.exit_code, verdict.entries) == (verify.WHOLE, 120)


async def test_while_another_has_the_turn_this_one_waits(database, record, viewed, sequencer):
    if database.is_sqlite:
        async with database.writing() as tx:
            assert await sequencing._take_turn(tx)
        return
    await record(viewed)
    async with database.writer.connect() as other:
        await other.execute(text(f"SELECT pg_advisory_xact_lock({sequencing._TURN})"))
        assert await sequencer.sequence_once() == 0
        await other.rollback()

    assert await sequencer.sequence_once() == 1


async def test_what_was_counted_becomes_an_entry_once_its_minute_is_over(
    database, record, viewed, sequencer
):
    refused = replace(viewed, kind="room:view-refused", outcome="refused")
    for _ in range(log.REFUSALS_APART + 5):
        await record(refused)
    await sequencer.sequence_once()
    with clock.moved_to(clock.now() + timedelta(minutes=1)):
        await sequencer.sequence_once()

    async with database.reading() as tx:
        found = await search.find_entries(tx, Filter())
        assert await checking.check_details(tx) is None
    assert sum(entry.count for entry in found.entries) == log.REFUSALS_APART + 5
    assert (await verdict_of(database)).entries == log.REFUSALS_APART + 1


async def test_a_running_sequencer_is_woken_by_a_commit_and_finishes_what_waits(
    database, record, viewed, sequencer, monkeypatch
):
    monkeypatch.setattr(sequencing, "POLL_S", 60)
    monkeypatch.setattr(sequencing, "GATHER_S", 0.01)
    stop = asyncio.Event()
    running = asyncio.create_task(sequencer.run_forever(stop))
    await asyncio.sleep(0.05)

    await record(viewed)
    await nothing_waits(database)
    notices.forget_all()
    await record(viewed)
    stop.set()
    sequencer._woken.set()
    await running

    verdict = await verdict_of(database)
    assert (verdict.entries, verdict.waiting) == (2, 0)


async def test_a_running_sequencer_survives_a_store_that_does_not_answer(
    database, record, viewed, sequencer, monkeypatch, caplog
):
    monkeypatch.setattr(sequencing, "POLL_S", 0.01)
    faults = iter([OSError("the store is away")] * 3)
    look = sequencing._is_anything_to_do

    async def look_or_fail() -> bool:
        for fault in faults:
            raise fault
        return await look()

    monkeypatch.setattr(sequencing, "_is_anything_to_do", look_or_fail)
    await record(viewed)
    stop = asyncio.Event()
    running = asyncio.create_task(sequencer.run_forever(stop))
    await nothing_waits(database)
    stop.set()
    await running

    assert caplog.text.count("could not be put in order") == 3


async def test_the_age_of_the_outbox_tells_how_long_entries_have_waited(
    database, record, viewed, sequencer
):
    async with database.reading() as tx:
        assert await search.outbox_age(tx) == 0
    await record(viewed)
    async with database.writing() as tx:
        await tx.execute(text("UPDATE audit_outbox SET put_at_s = put_at_s - 60"))
        assert 60 <= await search.outbox_age(tx) < 90
    await sequencer.sequence_once()
    async with database.reading() as tx:
        assert await search.outbox_age(tx) == 0


async def test_nothing_is_signed_over_leaves_that_were_changed_meanwhile(
    database, record, viewed, sequencer, tmp_path
):
    await record(viewed, viewed)
    await sequencer.sequence_once()
    await record(viewed)
    await drop_guards(database)
    async with database.writing() as tx:
        await tx.execute(
            audit_leaf.update().where(audit_leaf.c.seq == 0).values(leaf_hash=b"x" * 32)
        )

    with pytest.raises(LogBroken):
        await Sequencer(tmp_path / "elsewhere", "log").sequence_once()

    fault = (await verdict_of(database)).fault
    assert fault is not None
    assert fault.first == 0


async def test_tables_that_are_there_get_their_triggers_once(database):
    async with database.writer.begin() as connection:
        await connection.run_sync(metadata.create_all)


async def test_the_log_cannot_be_signed_with_the_keys_of_another_house(
    database, record, viewed, sequencer, tmp_path
):
    await record(viewed)
    await sequencer.sequence_once()
    await record(viewed)
    kms.bind(LocalKms(tmp_path / "another house"))

    with pytest.raises(SealBroken):
        await Sequencer(tmp_path / "log", "log").sequence_once()
