"""Seeded histories of the live room in virtual time: nothing lost, doubled, unequal or leaked."""

import gc
import logging
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from rooms import change_store, committing, loading, telling
from rooms.tables import section
from server.kernel.database import reading
from tests.rooms.judging import Verdict
from tests.rooms.simulator import Simulator
from tests.rooms.stage import without

HISTORIES = 24
BLOCKS = 3
EACH_LONGER = 50
"""One of so many of the long test's histories is a longer one, of three pages."""


@pytest.fixture(autouse=True)
def quiet_log(caplog):
    """The store fails on purpose, hundreds of times: none of it need be shown."""
    caplog.set_level(logging.CRITICAL)


@pytest.fixture
def simulator(tmp_path):
    return Simulator(tmp_path)


def played(simulator, seeds, for_s=2.5):
    total = Verdict()
    for seed in seeds:
        total.add(simulator.play(seed, for_s=for_s))
    return total


def played_until(simulator, is_found, seeds):
    """Whether one of these histories shows what is looked for."""
    return any(is_found(played(simulator, [seed], for_s=4.0)) for seed in seeds)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_in_no_history_is_anything_lost_doubled_unequal_or_leaked(simulator, block):
    seeds = range(block * HISTORIES // BLOCKS, (block + 1) * HISTORIES // BLOCKS)

    verdict = played(simulator, seeds)

    assert verdict.faults == 0, verdict
    assert verdict.words > 8 * len(seeds)
    assert verdict.withdrawals > len(seeds)
    assert verdict.heard > verdict.words
    assert min(verdict.hints, verdict.outages, verdict.poison) > 0


def test_without_the_compare_the_same_histories_leak(simulator):
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
        assert played_until(simulator, lambda found: found.canaries + found.intruders, range(60))


def test_without_the_epoch_test_the_same_histories_tell_those_who_may_not_know(simulator):
    tell = telling.tell_changes

    def tell_whatever_the_epoch(live, updates, *, epoch):
        tell(live, updates, epoch=0 * epoch)

    with (
        without(loading, "tell_changes", tell_whatever_the_epoch),
        without(committing, "tell_changes", tell_whatever_the_epoch),
    ):
        assert played_until(simulator, lambda found: found.canaries, range(60))


def test_without_the_hole_rule_the_same_histories_leave_pages_without_words(simulator):
    fill_hole = loading.catch_up

    async def pass_over_the_hole(live):
        async with reading() as tx:
            between = await change_store.changes_after(tx, live.id, live.seq)
        live.seq = max([live.seq, *(change.seq - 1 for change in between)])
        await fill_hole(live)

    with without(committing, "catch_up", pass_over_the_hole):
        assert played_until(simulator, lambda found: found.unequal, range(60))


def test_without_a_look_at_the_rows_the_same_histories_store_changes_twice(simulator):
    look_at_the_rows = committing._take_out_what_was_stored

    async def send_again_unread(hub, parts):
        await look_at_the_rows(hub, parts)
        return True

    with without(committing, "_take_out_what_was_stored", send_again_unread):
        assert played_until(simulator, lambda found: found.doubled, range(60))


def test_a_history_is_the_same_whenever_it_is_played(simulator):
    assert simulator.play(5, for_s=2.0) == simulator.play(5, for_s=2.0)


def play_block(folder: Path, seeds: range) -> tuple[Verdict, list[tuple[int, Verdict]]]:
    """Play many short histories and some longer ones; all of them together, and the bad ones."""
    logging.disable(logging.CRITICAL)
    simulator = Simulator(folder / str(seeds.start))
    gc.set_threshold(50_000)
    gc.freeze()  # looking through all that was imported, again and again, took a tenth of the time
    total, bad = Verdict(), []
    for seed in seeds:
        is_longer = seed % EACH_LONGER == 0
        verdict = simulator.play(seed, for_s=2.5 if is_longer else 0.3, pages=2 + is_longer)
        total.add(verdict)
        if verdict.faults:
            bad.append((seed, verdict))
    return total, bad


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_long_in_no_history_is_anything_lost_doubled_unequal_or_leaked(tmp_path, rounds):
    count, began = rounds(10_000), time.monotonic()
    total, bad = Verdict(), []
    halves = [range(1000, 1000 + count // 2), range(1000 + count // 2, 1000 + count)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for verdict, found in pool.map(play_block, [tmp_path] * 2, halves):
            total.add(verdict)
            bad += found

    print(f"\nhistories {count:>6} of three servers and a bus {time.monotonic() - began:>9.0f} s")
    for name, number in asdict(total).items():
        print(f"  {name:<12} {number:>8}")
    assert bad == []
