"""A withdrawal racing an edit, on both stores: nothing of her is stored or told afterwards."""

import asyncio
import random
import time

import pytest

from rooms import change_store
from server.kernel.database import reading, writing
from tests.fakes import gate


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


@pytest.mark.parametrize("block", range(2))
async def test_nothing_of_her_is_stored_or_told_after_her_sight_was_withdrawn(live, block):
    for order in range(block * 13, block * 13 + 13):
        await race(live, order)


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_long_nothing_of_her_is_stored_or_told_after_the_withdrawal(live, store, rounds):
    orders, began = rounds(1000), time.monotonic()  # on each of the two stores
    for order in range(1000, 1000 + orders):
        await race(live, order)
    print(
        f"\nraces {type(store).__name__:<16} {orders:>6} orders of a withdrawal and an edit, "
        f"0 stored or told after it {time.monotonic() - began:>6.0f} s"
    )
