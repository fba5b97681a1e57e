"""The server is killed while two people type: no acknowledged word is missing afterwards."""

import signal
import time

import pytest

from tests.rooms.server_processes import lay, served, write_until_saved, writers_of


async def kill_and_look(database_url, folder, rounds):
    """Kill the server `rounds` times under typing; how many words were called saved."""
    laid = await lay(database_url, folder)
    writers = writers_of(laid)
    for _ in range(rounds):
        async with served(laid) as process:
            writing = await write_until_saved(writers, process, 20)
            process.send_signal(signal.SIGKILL)
            await writing
    text, _changes = await laid.stored()
    saved = [word for writer in writers for word in writer.saved]
    assert [word for word in saved if word not in text] == []
    assert len(saved) >= 20 * rounds
    return len(saved)


async def test_no_saved_word_is_missing_after_three_kills(database_url, tmp_path):
    await kill_and_look(database_url, tmp_path, 3)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_long_no_saved_word_is_missing_after_twenty_kills(database_url, tmp_path, rounds):
    kills, began = rounds(20), time.monotonic()
    saved = await kill_and_look(database_url, tmp_path, kills)
    store = database_url.partition(":")[0]
    print(f"\nkills  {store:<20} {kills:>6} kills {saved:>8} saved words, 0 missing", end=" ")
    print(f"{time.monotonic() - began:>7.0f} s")
