"""Seeded histories of the live room in virtual time: nothing lost, doubled, unequal or leaked."""

import logging
import shutil
import time
from dataclasses import asdict

import pytest
from sqlalchemy import select

from rooms import change_store, committing
from rooms.tables import section
from tests.rooms.simulator import Verdict, play, without

HISTORIES = 16
BLOCKS = 4


@pytest.fixture(autouse=True)
def quiet_log(caplog):
    """The store fails on purpose, hundreds of times: none of it need be shown."""
    caplog.set_level(logging.CRITICAL)


def played(seeds, folder):
    total = Verdict()
    for seed in seeds:
        total.add(play(seed, folder / str(seed)))
    return total


@pytest.mark.parametrize("block", range(BLOCKS))
def test_in_no_history_is_anything_lost_doubled_unequal_or_leaked(tmp_path, block):
    seeds = range(block * HISTORIES // BLOCKS, (block + 1) * HISTORIES // BLOCKS)

    verdict = played(seeds, tmp_path)

    assert verdict.faults == 0, verdict
    assert verdict.words > 20 * len(seeds)
    assert verdict.withdrawals > len(seeds)
    assert verdict.heard > verdict.words


def test_without_the_epoch_test_the_same_histories_leak(tmp_path):
    compare_and_append = change_store.append

    async def append_whatever_the_epoch(tx, section_id, room, _epoch, changes):
        stands_at = await tx.scalar(select(section.c.epoch).where(section.c.id == section_id))
        return await compare_and_append(tx, section_id, room, stands_at, changes)

    with without(change_store, "append", append_whatever_the_epoch):
        leaked = (played([seed], tmp_path) for seed in range(2, 20))
        assert any(verdict.canaries + verdict.intruders for verdict in leaked)


def test_without_a_look_at_the_rows_the_same_histories_store_changes_twice(tmp_path):
    look_at_the_rows = committing._take_out_what_was_stored

    async def send_again_unread(hub, parts):
        await look_at_the_rows(hub, parts)
        return True

    with without(committing, "_take_out_what_was_stored", send_again_unread):
        played_one_by_one = (played([seed], tmp_path) for seed in range(6, 24))
        assert any(verdict.doubled for verdict in played_one_by_one)


def test_a_history_is_the_same_whenever_it_is_played(tmp_path):
    assert play(5, tmp_path / "once", for_s=2.0) == play(5, tmp_path / "again", for_s=2.0)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_long_in_no_history_is_anything_lost_doubled_unequal_or_leaked(tmp_path, rounds):
    count, began = rounds(400), time.monotonic()
    verdict, bad = Verdict(), []
    for seed in range(1000, 1000 + count):
        one = play(seed, tmp_path / str(seed))
        shutil.rmtree(tmp_path / str(seed))
        verdict.add(one)
        if one.faults:
            bad.append((seed, one))

    print(f"\nhistories {count:>6} of two servers {time.monotonic() - began:>18.0f} s")
    for name, number in asdict(verdict).items():
        print(f"  {name:<12} {number:>8}")
    assert bad == []
