"""The server is stopped in good order while people type: nothing is lost."""

import signal

from rooms import change_store
from rooms.plan import words_as_text
from server.kernel.database import reading
from tests.rooms.server_processes import (
    lay,
    page_at,
    served,
    until,
    write_until_saved,
    writers_of,
)


async def test_what_waits_to_be_stored_when_the_server_stops_is_stored(live):
    page = await live.page(live.imara)
    one, two = page.open(live.section.id.hex), page.open(live.other.id.hex)
    await live.until(lambda: one.unsynced == two.unsynced == 0)
    for number in range(5):
        one.type(f"waits{number}")
        two.type(f"waits{number}")

    await live.rooms.stop()

    async with reading() as tx:
        found = await change_store.load_words(tx, [live.section.id, live.other.id])
    for words in found.values():
        assert [line for line in words_as_text(words.updates()).split("\n") if "waits" in line] == [
            f"waits{number}" for number in range(5)
        ]
    assert page.connection.closed


async def test_nothing_typed_is_lost_when_the_server_is_stopped_and_comes_back(
    database_url, tmp_path
):
    laid = await lay(database_url, tmp_path)
    writers = writers_of(laid, keep_pages=True)
    async with served(laid) as process:
        writing = await write_until_saved(writers, process, 20)
        process.send_signal(signal.SIGTERM)
        await writing
        assert await process.wait() == 0 or process.returncode == -signal.SIGTERM
    text, _changes = await laid.stored()
    assert [word for writer in writers for word in writer.saved if word not in text] == []

    async with served(laid):
        for writer in writers:
            async with page_at(laid.url(), writer.cookie) as page:
                document = page.open(laid.section.hex, writer.document)
                await until(lambda document=document: document.unsynced == 0)

    text, _changes = await laid.stored()
    typed = [f"{one.name}w{number}x" for one in writers for number in range(1, one.count + 1)]
    assert sorted(line for line in text.split("\n") if line.endswith("x")) == sorted(typed)
