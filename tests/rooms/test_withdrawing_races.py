"""A withdrawal racing an edit, on both stores: nothing of her is stored or told afterwards."""

import asyncio
import random
import time
from dataclasses import replace

import pytest
from sqlalchemy import select

from rooms import change_store
from rooms.tables import section
from server.kernel.database import reading, writing
from tests.fakes import gate
from tests.rooms import interleavings
from tests.rooms.stage import without

CLOSED_WITHIN_S = 1.0


async def race(live, order):
    """Bronagh types while Imara loses the section and gets it back; afterwards all is judged."""
    chance = random.Random(order)
    imara, bronagh = await live.page(live.imara), await live.page(live.bronagh)
    hers, theirs = imara.open(live.section.id.hex), bronagh.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == theirs.unsynced == 0)
    since = live.rooms.hub.sections[live.section.id].seq
    withdrawn_at: list[int] = []

    async def type_words():
        for word in range(4):
            if hers.closed is None:
                hers.type(f"imara{order}-{word}")
            theirs.type(f"bronagh{order}-{word}")
            await asyncio.sleep(chance.choice((0, 0, 0.001, 0.004)))

    async def withdraw():
        await asyncio.sleep(chance.uniform(0, 0.012))
        async with writing() as tx:
            epoch = await gate.withdraw(tx, live.room, live.imara, live.section.id, "view", "edit")
        withdrawn_at.append(epoch)

    await asyncio.gather(type_words(), withdraw())
    theirs.type(f"after{order}")
    await live.until(lambda: theirs.unsynced == 0 and hers.closed)
    await live.quiet(0.02)
    await judge(live, imara, since, withdrawn_at[0], f"after{order}")
    async with writing() as tx:
        await gate.allow(tx, live.imara, live.section.id, "view", "edit")
        await gate.changed(tx, live.room)
    for page in (imara, bronagh):
        page.leave()
        live.pages.remove(page)


async def judge(live, imara, since, epoch, after):
    """Of all stored since the order began: nothing of hers, and nothing told to her, is later."""
    async with reading() as tx:
        changes = await change_store.changes_after(tx, live.section.id, since)
    later = [change for change in changes if change.epoch >= epoch]
    assert later
    assert all(change.member != live.imara.id for change in later)
    heard = b"".join(imara.bytes_heard)
    assert after.encode() not in heard
    # The very words stored at the new epoch, byte for byte, were never sent to her.
    for change in later:
        assert change.update not in heard


async def test_nothing_of_her_is_stored_or_told_after_her_sight_was_withdrawn(live):
    for order in range(13):
        await race(live, order)


async def test_nothing_is_told_or_stored_after_a_withdrawal_however_it_falls(database, tmp_path):
    found = await interleavings.play(tmp_path, range(25), rooms=2)

    assert found.faults == []
    assert found.played == found.withdrawals == 25
    assert found.heard > found.words > 50
    assert found.joined > 0


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_without_the_epoch_test_the_same_interleavings_find_it(database, tmp_path):
    compare_and_append = change_store.append_all

    async def append_whatever_the_epoch(tx, wanted):
        stand = [
            replace(
                one,
                epoch=await tx.scalar(select(section.c.epoch).where(section.c.id == one.section)),
            )
            for one in wanted
        ]
        return await compare_and_append(tx, stand)

    with without(change_store, "append_all", append_whatever_the_epoch):
        found = await interleavings.play(tmp_path, range(100, 150), rooms=2)

    assert found.stored_after
    assert found.told_after


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_long_nothing_is_told_or_stored_after_a_withdrawal(database, store, tmp_path, rounds):
    count, began = rounds(5_000), time.process_time()  # on each of the two stores

    found = await interleavings.play(tmp_path, range(10_000, 10_000 + count), rooms=2)

    took = time.process_time() - began
    print(
        f"\ninterleavings {type(store).__name__:<14} {found.played:>6} of typing, withdrawal,"
        f" re-agreement, {found.joined} joins and leaves: {found.words} words, heard"
        f" {found.heard}; told after {len(found.told_after)}, stored after"
        f" {len(found.stored_after)}, lost {len(found.lost)}; {len(found.closed_after_s)} screens"
        f" closed, p50 {found.closed_within(0.5) * 1000:.0f} ms,"
        f" p99 {found.closed_within(0.99) * 1000:.0f} ms,"
        f" all within {max(found.closed_after_s) * 1000:.0f} ms; {took:.0f} s of a core"
    )
    assert found.faults == []
    assert found.played == count
    assert found.closed_within(0.99) <= CLOSED_WITHIN_S
